package report_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tldsweep/scanner"
)

// csvCase is a text, and what becomes of it in a CSV: in ours, and in the one that the page copies.
type csvCase struct{ Text, Cell string }

func csvCases(t *testing.T) (cases []csvCase) {
	t.Helper()
	text, err := os.ReadFile("testdata/csv_cells.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	return cases
}

// No cell runs as a formula, breaks out of its line, or acts on a terminal.
func TestCells(t *testing.T) {
	before, ok := strings.CutSuffix(string(write(t, "csv", failed("a", "x"))), "x\n")
	if !ok {
		t.Fatal("the error is not the last column")
	}
	for _, c := range csvCases(t) {
		if got := string(write(t, "csv", failed("a", c.Text))); got != before+c.Cell+"\n" {
			t.Errorf("%q became %q, want %q", c.Text, strings.TrimPrefix(got, before), c.Cell)
		}
	}
	if got := string(write(t, "csv", failed("a", "bad\xffutf8\xc3"))); got != before+"bad\ufffdutf8\ufffd\n" {
		t.Errorf("bytes that are not UTF-8 became %q", strings.TrimPrefix(got, before))
	}
	// A number is a number, whatever its sign.
	rows, err := readCSV(write(t, "csv", scanner.Result{Answer: scanner.Answer{Attempts: -1}}))
	if err != nil || rows[0][17] != "-1" {
		t.Errorf("attempts became %q (%v)", rows[0][17], err)
	}
}
