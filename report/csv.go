package report

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tldsweep/internal/printable"
	"tldsweep/scanner"
)

// csvWriter writes RFC 4180 with LF at the end of a line, quoted as encoding/csv does. The header always comes, so that a
// run without rows is a valid report too.
//
// Names come from lists and error texts from a network, so three things are changed on the way into a cell:
//   - What a spreadsheet would run as a formula gets an apostrophe in front; see runsAsFormula.
//   - White space that ends a line or jumps (CR, LF, TAB, VT, FF, NEL, U+2028, U+2029) becomes a space, so that a row is
//     one line for grep, cut and tail; all other control characters, NUL among them, and invisible ones that reorder text or
//     hide it become U+FFFD, as on a terminal.
//   - Bytes that are not UTF-8 become U+FFFD each.
//
// The page's own CSV (csvCell in html/page.js) does the same.
//
// The JSON formats keep the text as it is.
type csvWriter struct {
	sink
	row
	headed bool
}

func newCSV(w io.Writer, further []Column) Writer {
	return &csvWriter{sink: sink{w: w}, row: row{further: further}}
}

func (c *csvWriter) Write(result scanner.Result) error {
	if err := c.ready(); err != nil {
		return err
	}
	if err := c.head(); err != nil {
		return err
	}
	c.Result = result
	line := c.rendered[:0]
	for i := range c.width() {
		if i > 0 {
			line = append(line, ',')
		}
		column := c.column(i)
		c.cell = column.value(c.cell[:0], &c.row)
		if column.number {
			line = append(line, c.cell...) // ours: a minus is no formula there
		} else {
			line = appendCSV(line, c.cell)
		}
	}
	c.rendered = append(line, '\n')
	return c.put(c.rendered)
}

func (c *csvWriter) Close() error {
	if !c.end() {
		return c.err
	}
	return c.head()
}

// head writes the header, as a piece of its own so that the first row too is a single Write.
func (c *csvWriter) head() error {
	if c.headed {
		return nil
	}
	c.headed = true
	names := Columns()
	for _, column := range c.further {
		names = append(names, column.name)
	}
	return c.put([]byte(strings.Join(names, ",") + "\n"))
}

// appendCSV appends text as one cell, harmless and quoted where it must be.
func appendCSV(b, text []byte) []byte {
	first, _ := utf8.DecodeRune(text)
	formula := runsAsFormula(text)
	// A leading space is quoted since some readers trim it, and \. alone since it ends the data for PostgreSQL's COPY:
	// both as encoding/csv does. A leading TAB becomes a space below, so it counts as one.
	quoted := bytes.IndexByte(text, ',') >= 0 || bytes.IndexByte(text, '"') >= 0 ||
		!formula && unicode.IsSpace(first) || string(text) == `\.`
	if quoted {
		b = append(b, '"')
	}
	if formula {
		b = append(b, '\'')
	}
	for len(text) > 0 {
		if c := text[0]; ' ' <= c && c < 0x7f && c != '"' {
			b = append(b, c)
			text = text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		if r == '"' {
			b = append(b, `""`...)
		} else {
			b = utf8.AppendRune(b, printable.Rune(r)) // a byte that is not UTF-8 was decoded as U+FFFD
		}
		text = text[size:]
	}
	if quoted {
		b = append(b, '"')
	}
	return b
}

// runsAsFormula says whether a spreadsheet may take text for a formula: its first character is = + - @, also full-width
// as East Asian spreadsheets accept them, where white space, quotes and invisible characters before it do not count,
// since importers strip them; or it starts with TAB, CR or LF, after which importers begin again.
func runsAsFormula(text []byte) bool {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch r {
		case '=', '+', '-', '@', '＝', '＋', '－', '＠':
			return true
		case '\t', '\r', '\n':
			if i == 0 {
				return true
			}
		}
		if r != '"' && r != '\'' && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
			return false
		}
		i += size
	}
	return false
}
