package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

func (a *program) historyForgetCommand(path *string) *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use:   "forget DOMAIN … | -i FILE",
		Short: "Delete all that is kept of domains",
		Long: `forget deletes all that the history holds of the domains: their answers, now and earlier, of every subsidiary. It asks
nothing, and says how many answers it has deleted. The file is then written again, so that no bytes of them are left in it.`,
		Example: `  tldsweep history forget rocket.fr moon.com
  tldsweep history forget -i domains.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.CauseOf(cmd.Context(), a.forget(cmd.Context(), *path, args, files))
		},
	}
	cmd.Flags().StringArrayVarP(&files, "input", "i", nil, "domains, one per line; - is stdin; gzip and zstd are recognised; repeatable")
	return cmd
}

func (a *program) forget(ctx context.Context, path string, names, files []string) (err error) {
	input := &sweep.Input{Names: names, Files: files, Stdin: a.Stdin}
	defer input.Close()
	switch i := slices.Index(files, "-"); {
	case len(names) == 0 && len(files) == 0:
		return app.Usage(errors.New("no domains"), "give domains as arguments, or -i FILE with one per line, or -i - for stdin")
	case i >= 0 && slices.Contains(files[i+1:], "-"):
		return app.Usage(errors.New("stdin can be read only once"), "give -i - once")
	}
	if err := input.Check(); err != nil {
		return err
	}
	h, err := a.openHistory(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.closeHistory(h)) }()
	defer a.TellIfLong("deleting, and writing the history again", time.Second)()
	gone, err := h.ForgetDomains(ctx, func(yield func(string, error) bool) {
		for line, err := range input.All {
			domain := ""
			if err == nil {
				domain, err = keptDomain(line)
			}
			if !yield(domain, err) || err != nil {
				return
			}
		}
	})
	if err != nil && gone.Answers == 0 {
		return err
	}
	a.Console.Note("%s", deleted(gone))
	if err != nil {
		return &app.PartialError{Err: fmt.Errorf("the answers are deleted, and the file may still hold their bytes: %w", err)}
	}
	if !gone.Overwritten {
		a.Console.Warning("another process uses the history: its file may still hold bytes of what is deleted; run the same command again when it has ended")
	}
	return nil
}

// deleted says what was.
func deleted(gone history.Forgotten) string {
	text := fmt.Sprintf("%d answers are deleted, of %s", gone.Answers, domains(gone.Domains))
	switch {
	case gone.Answers == 0:
		return "nothing was kept of " + domains(gone.Unknown)
	case gone.Answers == 1:
		text = "1 answer is deleted, of 1 domain"
	}
	switch gone.Unknown {
	case 0:
	case 1:
		text += "; nothing was kept of 1 other"
	default:
		text += fmt.Sprintf("; nothing was kept of %d others", gone.Unknown)
	}
	return text
}

// domains is so many of them in words.
func domains(n int64) string {
	if n == 1 {
		return "1 domain"
	}
	return fmt.Sprintf("%d domains", n)
}

// keptDomain is a domain as the history knows it.
func keptDomain(text string) (string, error) {
	// What was asked for has one label before its extension.
	entry := scanner.Split(text, func(string) bool { return true })
	if entry.Name.Err != nil || entry.Extension == "" {
		return "", app.Usage(fmt.Errorf("%s is not a domain", console.OneLine(text)), "write it with its extension, such as rocket.fr")
	}
	return scanner.Query(entry).Domain(), nil
}
