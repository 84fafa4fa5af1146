package report

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tldsweep/internal/printable"
	"tldsweep/scanner"
)

// markdownWriter writes a table as GitHub's flavour of Markdown has it, and under it how many there are of each status.
// Whatever would be markup, HTML or a mention is escaped, and a cell is one line.
type markdownWriter struct {
	sink
	row
	headed bool
	counts counts
}

func newMarkdown(w io.Writer, further []Column) Writer {
	return &markdownWriter{sink: sink{w: w}, row: row{further: further}, counts: counts{}}
}

func (m *markdownWriter) Write(result scanner.Result) error {
	if err := m.ready(); err != nil {
		return err
	}
	if err := m.head(); err != nil {
		return err
	}
	m.Result = result
	line := append(m.rendered[:0], "| "...)
	line = appendMarkdown(line, string(m.readable()))
	for _, cell := range []string{string(m.Status), priced(m.Price, m.Currency), priced(m.Renewal, m.Currency)} {
		line = appendMarkdown(append(line, " | "...), cell)
	}
	for i := range m.further {
		m.cell = m.further[i].value(m.cell[:0], &m.row)
		line = appendMarkdown(append(line, " | "...), priced(string(m.cell), m.Currency))
	}
	line = appendMarkdown(append(line, " | "...), m.note())
	m.rendered = append(line, " |\n"...)
	m.counts[result.Status]++
	return m.put(m.rendered)
}

func (m *markdownWriter) head() error {
	if m.headed {
		return nil
	}
	m.headed = true
	first, second := "| domain | status | price | renewal |", "| --- | --- | ---: | ---: |"
	for _, c := range m.further {
		first += " " + strings.ReplaceAll(c.name, "_", " ") + " |"
		second += " ---: |"
	}
	return m.put([]byte(first + " note |\n" + second + " --- |\n"))
}

func (m *markdownWriter) Close() error {
	if !m.end() {
		return m.err
	}
	if err := m.head(); err != nil {
		return err
	}
	first, parts := m.counts.totals()
	if len(parts) > 0 {
		first += ": " + strings.Join(parts, ", ")
	}
	return m.put([]byte("\n" + string(appendMarkdown(nil, first)) + "\n"))
}

// priced is an amount with its currency; empty where there is none.
func priced(amount, currency string) string {
	if amount == "" || currency == "" {
		return amount
	}
	return amount + " " + currency
}

// appendMarkdown appends text that shows as it is.
func appendMarkdown(b []byte, text string) []byte {
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			b = append(b, ' ')
		case printable.IsUnsafe(r):
			b = utf8.AppendRune(b, utf8.RuneError)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '@': // would call somebody
			b = append(b, "&#64;"...)
		case strings.ContainsRune("\\`*_{}[]()#+!|~>$^", r):
			b = append(b, '\\', byte(r))
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
