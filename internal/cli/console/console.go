// Package console is what the program says to people, on stderr: notes, warnings, errors with the next thing to do.
//
// A Console has a method for each kind, and Logger gives the same to packages that know only log/slog. What it prints, and
// what Fprintf and Lines print on stdout, acts on no terminal: OneLine makes text of others safe to print.
package console

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// Console says what the program has to say. Its rules: data goes to stdout and all else to stderr; an error is one line
// "tldsweep: error: …", followed by one line "tldsweep: hint: …" with the next thing to do; notes are lines
// "tldsweep: …" that -q leaves out, and details that only -v brings. What a warning says concerns the result or what it cost, so that
// nothing leaves it out. With --log-format json each is a JSON object.
type Console struct {
	log *slog.Logger
}

// New returns a Console that writes lines, or JSON objects where format is "json".
func New(w io.Writer, format string, quiet, verbose bool) *Console {
	level := slog.LevelInfo
	switch {
	case quiet:
		level = slog.LevelWarn
	case verbose:
		level = slog.LevelDebug
	}
	if format == "json" {
		return &Console{slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: inOneLine}))}
	}
	return &Console{slog.New(&lineHandler{w: w, level: level})}
}

// Logger is where the console's lines go, for packages that know no console: informations are notes, debug is what only -v brings.
func (c *Console) Logger() *slog.Logger { return c.log }

// Note says what is worth knowing; -q leaves it out. It is safe for concurrent use, as the others are.
func (c *Console) Note(format string, args ...any) { c.log.Info(fmt.Sprintf(format, args...)) }

// Detail says what only -v brings.
func (c *Console) Detail(format string, args ...any) { c.log.Debug(fmt.Sprintf(format, args...)) }

// Warning says what may be wrong with the result, also with -q. What is well all the same is a note.
func (c *Console) Warning(format string, args ...any) { c.log.Warn(fmt.Sprintf(format, args...)) }

// Failure says what went wrong and, unless hint is empty, what to do about it.
func (c *Console) Failure(message, hint string) {
	if hint == "" {
		c.log.Error(message)
		return
	}
	c.log.Error(message, "hint", hint)
}

// inOneLine makes a text of a JSON object safe, too: JSON escapes few of the characters that act on a terminal.
func inOneLine(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindString {
		attr.Value = slog.StringValue(OneLine(attr.Value.String()))
	}
	return attr
}

// lineHandler is a slog.Handler for people.
type lineHandler struct {
	mu    sync.Mutex
	w     io.Writer
	level slog.Level
}

func (h *lineHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *lineHandler) Handle(_ context.Context, record slog.Record) error {
	kind := ""
	switch {
	case record.Level >= slog.LevelError:
		kind = "error: "
	case record.Level >= slog.LevelWarn:
		kind = "warning: "
	}
	var b strings.Builder
	fmt.Fprintf(&b, "tldsweep: %s%s\n", kind, OneLine(record.Message))
	record.Attrs(func(attr slog.Attr) bool {
		fmt.Fprintf(&b, "tldsweep: %s: %s\n", attr.Key, OneLine(attr.Value.String()))
		return true
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, b.String())
	return err
}

func (h *lineHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h *lineHandler) WithGroup(string) slog.Handler      { return h }
