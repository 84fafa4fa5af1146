package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// console is what the program says on stderr. Its rules: data goes to stdout and all else to stderr; an error is one line
// "tldsweep: error: …", followed by one line "tldsweep: hint: …" with the next thing to do; notes are lines
// "tldsweep: …" that -q leaves out, and details that only -v brings. With --log-format json each is a JSON object.
type console struct {
	log *slog.Logger
}

func newConsole(w io.Writer, format string, quiet, verbose bool) *console {
	level := slog.LevelInfo
	switch {
	case quiet:
		level = slog.LevelError
	case verbose:
		level = slog.LevelDebug
	}
	if format == "json" {
		return &console{slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))}
	}
	return &console{slog.New(&lineHandler{w: w, level: level})}
}

func (c *console) note(format string, args ...any)    { c.log.Info(fmt.Sprintf(format, args...)) }
func (c *console) detail(format string, args ...any)  { c.log.Debug(fmt.Sprintf(format, args...)) }
func (c *console) warning(format string, args ...any) { c.log.Warn(fmt.Sprintf(format, args...)) }

func (c *console) failure(message, hint string) {
	if hint == "" {
		c.log.Error(message)
		return
	}
	c.log.Error(message, "hint", hint)
}

// lines is a slog.Handler for people.
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
	fmt.Fprintf(&b, "tldsweep: %s%s\n", kind, oneLine(record.Message))
	record.Attrs(func(attr slog.Attr) bool {
		fmt.Fprintf(&b, "tldsweep: %s: %s\n", attr.Key, oneLine(attr.Value.String()))
		return true
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, b.String())
	return err
}

func (h *lineHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h *lineHandler) WithGroup(string) slog.Handler      { return h }

// oneLine keeps hostile text from breaking out of its line or commanding the terminal.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
