package console

import (
	"io"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
)

// Status is the last line of a terminal, which is drawn again and again, while other lines are printed above it. It never
// wraps: what is too long is cut. Make one with NewStatus. It is safe for concurrent use. A nil *Status draws nothing.
type Status struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int // of the terminal, now; 0: it is none
	drawn string     // what stands there now; empty: nothing
}

// NewStatus returns the last line of the terminal that w is. width is asked for its columns each time; where it says 0, w is
// no terminal, and nothing is drawn.
func NewStatus(w io.Writer, width func() int) *Status { return &Status{w: w, width: width} }

// Width is how many columns the line may have; 0: nothing is drawn.
func (s *Status) Width() int {
	if s == nil {
		return 0
	}
	return max(s.width()-1, 0) // in the last column some terminals wrap already
}

// Set draws the line. That it cannot be drawn is no reason to stop, so there is no error.
func (s *Status) Set(text string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	width := s.Width()
	if width == 0 {
		return
	}
	text = runewidth.Truncate(OneLine(text), width, "…")
	if text == s.drawn {
		return
	}
	blank := max(runewidth.StringWidth(s.drawn)-runewidth.StringWidth(text), 0)
	s.drawn = text
	_, _ = io.WriteString(s.w, "\r"+text+strings.Repeat(" ", min(blank, width)))
}

// Clear takes the line away.
func (s *Status) Clear() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

// erase leaves the cursor at the beginning of an empty line, also where the terminal has shown a ^C behind what was drawn.
func (s *Status) erase() {
	if s.drawn == "" {
		return
	}
	_, _ = io.WriteString(s.w, "\r"+strings.Repeat(" ", s.Width())+"\r")
	s.drawn = ""
}

// NewLine begins a line of its own, after something that the terminal itself has shown, such as ^C.
func (s *Status) NewLine() {
	if s.Width() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	_, _ = io.WriteString(s.w, "\n")
}

// Above returns a writer of whole lines to the same terminal, which stand above the status.
func (s *Status) Above(w io.Writer) io.Writer {
	if s == nil {
		return w
	}
	return above{s, w}
}

type above struct {
	status *Status
	w      io.Writer
}

func (a above) Write(lines []byte) (int, error) {
	a.status.mu.Lock()
	defer a.status.mu.Unlock()
	drawn := a.status.drawn
	a.status.erase()
	n, err := a.w.Write(lines)
	if drawn != "" && err == nil {
		a.status.drawn = drawn
		_, _ = io.WriteString(a.status.w, drawn)
	}
	return n, err
}
