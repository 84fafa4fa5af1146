package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/history"
)

func (a *program) historyExportCommand(path *string) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write all that is kept as JSON Lines, which import reads",
		Long: `export writes all that the history holds as JSON Lines, to stdout or into a file: the runs, and the answers with their
times and the runs that saw them. tldsweep history import reads it.`,
		Example: `  tldsweep history export -o history.jsonl
  tldsweep history export | gzip >history.jsonl.gz`,
		Args: app.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.CauseOf(cmd.Context(), a.export(cmd.Context(), *path, output))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write this file instead of stdout")
	return cmd
}

func (a *program) export(ctx context.Context, path, output string) (err error) {
	toStdout := output == "" || output == "-"
	if !toStdout {
		if err := app.RefuseOverwrites(app.NamedFiles("the export", output), historyFiles(path)); err != nil {
			return err
		}
		if err := app.CheckWritable("export", output); err != nil {
			return err
		}
	}
	h, err := a.openHistory(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.closeHistory(h)) }()
	defer a.TellIfLong("writing what the history holds", time.Second)()
	var written history.Exported
	if toStdout {
		if written, err = h.Export(ctx, a.Stdout); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	} else {
		file, err := a.Files.Create(output)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		defer file.Discard()
		if written, err = h.Export(ctx, file); err == nil {
			err = file.Commit()
		}
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	a.Console.Note("%d runs and %d answers are written", written.Runs, written.Answers)
	if written.Damaged > 0 {
		return &app.PartialError{Err: app.Hinted(fmt.Errorf("%d answers have changed on the disk and are left out", written.Damaged), "tldsweep history DOMAIN and a scan name them; a scan keeps new answers")}
	}
	return nil
}

func (a *program) historyImportCommand(path *string) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Add what export has written",
		Long: `import adds what tldsweep history export has written, from a file or, with -, from stdin: all of it or, where a line is
wrong, nothing. What the history holds already stays as it is, so that to import a file again changes nothing. Its runs must be later
than those of the history, or be among them.`,
		Example: `  tldsweep history import history.jsonl
  tldsweep history import --history new.db history.jsonl`,
		Args: app.OneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.CauseOf(cmd.Context(), a.restore(cmd.Context(), *path, args[0]))
		},
	}
}

func (a *program) restore(ctx context.Context, path, from string) (err error) {
	in, where := io.Reader(a.Stdin), "stdin"
	if from != "-" {
		file, err := os.Open(from)
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer file.Close()
		in, where = file, from
	}
	if path, err = historyOr(path); err != nil {
		return err
	}
	h, err := history.Open(ctx, path)
	if err != nil {
		return err
	}
	if h.SetAside != "" {
		a.Console.Warning("the history was damaged; it is now %s, and a new one is begun", h.SetAside)
	}
	defer func() { err = errors.Join(err, a.closeHistory(h)) }()
	defer a.TellIfLong("importing", time.Second)()
	added, err := h.Import(ctx, in)
	if wrong, ok := errors.AsType[*history.LineError](err); ok {
		next := "nothing was imported; export it again, or correct the line"
		if errors.Is(err, history.ErrOlder) {
			next = "nothing was imported; import it into a new file with --history FILE, and then an export of this history"
		}
		return app.Hinted(fmt.Errorf("%s:%d: %s", console.OneLine(where), wrong.Line, console.OneLine(wrong.Err.Error())), next)
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", console.OneLine(where), err)
	}
	text := fmt.Sprintf("%d runs and %d answers are added", added.Runs, added.Answers)
	if added.Known > 0 {
		text += fmt.Sprintf("; %d answers were there", added.Known)
	}
	if added.Superseded > 0 {
		text += fmt.Sprintf("; %d are left out, since later ones of their domains were there", added.Superseded)
	}
	a.Console.Note("%s", text)
	return nil
}
