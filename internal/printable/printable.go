// Package printable makes text of servers, files and arguments safe to show: on a terminal, in a table, a cell or a page.
package printable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is s as one line that only shows characters: white space that ends a line or jumps becomes a blank, and whatever else IsUnsafe
// names becomes U+FFFD, as do bytes that are not UTF-8. Done again it changes nothing more.
func Text(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return strings.Map(Rune, strings.ToValidUTF8(s, string(utf8.RuneError)))
		}
	}
	return s
}

// Rune is what Text shows instead of r; r itself where it is safe.
func Rune(r rune) rune {
	switch {
	case r == '\u2028' || r == '\u2029' || unicode.IsControl(r) && unicode.IsSpace(r):
		return ' '
	case IsUnsafe(r):
		return utf8.RuneError
	}
	return r
}

// IsUnsafe says whether r does something to a screen instead of being a character on it: controls, line and paragraph
// separators, and invisible format characters such as the bidirectional overrides. The two joiners are letters of
// names in Persian and in Indian scripts, so they may pass.
func IsUnsafe(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}
