package cli

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	barEvery   = 100 * time.Millisecond
	plainEvery = 30 * time.Second
)

// progress shows how far a scan is. One goroutine owns it.
type progress struct {
	count *tally
	talk  *talk
	bar   *progressbar.ProgressBar // nil: plain lines
	total int64                    // pairs, about; -1 where it is not known
	every time.Duration            // 0: nothing is shown
	shown time.Time
}

// writerOnly hides that stderr is a file, which the bar would sync to disk at each stroke.
type writerOnly struct{ io.Writer }

func (e *everywhere) newProgress(kind string, s *settings, extensions int, out *outputs, count *tally) *progress {
	p := &progress{count: count, talk: e.talk, shown: time.Now()}
	onTerminal, width := e.terminal(e.stderr)
	stdoutIsTerminal, _ := e.terminal(e.stdout)
	rowsOnTerminal := stdoutIsTerminal && out.onStdout // a bar would run through them
	switch {
	case kind == "off" || e.quiet:
	case kind == "bar", kind == "auto" && onTerminal && !rowsOnTerminal:
		p.every = barEvery
		options := []progressbar.Option{
			progressbar.OptionSetWriter(writerOnly{e.stderr}),
			progressbar.OptionSetVisibility(true),
			progressbar.OptionSetDescription("asking"),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(barEvery),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine of the bar's own draws as well
			// What stands around the bar needs some 60 columns; a line that wraps is drawn again and again.
			progressbar.OptionSetWidth(min(max(width-60, 5), 40)),
		}
		if width >= 70 {
			options = append(options, progressbar.OptionShowIts(), progressbar.OptionSetItsString("domains"))
		}
		if p.total = s.input.expected(extensions); p.total == 0 {
			p.total = -1 // a spinner
		}
		p.bar = progressbar.NewOptions64(p.total, options...)
	case kind == "plain", kind == "auto" && !onTerminal:
		p.every = plainEvery
	}
	return p
}

// update is called after each row; it shows something when it is time to.
func (p *progress) update() {
	if p.every == 0 {
		return
	}
	now := time.Now()
	if now.Sub(p.shown) < p.every {
		return
	}
	p.shown = now
	if p.bar == nil {
		p.talk.note("so far %s", p.count.line())
		return
	}
	if p.total > 0 && p.count.rows >= p.bar.GetMax64() {
		p.bar.ChangeMax64(p.count.rows + 1)
	}
	// Failing to draw is no reason to stop.
	_ = p.bar.Set64(p.count.rows)
}

// stop leaves a clean line behind.
func (p *progress) stop() {
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
}
