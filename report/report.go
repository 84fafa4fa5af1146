// Package report puts results into the formats that people and programs read: CSV, JSON Lines, one JSON document, Markdown, a page
// in HTML, and a table for a terminal. Every format streams: a row leaves in one Write of the underlying writer as soon as its
// result is known, so that what a stopped run leaves behind is whole rows.
//
// New returns a Writer of a format, and FormatOf tells the format that a file's name asks for. NewTable is the one for terminals.
// NewChanges returns a ChangeWriter, which does the same for what has changed between two scans. Columns lists what is in a row.
// Read reads the rows of a report again.
package report

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tldsweep/scanner"
)

// Schema is the version of the columns and of the JSON document. It grows when a column is added at the end.
const Schema = 1

// A Writer puts results into one format. It is not safe for concurrent use.
type Writer interface {
	// Write hands one result to the underlying writer, in one piece. Its error is the underlying writer's. After an
	// error every further Write and Close returns the same one and writes nothing, since the end of a row may be missing.
	Write(scanner.Result) error
	// Close completes the document, also one that was interrupted between two results or has none. It does not close
	// the underlying writer. A second Close does nothing; a Write after Close is an error.
	Close() error
}

// formats is every format there is; a new one is a file of its own and a line here.
var formats = [...]struct {
	name     string
	suffixes []string // of file names, in lower case; none for what is not meant for files
	open     func(w io.Writer, further []Column) Writer
}{
	{"csv", []string{".csv"}, newCSV},
	{"jsonl", []string{".jsonl", ".ndjson"}, newJSONL},
	{"json", []string{".json"}, newJSON},
	{"html", []string{".html", ".htm"}, newHTML},
	{"md", []string{".md", ".markdown"}, newMarkdown},
	{"table", nil, func(w io.Writer, further []Column) Writer { return NewTable(w, unlimitedWidth, further...) }},
}

// New is a Writer of the named format ("csv", "jsonl", "json", "html", "md" or "table") onto w, with further columns at the end. It
// writes nothing yet. An unknown format is an error that lists the known ones.
func New(format string, w io.Writer, further ...Column) (Writer, error) {
	var known []string
	for _, f := range formats {
		if f.name == format {
			return f.open(w, further), nil
		}
		known = append(known, f.name)
	}
	return nil, fmt.Errorf("format %q: want %s", format, either(known))
}

// FormatOf is the format that the suffix of path asks for, in whatever case: .csv, .jsonl, .ndjson, .json, .html, .htm, .md or
// .markdown. The error of any other suffix lists those.
func FormatOf(path string) (string, error) {
	suffix := strings.ToLower(filepath.Ext(path))
	var known []string
	for _, f := range formats {
		for _, s := range f.suffixes {
			if s == suffix {
				return f.name, nil
			}
			known = append(known, s)
		}
	}
	return "", fmt.Errorf("output %q: want a name that ends in %s", path, either(known))
}

// either is "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

var errClosed = errors.New("report: write after close")

// sink is what the formats share: whole pieces to w until the first failure. Going on after it would glue the next row
// to half of the last one.
type sink struct {
	w      io.Writer
	err    error
	closed bool
}

func (s *sink) put(piece []byte) error {
	if s.err != nil {
		return s.err
	}
	n, err := s.w.Write(piece)
	if err == nil && n < len(piece) {
		err = io.ErrShortWrite
	}
	s.err = err
	return err
}

// ready says whether a row may be written.
func (s *sink) ready() error {
	if s.err == nil && s.closed {
		return errClosed
	}
	return s.err
}

// end marks the document as complete and says whether its last piece is still to be written.
func (s *sink) end() bool {
	first := !s.closed
	s.closed = true
	return first && s.err == nil
}
