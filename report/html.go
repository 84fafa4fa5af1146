package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"tldsweep/internal/printable"
	"tldsweep/scanner"
)

// The page is one file: a table of names × extensions that needs nothing else, and a script that, where it may run, draws
// the same table so that only what is visible costs anything, with filters, sorting and copying. Its policy lets these
// two assets in by their digests and nothing else, so that what a name or an error text holds can do nothing.
var (
	//go:embed html/page.css
	pageCSS string
	//go:embed html/page.js
	pageJS string
	//go:embed html/page.html
	pageHTML string

	page = template.Must(template.New("page").Parse(pageHTML))
)

// htmlWriter holds the rows until Close, since a line of the page is a name under all its extensions: some 100 bytes for
// each result.
type htmlWriter struct {
	sink
	row
	names      map[string]*line
	extensions map[string]string // A-labels → as people read them
	counts     counts
	currencies map[string]bool
	first      time.Time // of the answers
	last       time.Time
}

// line is a name under its extensions.
type line struct {
	Name  string
	ASCII string
	cells map[string]cell
}

// cell is one result on the page.
type cell struct {
	Status  scanner.Status
	Price   string
	Renewal string
	Note    string
	Steep   bool // the renewal is several times the first year
}

func newHTML(w io.Writer, _ []Column) Writer {
	return &htmlWriter{sink: sink{w: w}, names: map[string]*line{}, extensions: map[string]string{}, counts: counts{}, currencies: map[string]bool{}}
}

func (h *htmlWriter) Write(result scanner.Result) error {
	if err := h.ready(); err != nil {
		return err
	}
	h.Result = result
	l := h.names[result.Name.ASCII]
	if l == nil {
		l = &line{Name: printable.Text(h.readableName()), ASCII: printable.Text(result.Name.ASCII), cells: map[string]cell{}}
		h.names[result.Name.ASCII] = l
	}
	if _, known := h.extensions[result.Extension]; !known {
		h.extensions[result.Extension] = printable.Text(h.readableExtension())
	}
	c := cell{
		Status: result.Status, Price: printable.Text(result.Price), Renewal: printable.Text(result.Renewal),
		Note: printable.Text(h.note()), Steep: steep(result.Price, result.Renewal),
	}
	l.cells[result.Extension] = c
	h.counts[result.Status]++
	if result.Price != "" {
		h.currencies[printable.Text(result.Currency)] = true
	}
	if at := result.CheckedAt; !at.IsZero() {
		if h.first.IsZero() || at.Before(h.first) {
			h.first = at
		}
		if at.After(h.last) {
			h.last = at
		}
	}
	return nil
}

// steepFrom is from how many times the first year on a renewal is marked.
const steepFrom = 3

func steep(price, renewal string) bool {
	first, err := decimal.Parse(price)
	if err != nil {
		return false
	}
	later, err := decimal.Parse(renewal)
	if err != nil {
		return false
	}
	bound, err := first.Mul(decimal.MustNew(steepFrom, 0))
	return err == nil && !later.IsZero() && bound.Cmp(later) <= 0
}

// signs tell the statuses apart without colour; classes are those of the style sheet, and what the script goes by.
var signs = map[scanner.Status]struct{ Sign, Class, About string }{
	scanner.Available:   {"✓", "a", "you can register it"},
	scanner.Premium:     {"◆", "p", "at the registry's premium price"},
	scanner.Aftermarket: {"⇄", "m", "its holder sells it"},
	scanner.Restricted:  {"◐", "r", "not open to everybody, or not at the usual price"},
	scanner.Taken:       {"–", "t", "you cannot register it"},
	scanner.Unsupported: {"∅", "u", "not sold here"},
	scanner.Invalid:     {"✗", "i", "cannot exist"},
	scanner.Failed:      {"?", "e", "there was no answer: it may be free or taken"},
}

type (
	htmlPage struct {
		Policy     string
		CSS        template.CSS
		JS         template.JS
		Totals     string
		Currency   string
		Checked    string
		Legend     []htmlSign
		Extensions []htmlExtension
		Lines      []htmlLine
		SteepFrom  int
	}
	htmlSign      struct{ Sign, Class, Status, About string }
	htmlExtension struct{ ASCII, Readable string }
	htmlLine      struct {
		Name, ASCII string
		Cells       []htmlCell
	}
	htmlCell struct{ Class, Sign, Price, Renewal, Note, Steep string }
)

func (h *htmlWriter) Close() error {
	if !h.end() {
		return h.err
	}
	p := htmlPage{
		Policy: policy(), CSS: template.CSS(pageCSS), JS: template.JS(pageJS), Currency: strings.Join(sortedKeys(h.currencies), ", "), SteepFrom: steepFrom,
	}
	all, parts := h.counts.totals()
	p.Totals = printable.Text(strings.TrimSuffix(all+": "+strings.Join(parts, ", "), ": "))
	if !h.last.IsZero() {
		p.Checked = h.last.UTC().Format("2006-01-02 15:04") + " UTC"
		if h.last.Sub(h.first) > time.Hour {
			p.Checked = h.first.UTC().Format("2006-01-02 15:04") + " to " + p.Checked
		}
	}
	for _, status := range scanner.Statuses {
		s := signs[status]
		p.Legend = append(p.Legend, htmlSign{s.Sign, s.Class, string(status), s.About})
	}
	extensions := sortedKeys(h.extensions)
	for _, extension := range extensions {
		p.Extensions = append(p.Extensions, htmlExtension{printable.Text(extension), h.extensions[extension]})
	}
	for _, name := range sortedKeys(h.names) {
		p.Lines = append(p.Lines, h.names[name].cellsOf(extensions))
	}
	var text bytes.Buffer
	if err := page.Execute(&text, p); err != nil {
		return err
	}
	return h.put(text.Bytes())
}

func (l *line) cellsOf(extensions []string) htmlLine {
	shown := htmlLine{Name: l.Name, ASCII: l.ASCII, Cells: make([]htmlCell, len(extensions))}
	for i, extension := range extensions {
		c, there := l.cells[extension]
		if !there {
			continue
		}
		sign, known := signs[c.Status]
		if !known {
			sign.Sign, sign.Class = printable.Text(string(c.Status)), "e" // a status of a later version
		}
		shown.Cells[i] = htmlCell{Class: sign.Class, Sign: sign.Sign, Price: c.Price, Renewal: c.Renewal, Note: c.Note}
		if c.Steep {
			shown.Cells[i].Steep = "▲"
		}
	}
	return shown
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// policy lets in the page's own style and script, and nothing else.
func policy() string {
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", digest(pageCSS), digest(pageJS))
}
