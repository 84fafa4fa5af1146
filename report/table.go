package report

import (
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"tldsweep/internal/printable"
	"tldsweep/scanner"
)

// How wide the table's columns are, in terminal cells.
const (
	defaultWidth   = 100
	unlimitedWidth = 1000 // of a table that goes to a file: nothing is cut
	statusWidth    = 11   // "aftermarket", "unsupported"
	amountWidth    = 12   // "12345.99 EUR"
	maxAmountWidth = 20   // beyond it an amount is shown as …, since half an amount would be a wrong one
	minNoteWidth   = 13   // "transfer_only", "not_orderable"
	maxDomainWidth = 50   // more would only move the rest out of sight
)

const ellipsis = "…"

// tableColumn is one column of the table. Its width is fixed before the first row, since rows do not wait for each other.
type tableColumn struct {
	title string
	width int
	right bool // aligned to the right, as amounts are
	fills bool // takes what the row leaves, and is cut there
	value func(*tableWriter) string
}

type tableWriter struct {
	sink
	row
	width   int
	gap     int // between two columns
	columns []tableColumn
	cells   []string
	measure *runewidth.Condition
	headed  bool
	counts  counts
}

// NewTable is a Writer that prints results for people: one line each, and at Close how many there are of each status.
// width is how many cells a line of the terminal has; 0 or less means 100. No line is longer: below 72 cells the
// renewal price and what is further are left out, below 60 the reason, below 36 the price, below 20 the status.
//
// Long names are cut in their middle and never lose the extension while it fits at all. What would act on the terminal,
// such as control characters, escape sequences and bidirectional overrides, is shown as U+FFFD. How wide a character is
// depends on the locale, as go-runewidth reads it. Like every Writer it is not safe for concurrent use.
func NewTable(w io.Writer, width int, further ...Column) Writer {
	if width <= 0 {
		width = defaultWidth
	}
	measure := *runewidth.DefaultCondition
	t := &tableWriter{sink: sink{w: w}, row: row{further: further}, width: width, gap: 2, measure: &measure, counts: counts{}}
	t.layOut()
	t.cells = make([]string, len(t.columns))
	return t
}

// LeftOut is the titles of the columns that a table on a terminal of so many cells has no room for; width is as NewTable takes it.
func LeftOut(width int, further ...Column) (titles []string) {
	shown := NewTable(io.Discard, width, further...).(*tableWriter).columns
	for _, column := range NewTable(io.Discard, defaultWidth, further...).(*tableWriter).columns {
		if !slices.ContainsFunc(shown, func(c tableColumn) bool { return c.title == column.title }) {
			titles = append(titles, column.title)
		}
	}
	return titles
}

// layOut chooses the columns for the width. The domain gets what the others leave.
func (t *tableWriter) layOut() {
	var (
		domain  = tableColumn{title: "DOMAIN", value: func(*tableWriter) string { return "" }} // see Write
		status  = tableColumn{title: "STATUS", width: statusWidth, value: (*tableWriter).status}
		price   = tableColumn{title: "PRICE", width: amountWidth, right: true, value: func(t *tableWriter) string { return t.amount(t.Price) }}
		renewal = tableColumn{title: "RENEWAL", width: amountWidth, right: true, value: func(t *tableWriter) string { return t.amount(t.Renewal) }}
		note    = tableColumn{title: "NOTE", fills: true, value: (*tableWriter).note}
	)
	switch {
	case t.width >= 72:
		t.columns = []tableColumn{domain, status, price, renewal, note}
	case t.width >= 60:
		t.columns = []tableColumn{domain, status, price, note}
	case t.width >= 36:
		t.columns, t.gap = []tableColumn{domain, status, price}, 1
	case t.width >= 20:
		t.columns, t.gap = []tableColumn{domain, status}, 1
	default:
		t.columns = []tableColumn{domain}
	}
	if len(t.columns) > 4 {
		for _, c := range t.further {
			further := tableColumn{title: strings.ToUpper(strings.ReplaceAll(c.name, "_", " ")), width: amountWidth, right: true, value: func(t *tableWriter) string {
				return t.amount(string(c.value(nil, &t.row)))
			}}
			t.columns = slices.Insert(t.columns, len(t.columns)-1, further)
		}
	}
	rest := t.width - t.gap*(len(t.columns)-1)
	for _, c := range t.columns {
		rest -= c.width
	}
	t.columns[0].width = rest
	if last := len(t.columns) - 1; t.columns[last].fills {
		width := max(minNoteWidth, rest*2/5, rest-maxDomainWidth)
		t.columns[last].width = width
		t.columns[0].width = rest - width
	}
}

func (t *tableWriter) Write(result scanner.Result) error {
	if err := t.ready(); err != nil {
		return err
	}
	if !t.headed {
		t.headed = true
		for i, c := range t.columns {
			t.cells[i] = c.title
		}
		t.cells[0] = t.measure.Truncate(t.cells[0], t.columns[0].width, "")
		if err := t.put(t.line()); err != nil {
			return err
		}
	}
	t.Result = result
	slack := t.width
	for i, c := range t.columns[1:] {
		t.cells[i+1] = c.value(t)
		slack -= t.gap
		if !c.fills {
			slack -= t.measure.StringWidth(t.cells[i+1])
		}
	}
	t.cells[0] = t.domain(slack)
	if err := t.put(t.line()); err != nil {
		return err
	}
	t.counts[result.Status]++
	return nil
}

// line is the cells as one line. A cell that is wider than its column takes the blanks before the next ones, so that
// a dear domain or a long extension bends its own row and loses nothing.
func (t *tableWriter) line() []byte {
	b := t.rendered[:0]
	at, end := 0, 0
	spare := t.width - t.gap*(len(t.columns)-1) // blanks that may be written before the line is full
	for i, c := range t.columns {
		if !c.fills {
			spare -= t.measure.StringWidth(t.cells[i])
		}
	}
	for i, c := range t.columns {
		if i > 0 {
			b = appendBlanks(b, t.gap)
			at += t.gap
			end += t.gap
		}
		end += c.width
		cell := t.cells[i]
		width := t.measure.StringWidth(cell)
		if c.fills && at+width > end {
			cell = t.cut(cell, end-at)
			width = t.measure.StringWidth(cell)
		}
		blanks := max(0, min(end-at-width, spare))
		spare -= blanks
		if c.right {
			b = append(appendBlanks(b, blanks), cell...)
		} else {
			b = appendBlanks(append(b, cell...), blanks)
		}
		at += blanks + width
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	t.rendered = append(b, '\n')
	return t.rendered
}

// domain is the readable domain in its column or, if the extension needs more, in up to slack cells.
func (t *tableWriter) domain(slack int) string {
	name, extension := printable.Text(t.readableName()), "."+printable.Text(t.readableExtension())
	whole := name + extension
	wide := t.measure.StringWidth(whole)
	dots := t.measure.StringWidth(ellipsis)
	least := min(wide, t.measure.StringWidth(extension)+dots)
	room := min(max(t.columns[0].width, least), slack)
	if wide <= room {
		return whole
	}
	left := room - least
	if left < 0 {
		return t.tail(whole, room)
	}
	return t.measure.Truncate(name, left-left/2, "") + ellipsis + t.last(name, left/2) + extension
}

// cut is the first of s with … where it stops, in at most room cells.
func (t *tableWriter) cut(s string, room int) string {
	if t.measure.StringWidth(s) <= room {
		return s
	}
	if room < t.measure.StringWidth(ellipsis) {
		return ""
	}
	return t.measure.Truncate(s, room, ellipsis)
}

// tail is … and the last of s, in at most room cells.
func (t *tableWriter) tail(s string, room int) string {
	dots := t.measure.StringWidth(ellipsis)
	if room < dots {
		return ""
	}
	return ellipsis + t.last(s, room-dots)
}

// last is the last of s in at most room cells. Where a wide character would be halved, TruncateLeft puts a blank, which
// has no place within a domain.
func (t *tableWriter) last(s string, room int) string {
	return strings.TrimLeft(t.measure.TruncateLeft(s, t.measure.StringWidth(s)-room, ""), " ")
}

func (t *tableWriter) status() string { return t.cut(printable.Text(string(t.Status)), statusWidth) }

// amount is the decimal text as it came and its currency.
func (t *tableWriter) amount(decimal string) string {
	if decimal == "" {
		return ""
	}
	amount := printable.Text(decimal)
	if t.Currency != "" {
		amount += " " + printable.Text(t.Currency)
	}
	if t.measure.StringWidth(amount) > maxAmountWidth {
		return ellipsis
	}
	return amount
}

func (t *tableWriter) note() string { return printable.Text(t.row.note()) }

func (t *tableWriter) Close() error {
	if !t.end() {
		return t.err
	}
	return t.put(t.totals())
}

// totals is "3 domains: 2 available, 1 taken", broken between statuses where the terminal is narrow.
func (t *tableWriter) totals() []byte {
	first, parts := t.counts.totals()
	for i, part := range parts {
		parts[i] = printable.Text(part)
	}
	var b []byte
	if t.headed {
		b = append(b, '\n')
	}
	if len(parts) > 0 {
		first += ":"
	}
	b = append(b, first...)
	at := len(first)
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ","
		}
		width := t.measure.StringWidth(part)
		if at+1+width > t.width {
			b = append(b, '\n')
			at = 0
		} else {
			b = append(b, ' ')
			at++
		}
		b = append(b, part...)
		at += width
	}
	return append(b, '\n')
}

func appendBlanks(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}
