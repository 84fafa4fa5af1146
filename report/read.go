package report

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"tldsweep/scanner"
)

// Row is a line of a report that was read, with what an order needs of it. What the report leaves out is empty.
type Row struct {
	Domain    string // A-labels
	Extension string
	Status    scanner.Status
	Currency  string
	Price     string
	Renewal   string
}

var errNoReport = errors.New("not a report of tldsweep: it has no column domain and no column status")

// Read yields the rows of a report in CSV, JSON Lines or JSON, also of one that went through a spreadsheet: columns are
// known by their names, in any order, and may be separated by semicolons or tabs. An error ends the loop.
func Read(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		text := bufio.NewReaderSize(r, 64<<10)
		if mark, _ := text.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
			_, _ = text.Discard(3)
		}
		first, err := firstByte(text)
		bounded := &boundedRows{from: text}
		switch {
		case err == io.EOF:
			yield(Row{}, errNoReport)
		case err != nil:
			yield(Row{}, err)
		case first == '{' || first == '[':
			readJSON(text, bounded, yield)
		default:
			readCSV(text, bounded, yield)
		}
	}
}

// longestRow is how much of a report is held at once, in bytes.
const longestRow = 1 << 20

var errLongRow = fmt.Errorf("a row of more than %d MB", longestRow>>20)

// boundedRows reads no further where more than a row is held by whoever reads it.
type boundedRows struct {
	from io.Reader
	used func() int64 // up to where the rows that are done go
	read int64
}

func (b *boundedRows) Read(into []byte) (int, error) {
	if b.read-b.used() > longestRow {
		return 0, errLongRow
	}
	n, err := b.from.Read(into)
	b.read += int64(n)
	return n, err
}

// firstByte skips white space.
func firstByte(text *bufio.Reader) (byte, error) {
	for skipped := 0; ; skipped++ {
		if skipped > longestRow {
			return 0, errNoReport
		}
		b, err := text.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, text.UnreadByte()
		}
	}
}

// readJSON reads the three shapes that a report has: objects one after the other, a list of them, and the document whose
// "results" is that list.
func readJSON(text *bufio.Reader, rows *boundedRows, yield func(Row, error) bool) {
	const wrapping = 256 // bytes in which the first row of a document begins
	head, _ := text.Peek(wrapping)
	row := bytes.Index(head, []byte(`"domain"`))
	results := bytes.Index(head, []byte(`"results"`))
	list := head[0] == '[' || results >= 0 && (row < 0 || results < row)
	decoder := json.NewDecoder(rows)
	rows.used = decoder.InputOffset
	for opened := !list; !opened; {
		token, err := decoder.Token()
		if err != nil {
			if err != errLongRow {
				err = errNoReport
			}
			yield(Row{}, err)
			return
		}
		opened = token == json.Delim('[')
	}
	for n := 1; decoder.More(); n++ {
		var cells struct {
			Domain    *string
			Extension string
			Status    *string
			Currency  string
			Price     string
			Renewal   string
		}
		if err := decoder.Decode(&cells); err != nil {
			switch wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); {
			case ok && wrong.Field == "":
				err = fmt.Errorf("it is a JSON %s, want an object", wrong.Value)
			case ok:
				err = fmt.Errorf("%s holds a JSON %s, want text", strings.ToLower(wrong.Field), wrong.Value)
			}
			yield(Row{}, fmt.Errorf("row %d: %w", n, err))
			return
		}
		if cells.Domain == nil || cells.Status == nil {
			yield(Row{}, errNoReport)
			return
		}
		row := Row{strings.ToLower(*cells.Domain), cells.Extension, scanner.Status(*cells.Status), cells.Currency, cells.Price, cells.Renewal}
		if !yield(row, nil) {
			return
		}
	}
	if list {
		if _, err := decoder.Token(); err != nil {
			yield(Row{}, fmt.Errorf("the report is cut off: %w", err))
		}
	}
}

func readCSV(text *bufio.Reader, rows *boundedRows, yield func(Row, error) bool) {
	head, err := text.Peek(text.Size())
	if err != nil && err != io.EOF {
		yield(Row{}, err)
		return
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	cells := csv.NewReader(rows)
	done := int64(0) // where the record before ended; the library's own offset counts lines
	rows.used = func() int64 { return done }
	cells.Comma = separator(line)
	cells.FieldsPerRecord = -1
	cells.ReuseRecord = true
	header, err := cells.Read()
	if err != nil {
		yield(Row{}, fmt.Errorf("%w (%w)", errNoReport, err))
		return
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(name))] = i + 1
	}
	if at["domain"] == 0 || at["status"] == 0 {
		yield(Row{}, errNoReport)
		return
	}
	for {
		done = cells.InputOffset()
		record, err := cells.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			yield(Row{}, err)
			return
		}
		cell := func(name string) string {
			if i := at[name]; i > 0 && i <= len(record) {
				return strings.TrimSpace(strings.TrimPrefix(record[i-1], "'")) // an apostrophe disarms formulas
			}
			return ""
		}
		row := Row{strings.ToLower(cell("domain")), cell("extension"), scanner.Status(cell("status")), cell("currency"), cell("price"), cell("renewal")}
		if row.Domain == "" && row.Status == "" {
			continue // an empty line of a spreadsheet
		}
		if !yield(row, nil) {
			return
		}
	}
}

// separator is what stands between the columns of a header.
func separator(header []byte) rune {
	most, best := 0, ','
	for _, r := range ",;\t" {
		if n := bytes.Count(header, []byte(string(r))); n > most {
			most, best = n, r
		}
	}
	return best
}
