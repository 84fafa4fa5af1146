package console_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"tldsweep/internal/cli/console"
)

// screen is what a terminal shows after it was written to: its lines, where each wrapped one counts as two.
func screen(written string, width int) (lines []string) {
	line, at := []rune{}, 0
	for _, r := range written {
		switch r {
		case '\n':
			lines, line, at = append(lines, string(line)), nil, 0
		case '\r':
			at = 0
		default:
			if at == width {
				lines, line, at = append(lines, string(line)), nil, 0
			}
			line = append(line[:at], append([]rune{r}, line[min(at+1, len(line)):]...)...)
			at++
		}
	}
	lines = append(lines, string(line))
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// Whatever is drawn, and however narrow the terminal is, the lines that were printed stand there whole, in order, and below them
// the last of what was drawn, as far as there is room for it.
func TestStatus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 90).Draw(t, "width")
		var terminal bytes.Buffer
		status := console.NewStatus(&terminal, func() int { return width })
		out := status.Above(&terminal)
		var want []string
		drawn := ""
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				drawn = rapid.StringMatching(`[a-z]{1,120}`).Draw(t, "drawn")
				status.Set(drawn)
			case 2:
				line := rapid.StringMatching(`[A-Z]{1,2}`).Draw(t, "line")
				want = append(want, line)
				if _, err := out.Write([]byte(line + "\n")); err != nil {
					t.Fatal(err)
				}
			case 3:
				status.Clear()
				drawn = ""
			}
		}
		want = append(want, runewidth.Truncate(drawn, width-1, "…"))
		if got := screen(terminal.String(), width); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q shows %q, want %q", terminal.String(), got, want)
		}
	})
}

// After something that the terminal itself has shown, such as ^C, a message begins on a line of its own.
func TestStatusNewLine(t *testing.T) {
	for _, drawn := range []string{"", "10/20"} {
		var terminal bytes.Buffer
		status := console.NewStatus(&terminal, func() int { return 20 })
		status.Set(drawn)
		terminal.WriteString("^C")
		status.NewLine()
		_, _ = status.Above(&terminal).Write([]byte("interrupted\n"))
		if got := screen(terminal.String(), 20); len(got) < 3 || got[len(got)-2] != "interrupted" {
			t.Errorf("after %q: %q", drawn, got)
		}
	}
}

// Where there is no terminal, nothing is drawn.
func TestStatusWithoutTerminal(t *testing.T) {
	var file bytes.Buffer
	status := console.NewStatus(&file, func() int { return 0 })
	status.Set("10/20")
	status.NewLine()
	status.Clear()
	_, _ = status.Above(&file).Write([]byte("a line\n"))
	if file.String() != "a line\n" {
		t.Errorf("%q", file.String())
	}
}
