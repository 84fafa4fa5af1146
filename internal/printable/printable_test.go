package printable_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tldsweep/internal/printable"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"rocket.fr":                     "rocket.fr",
		`C:\reports\"a".csv`:            `C:\reports\"a".csv`,
		"caf\u00e9 日本語 \U0001f600":      "caf\u00e9 日本語 \U0001f600",
		"two\nlines":                    "two lines",
		"two\r\nlines":                  "two  lines",
		"tab\vfeed\f\u0085nel":          "tab feed  nel",
		"a\tb\u2028c\u2029d":            "a b c d",
		"red\x1b[31m":                   "red\ufffd[31m",
		"c1 \u009b31m":                  "c1 \ufffd31m",
		"nul\x00 bell\a back\b del\x7f": "nul\ufffd bell\ufffd back\ufffd del\ufffd",
		"bad\xff\xfeutf8\xc3":           "bad\ufffdutf8\ufffd", // bytes in a row become one
		"\u202egnp.exe\u2066":           "\ufffdgnp.exe\ufffd",
		"zero\u200bwidth\ufeff":         "zero\ufffdwidth\ufffd",
		"left\u200e right\u200f":        "left\ufffd right\ufffd",
		"soft\u00adhyphen":              "soft\ufffdhyphen",
		"tag\U000e0041":                 "tag\ufffd",
		"می\u200cخواهم क\u200dष":        "می\u200cخواهم क\u200dष",
	} {
		if got := printable.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Whatever it is, it is one line of characters, and stays as it is when it passes again.
func TestAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		got := printable.Text(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, printable.IsUnsafe) || printable.Text(got) != got {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
