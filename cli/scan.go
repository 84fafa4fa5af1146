package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"github.com/spf13/cobra"

	"tldsweep/cart"
	"tldsweep/extensions"
	"tldsweep/pace"
	"tldsweep/scanner"
)

// usualRate is fair use of one key by the word of an OVHcloud maintainer: 60 requests a minute
// (https://github.com/ovh/python-ovh/issues/81).
const usualRate = "60/m"

type scanFlags struct {
	inputs     []string
	extensions []string
	outputs    []string
	format     string
	rate       string
	workers    int
	timeout    time.Duration
	only       []string
	maxPrice   string
	plan       bool
	progress   string
	history    string
	fresh      bool
	waitLock   time.Duration
	summary    string
	prefilter  string
	resolvers  []string
	maxAge     string
	recheck    []string
}

func (e *everywhere) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [NAME|DOMAIN …]",
		Short: "Ask for every name under every extension whether it is sold, and for how much",
		Example: `  tldsweep scan --endpoint emulator rocket moon
  tldsweep scan -i names.txt -e featured,'*.uk','!gov.uk' -o report.csv
  zcat names.gz | tldsweep scan -i - -e fr,com --only available --max-price 15`,
		RunE: func(cmd *cobra.Command, args []string) error { return e.scan(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.inputs, "input", "i", nil, "names, one per line; - is stdin; gzip and zstd are recognised; repeatable")
	flags.StringArrayVarP(&f.extensions, "extensions", "e", []string{"featured"}, "which ones: featured, all, fr, co.uk, '*.uk', @FILE, '!pattern' to leave out; comma-separated, repeatable")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write a file, whole or not at all, in the format of its suffix: .csv .jsonl .json; repeatable")
	flags.StringVarP(&f.format, "format", "f", "", "of stdout: table, csv, jsonl or json (default: table on a terminal, else csv)")
	flags.StringVar(&f.rate, "rate", "", "requests per second, minute or hour: 1/s, 60/m, 3600/h, or off (default "+usualRate+"; off for the emulator)")
	flags.IntVar(&f.workers, "workers", 0, "requests under way at once at most (default: enough for the rate)")
	flags.DurationVar(&f.timeout, "timeout", 0, "for one request (default 30s)")
	flags.StringSliceVar(&f.only, "only", nil, "write only rows of these statuses: available, premium, aftermarket, taken, unsupported, invalid, error")
	flags.StringVar(&f.maxPrice, "max-price", "", "write only rows whose price is known and at most this")
	flags.BoolVar(&f.plan, "plan", false, "say what would be asked, how many requests and how long; ask nothing")
	flags.StringVar(&f.progress, "progress", "auto", "bar, plain (a line every 30 s), off, or auto: a bar on a terminal, else plain")
	flags.StringVar(&f.history, "history", "", "file that answers are kept in, so that an interrupted run goes on; or off (default: in the state folder; off for the emulator)")
	flags.BoolVar(&f.fresh, "fresh", false, "begin anew although the same question was interrupted before")
	flags.DurationVar(&f.waitLock, "wait-lock", 0, "wait so long while another process asks the same question (default: do not)")
	flags.StringVar(&f.prefilter, "prefilter", "", "dns: ask DNS first; a delegated name is taken and costs no request (names then go to name servers)")
	flags.StringArrayVar(&f.resolvers, "resolver", nil, "ask this DNS server, ADDR[:PORT], instead of the extensions' own; repeatable")
	flags.StringVar(&f.maxAge, "max-age", "", "take answers of earlier runs that are younger, such as 12h or 7d, as they are (default: ask again)")
	flags.StringSliceVar(&f.recheck, "recheck", nil, "the same by status: taken=7d,available=1h")
	flags.StringVar(&f.summary, "summary", "", "write what was asked and what came of it to a file, as one JSON object")
	return cmd
}

// settings is what the flags of scan mean.
type settings struct {
	input   *input
	rate    pace.Rate
	workers int
	keep    func(scanner.Result) bool
	ages    map[scanner.Status]time.Duration // up to which answers of earlier runs are taken
}

// settle checks every flag before anything is asked or opened.
func (e *everywhere) settle(f scanFlags, names []string) (*settings, error) {
	s := &settings{input: &input{arguments: names, files: f.inputs, stdin: e.stdin}}
	rate := f.rate
	if rate == "" {
		rate = usualRate
		if e.isEmulated() {
			rate = "off"
		}
	}
	var err error
	if s.rate, err = pace.ParseRate(rate); err != nil {
		return nil, &usageError{err, "for example --rate 60/m"}
	}
	if f.workers < 0 || f.workers > 4096 {
		return nil, &usageError{fmt.Errorf("--workers %d", f.workers), "want 1 to 4096, or 0 for enough for the rate"}
	}
	s.workers = f.workers
	if s.workers == 0 {
		s.workers = enoughWorkers(s.rate)
	}
	if f.timeout < 0 {
		return nil, &usageError{fmt.Errorf("--timeout %s", f.timeout), "want a duration such as 30s"}
	}
	if !slices.Contains([]string{"auto", "bar", "plain", "off"}, f.progress) {
		return nil, &usageError{fmt.Errorf("--progress %s", oneLine(f.progress)), "want auto, bar, plain or off"}
	}
	if f.waitLock < 0 {
		return nil, &usageError{fmt.Errorf("--wait-lock %s", f.waitLock), "want a duration such as 10m"}
	}
	if f.summary != "" {
		if err := checkFolder("summary", f.summary); err != nil {
			return nil, err
		}
	}
	if err := f.checkPrefilter(); err != nil {
		return nil, err
	}
	if s.ages, err = ages(f.maxAge, f.recheck); err != nil {
		return nil, err
	}
	if s.keep, err = filter(f.only, f.maxPrice); err != nil {
		return nil, err
	}
	return s, s.input.check()
}

// enoughWorkers keeps a rate up while answers take two seconds.
func enoughWorkers(rate pace.Rate) int {
	if rate == 0 {
		return 32
	}
	return min(max(int(math.Ceil(2*float64(rate))), 4), 256)
}

// filter says which rows are written.
func filter(only []string, maxPrice string) (func(scanner.Result) bool, error) {
	known := make([]string, len(scanner.Statuses))
	for i, status := range scanner.Statuses {
		known[i] = string(status)
	}
	for _, status := range only {
		if !slices.Contains(known, status) {
			return nil, &usageError{fmt.Errorf("--only %s", oneLine(status)), "want one or more of " + strings.Join(known, ",")}
		}
	}
	var most decimal.Decimal
	if maxPrice != "" {
		var err error
		if most, err = decimal.Parse(maxPrice); err != nil || most.IsNeg() {
			return nil, &usageError{fmt.Errorf("--max-price %s", oneLine(maxPrice)), "want an amount without currency, such as 15 or 9.99"}
		}
	}
	return func(result scanner.Result) bool {
		if len(only) > 0 && !slices.Contains(only, string(result.Status)) {
			return false
		}
		if maxPrice == "" {
			return true
		}
		price, err := decimal.Parse(result.Price)
		return err == nil && price.Cmp(most) <= 0
	}, nil
}

// ages reads --max-age and --recheck.
func ages(maxAge string, recheck []string) (map[scanner.Status]time.Duration, error) {
	all := map[scanner.Status]time.Duration{}
	if maxAge != "" {
		age, err := parseAge(maxAge)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--max-age %s", oneLine(maxAge)), "want an age such as 12h or 7d"}
		}
		for _, status := range scanner.Statuses {
			all[status] = age
		}
	}
	for _, text := range recheck {
		name, value, _ := strings.Cut(text, "=")
		age, err := parseAge(value)
		if err != nil || !slices.Contains(scanner.Statuses[:], scanner.Status(name)) || name == string(scanner.Failed) || name == string(scanner.Invalid) {
			return nil, &usageError{fmt.Errorf("--recheck %s", oneLine(text)), "want STATUS=AGE, such as taken=7d,available=1h"}
		}
		all[scanner.Status(name)] = age
	}
	maps.DeleteFunc(all, func(_ scanner.Status, age time.Duration) bool { return age == 0 })
	return all, nil
}

// parseAge reads a duration, in which d stands for 24 hours.
func parseAge(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, err
	}
	age := time.Duration(n) * 24 * time.Hour
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 {
			return 0, fmt.Errorf("age %q", text)
		}
		age += more
	}
	return age, nil
}

func (e *everywhere) scan(ctx context.Context, f scanFlags, names []string) error {
	s, err := e.settle(f, names)
	if err != nil {
		return err
	}
	if f.plan {
		return e.plan(ctx, f, s)
	}
	door, err := e.open(s.rate, s.workers, f.timeout)
	if err != nil {
		return err
	}
	defer door.close()
	if err := door.needLogin(); err != nil {
		return err
	}
	defer context.AfterFunc(e.hard, door.client.Close)()
	defer context.AfterFunc(ctx, func() {
		e.talk.note("interrupted: what is under way is finished; again Ctrl-C leaves at once")
	})()

	defer s.input.unspool()
	memory, err := e.remember(ctx, f, s, door)
	if err != nil {
		return causeOf(ctx, err)
	}
	out, err := e.openOutputs(f.outputs, f.format)
	if err != nil {
		return memory.close(err)
	}
	count := newTally(door)
	err = e.sweep(ctx, f, s, door, memory, out, count)
	if err == nil {
		err = count.balance()
	}
	if err != nil {
		out.abandon()
	} else {
		err = out.complete()
	}
	err = memory.close(err)
	return e.conclude(f, s, memory, count, err)
}

// conclude says how the scan ended, on stderr and in the summary.
func (e *everywhere) conclude(f scanFlags, s *settings, memory *memory, count *tally, err error) error {
	failed := count.status[scanner.Failed]
	if err == nil && failed > 0 {
		err = errSomeFailed
	}
	if f.summary != "" {
		file := ""
		if memory.history != nil {
			file = memory.history.Path()
		}
		if wrong := count.summarise(f, s, file, err).write(f.summary); wrong != nil && (err == nil || err == errSomeFailed) {
			err = wrong
		}
	}
	switch interrupted, ok := errors.AsType[interruption](err); {
	case ok:
		e.talk.note("%v after %s", interrupted, count.line())
		e.talk.note("%s", memory.goOn())
	case err == nil:
		e.talk.note("%s", count.line())
	case err == errSomeFailed && failed == 1:
		e.talk.note("%s", count.line())
		e.talk.warning("1 row is an error: its domain may be free or taken; run it again to ask for it")
	case err == errSomeFailed:
		e.talk.note("%s", count.line())
		e.talk.warning("%d rows are errors: their domains may be free or taken; run it again to ask for them", failed)
	case memory.run != nil && count.rows > 0:
		e.talk.note("%s", memory.goOn())
	}
	return err
}

// sweep is the whole way: names, queries, stages, results, rows.
func (e *everywhere) sweep(ctx context.Context, f scanFlags, s *settings, door *door, memory *memory, out *outputs, count *tally) error {
	chosen, sold, err := e.choose(ctx, door, f.extensions)
	if err != nil {
		return causeOf(ctx, err)
	}
	basket, err := cart.Open(ctx, door.client, cart.Options{Subsidiary: door.subsidiary, Description: "tldsweep scan"})
	if err != nil {
		return causeOf(ctx, err)
	}
	var seen scanner.Seen
	defer seen.Close()
	queries := scanner.Queries(s.input.all, chosen, sold, &seen)
	bar := e.newProgress(f.progress, s, len(chosen), out, count)
	defer bar.stop()
	stages := []scanner.Stage{scanner.Check(sold)}
	if catalogue := e.catalogue(ctx, door, len(chosen)); catalogue != nil {
		stages = append(stages, unsold(catalogue))
	}
	if memory.run != nil && memory.run.Kept > 0 {
		stages = append(stages, memory.run.Replay())
	}
	if memory.run != nil && len(s.ages) > 0 {
		stages = append(stages, memory.run.Recall(s.ages))
	}
	dns, closeDNS, err := e.prefilter(&f, door)
	if err != nil {
		return err
	}
	defer closeDNS()
	if dns != nil {
		stages = append(stages, *dns)
	}
	stages = append(stages, scanner.Lookup(basket, s.workers))
	for result, err := range scanner.Scan(ctx, counted(queries, count), stages...) {
		if err != nil {
			return causeOf(ctx, err)
		}
		count.add(result)
		if memory.run != nil {
			if err := memory.run.Keep(result); err != nil {
				return err
			}
		}
		if s.keep(result) {
			if err := out.write(result); err != nil {
				return err
			}
		}
		bar.update()
	}
	return nil
}

// counted notes how many queries have left, for the balance at the end.
func counted(queries iter.Seq2[scanner.Query, error], count *tally) iter.Seq2[scanner.Query, error] {
	return func(yield func(scanner.Query, error) bool) {
		for query, err := range queries {
			if err == nil {
				count.asked.Add(1)
			}
			if !yield(query, err) {
				return
			}
		}
	}
}

// causeOf is the signal that ended ctx, where that is why something failed.
func causeOf(ctx context.Context, err error) error {
	if interrupted, ok := errors.AsType[interruption](context.Cause(ctx)); ok {
		return interrupted
	}
	return err
}

// choose finds out what is sold and which of it the patterns mean. sold is nil where the list is not OVHcloud's own, so
// that only OVHcloud itself says what it does not sell.
func (e *everywhere) choose(ctx context.Context, door *door, patterns []string) (chosen []string, sold func(string) bool, err error) {
	list, from, err := extensions.Sold(ctx, door.client, door.subsidiary)
	if err != nil {
		return nil, nil, err
	}
	e.talk.detail("%d extensions from %s", len(list), from)
	var featured []string
	if extensions.NeedFeatured(patterns) {
		if featured, err = extensions.Featured(ctx, door.client, door.subsidiary, list); err != nil {
			return nil, nil, err
		}
	}
	if chosen, err = extensions.Select(patterns, list, featured, openFile); err != nil {
		return nil, nil, err
	}
	if !from.Authoritative() {
		e.talk.warning("OVHcloud's list of extensions is not to be had with these credentials; using %s", from)
		return chosen, nil, nil
	}
	set := make(map[string]bool, len(list))
	for _, extension := range list {
		set[extension] = true
	}
	return chosen, func(extension string) bool { return set[extension] }, nil
}

func openFile(path string) (io.ReadCloser, error) { return os.Open(path) }
