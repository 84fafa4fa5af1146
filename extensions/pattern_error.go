package extensions

import (
	"fmt"
	"strconv"
	"strings"
)

// PatternError says why a list of patterns means nothing. It is a mistake in what the user wrote, not of the run.
type PatternError struct {
	Pattern string // as it was written; empty where the list as a whole is wrong
	Where   string // the file and the line, "mine.txt:3"; empty for a pattern that was given directly
	Nearest string // the sold extension, or the word, that was probably meant; empty where nothing is near
	Why     string // what is wrong, to be read after the pattern
	Err     error  // of a file that cannot be read; nil otherwise

	hint   string
	Unsold string // the extension, where that it is not sold is all that is wrong; else empty
}

// Error says in one line what is wrong.
func (e *PatternError) Error() string {
	var b strings.Builder
	b.WriteString("extensions: ")
	if e.Where != "" {
		fmt.Fprintf(&b, "%s: ", unquoted(e.Where))
	}
	if e.Pattern != "" {
		fmt.Fprintf(&b, "%s ", quote(e.Pattern))
	}
	b.WriteString(e.Why)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %s", unquoted(e.Err.Error()))
	}
	if e.Nearest != "" {
		fmt.Fprintf(&b, " (the nearest is %s)", e.Nearest)
	}
	return b.String()
}

// Unwrap is the error of a file that cannot be read, or nil.
func (e *PatternError) Unwrap() error { return e.Err }

// Hint says in one line what to do next. It is never empty.
func (e *PatternError) Hint() string {
	switch {
	case e.Nearest != "":
		return "did you mean " + e.Nearest + "? \"tldsweep extensions\" lists what is sold"
	case e.hint != "":
		return e.hint
	default:
		return "\"tldsweep extensions\" lists what is sold"
	}
}

// quote makes a pattern safe to print, and keeps a line a line.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}

// unquoted is quote without the quotation marks, for what is usually harmless.
func unquoted(s string) string {
	quoted := strconv.Quote(s)
	if quoted == `"`+s+`"` {
		return s
	}
	return quoted
}
