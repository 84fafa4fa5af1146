package cli

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

type scanFlags struct {
	inputs     []string
	extensions []string
	outputs    []string
	format     string
	ordered    bool
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
	changeFlags
}

func (a *program) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [NAME|DOMAIN …]",
		Short: "Ask for every name under every extension whether it is sold, and for how much",
		Example: `  tldsweep scan --endpoint emulator rocket moon
  tldsweep scan -i names.txt -e featured,'*.uk','!gov.uk' -o report.csv
  zcat names.gz | tldsweep scan -i - -e fr,com --only available --max-price 15`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.scan(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.inputs, "input", "i", nil, "names, one per line; - is stdin; gzip and zstd are recognised; repeatable")
	flags.StringArrayVarP(&f.extensions, "extensions", "e", []string{"featured"}, "which ones: featured, all, fr, co.uk, '*.uk', @FILE, '!pattern' to leave out; comma-separated, repeatable")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write a file, whole or not at all, in the format of its suffix: .csv .jsonl .json .html .md; repeatable")
	flags.StringVarP(&f.format, "format", "f", "", "of stdout: table, csv, jsonl, json, md or html (default: table on a terminal, else csv)")
	flags.BoolVar(&f.ordered, "ordered", false, "write the rows in the order of the list (default: as the answers come)")
	flags.StringVar(&f.rate, "rate", "", "requests per second, minute or hour: 1/s, 60/m, 3600/h, or off (default "+app.UsualRate+"; off for the emulator)")
	flags.IntVar(&f.workers, "workers", 0, "requests under way at once at most (default: enough for the rate)")
	flags.DurationVar(&f.timeout, "timeout", 0, "for one request (default 30s)")
	flags.StringSliceVar(&f.only, "only", nil, "write only rows of these statuses: available, premium, aftermarket, restricted, taken, unsupported, invalid, error")
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
	f.changeFlags.register(flags)
	flags.StringVar(&f.summary, "summary", "", "write what was asked and what came of it to a file, as one JSON object")
	return cmd
}

func (a *program) scan(ctx context.Context, f scanFlags, names []string) error {
	s, err := a.resolve(f, names)
	if err != nil {
		return err
	}
	defer s.input.Close()
	if f.plan {
		return a.plan(ctx, f, s)
	}
	conn, err := a.Connect(s.rate, s.workers, f.timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.RequireLogin(); err != nil {
		return err
	}
	defer context.AfterFunc(a.Hard, conn.Client.Close)()
	defer context.AfterFunc(ctx, func() {
		a.Console.Note("interrupted: what is under way is finished; again Ctrl-C leaves at once")
	})()

	recorder, err := a.openRecorder(ctx, f, s, conn)
	if err != nil {
		return app.CauseOf(ctx, err)
	}
	out, err := a.openOutputs(f.outputs, f.format)
	if err != nil {
		_ = recorder.Close() // why nothing is asked is what to tell
		return err
	}
	count := sweep.NewCounts(conn.Pace.Stats)
	err = a.sweep(ctx, f, s, conn, recorder, out, count)
	if err == nil {
		err = count.Balance()
	}
	if err != nil {
		out.Abandon()
	} else {
		err = out.Complete()
	}
	if err == nil {
		err = recorder.Finish()
	}
	if err == nil {
		err = a.reportChanges(ctx, f.changeFlags, recorder, count)
	}
	if closing := recorder.Close(); err == nil {
		err = closing
	}
	return a.finish(f, s, conn, recorder, count, err)
}

// conclude says how the scan ended, on stderr and in the summary.
func (a *program) finish(f scanFlags, s *settings, conn *app.Connection, recorder *sweep.Recorder, count *sweep.Counts, err error) error {
	failed := count.Status[scanner.Failed]
	switch {
	case err == nil && failed > 0:
		err = errSomeFailed
	case err == nil && count.Changes > 0 && f.exitCode:
		err = errChanged
	}
	if f.summary != "" {
		if wrong := summarise(count, conn, f, s, recorder.Path(), err).write(f.summary); wrong != nil && isFinished(err) {
			err = wrong
		}
	}
	if f.metrics != "" {
		if wrong := count.WriteMetrics(f.metrics, isFinished(err)); wrong != nil && isFinished(err) {
			err = wrong
		}
	}
	switch interrupted, ok := errors.AsType[app.Interruption](err); {
	case ok:
		a.Console.Note("%v after %s", interrupted, count.Line())
		a.Console.Note("%s", resumption(recorder))
	case isFinished(err):
		a.Console.Note("%s", count.Line())
		a.warnOf(failed)
	case recorder != nil && count.Rows > 0:
		a.Console.Note("%s", resumption(recorder))
	}
	return err
}

// isFinished says whether a scan that ended so has finished.
func isFinished(err error) bool { return err == nil || err == errSomeFailed || err == errChanged }

// warnOf says what rows without an answer mean.
func (a *program) warnOf(failed int64) {
	switch failed {
	case 0:
	case 1:
		a.Console.Warning("1 row is an error: its domain may be free or taken; run it again to ask for it")
	default:
		a.Console.Warning("%d rows are errors: their domains may be free or taken; run it again to ask for them", failed)
	}
}

// sweep is the whole way: names, queries, stages, results, rows.
func (a *program) sweep(ctx context.Context, f scanFlags, s *settings, conn *app.Connection, recorder *sweep.Recorder, out *sweep.Outputs, count *sweep.Counts) error {
	chosen, market, err := a.endpoint(conn).Choose(ctx, f.extensions, a.Console.Logger())
	if err != nil {
		return app.CauseOf(ctx, err)
	}
	basket, err := cart.Open(ctx, conn.Client, cart.Options{Subsidiary: conn.Subsidiary, Description: "tldsweep scan"})
	if err != nil {
		return app.CauseOf(ctx, err)
	}
	var seen scanner.Seen
	defer seen.Close()
	sold := market.Sells
	if !market.Complete() {
		sold = nil // only OVHcloud itself says what it does not sell
	}
	queries := scanner.Queries(s.input.All, chosen, sold, &seen)
	bar := a.newProgress(f.progress, s, len(chosen), out, count)
	defer bar.stop()
	stages := []scanner.Stage{scanner.Check(sold)}
	if market.Catalogue() != nil {
		stages = append(stages, sweep.Unsold(market))
	}
	stages = append(stages, recorder.Stages(s.ages)...)
	dns, err := a.prefilter(&f, conn)
	if err != nil {
		return err
	}
	if dns != nil {
		defer dns.Close()
		stages = append(stages, sweep.Delegated(dns))
	}
	stages = append(stages, cart.Lookup(basket, s.workers))
	var order *scanner.Order
	if f.ordered {
		order = scanner.NewOrder()
	}
	write := func(rows iter.Seq[scanner.Result]) error {
		for row := range rows {
			if s.keep(row) {
				if err := out.Write(row); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for result, err := range scanner.Scan(ctx, order.Queries(counted(queries, count)), stages...) {
		if err != nil {
			// What waits for others is written too; why the scan has ended is what to tell.
			_ = write(order.Rest())
			return app.CauseOf(ctx, err)
		}
		count.Add(result)
		if err := recorder.Keep(result); err != nil {
			return err
		}
		if err := write(order.Turn(result)); err != nil {
			return err
		}
		bar.update()
	}
	return nil
}

// counted notes how many queries have left, for the balance at the end.
func counted(queries iter.Seq2[scanner.Query, error], count *sweep.Counts) iter.Seq2[scanner.Query, error] {
	return func(yield func(scanner.Query, error) bool) {
		for query, err := range queries {
			if err == nil {
				count.Asked.Add(1)
			}
			if !yield(query, err) {
				return
			}
		}
	}
}
