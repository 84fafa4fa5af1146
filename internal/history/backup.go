package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a copy of the history, as it is at this moment, into a file that must not be there or be empty, and puts it on the
// disk. Others may write meanwhile. After an error nothing of the copy is left. Errors are ctx's and *Error.
func (h *History) Backup(ctx context.Context, path string) error {
	if about, err := os.Stat(path); err == nil && about.Size() > 0 {
		return h.explain(&fs.PathError{Op: "create", Path: path, Err: fs.ErrExist})
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return h.explain(err)
	}
	err := h.backup(ctx, path)
	if err != nil {
		os.Remove(path)
		os.Remove(path + "-journal")
	}
	return h.explain(err)
}

func (h *History) backup(ctx context.Context, path string) error {
	about, err := os.Stat(h.path)
	if err != nil {
		return err
	}
	// Whoever may read the history may read its copy. SQLite would take the rights of any new file, and does not sync it.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, about.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	absolute, err := filepath.Abs(path) // another might be read as a URL
	if err != nil {
		return err
	}
	// https://www.sqlite.org/lang_vacuum.html#vacuuminto: a transaction that only reads.
	if _, err := h.db.ExecContext(ctx, "VACUUM INTO ?", absolute); err != nil {
		return fmt.Errorf("copy to %s: %w", path, err)
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// Size is how many bytes the history takes on the disk, with what is in its log.
func (h *History) Size() (int64, error) {
	file, err := os.Stat(h.path)
	if err != nil {
		return 0, h.explain(err)
	}
	size := file.Size()
	if log, err := os.Stat(h.path + "-wal"); err == nil {
		size += log.Size()
	}
	return size, nil
}
