package cli

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"tldsweep/scanner"
)

// input is where the names come from: the arguments, then each file in turn.
type input struct {
	arguments []string
	files     []string // "-" is stdin
	stdin     io.Reader
	lines     int // read so far
}

// check refuses files that cannot be opened before any request is spent.
func (in *input) check() error {
	if len(in.arguments) == 0 && len(in.files) == 0 {
		return &usageError{errors.New("no names"), "give names as arguments, or -i FILE with one per line, or -i - for stdin"}
	}
	stdin := 0
	for _, file := range in.files {
		if file == "-" {
			if stdin++; stdin > 1 {
				return &usageError{errors.New("stdin can be read only once"), "give -i - once"}
			}
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("input: %w", err)
		}
		about, err := f.Stat()
		f.Close()
		if err == nil && about.IsDir() {
			return &usageError{fmt.Errorf("input %s is a folder", oneLine(file)), "name a file with one name per line"}
		}
	}
	return nil
}

// all yields every line of the input that holds a name.
func (in *input) all(yield func(string, error) bool) {
	for _, argument := range in.arguments {
		in.lines++
		if !yield(argument, nil) {
			return
		}
	}
	for _, file := range in.files {
		for line, err := range in.file(file) {
			in.lines++
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
	if in.lines == 0 {
		yield("", &hintedError{errors.New("the input holds no names"), "write one name per line; lines that start with # are comments"})
	}
}

// expected is about how many pairs the input makes, repeats included; 0 where that cannot be told without reading stdin.
func (in *input) expected(extensions int) int64 {
	n := int64(len(in.arguments) * extensions)
	for _, file := range in.files {
		about, err := os.Stat(file)
		if file == "-" || err != nil || !about.Mode().IsRegular() {
			return 0
		}
		for line, err := range in.file(file) {
			switch {
			case err != nil:
				return 0
			case strings.Contains(line, "."):
				n++
			default:
				n += int64(extensions)
			}
		}
	}
	return n
}

func (in *input) file(path string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if path == "-" {
			scanner.ReadNames(in.stdin, "stdin")(yield)
			return
		}
		f, err := os.Open(path)
		if err != nil {
			yield("", fmt.Errorf("input: %w", err))
			return
		}
		defer f.Close()
		scanner.ReadNames(f, path)(yield)
	}
}
