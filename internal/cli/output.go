package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"tldsweep/internal/atomicfile"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/report"
	"tldsweep/scanner"
)

// outputs is where the rows go: stdout, and files that appear under their names only when they are complete.
type outputs struct {
	writers []report.Writer
	files   []*outputFile
	stdout  *pipe

	toStdout report.Writer // nil: no rows are written there
}

type outputFile struct {
	path    string
	pending *atomicfile.File
	buffer  *bufio.Writer
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

// openOutputs checks every path and format before any request is spent. Rows go to stdout where no file is named, or a
// format for stdout is.
func (a *program) openOutputs(paths []string, format string, further ...report.Column) (_ *outputs, err error) {
	o := &outputs{stdout: &pipe{w: a.Stdout}}
	defer func() {
		if err != nil {
			o.discard()
		}
	}()
	rowsToStdout := len(paths) == 0 || format != ""
	for _, path := range paths {
		if path == "-" {
			rowsToStdout = true
			continue
		}
		format, err := report.FormatOf(path)
		if err != nil {
			return nil, app.Usage(err, "end the name of the output file with its format, such as report.csv")
		}
		if err := app.CheckFolder("output "+console.OneLine(path), path); err != nil {
			return nil, err
		}
		if about, err := os.Stat(path); err == nil && about.IsDir() {
			return nil, app.Hinted(fmt.Errorf("output %s is a folder", console.OneLine(path)), "name a file in it, such as "+filepath.Join(path, "report.csv"))
		}
		// Through a link, the file behind it is written; it is not replaced by one.
		if behind, err := filepath.EvalSymlinks(path); err == nil {
			path = behind
		}
		pending, err := atomicfile.Create(path)
		if err != nil {
			return nil, fmt.Errorf("output: %w", err)
		}
		file := &outputFile{path: path, pending: pending, buffer: bufio.NewWriterSize(pending, 64<<10)}
		o.files = append(o.files, file)
		writer, err := report.New(format, file.buffer, further...)
		if err != nil {
			return nil, err
		}
		o.writers = append(o.writers, writer)
	}
	if rowsToStdout {
		if o.toStdout, err = a.stdoutWriter(format, o.stdout, further); err != nil {
			return nil, err
		}
		o.writers = append(o.writers, o.toStdout)
	}
	return o, nil
}

func (a *program) stdoutWriter(format string, w io.Writer, further []report.Column) (report.Writer, error) {
	terminal, width := a.Terminal(a.Stdout)
	if format == "" {
		format = "csv"
		if terminal {
			format = "table"
		}
	}
	if format == "table" && terminal {
		return report.NewTable(w, width, further...), nil
	}
	writer, err := report.New(format, w, further...)
	if err != nil {
		return nil, app.Usage(err, "see tldsweep scan --help")
	}
	return writer, nil
}

func (o *outputs) write(result scanner.Result) error {
	for _, writer := range o.writers {
		err := writer.Write(result)
		if err != nil && writer == o.toStdout && len(o.files) > 0 && errors.Is(o.stdout.err, syscall.EPIPE) {
			// Who read stdout has seen enough; the files are still wanted. It is the last of the writers.
			o.writers = o.writers[:len(o.writers)-1]
			return nil
		}
		if err != nil {
			return o.explain(err)
		}
	}
	return nil
}

// complete ends every report and gives the files their names.
func (o *outputs) complete() error {
	if err := o.end(); err != nil {
		o.discard()
		return err
	}
	for _, file := range o.files {
		if err := file.buffer.Flush(); err != nil {
			o.discard()
			return fmt.Errorf("output %s: %w", file.path, err)
		}
	}
	for _, file := range o.files {
		if err := file.pending.Commit(); err != nil {
			o.discard()
			return fmt.Errorf("output %s: %w", file.path, err)
		}
	}
	return nil
}

// abandon ends what stdout has begun, so that it is a valid document, and leaves no file behind.
func (o *outputs) abandon() {
	if o.stdout.begun && o.stdout.err == nil {
		// The run has failed for another reason, which is the one to tell.
		_ = o.end()
	}
	o.discard()
}

func (o *outputs) end() error {
	var all error
	for _, writer := range o.writers {
		all = errors.Join(all, writer.Close())
	}
	if all != nil {
		return o.explain(all)
	}
	return nil
}

func (o *outputs) discard() {
	for _, file := range o.files {
		file.pending.Discard()
	}
}

func (o *outputs) explain(err error) error {
	if o.stdout.err != nil {
		return fmt.Errorf("stdout: %w", o.stdout.err)
	}
	return fmt.Errorf("output: %w", err)
}
