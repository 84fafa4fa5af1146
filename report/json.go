package report

import (
	"fmt"
	"io"

	"tldsweep/scanner"
)

// jsonWriter writes one JSON document, {"schema":1,"results":[…]}, with one result per line. It is valid only once it is
// closed; JSON Lines is the format for runs that may be killed.
type jsonWriter struct {
	sink
	row
	begun bool
}

func newJSON(w io.Writer, further []Column) Writer {
	return &jsonWriter{sink: sink{w: w}, row: row{further: further}}
}

func (j *jsonWriter) Write(result scanner.Result) error {
	if err := j.ready(); err != nil {
		return err
	}
	j.Result = result
	j.rendered = appendObject(j.next(j.rendered[:0]), &j.row)
	return j.put(j.rendered)
}

func (j *jsonWriter) Close() error {
	if !j.end() {
		return j.err
	}
	if !j.begun {
		return j.put(append(j.next(nil), "]}\n"...))
	}
	return j.put([]byte("\n]}\n"))
}

// next appends what stands before a result. The line break belongs to what follows, so that no comma is ever left over.
func (j *jsonWriter) next(b []byte) []byte {
	if j.begun {
		return append(b, ",\n"...)
	}
	j.begun = true
	return fmt.Appendf(b, "{\"schema\":%d,\"results\":[\n", Schema)
}
