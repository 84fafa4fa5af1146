package extensions_test

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tldsweep/extensions"
)

var (
	sold = []string{
		"academy", "co", "com", "de", "dev", "eu", "fr", "asso.fr", "com.fr", "net", "org", "photography",
		"uk", "co.uk", "gov.uk", "me.uk", "xn--p1ai", "xn--80adxhks", "zone",
	}
	featured = []string{"fr", "com", "eu"}
	files    = map[string]string{
		"mine.txt":    "\ufefffr  # France\r\n\r\n# the rest\r\n.COM, co.uk\r\n!gov.uk",
		"deny.txt":    "*.uk\ncom\n",
		"empty.txt":   "# nothing yet\n",
		"nested.txt":  "fr\n@deny.txt\n",
		"denials.txt": "fr\n\n!com\n",
		"typo.txt":    "fr\ncon\n",
		"large.txt":   strings.Repeat("fr\n", 1<<19),
	}
)

func open(path string) (io.ReadCloser, error) {
	if path == "broken.txt" {
		return io.NopCloser(io.MultiReader(strings.NewReader("fr\n"), iotest.ErrReader(io.ErrUnexpectedEOF))), nil
	}
	text, ok := files[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

func TestPatternsMean(t *testing.T) {
	for _, test := range []struct {
		patterns string // elements separated by blanks
		want     string
	}{
		{"fr", "fr"},
		{".fr", "fr"},
		{"FR", "fr"},
		{"co.uk,.Me.UK", "co.uk me.uk"},
		{"zone fr zone,fr com", "zone fr com"},
		{",fr,, ,com,", "fr com"},
		{"all", strings.Join(sold, " ")},
		{"ALL", strings.Join(sold, " ")},
		{"*", strings.Join(sold, " ")},
		{"featured", "fr com eu"},
		{"featured,zone,com", "fr com eu zone"},
		{"zone,featured", "zone fr com eu"},
		{"*.uk", "co.uk gov.uk me.uk"},
		{"*UK", "uk co.uk gov.uk me.uk"},
		{"*.fr,uk", "asso.fr com.fr uk"},
		{"co*", "co com com.fr co.uk"},
		{".de?", "dev"},
		{"[d-e]?", "de eu"},
		{"рф", "xn--p1ai"},
		{".РФ", "xn--p1ai"},
		{"XN--P1AI", "xn--p1ai"},
		{"р*", "xn--p1ai"},
		{"??", "co de eu fr uk xn--p1ai"},
		{"xn--*", "xn--p1ai xn--80adxhks"},
		{"*.uk,!gov.uk", "co.uk me.uk"},
		{"!gov.uk,*.uk", "co.uk me.uk"},
		{"!*.uk,!*.fr all,!xn--*", "academy co com de dev eu fr net org photography uk zone"},
		{"!com", "fr eu"},
		{"!zone", "fr com eu"},
		{"all,!featured,!*.*,!xn--*", "academy co de dev net org photography uk zone"},
		{"@mine.txt", "fr com co.uk"},
		{"*.uk,@mine.txt", "co.uk me.uk fr com"},
		{"fr,com,me.uk,!@deny.txt", "fr"},
		{"!@deny.txt", "fr eu"},
		{"!@empty.txt", "fr com eu"},
		{"fr,!@empty.txt", "fr"},
	} {
		t.Run(test.patterns, func(t *testing.T) {
			got, err := extensions.Select(strings.Split(test.patterns, " "), sold, featured, open)
			if err != nil {
				t.Fatalf("%v; hint: %s", err, hintOf(t, err))
			}
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func hintOf(t *testing.T, err error) string {
	t.Helper()
	wrong, ok := errors.AsType[*extensions.PatternError](err)
	if !ok {
		t.Fatalf("%T, want *PatternError: %v", err, err)
	}
	return wrong.Hint()
}

func TestWrongPatternsSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		patterns string
		want     string // the error
		hint     string // a part of the hint
	}{
		{"", "extensions: no pattern is given", "featured"},
		{",", "extensions: no pattern is given", "featured"},
		{".con", `extensions: ".con" is not among the extensions that OVHcloud sells (the nearest is com)`, "did you mean com?"},
		{"fr,!con", `extensions: "!con" is not among the extensions that OVHcloud sells (the nearest is com)`, "did you mean com?"},
		{"qqqq", `extensions: "qqqq" is not among the extensions that OVHcloud sells`, `"tldsweep extensions"`},
		{"rocket.fr", `extensions: "rocket.fr" is not among the extensions that OVHcloud sells (the nearest is fr)`, "did you mean fr?"},
		{"com;net", `extensions: "com;net" is not an extension`, "commas"},
		{"com net", `extensions: "com net" is not an extension`, "commas"},
		{"c\x1bom", `extensions: "c\x1bom" is not an extension (the nearest is com)`, "did you mean com?"},
		{"fr\xff", `extensions: "fr\xff" is not an extension`, "commas"},
		{"127.0.0.1", `extensions: "127.0.0.1" is not an extension`, "commas"},
		{"-", `extensions: "-" is not an extension`, "commas"},
		{".", `extensions: "." is not an extension`, "commas"},
		{"*.ukk", `extensions: "*.ukk" matches no extension that OVHcloud sells (the nearest is uk)`, "did you mean uk?"},
		{"*.dev", `extensions: "*.dev" matches no extension that OVHcloud sells (the nearest is dev)`, "did you mean dev?"},
		{"fr,!*.dev", `extensions: "!*.dev" matches no extension that OVHcloud sells (the nearest is dev)`, "did you mean dev?"},
		{"[", `extensions: "[" is not a well-formed glob`, "close every ["},
		{"fr,![a-", `extensions: "![a-" is not a well-formed glob`, "close every ["},
		{"zone[a", `extensions: "zone[a" is not a well-formed glob`, "close every ["},
		{`fr\`, `extensions: "fr\\" is not a well-formed glob`, "close every ["},
		{"fr,!", `extensions: "!" leaves out nothing`, "!gov.uk"},
		{"!!fr", `extensions: "!!fr" has more than one !`, "one ! leaves out"},
		{"fr,!fr", "extensions: the patterns after ! leave out everything that the others mean", "leave out less"},
		{"all,!*", "extensions: the patterns after ! leave out everything that the others mean", "leave out less"},
		{"!all", "extensions: the patterns after ! leave out everything that the others mean", "leave out less"},
		{"@", `extensions: "@" names no file`, "@mine.txt"},
		{"@gone.txt", `extensions: "@gone.txt" cannot be read: open gone.txt: file does not exist`, "check the path"},
		{"@broken.txt", `extensions: "@broken.txt" cannot be read: unexpected EOF`, "check the path"},
		{"@large.txt", `extensions: "@large.txt" cannot be read: more than 1 MiB cannot be a list of extensions`, "check the path"},
		{"@empty.txt", `extensions: "@empty.txt" holds no pattern`, "one pattern per line"},
		{"@nested.txt", `extensions: nested.txt:2: "@deny.txt" names a file within a file`, "name both files"},
		{"!@nested.txt", `extensions: nested.txt:2: "@deny.txt" names a file within a file`, "name both files"},
		{"all,!@denials.txt", `extensions: denials.txt:3: "!com" has a ! within a file that is left out as a whole`, "take the ! away"},
		{"@typo.txt", `extensions: typo.txt:2: "con" is not among the extensions that OVHcloud sells (the nearest is com)`, "did you mean com?"},
	} {
		t.Run(test.patterns, func(t *testing.T) {
			got, err := extensions.Select([]string{test.patterns}, sold, featured, open)
			if err == nil {
				t.Fatalf("means %v, want an error", got)
			}
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
			if hint := hintOf(t, err); !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q, want something with %q", hint, test.hint)
			}
		})
	}
}

func TestNearestIsTheBestKnownOfTheEquallyNear(t *testing.T) {
	for _, test := range []struct{ given, want string }{
		{"con", "com"},
		{"cmo", "com"},
		{"ocm", "com"},
		{"comm", "com"},
		{"ner", "net"},
		{"ogr", "org"},
		{"photografy", "photography"},
		{"fotography", "photography"},
		{"foto-graphy", "photography"},
		{"couk", "co.uk"},
		{"co.ul", "co.uk"},
		{"asso.ft", "asso.fr"},
		{"featurd", "featured"},
		{"al", "all"},
		{"рфф", "xn--p1ai"},
		{"mein.рф", "xn--p1ai"},
		{"a.b.co.uk", "co.uk"},
		{"xyz", ""},
		{"zzzzzzzzzzzz", ""},
		{strings.Repeat("com.", 100), ""},
		{strings.Repeat("ф", 1<<19), ""}, // in no time
	} {
		_, err := extensions.Select([]string{test.given}, sold, nil, nil)
		wrong, ok := errors.AsType[*extensions.PatternError](err)
		if !ok {
			t.Errorf("%s: %v, want a *PatternError", test.given, err)
			continue
		}
		if wrong.Nearest != test.want {
			t.Errorf("%s: the nearest is %q, want %q", test.given, wrong.Nearest, test.want)
		}
	}
}

func TestSelectWithoutListsOrFiles(t *testing.T) {
	if got, err := extensions.Select([]string{"all"}, nil, nil, nil); err == nil {
		t.Errorf("all of nothing is %v, want an error", got)
	}
	if got, err := extensions.Select([]string{"featured"}, sold, []string{"nowhere"}, nil); err == nil {
		t.Errorf("featured is %v where none is sold, want an error", got)
	}
	if got, err := extensions.Select([]string{"@mine.txt"}, sold, nil, nil); err == nil {
		t.Errorf("a file without a way to open it is %v, want an error", got)
	}
	_, err := extensions.Select([]string{"@gone.txt"}, sold, nil, open)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want an error that wraps fs.ErrNotExist", err)
	}
}

func TestNeedFeatured(t *testing.T) {
	for patterns, want := range map[string]bool{
		"": false, ",": false, "fr": false, "all,!fr": false, "!fr,com": false, "*.uk": false,
		"featured": true, "fr,Featured": true, "all,!featured": true, "all,! featured": true,
		"!fr": true, "!fr,!com": true, "@mine.txt": true, "all,!@deny.txt": true,
	} {
		if got := extensions.NeedsFeatured([]string{patterns}); got != want {
			t.Errorf("%q: %t, want %t", patterns, got, want)
		}
	}
}

func TestSelectKeepsItsPromises(t *testing.T) {
	literal := rapid.SampledFrom(sold)
	term := rapid.OneOf(literal, literal, rapid.SampledFrom([]string{
		"all", "featured", "*.uk", "*", "co*", "??", "xn--*", "рф", ".FR", "@mine.txt", "@deny.txt", "con", "[", "",
	}))
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(term, 0, 6).Draw(t, "in")
		out := rapid.SliceOfN(term, 0, 3).Draw(t, "out")
		patterns := slices.Clone(in)
		for _, p := range out {
			at := rapid.IntRange(0, len(patterns)).Draw(t, "at")
			patterns = slices.Insert(patterns, at, "!"+p)
		}
		got, err := extensions.Select(patterns, sold, featured, open)
		joined, joinedErr := extensions.Select([]string{strings.Join(patterns, ",")}, sold, featured, open)
		if !slices.Equal(got, joined) || (err == nil) != (joinedErr == nil) {
			t.Fatalf("%v and the same joined by commas differ: %v, %v", patterns, got, joined)
		}
		if err != nil {
			if wrong, ok := errors.AsType[*extensions.PatternError](err); !ok || wrong.Hint() == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("not a PatternError of one line with a hint: %#v", err)
			}
			return
		}
		check(t, got)
		for _, p := range out {
			left, err := extensions.Select([]string{p}, sold, featured, open)
			if err != nil {
				continue // a file with a ! in it cannot be left out, so there was an error above
			}
			for _, extension := range left {
				if slices.Contains(got, extension) {
					t.Fatalf("%s is left out by !%s and yet there: %v", extension, p, got)
				}
			}
		}
		// Order: what each pattern means follows in turn, less what came before or is left out.
		var want []string
		if len(strings.Join(in, "")) == 0 {
			in = []string{"featured"}
		}
		for _, p := range in {
			if p == "" {
				continue
			}
			means, err := extensions.Select([]string{p}, sold, featured, open)
			if err != nil {
				t.Fatalf("%s means nothing by itself: %v", p, err)
			}
			for _, extension := range means {
				if slices.Contains(got, extension) && !slices.Contains(want, extension) {
					want = append(want, extension)
				}
			}
		}
		if !slices.Equal(want, got) {
			t.Fatalf("order %v, want %v", got, want)
		}
	})
}

type fatal interface{ Fatalf(string, ...any) }

// check fails unless got is a non-empty part of sold without repetition.
func check(t fatal, got []string) {
	if len(got) == 0 {
		t.Fatalf("no extension and no error")
	}
	seen := make(map[string]bool)
	for _, extension := range got {
		if seen[extension] || !slices.Contains(sold, extension) {
			t.Fatalf("%q is not sold, or is there twice: %q", extension, got)
		}
		seen[extension] = true
	}
}

func FuzzSelect(f *testing.F) {
	for _, seed := range []string{
		"fr", "all,!*.uk", "@file", "!@file", "featured,!com", "[a-", `\`, "рф", "xn--", ".", "!", "@", "*.*,!xn--*", "\xff", "con",
	} {
		f.Add(seed, "fr\n!com # no\r\n")
	}
	f.Add("@file", "\ufeff@file")
	f.Fuzz(func(t *testing.T, patterns, file string) {
		extensions.NeedsFeatured([]string{patterns})
		got, err := extensions.Select([]string{patterns}, sold, featured, func(string) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(file)), nil
		})
		if err != nil {
			wrong, ok := errors.AsType[*extensions.PatternError](err)
			if !ok || wrong.Hint() == "" || strings.ContainsAny(wrong.Error(), "\n\r\x1b") {
				t.Fatalf("not a PatternError of one line with a hint: %#v", err)
			}
			return
		}
		check(t, got)
	})
}
