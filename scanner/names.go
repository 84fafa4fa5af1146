package scanner

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/publicsuffix"
)

// longestLine is how many bytes a line of a list may have, its comment included. A name has 63 and a domain 253.
const longestLine = 4096

// largestWindow bounds what a zstd file can make us hold. RFC 8878 asks every decoder for these 8 MiB, and "zstd -19"
// needs no more.
const largestWindow = 8 << 20

// Entry is one line of a list, taken apart. The zero value is not an entry.
type Entry struct {
	Name      Name
	Extension string // in A-labels, no leading dot; empty means every extension that was chosen
}

// ReadNames yields the lines of a list without their comments, white space and line ends (LF, CRLF or a lone CR); blank
// lines are left out. A comment is a line that begins with #, or the rest of a line from a # that follows white space. A
// gzip or zstd file is recognised by its first bytes, and a UTF-8 byte order mark is dropped. Bytes that are not UTF-8
// are yielded as they are: ParseName refuses them in that one row.
//
// A non-nil error is the last thing it yields: a read that failed, a line of more than 4096 bytes, UTF-16, or a file
// that is no text. It begins with where, the list's name for people, and the line's number from 1. An empty list is no
// error. ReadNames reads r as far as the loop goes, starts no goroutines, and holds 64 KiB, for zstd up to about 20 MiB.
func ReadNames(r io.Reader, where string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		l := lines{where: where, number: 1}
		text, end, err := unpack(r)
		if err != nil {
			yield("", l.failed(err))
			return
		}
		defer end()
		l.text = text
		start, err := text.Peek(3)
		switch {
		case err != nil && err != io.EOF:
			yield("", l.failed(damaged(err)))
			return
		case bytes.Equal(start, []byte("\xef\xbb\xbf")):
			text.Discard(3)
		case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
			yield("", l.failed(errors.New("the list is in UTF-16; save it as UTF-8, for instance with: iconv -f UTF-16 -t UTF-8")))
			return
		}
		for ; ; l.number++ {
			line, err := l.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield("", l.failed(err))
				return
			}
			if line := uncommented(line); len(line) > 0 && !yield(string(line), nil) {
				return
			}
		}
	}
}

// unpack gives the text of r, which end gives up.
func unpack(r io.Reader) (text *bufio.Reader, end func(), err error) {
	raw := bufio.NewReaderSize(r, 32<<10)
	magic, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		return nil, nil, fmt.Errorf("the list cannot be read: %w", err)
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, nil, damaged(err)
		}
		return bufio.NewReaderSize(z, 32<<10), func() { z.Close() }, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18}): // pzstd begins so
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(largestWindow), zstd.WithDecoderMaxWindow(largestWindow))
		if err != nil {
			return nil, nil, damaged(err)
		}
		return bufio.NewReaderSize(z, 32<<10), z.Close, nil
	default:
		return raw, func() {}, nil
	}
}

// damaged says what to do about an error of reading. It is used for plain files too, where only the disk can fail.
func damaged(err error) error {
	switch {
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("the zstd file needs more than %d MiB to unpack; pack it with zstd -19 or less, without --long: %w", largestWindow>>20, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the list is cut off; fetch or pack it again: %w", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the gzip file is damaged; fetch or pack it again: %w", err)
	default:
		return fmt.Errorf("the list cannot be read further: %w", err)
	}
}

// lines takes a text apart without ever holding more than one line that is not too long.
type lines struct {
	where  string
	number int // of the line that is being read, from 1
	text   *bufio.Reader
	cr     bool // the line before ended with a CR, so that an LF now belongs to it
	line   [longestLine]byte
}

func (l *lines) failed(err error) error { return fmt.Errorf("%s:%d: %w", l.where, l.number, err) }

// next returns the next line, good until the call after it. After the last line it returns io.EOF.
func (l *lines) next() ([]byte, error) {
	n, control := 0, 0
	for {
		c, err := l.text.ReadByte()
		switch {
		case err == io.EOF && n > 0:
			return l.textual(n, control)
		case err == io.EOF:
			return nil, io.EOF
		case err != nil:
			return nil, damaged(err)
		case c == '\n' && l.cr:
			l.cr = false
			continue
		case c == '\n' || c == '\r':
			l.cr = c == '\r'
			return l.textual(n, control)
		}
		l.cr = false
		if c == 0 {
			return nil, errBinary
		}
		if c < ' ' && c != '\t' && c != '\v' && c != '\f' || c == 0x7f {
			control++
		}
		if n == len(l.line) {
			if control*2 > n {
				return nil, errBinary
			}
			return nil, fmt.Errorf("the line is longer than %d bytes; write one name per line", longestLine)
		}
		l.line[n] = c
		n++
	}
}

var errBinary = errors.New("the list looks like a binary file; give plain text in UTF-8, or that packed with gzip or zstd")

func (l *lines) textual(n, control int) ([]byte, error) {
	if control*2 > n {
		return nil, errBinary
	}
	return l.line[:n], nil
}

// uncommented is line without its comment and the white space around it.
func uncommented(line []byte) []byte {
	line = bytes.TrimSpace(line)
	for from := 0; ; {
		i := bytes.IndexByte(line[from:], '#')
		if i < 0 {
			return line
		}
		if i += from; i == 0 || len(bytes.TrimSpace(line[:i])) < i {
			return bytes.TrimSpace(line[:i])
		}
		from = i + 1
	}
}

// dots makes one of the four dots that IDNA knows.
var dots = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

// Split takes one line of a list apart. A line without a dot is a name for every chosen extension. One with a dot is a
// full domain, a dot at its end or not, and is split before the longest extension for which sold says yes, where
// something is left before it; more than one label left is a Subdomain. Where none is sold, the extension is all that
// follows the first dot. The extension is in lower case and A-labels.
//
// A line that no registry can take still makes an Entry, whose Name.Err says why: its name is then as it was typed, and
// so is its extension where that is what is wrong. Split never panics. A nil sold takes the public
// suffixes for sold.
func Split(line string, sold func(extension string) bool) Entry {
	if sold == nil {
		sold = publicSuffix
	}
	domain := strings.TrimSpace(line)
	if !ascii(domain) {
		domain = dots.Replace(domain)
	}
	if domain != "." {
		domain = strings.TrimSuffix(domain, ".")
	}
	first := strings.IndexByte(domain, '.')
	if first < 0 || domain == "." {
		return Entry{Name: parseLabel(domain)}
	}

	typed := domain[first+1:]
	if typed == "" { // only the text as a whole tells it from a name without dots
		return Entry{Name: refused(domain, domain, errEmptyLabel())}
	}
	tail, invalid := parseExtension(typed)
	// Longest first. end is the dot before extension, in the text as it was typed.
	end := first
	for range strings.Count(typed, ".") - strings.Count(tail, ".") {
		end = nextDot(domain, end)
	}
	for extension := tail; extension != ""; end = nextDot(domain, end) {
		if end > 0 && sold(extension) {
			return Entry{Name: before(domain[:end], extension, domain), Extension: extension}
		}
		_, extension, _ = strings.Cut(extension, ".")
	}

	label := domain[:first]
	if invalid != nil {
		return Entry{Name: refused(label, domain, invalid), Extension: legible(typed)}
	}
	return Entry{Name: before(label, tail, domain), Extension: tail}
}

// nextDot is where the first dot after the one at i is; i itself where there is none.
func nextDot(domain string, i int) int { return i + 1 + strings.IndexByte(domain[i+1:], '.') }

// before reads what stands before the extension of domain.
func before(label, extension, domain string) Name {
	if label == "" {
		return refused(label, domain, bad("there is no name before .%s; write one", extension))
	}
	if !strings.Contains(label, ".") {
		return parseLabel(label)
	}
	if strings.HasPrefix(label, ".") || strings.HasSuffix(label, ".") || strings.Contains(label, "..") {
		return refused(label, domain, errEmptyLabel())
	}
	last := label[strings.LastIndexByte(label, '.')+1:]
	return refused(label, domain, &InvalidNameError{
		Reason: Subdomain,
		Why:    fmt.Sprintf("only the name right before .%s can be registered; write %q", extension, shorten(legible(last))+"."+extension),
	})
}

func errEmptyLabel() *InvalidNameError {
	return bad("there is no label before or after a dot; remove the dot")
}

// parseExtension gives the labels of s as A-labels, or, where one of them is not valid, those after it and what is wrong.
func parseExtension(s string) (string, *InvalidNameError) {
	for end := len(s); ; {
		dot := strings.LastIndexByte(s[:end], '.')
		if !plain(s[dot+1 : end]) {
			break
		}
		if dot < 0 {
			return s, nil
		}
		end = dot
	}
	labels := strings.Split(s, ".")
	for i := len(labels) - 1; i >= 0; i-- {
		name := Name{}
		var invalid *InvalidNameError
		if labels[i] == "" {
			invalid = errEmptyLabel()
		} else if name, invalid = parse(labels[i]); invalid != nil {
			invalid.Why = fmt.Sprintf("in the extension, %s", invalid.Why)
		}
		if invalid != nil {
			return strings.Join(labels[i+1:], "."), invalid
		}
		labels[i] = name.ASCII
	}
	return strings.Join(labels, "."), nil
}

// publicSuffix says whether names are known to be registered right under the extension.
func publicSuffix(extension string) bool {
	suffix, icann := publicsuffix.PublicSuffix(extension)
	// A lone label that ICANN does not manage is the list's guess for what it does not know.
	return suffix == extension && (icann || strings.Contains(suffix, "."))
}
