package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
	"tldsweep/report"
	"tldsweep/scanner"
)

// changeFlags are those of a scan that somebody is told of.
type changeFlags struct {
	changes  string
	onChange string
	exitCode bool
	keep     string
	metrics  string
}

func (f *changeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.changes, "changes", "", "write what has changed since the domains were last asked for: .csv .jsonl .json .md .txt")
	flags.StringVar(&f.onChange, "on-change", "", "run this command where something has changed, with the changes as JSON Lines on its stdin")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 10 where something has changed")
	flags.StringVar(&f.keep, "keep", "", "forget what was superseded so long ago, such as 90d; the last answer of each domain stays (default: keep all)")
	flags.StringVar(&f.metrics, "metrics", "", "write figures of the run for node_exporter's textfile collector: FILE.prom")
}

func (f *changeFlags) wanted() bool { return f.changes != "" || f.onChange != "" || f.exitCode }

func (f *changeFlags) check(noHistory bool) error {
	if noHistory && (f.wanted() || f.keep != "") {
		return app.Usage(errors.New("--changes, --on-change, --exit-code and --keep need a history"), "name one with --history FILE")
	}
	if f.changes != "" {
		if _, err := report.ChangeFormatOf(f.changes); err != nil {
			return app.Usage(err, "for example --changes news.csv")
		}
		if err := app.CheckFolder("changes", f.changes); err != nil {
			return err
		}
	}
	if f.metrics != "" {
		if err := app.CheckFolder("metrics", f.metrics); err != nil {
			return err
		}
	}
	if f.keep != "" {
		if age, err := parseAge(f.keep); err != nil || age < 24*time.Hour {
			return app.Usage(fmt.Errorf("--keep %s", console.OneLine(f.keep)), "want an age of a day or more, such as 90d")
		}
	}
	return nil
}

// reportChanges tells what this run has changed to whoever wants to know, and forgets what is old.
func (a *program) reportChanges(ctx context.Context, f changeFlags, recorder *sweep.Recorder, count *sweep.Counts) error {
	if recorder == nil || !f.wanted() && f.keep == "" {
		return nil
	}
	if f.wanted() {
		changes, err := recorder.Changes(ctx)
		if err != nil {
			return err
		}
		if count.Changes, err = sweep.WriteChangesFile(f.changes, changes); err != nil {
			return err
		}
		if count.Changes > 0 && f.onChange != "" {
			if err := a.runOnChange(ctx, changes, f.onChange); err != nil {
				return err
			}
		}
	}
	if f.keep == "" {
		return nil
	}
	age, err := parseAge(f.keep)
	if err != nil {
		return err
	}
	gone, err := recorder.Forget(ctx, age)
	if gone > 0 {
		a.Console.Detail("%d superseded answers are forgotten", gone)
	}
	return err
}

// runOnChange runs a command of the user's with the changes on its stdin. What it does not read is not its fault.
func (a *program) runOnChange(ctx context.Context, changes iter.Seq2[scanner.Change, error], command string) error {
	shell := []string{"sh", "-c", command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", command}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...)
	cmd.Stdout, cmd.Stderr = a.Stdout, a.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("--on-change: %w", err)
	}
	w, err := report.NewChanges("jsonl", stdin)
	if err != nil {
		return err
	}
	_, told := sweep.WriteChanges(w, changes)
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		return app.Hinted(fmt.Errorf("--on-change %s: %w", console.OneLine(command), err), "the scan itself has finished; what the command was told is also in --changes FILE")
	}
	if _, ours := errors.AsType[*history.Error](told); ours {
		return told
	}
	return nil
}
