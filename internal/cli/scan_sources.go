package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/delegation"
	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// longList is from how many lines on the names themselves are what memory is spent on.
const longList = 100_000

// sourceFlags say who answers beside OVHcloud: the history, and DNS.
type sourceFlags struct {
	history   string
	fresh     bool
	waitLock  time.Duration
	maxAge    string
	recheck   []string
	prefilter string
	resolvers []string

	ages map[scanner.Status]time.Duration // up to which answers of earlier runs are taken, by check
}

func (f *sourceFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.history, "history", "", "file that answers are kept in, so that an interrupted run goes on; or off (default: in the state folder; off for the emulator)")
	flags.BoolVar(&f.fresh, "fresh", false, "start over although the same question was interrupted before")
	flags.DurationVar(&f.waitLock, "wait-lock", 0, "wait so long while another process asks the same question (default: do not)")
	flags.StringVar(&f.maxAge, "max-age", "", "take answers of earlier runs that are younger, such as 12h or 7d, as they are (default: ask again)")
	flags.StringSliceVar(&f.recheck, "recheck", nil, "the same by status: taken=7d,available=1h")
	flags.StringVar(&f.prefilter, "prefilter", "", "dns: ask DNS first; a delegated name is taken and costs no request (names then go to name servers)")
	flags.StringArrayVar(&f.resolvers, "resolver", nil, "ask this DNS server, ADDR[:PORT], instead of the extensions' own; repeatable")
}

func (f *sourceFlags) check() (err error) {
	if f.waitLock < 0 {
		return app.Usage(fmt.Errorf("--wait-lock %s", f.waitLock), "want a duration such as 10m")
	}
	if f.prefilter != "" && f.prefilter != "dns" && f.prefilter != "off" {
		return app.Usage(fmt.Errorf("--prefilter %s", console.OneLine(f.prefilter)), "want dns or off")
	}
	if len(f.resolvers) > 0 && f.prefilter != "dns" {
		return app.Usage(fmt.Errorf("--resolver without --prefilter dns"), "add --prefilter dns, or leave the resolver out")
	}
	f.ages, err = agesOf(f.maxAge, f.recheck)
	return err
}

// agesOf reads --max-age and --recheck.
func agesOf(maxAge string, recheck []string) (map[scanner.Status]time.Duration, error) {
	all := map[scanner.Status]time.Duration{}
	if maxAge != "" {
		age, err := parseAge(maxAge)
		if err != nil {
			return nil, app.Usage(fmt.Errorf("--max-age %s", console.OneLine(maxAge)), "want an age such as 12h or 7d")
		}
		for _, status := range scanner.Statuses {
			all[status] = age
		}
	}
	for _, text := range recheck {
		name, value, _ := strings.Cut(text, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		age, err := parseAge(value)
		if err != nil || !slices.Contains(scanner.Statuses[:], scanner.Status(name)) || name == string(scanner.Failed) || name == string(scanner.Invalid) {
			return nil, app.Usage(fmt.Errorf("--recheck %s", console.OneLine(text)), "want STATUS=AGE, such as taken=7d,available=1h")
		}
		all[scanner.Status(name)] = age
	}
	maps.DeleteFunc(all, func(_ scanner.Status, age time.Duration) bool { return age == 0 })
	return all, nil
}

// prefilterOf is what asks DNS first, or nil where it is not wanted. Why DNS has no answer is logged, once for each cause.
func (f *sourceFlags) prefilterOf(conn *app.Connection, log *slog.Logger) (*delegation.Checker, error) {
	if f.prefilter != "dns" {
		return nil, nil
	}
	options := delegation.Options{Resolvers: f.resolvers, Log: log}
	if conn.Emulated && len(options.Resolvers) == 0 {
		address, err := conn.Server.StartDNS("127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("start the emulator's DNS: %w", err)
		}
		options.Resolvers = []string{address}
	}
	checker, err := delegation.New(options)
	if err != nil {
		return nil, app.Usage(err, "give an address with --resolver ADDR[:PORT]")
	}
	return checker, nil
}

// openRecorder opens the history and finds the run to continue. It is nil where nothing is kept.
func (a *program) openRecorder(ctx context.Context, f sourceFlags, s *sweep.Scan) (*sweep.Recorder, error) {
	path := a.historyFile(f.history)
	if path == "" && len(f.ages) > 0 {
		return nil, app.Usage(errors.New("--max-age and --recheck need a history"), "name one with --history FILE")
	}
	if path == "" {
		return nil, nil
	}
	question, lines, err := s.Question()
	if err != nil {
		return nil, err
	}
	if lines >= longList && os.Getenv("GOGC") == "" {
		// The set of names is live, and as much garbage again would be waited for. With half as much, collections are
		// still rarer than in a short scan.
		debug.SetGCPercent(50)
	}
	told := func() {}
	if f.waitLock > 0 {
		told = a.TellIfLong("waiting until "+time.Now().Add(f.waitLock).Format(time.TimeOnly)+" for another process that runs the same scan", time.Second/2)
	}
	recorder, err := sweep.NewRecorder(ctx, path, question, history.RunOptions{
		Fresh: f.fresh, Wait: f.waitLock, Warn: func(line string) { a.Console.Warning("%s", line) },
	})
	told()
	if _, ours := errors.AsType[*history.Error](err); ours && f.history == "" && ctx.Err() == nil {
		a.Console.Warning("no answers are kept, so an interrupted scan cannot be continued: %v", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if answered, began := recorder.Resumed(); answered > 0 {
		a.Console.Note("continuing the run of %s: %d domains are answered already; --fresh asks them all again",
			began.Format(time.DateTime), answered)
	}
	return recorder, nil
}
