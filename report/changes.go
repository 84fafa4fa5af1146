package report

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tldsweep/internal/printable"
	"tldsweep/scanner"
)

// ChangeWriter puts changes into one format. It is not safe for concurrent use. After an error every further call returns
// the same one and writes nothing.
type ChangeWriter interface {
	// Write hands one change to the underlying writer, in one piece.
	Write(scanner.Change) error
	// Close completes the document. It does not close the underlying writer.
	Close() error
}

// changeColumns is the contract with every program that reads changes: the names and their order stay.
var changeColumns = [...]struct {
	name   string
	number bool
	value  func(scanner.Change, string) string // of the change, and the domain as people read it
}{
	{"domain", false, func(c scanner.Change, _ string) string { return c.Domain() }},
	{"unicode", false, func(_ scanner.Change, readable string) string { return readable }},
	{"news", false, func(c scanner.Change, _ string) string { return joined(c.Kinds(), ";") }},
	{"old_status", false, func(c scanner.Change, _ string) string { return string(c.Before.Status) }},
	{"status", false, func(c scanner.Change, _ string) string { return string(c.Now.Status) }},
	{"currency", false, func(c scanner.Change, _ string) string { return cmp.Or(c.Now.Currency, c.Before.Currency) }},
	{"old_price", false, func(c scanner.Change, _ string) string { return c.Before.Price }},
	{"price", false, func(c scanner.Change, _ string) string { return c.Now.Price }},
	{"price_moved", false, func(c scanner.Change, _ string) string { return moved(c, c.Before.Price, c.Now.Price) }},
	{"old_renewal", false, func(c scanner.Change, _ string) string { return c.Before.Renewal }},
	{"renewal", false, func(c scanner.Change, _ string) string { return c.Now.Renewal }},
	{"renewal_moved", false, func(c scanner.Change, _ string) string { return moved(c, c.Before.Renewal, c.Now.Renewal) }},
	{"old_discount", false, func(c scanner.Change, _ string) string { return c.Before.Discount }},
	{"discount", false, func(c scanner.Change, _ string) string { return c.Now.Discount }},
	{"run", true, func(c scanner.Change, _ string) string { return strconv.FormatInt(c.Run, 10) }},
	{"seen_at", false, func(c scanner.Change, _ string) string { return c.Seen.UTC().Format(time.RFC3339) }},
}

func joined(kinds []scanner.ChangeKind, by string) string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
	}
	return strings.Join(words, by)
}

// moved is by how much an amount of one currency has moved.
func moved(c scanner.Change, before, now string) string {
	if c.Before.Currency != c.Now.Currency {
		return ""
	}
	return scanner.Moved(before, now)
}

// changeFormats is every format there is for changes.
var changeFormats = [...]struct {
	name     string
	suffixes []string
	open     func(*changes)
}{
	{"csv", []string{".csv"}, func(c *changes) { c.head, c.one = csvHead, (*changes).csv }},
	{"jsonl", []string{".jsonl", ".ndjson"}, func(c *changes) { c.one = (*changes).object }},
	{"json", []string{".json"}, func(c *changes) {
		c.head, c.between, c.tail = fmt.Sprintf("{\"schema\":%d,\"changes\":[", Schema), ",", "\n]}\n"
		c.one = func(c *changes, change scanner.Change) {
			c.line = append(c.line, '\n')
			c.object(change)
			c.line = c.line[:len(c.line)-1]
		}
	}},
	{"md", []string{".md", ".markdown"}, func(c *changes) {
		c.head = "| domain | news | before | now |\n| --- | --- | --- | --- |\n"
		c.one = (*changes).markdown
	}},
	{"text", []string{".txt"}, func(c *changes) { c.one = (*changes).text }},
}

// NewChanges is a ChangeWriter of the named format ("csv", "jsonl", "json", "md" or "text") onto w.
func NewChanges(format string, w io.Writer) (ChangeWriter, error) {
	var known []string
	for _, f := range changeFormats {
		if f.name == format {
			c := &changes{sink: sink{w: w}}
			f.open(c)
			return c, nil
		}
		known = append(known, f.name)
	}
	return nil, fmt.Errorf("format %q: want %s", format, either(known))
}

// ChangeFormatOf is the format that the suffix of path asks for: .csv, .jsonl, .ndjson, .json, .md or .txt.
func ChangeFormatOf(path string) (string, error) {
	var known []string
	for _, f := range changeFormats {
		if slices.Contains(f.suffixes, strings.ToLower(filepath.Ext(path))) {
			return f.name, nil
		}
		known = append(known, f.suffixes...)
	}
	return "", fmt.Errorf("changes %q: want a name that ends in %s", path, either(known))
}

// changes writes a head, the changes with something between them, and a tail.
type changes struct {
	sink
	row                 row // for domains as people read them
	head, between, tail string
	one                 func(*changes, scanner.Change)
	line                []byte
	begun               bool
}

func (c *changes) Write(change scanner.Change) error {
	if err := c.ready(); err != nil {
		return err
	}
	c.line = c.line[:0]
	if c.begun {
		c.line = append(c.line, c.between...)
	} else {
		c.line = append(c.line, c.head...)
	}
	c.begun = true
	c.one(c, change)
	return c.put(c.line)
}

func (c *changes) Close() error {
	if !c.end() {
		return c.err
	}
	if c.begun {
		return c.put([]byte(c.tail))
	}
	return c.put([]byte(c.head + c.tail))
}

func (c *changes) readable(change scanner.Change) string {
	c.row.Result = scanner.Result{Query: change.Query}
	return string(c.row.readable())
}

var csvHead = func() string {
	var names []string
	for _, column := range changeColumns {
		names = append(names, column.name)
	}
	return strings.Join(names, ",") + "\n"
}()

func (c *changes) csv(change scanner.Change) {
	readable := c.readable(change)
	for i, column := range changeColumns {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		value := column.value(change, readable)
		if strings.HasSuffix(column.name, "_moved") {
			c.line = append(c.line, value...) // a number: its minus is no formula
		} else {
			c.line = appendCSV(c.line, []byte(value))
		}
	}
	c.line = append(c.line, '\n')
}

// object writes the kinds of the change as a list and all else as text.
func (c *changes) object(change scanner.Change) {
	readable := c.readable(change)
	for i, column := range changeColumns {
		c.line = append(c.line, "{,"[min(i, 1)])
		c.line = append(appendString(c.line, []byte(column.name)), ':')
		switch {
		case column.name == "news":
			c.line = append(c.line, `["`+joined(change.Kinds(), `","`)+`"]`...)
		case column.number:
			c.line = append(c.line, column.value(change, readable)...)
		default:
			c.line = appendString(c.line, []byte(column.value(change, readable)))
		}
	}
	c.line = append(c.line, "}\n"...)
}

func (c *changes) markdown(change scanner.Change) {
	c.line = append(c.line, "| "...)
	for i, cell := range []string{c.readable(change), describe(change), state(change.Before), state(change.Now)} {
		if i > 0 {
			c.line = append(c.line, " | "...)
		}
		c.line = appendMarkdown(c.line, cell)
	}
	c.line = append(c.line, " |\n"...)
}

func (c *changes) text(change scanner.Change) {
	line := fmt.Sprintf("%s: %s (%s → %s)", c.readable(change), describe(change), state(change.Before), state(change.Now))
	c.line = append(append(c.line, printable.Text(line)...), '\n')
}

// describe says to people what has changed.
func describe(c scanner.Change) string {
	var words []string
	for _, kind := range c.Kinds() {
		word := strings.ReplaceAll(string(kind), "_", " ")
		by := ""
		switch kind {
		case scanner.PriceMoved:
			by = moved(c, c.Before.Price, c.Now.Price)
		case scanner.RenewalMoved:
			by = moved(c, c.Before.Renewal, c.Now.Renewal)
		}
		if by != "" && by[0] != '-' {
			by = "+" + by
		}
		if by != "" {
			word += " " + by
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// state is a status with its price and renewal.
func state(a scanner.Answer) string {
	text := string(a.Status)
	if a.Price != "" {
		text += " " + priced(a.Price, a.Currency)
	}
	if a.Renewal != "" {
		text += ", then " + a.Renewal
	}
	return text
}
