package sweep

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"math/bits"
	"os"
	"strings"

	"tldsweep/scanner"
)

// Input is where the names come from: Names, then each file in turn. Its lines are names or full domains; comments and
// blank lines are left out. The zero value has none, which is an error when it is read. It may be used by one goroutine at
// a time. Close it when done.
type Input struct {
	Names []string
	Files []string  // read as scanner.ReadNames reads; "-" is Stdin, at most once
	Stdin io.Reader // may be nil where no file is "-"

	spooled map[string]*os.File // copies of what can be read only once; without one it is read as it comes
	lines   int                 // read so far by All
}

// once says whether a file can be read only once: stdin, a pipe.
func once(file string) bool {
	if file == "-" {
		return true
	}
	about, err := os.Stat(file)
	return err == nil && !about.Mode().IsRegular()
}

// spool copies what can be read only once, so that it can be read again. The copies are gone after Close.
func (in *Input) spool() error {
	for _, file := range in.Files {
		if !once(file) || in.spooled[file] != nil {
			continue
		}
		from := in.Stdin
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
			return noCopy(file, err)
		}
		if in.spooled == nil {
			in.spooled = map[string]*os.File{}
		}
		in.spooled[file] = spooled
		_ = os.Remove(spooled.Name()) // it vanishes with the process then, however that ends; some systems keep the names of open files
		if _, err := io.Copy(spooled, from); err != nil {
			return noCopy(file, err)
		}
	}
	return nil
}

// noCopy is that a copy of what can be read only once cannot be made.
func noCopy(file string, err error) error {
	what := fmt.Errorf("input %s can be read only once, and no copy of it can be kept: %w", file, err)
	if of, ok := errors.AsType[*fs.PathError](err); ok && of.Op == "read" {
		return fmt.Errorf("input %s: %w", file, of.Err)
	}
	return &Error{what, "set TMPDIR to a folder that takes files and has room, or write the names into a file for -i"}
}

// Close removes the copies of what could be read only once. The input must not be read any more.
func (in *Input) Close() {
	for _, file := range in.spooled {
		file.Close()
		os.Remove(file.Name())
	}
}

// Digest is the same for the same lines, in any order and in any case; it also says how many there are. It reads the whole
// input, and keeps a copy of what can be read only once (stdin, a pipe) in a temporary file until Close. Errors are those of
// reading, and say where.
func (in *Input) Digest() (sum string, lines int, err error) {
	if err := in.spool(); err != nil {
		return "", 0, err
	}
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

// Check refuses files that cannot be opened, before anything is asked. It reads nothing. A folder is
// an *Error, and so is a file that is not there; other errors are those of opening.
func (in *Input) Check() error {
	for _, file := range in.Files {
		if file == "-" {
			continue
		}
		about, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) {
			return &Error{fmt.Errorf("input: %w", err), "check the path; names can also be given as arguments, without -i"}
		}
		if err != nil {
			return fmt.Errorf("input: %w", err)
		}
		if about.IsDir() {
			return &Error{fmt.Errorf("input %s is a folder", file), "name a file with one name per line"}
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

// All yields every line of the input that holds a name, and counts them for Lines. An error is the last thing it yields; an
// input without any line is one.
func (in *Input) All(yield func(string, error) bool) {
	in.lines = 0
	for line, err := range in.each {
		in.lines++
		if !yield(line, err) || err != nil {
			return
		}
	}
	if in.lines == 0 {
		yield("", &Error{errors.New("the input holds no names"), "write one name per line; lines that start with # are comments"})
	}
}

// Lines is how many lines All has yielded so far, in its last pass.
func (in *Input) Lines() int { return in.lines }

func (in *Input) each(yield func(string, error) bool) {
	for _, argument := range in.Names {
		if !yield(argument, nil) {
			return
		}
	}
	for _, file := range in.Files {
		for line, err := range in.file(file) {
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// Pairs is about how many pairs the input makes with so many extensions, repeats included. It reads the input; 0 where that
// is not possible, or not without reading stdin away.
func (in *Input) Pairs(extensions int) int64 {
	for _, file := range in.Files {
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

func (in *Input) file(path string) iter.Seq2[string, error] {
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
			scanner.ReadNames(in.Stdin, where)(yield)
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
