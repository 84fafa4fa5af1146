package scanner

import (
	"errors"
	"io"
	"os"
)

// spill takes what does not fit into memory.
type spill interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// tempFile is a spill that is made when it is first written to; nothing is read from it before. The zero value is ready.
type tempFile struct {
	make  func() (spill, error) // for tests; nil means newSpill
	spill                       // nil until it is needed
}

// WriteAt makes the file if there is none yet. Whether it is tried again after an error is the caller's decision.
func (t *tempFile) WriteAt(b []byte, at int64) (int, error) {
	if t.spill == nil {
		open := t.make
		if open == nil {
			open = newSpill
		}
		made, err := open()
		if err != nil {
			return 0, err
		}
		t.spill = made
	}
	return t.spill.WriteAt(b, at)
}

// Close gives the file back, if there is one.
func (t *tempFile) Close() error {
	if t.spill == nil {
		return nil
	}
	err := t.spill.Close()
	t.spill = nil
	return err
}

// newSpill makes a file that vanishes with the process, also by kill -9.
func newSpill() (spill, error) {
	file, err := os.CreateTemp("", "tldsweep-*")
	if err != nil {
		return nil, err
	}
	if os.Remove(file.Name()) != nil {
		return &named{file}, nil // some systems keep the names of open files
	}
	return file, nil
}

type named struct{ *os.File }

func (f *named) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }
