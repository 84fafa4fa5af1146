package console

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"tldsweep/internal/printable"
)

// OneLine keeps text of others from breaking out of its line or commanding the terminal: printable.Text.
func OneLine(s string) string { return printable.Text(s) }

// Fprintf is fmt.Fprintf for what may hold text of servers, files and arguments: each argument that is text, an error or a
// fmt.Stringer passes OneLine. The format is ours.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	clean := make([]any, len(args))
	for i, arg := range args {
		clean[i] = arg
		switch kind := reflect.ValueOf(arg); {
		case kind.Kind() == reflect.String:
			clean[i] = OneLine(kind.String())
			if _, ok := arg.(fmt.Stringer); ok {
				clean[i] = OneLine(fmt.Sprint(arg))
			}
		case kind.CanInt() || kind.CanUint() || kind.CanFloat():
			// %d of what has a String as well
		default:
			switch arg.(type) {
			case error, fmt.Stringer:
				clean[i] = OneLine(fmt.Sprint(arg))
			}
		}
	}
	return fmt.Fprintf(w, format, clean...)
}

// Lines prints each of the lines, made safe by OneLine.
func Lines(w io.Writer, lines ...string) error {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(OneLine(line))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
