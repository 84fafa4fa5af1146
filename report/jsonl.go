package report

import (
	"io"
	"unicode/utf8"

	"tldsweep/internal/printable"
	"tldsweep/scanner"
)

// jsonlWriter writes JSON Lines: one object per result and line. A run without rows is an empty file.
type jsonlWriter struct {
	sink
	row
}

func newJSONL(w io.Writer, further []Column) Writer {
	return &jsonlWriter{sink: sink{w: w}, row: row{further: further}}
}

func (j *jsonlWriter) Write(result scanner.Result) error {
	if err := j.ready(); err != nil {
		return err
	}
	j.Result = result
	j.rendered = append(appendObject(j.rendered[:0], &j.row), '\n')
	return j.put(j.rendered)
}

func (j *jsonlWriter) Close() error {
	j.end()
	return j.err
}

// appendObject appends the result as one JSON object: every key, in the order of the columns, on one line.
func appendObject(b []byte, r *row) []byte {
	for i := range r.width() {
		column := r.column(i)
		if i == 0 {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, column.name...)
		b = append(b, '"', ':')
		r.cell = column.value(r.cell[:0], r)
		if column.number {
			b = append(b, r.cell...)
		} else {
			b = appendString(b, r.cell)
		}
	}
	return append(b, '}')
}

const hex = "0123456789abcdef"

// appendString appends text as a JSON string that reads back exactly; bytes that are not UTF-8 become U+FFFD each.
// Beyond what JSON demands it escapes what would act on somebody who prints the file: C1 controls, line separators, and
// the invisible characters that reorder text. The few invisible ones from U+10000 up reorder nothing and stay.
func appendString(b, text []byte) []byte {
	b = append(b, '"')
	for len(text) > 0 {
		if c := text[0]; ' ' <= c && c < 0x7f && c != '"' && c != '\\' {
			b = append(b, c)
			text = text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r == '\t':
			b = append(b, '\\', 't')
		case r <= 0xffff && printable.IsUnsafe(r):
			b = append(b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
