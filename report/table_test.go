package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"tldsweep/report"
	"tldsweep/scanner"
)

func table(t interface {
	Helper()
	Fatal(...any)
}, width int, results ...scanner.Result) string {
	t.Helper()
	var b bytes.Buffer
	w := report.NewTable(&b, width)
	for _, r := range results {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkTable says whether a row stays on its line and off the terminal's controls.
func checkTable(t interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}, width int, r scanner.Result) {
	t.Helper()
	out := table(t, width, r)
	lines := strings.Split(out, "\n")
	if len(lines) < 5 || lines[2] != "" { // header, row, blank, totals …, end
		t.Fatalf("a row broke at width %d: %q", width, out)
	}
	for _, line := range lines[:2] {
		if w := runewidth.StringWidth(line); w > width {
			t.Fatalf("%d cells on a terminal of %d: %q", w, width, line)
		}
	}
	if i := strings.IndexFunc(strings.ReplaceAll(out, "\n", ""), func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	}); i >= 0 || !utf8.ValidString(out) {
		t.Fatalf("acts on the terminal: %q", out)
	}
}

// locale sets for one test how wide the terminal shows characters that East Asian fonts show wide.
func locale(t *testing.T, eastAsian bool) {
	before := runewidth.DefaultCondition.EastAsianWidth
	runewidth.DefaultCondition.EastAsianWidth = eastAsian
	t.Cleanup(func() { runewidth.DefaultCondition.EastAsianWidth = before })
}

func TestTableIsHarmless(t *testing.T) {
	for _, eastAsian := range []bool{true, false} {
		t.Run(fmt.Sprint("east asian ", eastAsian), func(t *testing.T) {
			locale(t, eastAsian)
			tableIsHarmless(t)
		})
	}
}

func tableIsHarmless(t *testing.T) {
	for _, width := range []int{1, 12, 20, 36, 40, 60, 72, 80, 120, 300} {
		for _, r := range hostile() {
			checkTable(t, width, r)
		}
	}
}

func priced(name, extension, price string) scanner.Result {
	return scanner.Result{
		Query:  scanner.Query{Name: scanner.Name{ASCII: name, Unicode: name}, Extension: extension},
		Answer: scanner.Answer{Status: scanner.Premium, Currency: "EUR", Price: price, Renewal: price, PricingMode: "create-premium"},
	}
}

func TestTableAligns(t *testing.T) {
	for _, eastAsian := range []bool{true, false} {
		locale(t, eastAsian)
		tableAligns(t)
	}
}

func tableAligns(t *testing.T) {
	results := []scanner.Result{
		priced("rocket", "fr", "5.99"), priced("日本語のドメイン", "jp", "12345.99"), priced("cafe\u0301", "fr", "0.10"), priced("été", "fr", "10.00"),
		priced(strings.Repeat("verylong", 7), "co.uk", "5.99"), priced(strings.Repeat("日本", 20), "co.uk", "5.99"),
		priced(strings.Repeat("e\u0301", 40), "co.uk", "5.99"), priced("กำ", "th", "1.00"), priced("👩‍👩‍👧", "fr", "1.00"),
	}
	for _, width := range []int{40, 80, 120} {
		lines := strings.Split(table(t, width, results...), "\n")
		column := func(line, of string) int { // the cell behind the first of
			before, _, found := strings.Cut(line, of)
			if !found {
				t.Errorf("width %d: no %q in %q", width, of, line)
			}
			return runewidth.StringWidth(before + of)
		}
		status, price := column(lines[0], "STATUS")-len("STATUS"), column(lines[0], "PRICE")
		for i, r := range results {
			line := lines[i+1]
			if got := column(line, "premium") - len("premium"); got != status {
				t.Errorf("width %d: status at %d, want %d: %s", width, got, status, line)
			}
			if got := column(line, r.Price+" EUR"); got != price {
				t.Errorf("width %d: price ends at %d, want %d: %s", width, got, price, line)
			}
			domain, _, _ := strings.Cut(line, " ")
			if !strings.HasSuffix(domain, "."+r.Extension) {
				t.Errorf("width %d hides the extension: %s", width, line)
			}
		}
	}
}

func TestTableBendsForWhatMustNotBeCut(t *testing.T) {
	locale(t, false)
	lines := strings.Split(table(t, 40, priced("rocket", "xn--vermgensberatung-pwb", "5.99"), priced("averyverylongname", "fr", "1234567890.99")), "\n")
	for i, want := range []string{"….vermögensberatung premium     5.99 EUR", "avery…gname.fr premium 1234567890.99 EUR"} {
		if lines[i+1] != want {
			t.Errorf("got  %q\nwant %q", lines[i+1], want)
		}
	}
	if out := table(t, 80, priced("a", "fr", strings.Repeat("1", 30))); strings.Contains(out, "11") || !strings.Contains(out, "…") {
		t.Errorf("half an amount: %s", out)
	}
}

func TestTable(t *testing.T) {
	locale(t, false)
	taken := failed("rocket", "")
	taken.Answer = scanner.Answer{Status: scanner.Taken, Reason: scanner.TransferOnly}
	want := `DOMAIN                   STATUS              PRICE       RENEWAL  NOTE
café.рф                  available        5.99 EUR      7.79 EUR
rocket.fr                taken                                    transfer_only
sky.fr                   premium        300.00 EUR    300.00 EUR  create-premium
ro�[2Jcket.fr            error                                    network: no r…

4 domains: 1 available, 1 premium, 1 taken, 1 error
`
	if got := table(t, 80, good(), taken, priced("sky", "fr", "300.00"), failed("ro\x1b[2Jcket", "no\nroute")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := table(t, 40, append(hostile(), taken)...); !strings.HasSuffix(got, "\n47 domains: 1 available, 1 taken,\n44 error, 1 \n") {
		t.Errorf("totals: %q", got[strings.LastIndex(got, "\n\n"):])
	}
}
