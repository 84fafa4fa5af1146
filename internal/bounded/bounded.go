// Package bounded reads what comes from outside without ever holding more of it than can be meant.
package bounded

import (
	"fmt"
	"io"
	"os"
)

// TooLargeError says that there is more to read than can be meant.
type TooLargeError struct{ Most int64 } // in bytes

func (e *TooLargeError) Error() string {
	if e.Most >= 1<<20 {
		return fmt.Sprintf("more than %d MB", e.Most>>20)
	}
	return fmt.Sprintf("more than %d kB", e.Most>>10)
}

// Reader reads from r, and fails with a *TooLargeError where there are more than most bytes.
func Reader(r io.Reader, most int64) io.Reader {
	return &reader{io.LimitedReader{R: r, N: most + 1}, most}
}

type reader struct {
	from io.LimitedReader
	most int64
}

func (r *reader) Read(into []byte) (int, error) {
	n, err := r.from.Read(into)
	if r.from.N == 0 {
		return 0, &TooLargeError{r.most}
	}
	return n, err
}

// ReadFile is os.ReadFile of a file of at most so many bytes; of a larger one the error is a *TooLargeError. A device or a pipe
// that never ends is larger than anything.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(Reader(file, most))
}
