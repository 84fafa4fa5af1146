package cli

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/bits"
	"os"
	"strings"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/scanner"
)

// input is where the names come from: the arguments, then each file in turn.
type input struct {
	arguments []string
	files     []string // "-" is stdin
	stdin     io.Reader
	spooled   map[string]*os.File // copies of what can be read only once; without one it is read as it comes
	lines     int                 // read so far by all
}

// once says whether a file can be read only once: stdin, a pipe.
func once(file string) bool {
	if file == "-" {
		return true
	}
	about, err := os.Stat(file)
	return err == nil && !about.Mode().IsRegular()
}

// spool copies what can be read only once. The copies are gone after unspool.
func (in *input) spool() error {
	for _, file := range in.files {
		if !once(file) {
			continue
		}
		from := in.stdin
		if file != "-" {
			opened, err := os.Open(file)
			if err != nil {
				return fmt.Errorf("input: %w", err)
			}
			defer opened.Close()
			from = opened
		}
		spooled, err := os.CreateTemp("", "tldsweep-input-")
		if err != nil {
			return fmt.Errorf("copy %s: %w", file, err)
		}
		if in.spooled == nil {
			in.spooled = map[string]*os.File{}
		}
		in.spooled[file] = spooled
		if _, err := io.Copy(spooled, from); err != nil {
			return fmt.Errorf("copy %s: %w", file, err)
		}
	}
	return nil
}

func (in *input) unspool() {
	for _, file := range in.spooled {
		file.Close()
		os.Remove(file.Name())
	}
}

// digest is the same for the same lines, in any order; it also says how many there are.
func (in *input) digest() (sum string, lines int, err error) {
	var high, low uint64
	for line, err := range in.each {
		if err != nil {
			return "", 0, err
		}
		lines++
		sum := sha256.Sum256([]byte(strings.ToLower(line)))
		var carry uint64
		low, carry = bits.Add64(low, binary.BigEndian.Uint64(sum[8:]), 0)
		high, _ = bits.Add64(high, binary.BigEndian.Uint64(sum[:]), carry)
	}
	return fmt.Sprintf("%016x%016x", high, low), lines, nil
}

// check refuses files that cannot be opened before any request is spent.
func (in *input) check() error {
	if len(in.arguments) == 0 && len(in.files) == 0 {
		return app.Usage(errors.New("no names"), "give names as arguments, or -i FILE with one per line, or -i - for stdin")
	}
	stdin := 0
	for _, file := range in.files {
		if file == "-" {
			if stdin++; stdin > 1 {
				return app.Usage(errors.New("stdin can be read only once"), "give -i - once")
			}
			continue
		}
		about, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("input: %w", err)
		}
		if about.IsDir() {
			return app.Hinted(fmt.Errorf("input %s is a folder", console.OneLine(file)), "name a file with one name per line")
		}
		if !about.Mode().IsRegular() {
			continue // to open a pipe is to begin reading it
		}
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("input: %w", err)
		}
		f.Close()
	}
	return nil
}

// all yields every line of the input that holds a name, and counts them.
func (in *input) all(yield func(string, error) bool) {
	in.lines = 0
	for line, err := range in.each {
		in.lines++
		if !yield(line, err) || err != nil {
			return
		}
	}
	if in.lines == 0 {
		yield("", app.Hinted(errors.New("the input holds no names"), "write one name per line; lines that start with # are comments"))
	}
}

func (in *input) each(yield func(string, error) bool) {
	for _, argument := range in.arguments {
		if !yield(argument, nil) {
			return
		}
	}
	for _, file := range in.files {
		for line, err := range in.file(file) {
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// expected is about how many pairs the input makes, repeats included; 0 where that cannot be told without reading stdin.
func (in *input) expected(extensions int) int64 {
	for _, file := range in.files {
		if once(file) && in.spooled[file] == nil {
			return 0
		}
	}
	n := int64(0)
	for line, err := range in.each {
		switch {
		case err != nil:
			return 0
		case strings.Contains(line, "."):
			n++
		default:
			n += int64(extensions)
		}
	}
	return n
}

func (in *input) file(path string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		where := path
		if path == "-" {
			where = "stdin"
		}
		if copied := in.spooled[path]; copied != nil {
			scanner.ReadNames(io.NewSectionReader(copied, 0, math.MaxInt64), where)(yield)
			return
		}
		if path == "-" {
			scanner.ReadNames(in.stdin, where)(yield)
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
