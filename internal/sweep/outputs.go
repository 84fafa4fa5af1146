package sweep

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"tldsweep/internal/atomicfile"
	"tldsweep/report"
	"tldsweep/scanner"
)

// OutputOptions says where rows go, and as what. The zero value writes nowhere.
type OutputOptions struct {
	Files   []string        // each in the format of its suffix: .csv .jsonl .json .html .md
	Stdout  io.Writer       // may be nil without a Format
	Format  string          // of the rows on Stdout: csv, jsonl, json, md, html or table; empty: none go there
	Width   int             // columns that a table on Stdout may take; 0: as many as it needs
	Columns []report.Column // to add at the end of each row

	Pending *atomicfile.Pending // of the process, which discards the files where it ends early; may be nil
}

// Outputs is where the rows go: stdout, and files that appear under their names only when they are complete. Make one with
// OpenOutputs, and end it with Complete or Abandon. It is not safe for concurrent use. A nil *Outputs writes nowhere.
type Outputs struct {
	writers []report.Writer
	files   []*outputFile
	stdout  *pipe

	toStdout report.Writer // nil: no rows are written there
}

type outputFile struct {
	path    string
	pending *atomicfile.File
	buffer  *bufio.Writer
	writer  report.Writer
}

// pipe is stdout, which remembers that it failed, since that is not the report's fault.
type pipe struct {
	w     io.Writer
	begun bool // something was written
	err   error
}

func (p *pipe) Write(b []byte) (int, error) {
	p.begun = true
	n, err := p.w.Write(b)
	if err != nil {
		p.err = err
	}
	return n, err
}

// OpenOutputs checks every path and format, so that nothing is asked for rows that cannot be written. It writes nothing yet.
// Errors name the file; a path that is a folder is an *Error.
func OpenOutputs(options OutputOptions) (_ *Outputs, err error) {
	o := &Outputs{stdout: &pipe{w: options.Stdout}}
	defer func() {
		if err != nil {
			o.discard()
		}
	}()
	for _, path := range options.Files {
		if err := o.openFile(path, options); err != nil {
			return nil, err
		}
	}
	switch {
	case options.Format == "":
		return o, nil
	case options.Format == "table" && options.Width > 0:
		o.toStdout = report.NewTable(o.stdout, options.Width, options.Columns...)
	default:
		if o.toStdout, err = report.New(options.Format, o.stdout, options.Columns...); err != nil {
			return nil, err
		}
	}
	o.writers = append(o.writers, o.toStdout)
	return o, nil
}

// openFile makes the file that will have a path when it is complete.
func (o *Outputs) openFile(path string, options OutputOptions) error {
	format, err := report.FormatOf(path)
	if err != nil {
		return err
	}
	if err := atomicfile.CheckFolder(path); err != nil {
		return fmt.Errorf("output %s: %w", path, err)
	}
	if about, err := os.Stat(path); err == nil && about.IsDir() {
		return &Error{fmt.Errorf("output %s is a folder", path), "name a file in it, such as " + filepath.Join(path, "report.csv")}
	}
	pending, err := options.Pending.Create(path)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	file := &outputFile{path: path, pending: pending, buffer: bufio.NewWriterSize(pending, 64<<10)}
	o.files = append(o.files, file)
	if file.writer, err = report.New(format, file.buffer, options.Columns...); err != nil {
		return err
	}
	o.writers = append(o.writers, file.writer)
	return nil
}

// ToStdout says whether rows go to stdout.
func (o *Outputs) ToStdout() bool { return o != nil && o.toStdout != nil }

// ToFiles says whether rows go to files.
func (o *Outputs) ToFiles() bool { return o != nil && len(o.files) > 0 }

// Write writes one row everywhere. Where rows go to files, too, it is no error that nobody reads stdout any more. After an
// error the outputs must be abandoned.
func (o *Outputs) Write(result scanner.Result) error {
	if o == nil {
		return nil
	}
	for _, writer := range o.writers {
		err := writer.Write(result)
		if err != nil && o.unread(writer) {
			o.writers = o.writers[:len(o.writers)-1]
			return nil
		}
		if err != nil {
			return o.explain(writer, err)
		}
	}
	return nil
}

// unread says whether a writer failed since who read stdout has seen enough, and the files are still wanted. It is the last of the
// writers.
func (o *Outputs) unread(writer report.Writer) bool {
	return writer == o.toStdout && len(o.files) > 0 && errors.Is(o.stdout.err, syscall.EPIPE)
}

// Complete ends every report and gives the files their names. After an error none of the files that have no name yet is left.
func (o *Outputs) Complete() error {
	if err := o.end(); err != nil {
		o.Abandon()
		return err
	}
	return o.commit()
}

// end ends every report and puts the files on the disk, still without their names: what can fail for want of room has not then.
func (o *Outputs) end() error {
	if o == nil {
		return nil
	}
	if err := o.endDocuments(); err != nil {
		return err
	}
	for _, file := range o.files {
		err := file.buffer.Flush()
		if err == nil {
			err = file.pending.Complete()
		}
		if err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	return nil
}

// commit gives the files their names, after end.
func (o *Outputs) commit() error {
	if o == nil {
		return nil
	}
	for _, file := range o.files {
		if err := file.pending.Commit(); err != nil {
			o.discard()
			return fmt.Errorf("output: %w", err)
		}
	}
	return nil
}

// Abandon ends what stdout has begun, so that it is a valid document, and leaves no file behind: what was there before stays.
func (o *Outputs) Abandon() {
	if o == nil {
		return
	}
	if o.stdout.begun && o.stdout.err == nil {
		// The run has failed for another reason, which is the one to tell.
		_ = o.endDocuments()
	}
	o.discard()
}

// endDocuments ends every document, also those behind one that cannot be ended.
func (o *Outputs) endDocuments() (first error) {
	for _, writer := range o.writers {
		if err := writer.Close(); err != nil && first == nil && !o.unread(writer) {
			first = o.explain(writer, err)
		}
	}
	return first
}

func (o *Outputs) discard() {
	for _, file := range o.files {
		file.pending.Discard()
	}
}

func (o *Outputs) explain(writer report.Writer, err error) error {
	if writer == o.toStdout && o.stdout.err != nil {
		return fmt.Errorf("stdout: %w", o.stdout.err)
	}
	return fmt.Errorf("output: %w", err) // which names the file
}
