package scanner

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

func TestParseName(t *testing.T) {
	for _, test := range []struct {
		says, typed, ascii, unicode string
	}{
		{"plain ASCII is itself", "rocket", "rocket", "rocket"},
		{"digits alone are a name", "517", "517", "517"},
		{"one letter is a name", "a", "a", "a"},
		{"hyphens inside are fine, also two", "e-h--ps", "e-h--ps", "e-h--ps"},
		{"upper case becomes lower case", "Rocket", "rocket", "rocket"},
		{"white space around is dropped", " \trocket\u00a0", "rocket", "rocket"},
		{"63 bytes are allowed", strings.Repeat("a", 63), strings.Repeat("a", 63), strings.Repeat("a", 63)},
		{"accents are encoded", "café", "xn--caf-dma", "café"},
		{"upper-case accents too", "CAFÉ", "xn--caf-dma", "café"},
		{"a decomposed accent is composed", "cafe\u0301", "xn--caf-dma", "café"},
		{"an A-label gives its readable form", "xn--caf-dma", "xn--caf-dma", "café"},
		{"an A-label in upper case too", "XN--CAF-DMA", "xn--caf-dma", "café"},
		{"sharp s stays what it is", "straße", "xn--strae-oqa", "straße"},
		{"the Kelvin sign is a K, so the name is ASCII", "\u212Aelvin", "kelvin", "kelvin"},
		{"Cherokee is registered in upper case", "ᎠᎡ", "xn--f9db", "ᎠᎡ"},
		{"Chinese", "例子", "xn--fsqu00a", "例子"},
		{"Hindi with a joiner where it may be", "क्\u200dष", "xn--11b6iy14e", "क्\u200dष"},
		{"a middle dot between two l", "col·lega", "xn--collega-4ya", "col·lega"},
		{"a keraia before Greek", "\u0375α", "xn--wva3j", "\u0375α"},
		{"a geresh after Hebrew", "ג\u05f3", "xn--4db9h", "ג\u05f3"},
		{"a katakana middle dot in Japanese", "ア・イ", "xn--lck2d1w", "ア・イ"},
		{"Arabic-Indic digits of one kind", "ا\u0661\u0662", "xn--mgb4kc", "ا\u0661\u0662"},
		{"ideographic zero", "二〇", "xn--pny93a", "二〇"},
	} {
		name := ParseName(test.typed)
		want, _ := idna.Punycode.ToASCII(test.unicode)
		if name.Err != nil || name.Unicode != test.unicode || name.ASCII != want {
			t.Errorf("%s: %q is %+v", test.says, test.typed, name)
		}
		if strings.HasPrefix(test.ascii, "xn--caf") && name.ASCII != test.ascii {
			t.Errorf("%s: %q is %q in ASCII", test.says, test.typed, name.ASCII)
		}
	}
}

func TestParseNameRefuses(t *testing.T) {
	for _, test := range []struct {
		says, typed string
		reason      Reason
		words       string // in the error
	}{
		{"nothing", "", BadName, "it is empty"},
		{"white space", " \t", BadName, "it is empty"},
		{"an underscore", "foo_bar", BadName, `"foo_bar": '_' is not allowed in a name; use letters, digits and hyphens`},
		{"a space inside", "foo bar", BadName, "' ' is not allowed"},
		{"a NUL", "foo\x00", BadName, `'\x00' is not allowed`},
		{"a hyphen first", "-foo", BadName, "begin with a hyphen"},
		{"a hyphen last", "foo-", BadName, "end with a hyphen"},
		{"a hyphen last, after an accent", "é-", BadName, "end with a hyphen"},
		{"hyphens third and fourth", "ab--cd", BadName, "third and fourth"},
		{"hyphens third and fourth in an international name", "éb--cd", BadName, "third and fourth"},
		{"64 bytes", strings.Repeat("a", 64), TooLong, "64 characters; 63 are allowed"},
		{"too long only when encoded", strings.Repeat("é", 61), TooLong, "written in ASCII"},
		{"far too long", strings.Repeat("é", 4000), TooLong, "4000 characters"},
		{"two labels", "www.rocket", Subdomain, "it has a dot"},
		{"two labels in Chinese", "例。子", Subdomain, "it has a dot"},
		{"a dot first", ".rocket", BadName, "dot"},
		{"an emoji", "💩", BadName, "is not allowed"},
		{"an emoji in an A-label", "xn--ls8h", BadName, `it stands for "💩"`},
		{"a symbol", "i♥ny", BadName, "'♥' is not allowed"},
		{"a fraction", "a½", BadName, "is not allowed"},
		{"a full-width letter", "ａ", BadName, `did you mean "a"?`},
		{"a ligature", "ﬁn", BadName, `did you mean "fi"?`},
		{"a combining mark first", "\u0301a", BadName, "combining mark"},
		{"not Punycode", "xn--\u00e9", BadName, "after \"xn--\""},
		{"Punycode of nothing", "xn--a", BadName, ""},
		{"Punycode of ASCII", "xn--abc-", BadName, ""},
		{"Punycode of upper case", mustEncode(t, "É"), BadName, "lower case"},
		{"Punycode of a decomposed accent", mustEncode(t, "e\u0301"), BadName, "NFC"},
		{"Punycode that is too long", "xn--" + strings.Repeat("a", 60), TooLong, "64 bytes"},
		{"a middle dot between others", "a·b", BadName, "except between two l"},
		{"a middle dot at the end", "l·", BadName, "except between two l"},
		{"a keraia before Latin", "\u0375a", BadName, "except before a Greek letter"},
		{"a geresh first", "\u05f3ג", BadName, "except after a Hebrew letter"},
		{"a katakana middle dot in Latin", "a・b", BadName, "except beside"},
		{"Arabic digits of both kinds", "ا\u0661\u06f1", BadName, "beside the other"},
		{"a tatweel", "ا\u0640ا", BadName, "is not allowed"},
		{"a joiner between Latin letters", "a\u200db", BadName, "rule"},
		{"old Hangul", "\u1100\u1161\u11aa\u11ab", BadName, "is not allowed"},
		{"right-to-left and left-to-right", "אa", BadName, "rule"},
		{"Latin-1", "caf\xe9", BadName, "0xE9 is not UTF-8"},
	} {
		name := ParseName(test.typed)
		var invalid *InvalidNameError
		if !errors.As(name.Err, &invalid) || invalid.Reason != test.reason || !strings.Contains(name.Err.Error(), test.words) {
			t.Errorf("%s (%q): %v", test.says, test.typed, name.Err)
			continue
		}
		if typed := legible(strings.TrimSpace(test.typed)); name.ASCII != typed || name.Unicode != typed || invalid.Name != typed {
			t.Errorf("%s: %q does not keep what was typed: %+v", test.says, test.typed, name)
		}
		if len(name.Err.Error()) > 400 || !utf8.ValidString(name.Err.Error()) {
			t.Errorf("%s: %d bytes of error", test.says, len(name.Err.Error()))
		}
	}
}

func mustEncode(t *testing.T, s string) string {
	label, err := idna.Punycode.ToASCII(s)
	if err != nil {
		t.Fatal(err)
	}
	return label
}

func TestParseNameKeepsBytesThatAreNotUTF8Apart(t *testing.T) {
	if e, o := ParseName("caf\xe9"), ParseName("caf\xf3"); e.ASCII != `caf\xe9` || e.ASCII == o.ASCII {
		t.Errorf("%q and %q", e.ASCII, o.ASCII)
	}
}

func TestParseNameTakesRegisteredNames(t *testing.T) {
	data, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	for typed := range strings.Lines(string(data)) {
		typed = strings.TrimSpace(typed)
		if name := ParseName(typed); name.Err != nil || name.ASCII != typed {
			t.Errorf("%q is %+v", typed, name)
		}
	}
}

func TestParseNameOfPlainNamesAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { ParseName("rocket-517") }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// checkName holds of every Name, whatever was typed.
func checkName(t interface{ Fatalf(string, ...any) }, typed string) {
	name := ParseName(typed)
	if name.Err != nil {
		var invalid *InvalidNameError
		if !errors.As(name.Err, &invalid) || invalid.Why == "" || name.ASCII != legible(strings.TrimSpace(typed)) {
			t.Fatalf("%q: %+v", typed, name)
		}
		if invalid.Reason != BadName && invalid.Reason != TooLong && invalid.Reason != Subdomain {
			t.Fatalf("%q: reason %q", typed, invalid.Reason)
		}
		return
	}
	if len(name.ASCII) == 0 || len(name.ASCII) > 63 || strings.Trim(name.ASCII, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		t.Fatalf("%q has the ASCII form %q", typed, name.ASCII)
	}
	if again := ParseName(name.ASCII); again != name {
		t.Fatalf("%q is %+v, but its ASCII form is %+v", typed, name, again)
	}
	if again := ParseName(name.Unicode); again != name {
		t.Fatalf("%q is %+v, but its readable form is %+v", typed, name, again)
	}
}

func TestParseNameIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkName(t, rapid.OneOf(
			rapid.StringMatching(`[a-zA-Z0-9éÉßΣ\x{4e00}-\x{4e20}-]{1,20}`),
			rapid.StringMatching(`xn--[a-z0-9-]{1,20}`),
			rapid.String(),
		).Draw(t, "typed"))
	})
	for r := rune(0); r <= 0x3ffff; r++ { // every character alone
		if utf8.ValidRune(r) {
			checkName(t, string(r))
		}
	}
}

// go test -fuzz FuzzParseName ./scanner
func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"rocket", "Café", "xn--caf-dma", "xn--a", "💩", "l·l", "caf\xe9", "a.b", "İ", "ﷺ", "\u0661\u06f1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) { checkName(t, typed) })
}
