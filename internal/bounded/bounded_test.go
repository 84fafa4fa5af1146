package bounded_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tldsweep/internal/bounded"
)

// endless never ends, and counts.
type endless struct{ read int64 }

func (e *endless) Read(into []byte) (int, error) {
	e.read += int64(len(into))
	return len(into), nil
}

func TestReader(t *testing.T) {
	for _, size := range []int{0, 1, 1023, 1024} {
		text := bytes.Repeat([]byte("a"), size)
		if got, err := io.ReadAll(bounded.Reader(bytes.NewReader(text), 1024)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("of %d bytes %d were read (%v)", size, len(got), err)
		}
	}
	var forever endless
	_, err := io.ReadAll(bounded.Reader(&forever, 1<<20))
	if large, ok := errors.AsType[*bounded.TooLargeError](err); !ok || large.Most != 1<<20 || err.Error() != "more than 1 MB" || forever.read > 1<<20+1 {
		t.Errorf("%d bytes were read: %v", forever.read, err)
	}
	broken := errors.New("broken")
	if _, err := io.ReadAll(bounded.Reader(io.MultiReader(bytes.NewReader([]byte("a")), failing{broken}), 10)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if _, err := bounded.ReadFile(path, 2048); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, make([]byte, 2048), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := bounded.ReadFile(path, 2048); err != nil || len(text) != 2048 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if _, err := bounded.ReadFile(path, 2047); err == nil || err.Error() != "more than 1 kB" {
		t.Errorf("%v", err)
	}
}
