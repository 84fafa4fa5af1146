// Package extensions tells which extensions a scan asks for: which ones OVHcloud sells, which of them it features, and what a list of
// patterns such as "*.uk" means. An extension is written in ASCII, in lower case and without a leading dot: "fr", "co.uk",
// "xn--p1ai".
//
// Select turns patterns into extensions, out of a list of what is sold. The caller reads that list from OVHcloud, or takes Shipped,
// which comes with the program. DecodeCatalogue reads OVHcloud's list prices into a Catalogue. A Market is a list and a catalogue
// together: it says what is sold, and where the two cannot be trusted to tell. A *PatternError says what is wrong with a pattern.
package extensions

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// shippedOf is when the list in shipped.txt was sampled.
const shippedOf = "2023-09"

//go:embed shipped.txt
var shippedText string

var shipped = sync.OnceValue(func() []string {
	var lines []string
	for line := range strings.Lines(shippedText) {
		line, _, _ = strings.Cut(line, "#")
		lines = append(lines, line)
	}
	return Normalise(lines)
})

// Shipped is the list that comes with the program: the 924 extensions that OVHcloud sold in France in 2023-09, in its
// order. It is for when there is nobody to ask, since what is sold changes every month. The slice is the caller's; safe
// for concurrent use.
func Shipped() []string { return slices.Clone(shipped()) }

// international is the worldwide part of the featured list, the international known first. A request is the scarce thing, so it is
// short, and the alphabetical first of what is sold (abogado, ac, academy …) are not what anybody wants.
var international = []string{
	"com", "net", "org", "eu", "info", "io", "co", "shop", "online", "store", "tech", "app", "dev", "site",
}

// national is what customers of a subsidiary look for first. WE and WS are the world's, and so have none.
var national = map[string][]string{
	"ASIA": {"asia"},
	"AU":   {"com.au"},
	"CA":   {"ca"},
	"CZ":   {"cz"},
	"DE":   {"de"},
	"ES":   {"es"},
	"FI":   {"fi"},
	"FR":   {"fr"},
	"GB":   {"co.uk", "uk"},
	"IE":   {"ie"},
	"IN":   {"in", "co.in"},
	"IT":   {"it"},
	"LT":   {"lt"},
	"MA":   {"ma"},
	"NL":   {"nl"},
	"PL":   {"pl", "com.pl"},
	"PT":   {"pt", "com.pt"},
	"QC":   {"quebec", "ca"},
	"SG":   {"sg", "com.sg"},
	"SN":   {"sn"},
	"TN":   {"tn"},
	"US":   {"us"},
}

// ShippedFeatured is the program's own choice of what to look at first: the subsidiary's national extensions, then the
// internationally international known, cut to what is sold. An unknown or empty subsidiary has only the latter; the result is
// empty where none of them is sold. The slice is the caller's; safe for concurrent use.
func ShippedFeatured(subsidiary string, sold []string) []string {
	return OnlySold(slices.Concat(national[subsidiary], international), sold)
}

// OnlySold is list without what is not sold and without repetition, in list's order.
func OnlySold(list, sold []string) []string {
	left := setOf(sold)
	var kept []string
	for _, extension := range list {
		if left[extension] {
			kept = append(kept, extension)
			delete(left, extension)
		}
	}
	return kept
}

func setOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, s := range list {
		set[s] = true
	}
	return set
}

// longest is how many bytes of a domain's 253 are left for the extension.
const longest = 253 - len("x.")

// lookup maps what people type to what is asked. Its lengths are checked by isExtension, for ASCII input too.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true))

// normalise brings one extension into the package's form; ok is false for what is none.
func normalise(s string) (extension string, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), ".")
	// IDNA would encode a broken byte, and takes the square of the length.
	if !utf8.ValidString(s) || len(s) > 4*longest {
		return "", false
	}
	if isASCII(s) {
		// Not through IDNA: a registry may use a label that is newer than our tables.
		s = strings.ToLower(s)
	} else {
		ascii, err := lookup.ToASCII(s)
		if err != nil {
			return "", false
		}
		s = ascii
	}
	return s, isExtension(s)
}

// Normalise keeps the extensions of a list in its order, each once and in the package's form. The slice is the caller's.
func Normalise(list []string) []string {
	seen := make(map[string]bool, len(list))
	kept := make([]string, 0, len(list))
	for _, s := range list {
		if extension, ok := normalise(s); ok && !seen[extension] {
			seen[extension] = true
			kept = append(kept, extension)
		}
	}
	return kept
}

// isExtension says whether s could stand behind a name: labels of letters, digits and inner hyphens, the last of which
// is not a number.
func isExtension(s string) bool {
	if len(s) > longest {
		return false
	}
	label := ""
	for label = range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return strings.Trim(label, "0123456789") != ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// readable is an extension as people write it, "рф" for "xn--p1ai".
func readable(extension string) string {
	if !strings.Contains(extension, "xn--") {
		return extension
	}
	// A label that cannot be decoded comes back as it is, which is the international there is.
	unicode, _ := idna.Punycode.ToUnicode(extension)
	return unicode
}
