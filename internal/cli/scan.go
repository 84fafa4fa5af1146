package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// scanFlags are those of scan, by topic. Each topic registers its flags, and checks them before anything is asked or opened.
type scanFlags struct {
	input   inputFlags
	asking  askingFlags
	sources sourceFlags
	output  outputFlags
	changes changeFlags
}

func (a *program) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [NAME|DOMAIN …]",
		Short: "Ask for every name under every extension whether it is sold, and for how much",
		Example: `  tldsweep scan --endpoint emulator rocket moon
  tldsweep scan -i names.txt -e featured,'*.uk','!gov.uk' -o report.csv
  cut -d, -f1 names.csv | tldsweep scan -i - -e fr,com --only available --max-price 15`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.scan(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	f.input.register(flags)
	f.asking.register(flags)
	f.sources.register(flags)
	f.output.register(flags)
	f.changes.register(flags)
	return cmd
}

// check refuses what cannot be meant.
func (f *scanFlags) check(a *program, input *sweep.Input) error {
	if err := f.asking.check(a.IsEmulated()); err != nil {
		return err
	}
	if err := f.output.check(); err != nil {
		return err
	}
	if err := f.sources.check(); err != nil {
		return err
	}
	if err := f.changes.check(a.historyOff(f.sources.history)); err != nil {
		return err
	}
	if err := f.input.check(input); err != nil {
		return err
	}
	return app.RefuseOverwrites(f.written(), f.read(a))
}

// written are the files that the scan writes whole.
func (f *scanFlags) written() []app.NamedFile {
	return append(app.NamedFiles("the report", f.output.files...),
		app.NamedFile{What: "the summary", Path: f.output.summary},
		app.NamedFile{What: "the metrics file", Path: f.output.metrics},
		app.NamedFile{What: "the list of changes", Path: f.changes.file})
}

// read are the files that it reads, or writes as it goes.
func (f *scanFlags) read(a *program) []app.NamedFile {
	files := append(app.NamedFiles("the list", f.input.files...), app.NamedFiles("the list of extensions", f.asking.extensionFiles()...)...)
	files = append(files, app.NamedFile{What: "the trace", Path: a.Trace})
	if a.historyOff(f.sources.history) {
		return files
	}
	return append(files, historyFiles(f.sources.history)...)
}

func (a *program) scan(ctx context.Context, f scanFlags, names []string) error {
	input := &sweep.Input{Names: names, Files: f.input.files, Stdin: a.Stdin}
	defer input.Close()
	if err := f.check(a, input); err != nil {
		return err
	}
	conn, err := a.Connect(f.asking.pace, f.asking.workers, f.asking.timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if !f.asking.plan {
		if err := conn.RequireLogin(); err != nil {
			return err
		}
	}
	dns, err := f.sources.prefilterOf(conn, a.Console.Logger())
	if err != nil {
		return err
	}
	if dns != nil {
		defer dns.Close()
	}
	s := &sweep.Scan{
		Endpoint: a.endpoint(conn), Input: input, Extensions: f.asking.extensions,
		Sources:    sweep.Sources{Workers: f.asking.workers, DNS: dns, Ages: f.sources.ages},
		Filter:     f.output.filter,
		Ordered:    f.output.ordered,
		MaxErrors:  f.output.maxErrors,
		Conclusion: a.conclusion(f),
		Log:        a.Console.Logger(),
	}
	if f.asking.plan {
		defer a.TellDelays(ctx, conn)()
		return a.plan(ctx, f.sources, s)
	}
	defer context.AfterFunc(a.Hard, conn.Client.Close)()
	defer a.TellInterruption(ctx)()
	if s.Recorder, err = a.openRecorder(ctx, f.sources, s); err != nil {
		return app.CauseOf(ctx, err)
	}
	if s.Outputs, err = a.openOutputs(f.output.files, f.output.format); err != nil {
		s.Recorder.Close()
		return err
	}
	shown := a.newProgress(f.output.progress, s)
	s.Progress = shown.update
	count, err := s.Run(ctx)
	shown.stop()
	a.reportEnd(s, count, err)
	if _, written := errors.AsType[*sweep.ConclusionError](err); err != nil && !written {
		return err
	}
	if count.Status[scanner.Failed] > 0 {
		err = errors.Join(err, errSomeFailed)
	}
	if count.Changes > 0 && f.changes.exitCode {
		err = errors.Join(err, errChanged)
	}
	return err
}
