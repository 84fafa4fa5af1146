package report_test

import (
	"testing"

	"tldsweep/scanner"
)

func TestFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\ta": "' a", "\ra": "' a", "\na": "' a", "＝1": "'＝1", "＋1": "'＋1", "－1": "'－1",
		"＠a": "'＠a", " =1": "' =1", "\u00a0=1": "'\u00a0=1", `"=1`: `'"=1`, "'=1": "''=1", "\u200b=1": "'\u200b=1", " \t=1": "'  =1",
		"a=1": "a=1", "a-b": "a-b", "'tis": "'tis", " a": " a", "": "", "a@b": "a@b", "\x00=1": "\ufffd=1", "2\n=1": "2 =1",
	} {
		rows, err := readCSV(write(t, "csv", failed("a", text)))
		if err != nil || rows[0][20] != want {
			t.Errorf("%q became %q, want %q (%v)", text, rows[0][20], want, err)
		}
	}
	// A number is a number, whatever its sign.
	rows, err := readCSV(write(t, "csv", scanner.Result{Answer: scanner.Answer{Attempts: -1}}))
	if err != nil || rows[0][17] != "-1" {
		t.Errorf("attempts became %q (%v)", rows[0][17], err)
	}
}
