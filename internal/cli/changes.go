package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
	"tldsweep/report"
)

type changesFlags struct {
	history  string
	since    string
	until    int64
	format   string
	output   string
	exitCode bool
}

func (a *program) changesCommand() *cobra.Command {
	var f changesFlags
	cmd := &cobra.Command{
		Use:   "changes",
		Short: "What is different between two runs",
		Long: `changes tells what became available or was taken, which price or renewal moved, and where a promotion began or ended,
between the last run that finished and the one before it, or since a date or a run. It asks nobody. Errors are not changes.`,
		Example: `  tldsweep changes
  tldsweep changes --since 7d -f md
  tldsweep changes --since 2026-11-01 --exit-code -o changes.csv`,
		Args: app.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.CauseOf(cmd.Context(), a.changes(cmd.Context(), f))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.history, "history", "", "the history to look into (default: in the state folder)")
	flags.StringVar(&f.since, "since", "", "a run's number, a date such as 2026-11-01 or 2026-11-01T03:00:00Z, or an age such as 7d (default: the run before the last)")
	flags.Int64Var(&f.until, "until", 0, "a run's number (default: the last that finished)")
	flags.StringVarP(&f.format, "format", "f", "text", "text, csv, jsonl, json or md")
	flags.StringVarP(&f.output, "output", "o", "", "write a file in the format of its suffix instead: .csv .jsonl .json .md .txt")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 10 where something has changed")
	return cmd
}

func (a *program) changes(ctx context.Context, f changesFlags) (err error) {
	out, err := report.NewChanges(f.format, a.Stdout)
	if err != nil {
		return app.Usage(err, "see tldsweep changes --help")
	}
	if f.output != "" {
		if _, err := report.ChangeFormatOf(f.output); err != nil {
			return app.Usage(err, "for example -o changes.csv")
		}
		if err := app.RefuseOverwrites(app.NamedFiles("the list of changes", f.output), historyFiles(f.history)); err != nil {
			return err
		}
		if err := app.CheckWritable("changes", f.output); err != nil {
			return err
		}
	}
	h, err := a.openHistory(ctx, f.history)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.closeHistory(h)) }()
	until, err := h.FindRun(ctx, f.until)
	if err != nil {
		return err
	}
	a.noteOrigin(until)
	since, err := sinceRun(ctx, h, until, f.since)
	if err != nil {
		return err
	}
	if since == 0 {
		a.Console.Note("there is no run before it to compare with")
	}
	changes := h.Changes(ctx, since, until)
	var n int64
	if f.output != "" {
		n, err = sweep.WriteChangesFile(&a.Files, f.output, changes)
	} else {
		n, err = sweep.WriteChanges(out, changes)
	}
	if err != nil {
		return err
	}
	a.Console.Detail("%d changes between run %d and run %d", n, since, until.ID)
	if n > 0 && f.exitCode {
		return errChanged
	}
	return nil
}

// sinceRun is the run whose knowledge is compared with; 0: there was none.
func sinceRun(ctx context.Context, h *history.History, until history.RunInfo, text string) (int64, error) {
	if text == "" {
		return h.RunBefore(ctx, until)
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		if id < 1 {
			return 0, app.Usage(fmt.Errorf("--since %d is the number of no run", id), "tldsweep history lists the runs")
		}
		run, err := h.FindRun(ctx, id)
		if err == nil && run.ID > until.ID {
			return 0, app.Usage(fmt.Errorf("--since %d is a later run than %d, which it is compared with", id, until.ID), "tldsweep history lists the runs")
		}
		return run.ID, err
	}
	at, err := moment(text)
	if err != nil {
		return 0, app.Usage(fmt.Errorf("--since %s", console.OneLine(text)), "want a run's number, a date such as 2026-11-01, or an age such as 7d")
	}
	if at.After(time.Now()) {
		return 0, app.Usage(fmt.Errorf("--since %s is in the future", console.OneLine(text)), "want a date in the past such as 2026-11-01, or an age such as 7d")
	}
	return h.RunAt(ctx, until, at)
}

// moment reads a date, a date with a time, or an age. A date is the local one's midnight.
func moment(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return at, nil
	}
	age, err := parseAge(text)
	return time.Now().Add(-age), err
}
