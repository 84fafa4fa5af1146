package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
)

func (a *program) historyCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "history [DOMAIN]",
		Short: "List the runs, show one domain over time, and take care of the file",
		Example: `  tldsweep history
  tldsweep history rocket.fr`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			domain := ""
			if len(args) > 0 {
				if domain, err = keptDomain(args[0]); err != nil {
					return err
				}
			}
			h, err := a.openHistory(cmd.Context(), path)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.closeHistory(h)) }()
			table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
			if domain == "" {
				runs, err := h.Runs(cmd.Context())
				if err != nil {
					return err
				}
				console.Fprintf(table, "RUN\tBEGAN\tSTATE\tROWS\tAT\tEXTENSIONS\n")
				for _, r := range runs {
					console.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%s\n", r.ID, r.Started.Local().Format(time.DateTime), r.State, r.Rows, placeOf(r.Endpoint, r.Subsidiary), r.Extensions)
				}
			} else {
				periods, err := h.Timeline(cmd.Context(), domain)
				if err != nil {
					return err
				}
				if len(periods) == 0 {
					return app.Hinted(fmt.Errorf("nothing is known of %s", console.OneLine(domain)), "scan it with a history, or name another with --history FILE")
				}
				console.Fprintf(table, "FROM\tTO\tSTATUS\tPRICE\tRENEWAL\tNOTE\n")
				for _, s := range periods {
					note := string(s.Reason)
					if !api.IsOVHcloud(s.Endpoint) || s.Endpoint != periods[0].Endpoint || s.Subsidiary != periods[0].Subsidiary {
						note = strings.TrimSpace(placeOf(s.Endpoint, s.Subsidiary) + " " + note)
					}
					console.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", s.From.Local().Format(time.DateTime), s.CheckedAt.Local().Format(time.DateTime), s.Status,
						strings.TrimSpace(s.Price+" "+s.Currency), s.Renewal, note)
				}
			}
			if err := table.Flush(); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			if domain == "" {
				for _, line := range whatIsKept(h) {
					a.Console.Note("%s", line)
				}
			}
			return nil
		},
	}
	cmd.PersistentFlags().StringVar(&path, "history", "", "the history to use (default: in the state folder)")
	cmd.AddCommand(a.historyForgetCommand(&path), a.historyBackupCommand(&path), a.historyExportCommand(&path), a.historyImportCommand(&path))
	return cmd
}

// placeOf is where answers are from, in short: OVHcloud's subsidiary, and the endpoint where that is not OVHcloud's own.
func placeOf(endpoint, subsidiary string) string {
	if api.IsOVHcloud(endpoint) {
		return subsidiary
	}
	return subsidiary + " at " + endpoint
}

// noteOrigin says that the answers of a run are not OVHcloud's, where they are not.
func (a *program) noteOrigin(r history.RunInfo) {
	switch {
	case r.Endpoint == sweep.Emulator:
		a.Console.Note("the answers of run %d are the emulator's: what it says is made up", r.ID)
	case !api.IsOVHcloud(r.Endpoint):
		a.Console.Note("the answers of run %d are from %s, and not from OVHcloud", r.ID, r.Endpoint)
	}
}

// historyOff says whether there is no history.
func (a *program) historyOff(flag string) bool {
	return flag == "off" || flag == "" && a.IsEmulated()
}

// historyFile is the file that --history means; empty means none. A default that cannot be used is a warning, since a
// scan without history is better than none.
func (a *program) historyFile(flag string) string {
	switch {
	case a.historyOff(flag):
		return ""
	case flag != "":
		return flag
	}
	path, err := defaultHistory()
	if err != nil {
		a.Console.Warning("no history is kept, so an interrupted run cannot go on: %v", err)
	}
	return path
}

func defaultHistory() (string, error) {
	folder, err := app.StateFolder()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "history.db"), nil
}

// historyOr is the history that a flag names, or the usual one where it names none.
func historyOr(path string) (string, error) {
	if path == "" {
		return defaultHistory()
	}
	return path, nil
}

// historyFiles are those of the history that a flag names, or of the usual one.
func historyFiles(path string) []app.NamedFile {
	path, err := historyOr(path)
	if err != nil {
		return nil
	}
	return app.NamedFiles("the history", path, path+"-wal", path+"-shm")
}

// openHistory opens a history to read it: the file that is named, or the usual one. closeHistory closes it.
func (a *program) openHistory(ctx context.Context, path string) (*history.History, error) {
	path, err := historyOr(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, app.Hinted(fmt.Errorf("history: %w", err), "a scan makes one; name another with --history FILE")
	}
	h, err := history.OpenToRead(ctx, path)
	if err != nil {
		return nil, err
	}
	if h.SetAside != "" {
		return nil, errors.Join(app.Hinted(fmt.Errorf("history %s: it was damaged, and is now %s", path, h.SetAside), "a scan begins a new one"), h.Close())
	}
	return h, nil
}

// closeHistory closes a history that was read, and warns where it has turned out to be damaged.
func (a *program) closeHistory(h *history.History) error {
	err := h.Close()
	if h.SetAside != "" {
		a.Console.Warning("the history was damaged; it is now %s, and the next scan begins a new one", h.SetAside)
	}
	return err
}
