package scanner

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// longestLabel is how many bytes DNS allows between two dots.
const longestLabel = 63

// allowed ends every complaint about a character, so that the reader need not look it up.
const allowed = "use letters, digits and hyphens"

// Name is one label as it was read from a list. The zero value is not a name.
type Name struct {
	ASCII   string // in A-labels, lower case; where Err is set, what was typed
	Unicode string // the readable form; where Err is set, what was typed
	Err     error  // why no registry takes it (an *InvalidNameError); nil for a good name
}

// InvalidNameError is the error of a name that cannot exist under any extension. It is an answer about one row, never a
// reason to end a run.
type InvalidNameError struct {
	Name   string // what was typed, bytes that are not UTF-8 written as \xe9
	Reason Reason // BadName, TooLong or Subdomain
	Why    string // what is wrong and what is allowed, for people
}

func (e *InvalidNameError) Error() string { return fmt.Sprintf("name %q: %s", shorten(e.Name), e.Why) }

// shorten keeps one bad line of thousands of bytes from filling a terminal.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// ParseName reads one label under the rules by which names are registered (IDNA 2008, RFC 5891 to 5893). White space
// around it is dropped and upper case becomes lower case, rune by rune; nothing else is mapped, so that what is asked is
// what was typed. Both "café" and "xn--caf-dma" give both forms. Where no registry can take the label, Err is an
// *InvalidNameError and ASCII and Unicode hold what was typed. It never panics, and plain lower-case ASCII costs no
// allocation. Safe for concurrent use.
func ParseName(s string) Name {
	return parseLabel(strings.TrimSpace(s))
}

// parseLabel is ParseName for what is inside a line, where white space is a mistake.
func parseLabel(s string) Name {
	if plain(s) {
		return Name{ASCII: s, Unicode: s}
	}
	name, invalid := parse(s)
	if invalid != nil {
		return refused(s, s, invalid)
	}
	return name
}

// refused is the Name of a row that is not asked: text is its part before the extension, whole is all that was typed.
func refused(text, whole string, invalid *InvalidNameError) Name {
	text = legible(text)
	if strings.Contains(whole, "://") {
		invalid = bad("a URL is not a name; write the domain alone, without http:// and path")
	}
	invalid.Name = legible(whole)
	return Name{ASCII: text, Unicode: text, Err: invalid}
}

// plain says whether s is a good name already, as nearly all are.
func plain(s string) bool {
	if len(s) == 0 || len(s) > longestLabel || s[0] == '-' || s[len(s)-1] == '-' || tagged(s) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// tagged says whether s has hyphens where the xn of an A-label is followed by them.
func tagged(s string) bool { return len(s) >= 4 && s[2] == '-' && s[3] == '-' }

func bad(format string, args ...any) *InvalidNameError {
	return &InvalidNameError{Reason: BadName, Why: fmt.Sprintf(format, args...)}
}

func tooLong(format string, args ...any) *InvalidNameError {
	return &InvalidNameError{Reason: TooLong, Why: fmt.Sprintf(format, args...)}
}

func parse(s string) (Name, *InvalidNameError) {
	if s == "" {
		return Name{}, bad("it is empty; write a name of 1 to %d letters, digits and hyphens", longestLabel)
	}
	if i := badByte(s); i >= 0 {
		return Name{}, bad("the byte 0x%02X is not UTF-8; save the list as UTF-8", s[i])
	}
	if labels := strings.Split(dots.Replace(s), "."); len(labels) > 1 {
		for _, label := range labels {
			if label == "" {
				return Name{}, bad("there is nothing before or after a dot; remove the dot")
			}
		}
		return Name{}, &InvalidNameError{Reason: Subdomain, Why: "it has a dot; only one label can be registered under an extension"}
	}
	label := lower(s)
	if strings.HasPrefix(label, "xn--") {
		return decode(label)
	}
	if invalid := check(label); invalid != nil {
		return Name{}, invalid
	}
	if ascii(label) {
		return Name{ASCII: label, Unicode: label}, nil
	}
	encoded, invalid := encode(label)
	return Name{ASCII: encoded, Unicode: label}, invalid
}

// lower is the only mapping that names get. It goes rune by rune, without a language's own rules: İ becomes i, Σ
// becomes σ also at the end.
func lower(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cherokee, r) {
			return r // the one script whose upper case is the registered form, since for long there was no other
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(s)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func badByte(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// legible keeps rows valid UTF-8 and yet different from each other, which a replacement character would not.
func legible(s string) string {
	if badByte(s) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// decode reads an A-label. The label must be the one form of what it stands for: two spellings of one name would be
// asked twice.
func decode(label string) (Name, *InvalidNameError) {
	for _, r := range label {
		if !ldh(r) {
			return Name{}, bad("%q is not allowed after \"xn--\"; give the readable form of the name instead", r)
		}
	}
	if len(label) > longestLabel {
		return Name{}, tooLong("it has %d bytes; %d are allowed", len(label), longestLabel)
	}
	readable, err := idna.Punycode.ToUnicode(label)
	if err != nil || ascii(readable) {
		return Name{}, bad("\"xn--\" is not followed by valid Punycode; give the readable form of the name instead")
	}
	if lower(readable) != readable {
		return Name{}, bad("it stands for %q, which is not in lower case and composed (NFC); give the readable form instead", readable)
	}
	if invalid := check(readable); invalid != nil {
		invalid.Why = fmt.Sprintf("it stands for %q: %s", readable, invalid.Why)
		return Name{}, invalid
	}
	encoded, invalid := encode(readable)
	if invalid != nil {
		return Name{}, invalid
	}
	if encoded != label {
		return Name{}, bad("it stands for %q, which is written %q", readable, encoded)
	}
	return Name{ASCII: label, Unicode: readable}, nil
}

// encode gives the A-label of a label that has passed check.
func encode(label string) (string, *InvalidNameError) {
	encoded, err := idna.Registration.ToASCII(label)
	if err == nil {
		return encoded, nil
	}
	if long, err := idna.Punycode.ToASCII(label); err == nil && len(long) > longestLabel {
		return "", tooLong("written in ASCII (%q) it has %d bytes; %d are allowed", shorten(long), len(long), longestLabel)
	}
	return "", bad("it breaks a rule for international names (%v); %s", err, allowed)
}

func ldh(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-'
}

// check applies the rules that x/net/idna leaves out, and those for which we have better words than it.
func check(label string) *InvalidNameError {
	runes := []rune(label)
	for i, r := range runes {
		if why := checkRune(runes, i); why != "" {
			return bad("%q is not allowed%s; %s", r, why, allowed)
		}
	}
	switch {
	case runes[0] == '-':
		return bad("a name cannot begin with a hyphen; remove it")
	case runes[len(runes)-1] == '-':
		return bad("a name cannot end with a hyphen; remove it")
	case len(runes) >= 4 && runes[2] == '-' && runes[3] == '-':
		return bad("\"--\" as third and fourth character is kept for international names (\"xn--\"); use one hyphen")
	case unicode.IsMark(runes[0]):
		return bad("a name cannot begin with the combining mark %q; begin with a letter or a digit", runes[0])
	case len(runes) > longestLabel:
		// Its ASCII form has at least a byte for each character.
		return tooLong("it has %d characters; %d are allowed", len(runes), longestLabel)
	}
	return nil
}

// checkRune derives the property of RFC 5892 for one character where it stands. What changes under case folding or
// compatibility mapping is left to x/net/idna, but for the words: it accepts symbols and emoji (UTS 46's NV8).
// It returns why the character cannot be there, " " for no more to say than that, or nothing.
func checkRune(label []rune, i int) string {
	r := label[i]
	if r < utf8.RuneSelf {
		if ldh(r) {
			return ""
		}
		return " in a name"
	}
	switch {
	case r == '\u00df', r == '\u03c2', r == '\u06fd', r == '\u06fe', r == '\u0f0b', r == '\u3007':
		return "" // RFC 5892, 2.6: valid by exception
	case r == '\u0640', r == '\u07fa', r == '\u302e', r == '\u302f', '\u3031' <= r && r <= '\u3035', r == '\u303b':
		return " in a name" // and the exceptions the other way
	case r == '\u200c', r == '\u200d':
		return "" // CONTEXTJ, which x/net/idna checks
	case r == '\u00b7':
		if i == 0 || i == len(label)-1 || label[i-1] != 'l' || label[i+1] != 'l' {
			return " except between two l"
		}
		return ""
	case r == '\u0375':
		if i == len(label)-1 || !unicode.Is(unicode.Greek, label[i+1]) {
			return " except before a Greek letter"
		}
		return ""
	case r == '\u05f3', r == '\u05f4':
		if i == 0 || !unicode.Is(unicode.Hebrew, label[i-1]) {
			return " except after a Hebrew letter"
		}
		return ""
	case r == '\u30fb':
		for _, other := range label {
			if unicode.In(other, unicode.Hiragana, unicode.Katakana, unicode.Han) {
				return ""
			}
		}
		return " except beside Hiragana, Katakana or Han"
	case '\u0660' <= r && r <= '\u0669':
		return mixed(label, '\u06f0', '\u06f9')
	case '\u06f0' <= r && r <= '\u06f9':
		return mixed(label, '\u0660', '\u0669')
	case r >= 0x1100 && r <= 0x11ff, r >= 0xa960 && r <= 0xa97c, r >= 0xd7b0 && r <= 0xd7fb:
		return " in a name" // old Hangul letters, which compose in more than one way
	case r >= 0x20d0 && r <= 0x20ff, r >= 0x1d100 && r <= 0x1d24f:
		return " in a name" // marks on symbols, and musical notation
	}
	if !unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Lu) {
		return " in a name"
	}
	if s := string(r); !norm.NFKC.IsNormalString(s) {
		return fmt.Sprintf(" (did you mean %q?)", norm.NFKC.String(s))
	}
	return ""
}

// mixed refuses the two sets of Arabic digits in one name, which look alike.
func mixed(label []rune, from, to rune) string {
	for _, r := range label {
		if from <= r && r <= to {
			return " beside the other Arabic digits"
		}
	}
	return ""
}
