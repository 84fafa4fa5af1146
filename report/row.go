package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/net/idna"

	"tldsweep/scanner"
)

// Column is one column of the CSV and one key of the JSON objects.
type Column struct {
	name   string
	number bool // a JSON number; all others are strings, amounts too, since they are decimal text and never floats
	value  func([]byte, *row) []byte
}

// columns is the contract with every program that reads a report: the names and their order stay, additions go at the
// end and raise Schema.
var columns = [...]Column{
	{"domain", false, func(b []byte, r *row) []byte { return append(b, r.Domain()...) }},
	{"unicode", false, func(b []byte, r *row) []byte { return append(b, r.readable()...) }},
	{"name", false, func(b []byte, r *row) []byte { return append(b, r.Name.ASCII...) }},
	{"extension", false, func(b []byte, r *row) []byte { return append(b, r.Extension...) }},
	{"status", false, func(b []byte, r *row) []byte { return append(b, r.Status...) }},
	{"reason", false, func(b []byte, r *row) []byte { return append(b, r.Reason...) }},
	{"currency", false, func(b []byte, r *row) []byte { return append(b, r.Currency...) }},
	{"price", false, func(b []byte, r *row) []byte { return append(b, r.Price...) }},
	{"renewal", false, func(b []byte, r *row) []byte { return append(b, r.Renewal...) }},
	{"regular", false, func(b []byte, r *row) []byte { return append(b, r.Regular...) }},
	{"discount", false, func(b []byte, r *row) []byte { return append(b, r.Discount...) }},
	{"fee", false, func(b []byte, r *row) []byte { return append(b, r.Fee...) }},
	{"duration", false, func(b []byte, r *row) []byte { return append(b, r.Duration...) }},
	{"pricing_mode", false, func(b []byte, r *row) []byte { return append(b, r.PricingMode...) }},
	{"phase", false, func(b []byte, r *row) []byte { return append(b, r.Phase...) }},
	{"offer_id", false, func(b []byte, r *row) []byte { return append(b, r.OfferID...) }},
	{"source", false, func(b []byte, r *row) []byte { return append(b, r.Source...) }},
	{"attempts", true, func(b []byte, r *row) []byte { return strconv.AppendInt(b, int64(r.Attempts), 10) }},
	{"latency_ms", true, func(b []byte, r *row) []byte {
		return strconv.AppendInt(b, r.Latency.Round(time.Millisecond).Milliseconds(), 10)
	}},
	{"checked_at", false, func(b []byte, r *row) []byte {
		if r.CheckedAt.IsZero() {
			return b
		}
		return r.CheckedAt.UTC().AppendFormat(b, time.RFC3339)
	}},
	{"error", false, func(b []byte, r *row) []byte {
		if r.Err == nil {
			return b
		}
		return append(b, r.Err.Error()...)
	}},
}

// ThreeYears is a further column, three_years: what a domain costs in its first period and two renewals.
var ThreeYears = Column{"three_years", false, func(b []byte, r *row) []byte { return append(b, threeYears(r.Price, r.Renewal)...) }}

// InThreeYears is what a domain costs in its first period and two renewals, as decimal text; empty where that is not known.
func InThreeYears(r scanner.Result) string { return threeYears(r.Price, r.Renewal) }

// threeYears is empty where an amount is not known.
func threeYears(price, renewal string) string {
	first, err := decimal.Parse(price)
	if err != nil {
		return ""
	}
	later, err := decimal.Parse(renewal)
	if err != nil {
		return ""
	}
	for range 2 {
		if first, err = first.Add(later); err != nil {
			return ""
		}
	}
	return first.Trim(2).Pad(2).String()
}

// Columns is the columns of the CSV and the keys of the JSON objects, in their order. The slice is the caller's own.
// Amounts (price, renewal, regular, discount, fee) are decimal text without VAT, latency_ms is rounded milliseconds,
// checked_at is RFC 3339 in UTC to the second; what is unknown is the empty string.
func Columns() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// column is the one at i, also of the further ones.
func (r *row) column(i int) *Column {
	if i < len(columns) {
		return &columns[i]
	}
	return &r.further[i-len(columns)]
}

func (r *row) width() int { return len(columns) + len(r.further) }

// row is the result that is being written. A writer keeps one for its whole life, so that rows cost no garbage.
type row struct {
	scanner.Result
	further  []Column          // after the columns
	cell     []byte            // of the column that is being written
	text     []byte            // scratch of readable
	decoded  map[string]string // extensions in A-labels → as people read them
	rendered []byte            // what goes out
}

// maxDecoded bounds the memory that odd input can take; there are fewer extensions with A-labels than that.
const maxDecoded = 4096

// readable is the domain as people read it; it is valid until the next call.
func (r *row) readable() []byte {
	r.text = append(r.text[:0], r.readableName()...)
	r.text = append(r.text, '.')
	r.text = append(r.text, r.readableExtension()...)
	return r.text
}

func (r *row) readableName() string {
	if r.Name.Unicode == "" {
		return r.Name.ASCII
	}
	return r.Name.Unicode
}

func (r *row) readableExtension() string {
	if !strings.Contains(r.Extension, "xn--") {
		return r.Extension
	}
	if known, ok := r.decoded[r.Extension]; ok {
		return known
	}
	readable, err := idna.Display.ToUnicode(r.Extension)
	if again, lost := idna.ToASCII(readable); err != nil || lost != nil || again != r.Extension {
		// What does not lead back to the extension would show a domain that no registry knows.
		readable = r.Extension
	}
	if r.decoded == nil || len(r.decoded) >= maxDecoded {
		r.decoded = make(map[string]string)
	}
	r.decoded[r.Extension] = readable
	return readable
}

// note is why the status is what it is: the reason and the words of the error, or whose price it is, or which phase.
func (r *row) note() string {
	note := string(r.Reason)
	if note == "" && (r.Status == scanner.Premium || r.Status == scanner.Aftermarket) {
		note = r.PricingMode
	}
	if r.Reason == scanner.OtherPhase {
		note += ": " + r.Phase
	}
	if r.Err != nil {
		if note != "" {
			note += ": "
		}
		note += r.Err.Error()
	}
	return note
}
