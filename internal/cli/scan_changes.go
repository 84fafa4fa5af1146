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
	file     string
	onChange string
	exitCode bool
	keep     string

	age time.Duration // of keep, by check; 0: nothing is forgotten
}

func (f *changeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "changes", "", "write what has changed since the domains were last asked for: .csv .jsonl .json .md .txt")
	flags.StringVar(&f.onChange, "on-change", "", "run this command where something has changed, with the changes as JSON Lines on its stdin")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 10 where something has changed")
	flags.StringVar(&f.keep, "keep", "", "forget what was superseded so long ago, such as 90d; the last answer of each domain stays (default: keep all)")
}

func (f *changeFlags) wanted() bool { return f.file != "" || f.onChange != "" || f.exitCode }

func (f *changeFlags) check(noHistory bool) (err error) {
	if noHistory && (f.wanted() || f.keep != "") {
		return app.Usage(errors.New("--changes, --on-change, --exit-code and --keep need a history"), "name one with --history FILE")
	}
	if f.file != "" {
		if _, err := report.ChangeFormatOf(f.file); err != nil {
			return app.Usage(err, "for example --changes changes.csv")
		}
		if err := app.CheckWritable("changes", f.file); err != nil {
			return err
		}
	}
	if f.keep != "" {
		if f.age, err = parseAge(f.keep); err != nil || f.age < 24*time.Hour {
			return app.Usage(fmt.Errorf("--keep %s", console.OneLine(f.keep)), "want an age of a day or more, such as 90d")
		}
	}
	return nil
}

// onChange runs a command of the user's with the changes on its stdin. What it does not read is not its fault.
func (a *program) onChange(command string) func(context.Context, iter.Seq2[scanner.Change, error]) error {
	return func(ctx context.Context, changes iter.Seq2[scanner.Change, error]) error {
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
			return fmt.Errorf("--on-change %s: %w", console.OneLine(command), err)
		}
		w, err := report.NewChanges("jsonl", stdin)
		if err != nil {
			return err
		}
		_, told := sweep.WriteChanges(w, changes)
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause // the command was ended for it
			}
			return app.Hinted(fmt.Errorf("--on-change %s: %w", console.OneLine(command), err), "the scan has finished and its rows are written; what the command was told: tldsweep changes")
		}
		if _, ours := errors.AsType[*history.Error](told); ours {
			return told
		}
		return nil
	}
}
