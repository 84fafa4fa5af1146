package sweep

import (
	"bufio"
	"fmt"
	"iter"

	"tldsweep/internal/atomicfile"
	"tldsweep/report"
	"tldsweep/scanner"
)

// WriteChangesFile writes changes into a file, whole or not at all, in the format of its suffix (.csv .jsonl .json .md .txt),
// and counts them; without a path it counts alone. files are those of the process that are not complete, or nil.
func WriteChangesFile(files *atomicfile.Pending, path string, changes iter.Seq2[scanner.Change, error]) (n int64, err error) {
	if path == "" {
		return countChanges(changes)
	}
	format, err := report.ChangeFormatOf(path)
	if err != nil {
		return 0, err
	}
	pending, err := files.Create(path)
	if err != nil {
		return 0, fmt.Errorf("changes: %w", err)
	}
	defer pending.Discard()
	buffer := bufio.NewWriter(pending)
	w, err := report.NewChanges(format, buffer)
	if err != nil {
		return 0, err
	}
	if n, err = WriteChanges(w, changes); err != nil {
		return n, err
	}
	if err = buffer.Flush(); err == nil {
		err = pending.Commit()
	}
	if err != nil {
		return n, fmt.Errorf("changes: %w", err)
	}
	return n, nil
}

func countChanges(changes iter.Seq2[scanner.Change, error]) (n int64, err error) {
	for _, err := range changes {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// WriteChanges writes changes, completes the document and counts them.
func WriteChanges(w report.ChangeWriter, changes iter.Seq2[scanner.Change, error]) (n int64, err error) {
	for change, err := range changes {
		if err != nil {
			return n, err
		}
		n++
		if err := w.Write(change); err != nil {
			return n, fmt.Errorf("changes: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return n, fmt.Errorf("changes: %w", err)
	}
	return n, nil
}
