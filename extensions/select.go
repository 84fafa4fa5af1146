package extensions

import (
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

const (
	wordAll      = "all"
	wordFeatured = "featured"

	// A file of patterns is typed by somebody; what is larger is another file.
	largestFile = 1 << 20
)

// NeedsFeatured says whether Select may look at its list of featured extensions for these patterns, so that a caller who
// has to ask for that list can save a request. It opens no file, and so says yes to every @FILE.
func NeedsFeatured(patterns []string) bool {
	var in, out bool
	for _, text := range split(patterns) {
		rest, isOut := strings.CutPrefix(text, "!")
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "@") || strings.EqualFold(rest, wordFeatured) {
			return true
		}
		in, out = in || !isOut, out || isOut
	}
	return out && !in
}

// Select is what the patterns mean: the extensions among sold, each once, in the order of the patterns and, within one
// pattern, in that of its list. A pattern is
//
//   - an extension: fr, .fr, FR, co.uk, рф
//   - all, or featured
//   - a glob as of path.Match, where * stands for anything, dots too: *.uk is co.uk and me.uk but not uk, * is all, and
//     co* is com and co.uk as well. It is compared with the ASCII and with the Unicode form
//   - @FILE, a file of patterns separated by line ends or commas, where # starts a comment; it names no further file
//   - any of these after ! to leave out what it means, wherever it stands in the list
//
// An element of patterns may hold several, separated by commas, so that a comma can be part of no path and no glob.
// Empty ones are ignored. Exclusions alone leave out of the featured ones.
//
// sold and featured are in the package's form, as Sold, Featured and Shipped return them; what is featured but not sold
// is ignored. open opens a FILE and is called for nothing else; nil means that files are not read here.
//
// Every error is a *PatternError: no pattern, one that is malformed or means nothing that is sold (exclusions too, for
// that is a typing mistake), a file that cannot be read, or a list that leaves out everything it means. Select keeps
// nothing and changes none of its arguments, so it is safe for concurrent use where open is.
func Select(patterns []string, sold, featured []string, open func(path string) (io.ReadCloser, error)) ([]string, error) {
	s := &selection{sold: sold, isSold: setOf(sold), featured: OnlySold(featured, sold), open: open}
	for _, text := range split(patterns) {
		if err := s.add(pattern{text: text, written: text}); err != nil {
			return nil, err
		}
	}
	if len(s.in) == 0 && !s.leavesOut {
		return nil, &PatternError{Why: "no pattern is given", hint: "name some, such as fr,com or featured or all"}
	}
	if len(s.in) == 0 {
		s.in = []pattern{{text: wordFeatured, written: wordFeatured}}
	}
	excluded := make(map[string]bool)
	for _, p := range s.out {
		matches, err := s.match(p)
		if err != nil {
			return nil, err
		}
		for _, extension := range matches {
			excluded[extension] = true
		}
	}
	var chosen []string
	for _, p := range s.in {
		matches, err := s.match(p)
		if err != nil {
			return nil, err
		}
		for _, extension := range matches {
			if !excluded[extension] {
				excluded[extension] = true // once is enough
				chosen = append(chosen, extension)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, &PatternError{Why: "the patterns after ! leave out everything that the others mean", hint: "leave out less, or add all"}
	}
	return chosen, nil
}

// Named are the extensions that patterns name outright, globs, words, files and exclusions aside, whether they are sold or
// not. It is for who has no list that is up to date.
func Named(patterns []string) []string {
	var named []string
	for _, text := range split(patterns) {
		if extension, ok := normalise(text); ok && !strings.EqualFold(text, wordAll) && !strings.EqualFold(text, wordFeatured) {
			named = append(named, extension)
		}
	}
	return named
}

type pattern struct {
	text    string // without the !
	written string
	where   string // the file and line it stands in
}

func (p pattern) failed(why, hint string) *PatternError {
	return &PatternError{Pattern: p.written, Where: p.where, Why: why, hint: hint}
}

type selection struct {
	sold, featured []string
	isSold         map[string]bool
	open           func(string) (io.ReadCloser, error)
	in, out        []pattern
	leavesOut      bool // there is a !, though the file after it may be empty
}

// split takes a list apart at its commas.
func split(patterns []string) []string {
	var texts []string
	for _, several := range patterns {
		for text := range strings.SplitSeq(several, ",") {
			if text = strings.TrimSpace(text); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// add sorts a pattern into in or out, and those of a file one by one.
func (s *selection) add(p pattern) error {
	text, isOut := strings.CutPrefix(p.text, "!")
	p.text = strings.TrimSpace(text)
	s.leavesOut = s.leavesOut || isOut
	switch {
	case p.text == "":
		return p.failed("leaves out nothing", "write what to leave out right after the !, such as !gov.uk")
	case strings.HasPrefix(p.text, "!"):
		return p.failed("has more than one !", "one ! leaves out; to keep something, name it without any")
	case strings.HasPrefix(p.text, "@"):
		return s.addFile(p, isOut)
	case isOut:
		s.out = append(s.out, p)
	default:
		s.in = append(s.in, p)
	}
	return nil
}

// addFile adds the patterns of p, "@FILE"; all of them to what is left out if isOut.
func (s *selection) addFile(p pattern, isOut bool) error {
	name := strings.TrimSpace(p.text[1:])
	switch {
	case p.where != "":
		return p.failed("names a file within a file", "put the patterns of both into one file, or name both files in the list")
	case name == "":
		return p.failed("names no file", "write the path right after the @, such as @mine.txt")
	case s.open == nil:
		return p.failed("is a file, which cannot be read here", "write the patterns themselves")
	}
	text, err := s.read(name)
	if err != nil {
		failed := p.failed("cannot be read", "check the path after the @: it is a text file with one pattern per line")
		failed.Err = err
		return failed
	}
	var number, found int
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		for _, text := range split([]string{line}) {
			found++
			inside := pattern{text: text, written: text, where: name + ":" + strconv.Itoa(number)}
			if isOut {
				if strings.HasPrefix(text, "!") {
					return inside.failed("has a ! within a file that is left out as a whole", "take the ! away in the file, or before the @")
				}
				inside.text = "!" + text
			}
			if err := s.add(inside); err != nil {
				return err
			}
		}
	}
	// To leave out an empty list is to leave out nothing, as with one that is kept by a program.
	if found == 0 && !isOut {
		return p.failed("holds no pattern", "write one pattern per line into the file")
	}
	return nil
}

func (s *selection) read(name string) (string, error) {
	file, err := s.open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > largestFile {
		return "", errors.New("more than 1 MiB cannot be a list of extensions")
	}
	return strings.TrimPrefix(string(text), "\ufeff"), nil
}

// match is what one pattern means, and never nothing: then it is an error.
func (s *selection) match(p pattern) ([]string, error) {
	switch {
	case len(s.sold) == 0:
		return nil, p.failed("means nothing, for the list of what is sold is empty", "ask again later")
	case strings.EqualFold(p.text, wordAll):
		return s.sold, nil
	case strings.EqualFold(p.text, wordFeatured):
		if len(s.featured) == 0 {
			return nil, p.failed("means nothing, for no featured extension is sold", "name some extensions, or all")
		}
		return s.featured, nil
	case strings.ContainsAny(p.text, `*?[\`):
		return s.glob(p)
	}
	extension, ok := normalise(p.text)
	if !ok {
		failed := p.failed("is not an extension", "write extensions such as fr or co.uk, separated by commas")
		failed.Nearest = s.nearest(p.text)
		return nil, failed
	}
	if !s.isSold[extension] {
		failed := p.failed("is not among the extensions that OVHcloud sells", "")
		failed.Unsold = extension
		failed.Nearest = s.nearest(extension)
		return nil, failed
	}
	return []string{extension}, nil
}

func (s *selection) glob(p pattern) ([]string, error) {
	glob := strings.ToLower(strings.TrimPrefix(p.text, "."))
	if _, err := path.Match(glob, ""); err != nil {
		return nil, p.failed("is not a well-formed glob", "close every [ with a ], and put something between them and after a \\")
	}
	var matches []string
	for _, extension := range s.sold {
		matched, _ := path.Match(glob, extension)
		if unicode := readable(extension); !matched && unicode != extension {
			matched, _ = path.Match(glob, unicode)
		}
		if matched {
			matches = append(matches, extension)
		}
	}
	if len(matches) == 0 {
		failed := p.failed("matches no extension that OVHcloud sells", "")
		literal := strings.Map(func(r rune) rune {
			if strings.ContainsRune(`*?[]\`, r) {
				return -1
			}
			return r
		}, glob)
		failed.Nearest = s.nearest(strings.Trim(literal, "."))
		return nil, failed
	}
	return matches, nil
}
