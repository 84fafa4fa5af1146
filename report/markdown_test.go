package report_test

import (
	"bytes"
	"strings"
	"testing"

	"tldsweep/report"
	"tldsweep/scanner"
)

func TestMarkdown(t *testing.T) {
	var text bytes.Buffer
	w, err := report.New("md", &text, report.ThreeYears)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range []scanner.Result{
		offered("rocket", "fr", scanner.Available, "5.99", "8.99"), offered("moon", "com", scanner.Premium, "1200.00", ""), offered("café", "fr", scanner.Taken, "", ""),
		failed("a|b <script> @you [x](y) `c`\n*d*", "first\nsecond | third"),
	} {
		if err := w.Write(result); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"| domain | status | price | renewal | three years | note |",
		"| --- | --- | ---: | ---: | ---: | --- |",
		"| rocket.fr | available | 5.99 EUR | 8.99 EUR | 23.97 EUR |  |",
		"| moon.com | premium | 1200.00 EUR |  |  | create-premium |",
		"| café.fr | taken |  |  |  |  |",
		"| a\\|b &lt;script\\> &#64;you \\[x\\]\\(y\\) \\`c\\` \\*d\\*.fr | error |  |  |  | network: first second \\| third |",
		"",
		"4 domains: 1 available, 1 premium, 1 taken, 1 error",
		"",
	}
	if got := text.String(); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
}

// Whatever is written, a row is a line with the right number of cells, and nothing in it acts.
func TestMarkdownOfHostileText(t *testing.T) {
	var text bytes.Buffer
	w, _ := report.New("md", &text)
	for _, result := range hostile() {
		if err := w.Write(result); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\n")
	if want := len(hostile()) + 5; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	for _, line := range lines[:len(lines)-3] {
		if bars := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|"); bars != 6 {
			t.Errorf("%d bars in %q", bars, line)
		}
		if strings.ContainsAny(line, "<@\x1b\x00\u202e") {
			t.Errorf("%q", line)
		}
	}
}

func TestThreeYearsInEveryFormat(t *testing.T) {
	for format, want := range map[string]string{
		"csv": ",three_years\n", "jsonl": `,"three_years":"23.97"}`, "json": `"three_years":"23.97"`, "table": "23.97 EUR",
	} {
		var text bytes.Buffer
		w, err := report.New(format, &text, report.ThreeYears)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(offered("rocket", "fr", scanner.Available, "5.99", "8.99")); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), want) {
			t.Errorf("%s: %s", format, &text)
		}
	}
}
