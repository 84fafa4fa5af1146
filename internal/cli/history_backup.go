package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/history"
)

func (a *program) historyBackupCommand(path *string) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the history, also while a scan runs",
		Long: `backup writes a copy of the history as it is at this moment, also while a scan runs, which goes on. The file appears
whole or not at all. It is a history itself: name it with --history FILE, or put it in the place of the one that was lost.`,
		Example: `  tldsweep history backup /mnt/backup/history.db --force`,
		Args:    app.OneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.CauseOf(cmd.Context(), a.backup(cmd.Context(), *path, args[0], force))
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it is there")
	return cmd
}

func (a *program) backup(ctx context.Context, path, to string, force bool) (err error) {
	if err := app.RefuseOverwrites(app.NamedFiles("the copy", to), historyFiles(path)); err != nil {
		return err
	}
	if err := mayReplace(to, force); err != nil {
		return err
	}
	if err := app.CheckWritable("backup", to); err != nil {
		return err
	}
	h, err := a.openHistory(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.closeHistory(h)) }()
	defer a.TellIfLong("copying the history", time.Second)()
	beside := filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+"."+rand.Text()[:8])
	a.Files.Remove(beside) // where the process ends in between
	defer os.Remove(beside)
	if err := h.Backup(ctx, beside); err != nil {
		return err
	}
	if err := publish(beside, to, force); err != nil {
		return err
	}
	a.Console.Note("%s is a copy of the history, %s", to, sizeOf(to))
	return nil
}

// publish gives a file its name. Without force it replaces none, also none that was made meanwhile.
func publish(beside, to string, force bool) error {
	if !force {
		switch err := os.Link(beside, to); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return mayReplace(to, false)
		}
		// This file system has no links.
	}
	if err := os.Rename(beside, to); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// mayReplace refuses a file that is there, unless it is forced to, and whatever is not a file or has a log of its own, which would be
// taken for the copy's.
func mayReplace(path string, force bool) error {
	about, err := os.Lstat(path)
	switch {
	case err == nil && about.IsDir():
		return app.Usage(fmt.Errorf("%s is a folder", path), "name a file in the folder")
	case err == nil && !about.Mode().IsRegular():
		return app.Usage(fmt.Errorf("%s is not a regular file", path), "name the file itself, or another one")
	case err == nil && !force:
		return app.Usage(fmt.Errorf("%s is there already", path), "name another file, or replace it with --force")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("backup: %w", err)
	}
	for _, suffix := range []string{"-wal", "-journal"} {
		if app.Exists(path + suffix) {
			return app.Usage(fmt.Errorf("%s belongs to a database that is in use, or was not closed", path+suffix), "name another file")
		}
	}
	return nil
}

// catalogues are the copies of OVHcloud's catalogue on this machine, one for each endpoint and subsidiary that was asked.
func catalogues() []string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	paths, _ := filepath.Glob(filepath.Join(folder, "tldsweep", "catalogue-*.json"))
	return paths
}

// whatIsKept says how much room the history and the copies of the catalogue take, and where.
func whatIsKept(h *history.History) (lines []string) {
	size, err := h.Size()
	if err == nil {
		lines = append(lines, fmt.Sprintf("the history is %s, %s", h.Path(), bytesOf(size)))
	}
	for _, path := range catalogues() {
		lines = append(lines, fmt.Sprintf("a copy of OVHcloud's catalogue is %s, %s", path, sizeOf(path)))
	}
	return lines
}

// sizeOf is the size of a file for people.
func sizeOf(path string) string {
	about, err := os.Stat(path)
	if err != nil {
		return "of unknown size"
	}
	return bytesOf(about.Size())
}

// bytesOf is a number of bytes for people.
func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
