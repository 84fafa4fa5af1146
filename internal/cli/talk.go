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

// talk is what the program says on stderr. Its rules: data goes to stdout and talk to stderr; an error is one line
// "tldsweep: error: …", followed by one line "tldsweep: hint: …" with the next thing to do; notes are lines
// "tldsweep: …" that -q leaves out, and details that only -v brings. With --log-format json each is a JSON object.
type talk struct {
	log *slog.Logger
}

func newTalk(w io.Writer, format string, quiet, verbose bool) *talk {
	level := slog.LevelInfo
	switch {
	case quiet:
		level = slog.LevelError
	case verbose:
		level = slog.LevelDebug
	}
	if format == "json" {
		return &talk{slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))}
	}
	return &talk{slog.New(&lines{w: w, level: level})}
}

func (t *talk) note(format string, args ...any)    { t.log.Info(fmt.Sprintf(format, args...)) }
func (t *talk) detail(format string, args ...any)  { t.log.Debug(fmt.Sprintf(format, args...)) }
func (t *talk) warning(format string, args ...any) { t.log.Warn(fmt.Sprintf(format, args...)) }

func (t *talk) failure(message, hint string) {
	if hint == "" {
		t.log.Error(message)
		return
	}
	t.log.Error(message, "hint", hint)
}

// lines is a slog.Handler for people.
type lines struct {
	mu    sync.Mutex
	w     io.Writer
	level slog.Level
}

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

func (l *lines) Handle(_ context.Context, record slog.Record) error {
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
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := io.WriteString(l.w, b.String())
	return err
}

func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lines) WithGroup(string) slog.Handler      { return l }

// oneLine keeps hostile text from breaking out of its line or commanding the terminal.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
