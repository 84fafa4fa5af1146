package scanner

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

func readAll(r io.Reader) ([]string, error) {
	var lines []string
	for line, err := range ReadNames(r, "names.txt") {
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func zst(s string, options ...zstd.EOption) string {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, options...)
	if err != nil {
		panic(err)
	}
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func TestReadNames(t *testing.T) {
	long := strings.Repeat("a", 4096)
	for _, test := range []struct {
		says, list string
		want       []string
	}{
		{"an empty list has no lines", "", nil},
		{"one name without a line end", "a", []string{"a"}},
		{"LF", "a\nb\n", []string{"a", "b"}},
		{"CRLF", "a\r\nb\r\n", []string{"a", "b"}},
		{"lone CR", "a\rb\r\rc", []string{"a", "b", "c"}},
		{"blank lines are left out", "\n \n\t\r\n\f\na\n\n", []string{"a"}},
		{"white space around is dropped", "  a \t\n", []string{"a"}},
		{"a comment is left out", "# a\n  # b\nc\n#", []string{"c"}},
		{"also behind a name", "a # b\nc\t#d # e\n", []string{"a", "c"}},
		{"a # inside a name is no comment", "a#b\na#b # c\n", []string{"a#b", "a#b"}},
		{"a byte order mark is dropped", "\xef\xbb\xbfa\n", []string{"a"}},
		{"and only one, and only first", "\xef\xbb\xbf\xef\xbb\xbfa\n\xef\xbb\xbfb\n", []string{"\ufeffa", "\ufeffb"}},
		{"what is not UTF-8 is yielded as it is", "caf\xe9\nb\n", []string{"caf\xe9", "b"}},
		{"4096 bytes are not too long", long + "\r\n" + long, []string{long, long}},
		{"gzip", gz("\xef\xbb\xbfa\r\nb"), []string{"a", "b"}},
		{"gzip in two parts", gz("a\n") + gz("b\n"), []string{"a", "b"}},
		{"zstd", zst("a\nb\n"), []string{"a", "b"}},
		{"zstd in two parts", zst("a\n") + zst("b\n"), []string{"a", "b"}},
		{"zstd after a skippable frame", "\x50\x2a\x4d\x18\x01\x00\x00\x00x" + zst("a\n"), []string{"a"}},
		{"an empty gzip file has no lines", gz(""), nil},
	} {
		for way, r := range map[string]io.Reader{
			"whole": strings.NewReader(test.list), "byte by byte": iotest.OneByteReader(strings.NewReader(test.list)),
			"with the end in the last read": iotest.DataErrReader(strings.NewReader(test.list)),
		} {
			if got, err := readAll(r); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s (%s): %.50q, %v", test.says, way, got, err)
			}
		}
	}
}

func TestReadNamesOfBigFiles(t *testing.T) {
	list := strings.Repeat("rocket\nplanet\n", 750_000) // more than zstd's window
	for _, packed := range []string{gz(list), zst(list)} {
		n := 0
		for _, err := range ReadNames(strings.NewReader(packed), "names") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 1_500_000 {
			t.Errorf("%d lines", n)
		}
	}
}

func TestReadNamesRefuses(t *testing.T) {
	random := strings.Repeat("rocket planet 0123456789\n", 1<<20)
	for _, test := range []struct {
		says, list string
		before     int // lines yielded before the error
		words      []string
	}{
		{"UTF-16", "\xff\xfea\x00\n\x00", 0, []string{"names.txt:1: ", "UTF-16", "iconv"}},
		{"UTF-16, big end first", "\xfe\xff\x00a", 0, []string{"UTF-16"}},
		{"a NUL", "a\nb\nc\x00d\n", 2, []string{"names.txt:3: ", "looks like a binary file"}},
		{"a NUL after other line ends", "a\r\nb\r\r\n\x00\r\n", 2, []string{"names.txt:4: "}},
		{"control bytes", "a\n\x01\x02\x03b\n", 1, []string{"names.txt:2: ", "looks like a binary file"}},
		{"a long line", "a\n\n" + strings.Repeat("b", 4097) + "\nc", 1, []string{"names.txt:3: ", "longer than 4096 bytes", "one name per line"}},
		{"a line without end, packed", gz("a\n" + strings.Repeat("b", 1<<24)), 1, []string{"names.txt:2: ", "longer than"}},
		{"gzip in gzip", gz(gz("a")), 0, []string{"binary"}},
		{"a cut-off gzip file", gz("a\nb\n")[:20], -1, []string{"cut off"}},
		{"a damaged gzip file", gz("a\n")[:19] + "xxxxxxxxx", -1, []string{"damaged"}},
		{"a damaged gzip header", "\x1f\x8bxxxxxxxxxxxx", 0, []string{"damaged"}},
		{"a damaged zstd file", zst("a\n")[:6] + "xxxxxxxxx", -1, []string{"names.txt:1: "}},
		{"a cut-off zstd file", zst(random)[:60], -1, []string{"cut off"}},
		{"zstd with too large a window", zst(random, zstd.WithWindowSize(64<<20)), 0, []string{"zstd -19"}},
	} {
		got, err := readAll(strings.NewReader(test.list))
		if err == nil || test.before >= 0 && len(got) != test.before {
			t.Errorf("%s: %d lines, %v", test.says, len(got), err)
			continue
		}
		for _, words := range test.words {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v does not say %q", test.says, err, words)
			}
		}
	}
	for _, start := range []string{"", "a\n", "abcd\nefgh\n"} {
		broken := errors.New("input/output error")
		_, err := readAll(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("a disk that fails after %q: %v", start, err)
		}
	}
}

func TestReadNamesReadsNoFurtherThanTheLoop(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("a\nb\n"), endless{})
	for line, err := range ReadNames(endless, "endless") {
		if err != nil || line != "a" {
			t.Error(line, err)
		}
		break
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "c\n"[i%2]
	}
	return len(p), nil
}

// go test -fuzz FuzzReadNames ./scanner
func FuzzReadNames(f *testing.F) {
	for _, seed := range []string{"a\nb # c\r\n\rd", "\xef\xbb\xbfa", "\xff\xfea", "a\x00", gz("a\nb"), zst("a\nb"), "#", "a#b\n", "\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, list []byte) {
		got, err := readAll(bytes.NewReader(list))
		for _, line := range got {
			if line == "" || line != strings.TrimSpace(line) || strings.ContainsAny(line, "\r\n\x00") || line[0] == '#' || len(line) > longestLine {
				t.Fatalf("%q", line)
			}
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "names.txt:") {
				t.Fatal(err)
			}
			return
		}
		// A second way to take plain text apart, which holds it whole: no row is lost.
		if bytes.HasPrefix(list, []byte{0x1f, 0x8b}) || bytes.HasPrefix(list, []byte{0x28, 0xb5, 0x2f, 0xfd}) || len(list) > 3 && bytes.Equal(list[1:4], []byte{0x2a, 0x4d, 0x18}) {
			return
		}
		text := strings.TrimPrefix(string(list), "\xef\xbb\xbf")
		var want []string
		for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
			line = strings.TrimSpace(line)
			for i := range len(line) {
				if line[i] == '#' && (i == 0 || strings.TrimSpace(line[:i]) != line[:i]) {
					line = strings.TrimSpace(line[:i])
					break
				}
			}
			if line != "" {
				want = append(want, line)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, not %q", got, want)
		}
	})
}

var someSold = map[string]bool{"fr": true, "com": true, "uk": true, "co.uk": true, "xn--p1ai": true, "xn--fiqs8s": true, "uk.com": true}

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		says, line, name, extension string
		reason                      Reason // empty for a good name
	}{
		{"a name alone is for every extension", "rocket", "rocket", "", ""},
		{"a domain is for its own", "rocket.fr", "rocket", "fr", ""},
		{"in any case", " ROCKET.Fr ", "rocket", "fr", ""},
		{"a dot at the end is the root", "rocket.fr.", "rocket", "fr", ""},
		{"the longest extension that is sold", "rocket.co.uk", "rocket", "co.uk", ""},
		{"also one that ICANN does not know", "rocket.uk.com", "rocket", "uk.com", ""},
		{"if a name is left", "co.uk", "co", "uk", ""},
		{"other labels are not an extension", "www.rocket.fr", "www.rocket", "fr", Subdomain},
		{"what was typed is kept", "WWW.Rocket.FR", "WWW.Rocket", "fr", Subdomain},
		{"nor before a long one", "www.rocket.co.uk", "www.rocket", "co.uk", Subdomain},
		{"not sold: all after the first label", "rocket.co.nz", "rocket", "co.nz", ""},
		{"not sold, in A-labels", "rocket.みんな", "rocket", "xn--q9jyb4c", ""},
		{"an international extension", "ракета.рф", "xn--80aaot2ap", "xn--p1ai", ""},
		{"already in A-labels", "xn--80aaot2ap.XN--P1AI", "xn--80aaot2ap", "xn--p1ai", ""},
		{"an ideographic dot", "例子。中国", "xn--fsqu00a", "xn--fiqs8s", ""},
		{"a full-width dot", "rocket．fr", "rocket", "fr", ""},
		{"a half-width ideographic dot", "rocket｡fr｡", "rocket", "fr", ""},
		{"a bad name", "foo_bar.fr", "foo_bar", "fr", BadName},
		{"a bad name alone", "foo_bar", "foo_bar", "", BadName},
		{"a long name", strings.Repeat("a", 64) + ".fr", strings.Repeat("a", 64), "fr", TooLong},
		{"a dot first", ".fr", "", "fr", BadName},
		{"a dot first, then a domain", ".rocket.fr", ".rocket", "fr", BadName},
		{"a dot first, then a long extension", ".co.uk", ".co", "uk", BadName},
		{"two dots", "rocket..fr", "rocket.", "fr", BadName},
		{"two dots last", "rocket.fr..", "rocket", "fr.", BadName},
		{"two dots and no extension", "rocket..", "rocket.", "", BadName},
		{"a dot alone", ".", ".", "", BadName},
		{"dots alone", "...", "", ".", BadName},
		{"nothing", "", "", "", BadName},
		{"a bad extension is as it was typed", "rocket.F_r", "rocket", "F_r", BadName},
		{"a bad label inside the extension", "rocket.f_r.Nz", "rocket", "f_r.Nz", BadName},
		{"a bad label before one that is sold", "rocket.f_r.fr", "rocket.f_r", "fr", Subdomain},
		{"a long label in the extension", "rocket." + strings.Repeat("a", 64), "rocket", strings.Repeat("a", 64), TooLong},
		{"an address", "http://rocket.fr/", "http://rocket", "fr/", BadName},
		{"white space before the dot", "rocket .fr", "rocket ", "fr", BadName},
		{"bytes that are not UTF-8", "caf\xe9.fr", `caf\xe9`, "fr", BadName},
		{"bytes that are not UTF-8 in the extension", "a.\xe9", "a", `\xe9`, BadName},
	} {
		entry := Split(test.line, func(extension string) bool { return someSold[extension] })
		var reason Reason
		var invalid *InvalidNameError
		if errors.As(entry.Name.Err, &invalid) {
			reason = invalid.Reason
		}
		if entry.Name.ASCII != test.name || entry.Extension != test.extension || reason != test.reason {
			t.Errorf("%s: %q is %q under %q, %v", test.says, test.line, entry.Name.ASCII, entry.Extension, entry.Name.Err)
		}
	}
}

func TestSplitByPublicSuffixes(t *testing.T) {
	for line, want := range map[string]string{
		"rocket.fr": "rocket fr", "rocket.co.uk": "rocket co.uk", "www.rocket.co.uk": "www.rocket co.uk",
		"rocket.uk.com": "rocket uk.com", "rocket.nosuch": "rocket nosuch", "rocket.no.such": "rocket no.such",
	} {
		if entry := Split(line, nil); entry.Name.ASCII+" "+entry.Extension != want {
			t.Errorf("%q is %q under %q", line, entry.Name.ASCII, entry.Extension)
		}
	}
}

func TestSplitOfPlainDomainsAllocatesNothing(t *testing.T) {
	sold := func(extension string) bool { return someSold[extension] }
	if n := testing.AllocsPerRun(100, func() { Split("rocket.co.uk", sold) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// go test -fuzz FuzzSplit ./scanner
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"rocket", "www.rocket.co.uk", "..", ".", "a..fr", "ракета.рф.", "a.f_r.fr", "例。中国", "caf\xe9.\xff", "A.B.C"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		entry := Split(line, func(extension string) bool {
			for label := range strings.SplitSeq(extension, ".") {
				if ParseName(label).ASCII != label {
					t.Fatalf("sold is asked for %q", extension)
				}
			}
			return someSold[extension]
		})
		if !utf8.ValidString(entry.Name.ASCII) || !utf8.ValidString(entry.Extension) {
			t.Fatalf("%q is %+q", line, entry)
		}
		if entry.Name.Err == nil {
			domain := entry.Name.ASCII
			if entry.Extension != "" {
				domain += "." + entry.Extension
			}
			if again := Split(domain, func(extension string) bool { return someSold[extension] }); again != entry {
				t.Fatalf("%q is %+v, but %q is %+v", line, entry, domain, again)
			}
			return
		}
		var invalid *InvalidNameError
		if !errors.As(entry.Name.Err, &invalid) || invalid.Why == "" {
			t.Fatalf("%q: %v", line, entry.Name.Err)
		}
		// What was typed can be read in the row, but for the kind of the dots, the last of them and the extension's form.
		typed := legible(dots.Replace(strings.TrimSpace(line)))
		if !strings.HasPrefix(typed, entry.Name.ASCII) {
			t.Fatalf("%q became %q", line, entry.Name.ASCII)
		}
		domain := entry.Name.ASCII
		if entry.Extension != "" {
			domain += "." + entry.Extension
		}
		if typed != "." {
			typed = strings.TrimSuffix(typed, ".")
		}
		if ascii(typed) && !strings.EqualFold(typed, domain) {
			t.Fatalf("%q became %q", line, domain)
		}
	})
}
