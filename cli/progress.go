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
	every time.Duration            // 0: nothing is shown
	shown time.Time
}

// writerOnly hides that stderr is a file, which the bar would sync to disk at each stroke.
type writerOnly struct{ io.Writer }

func (e *everywhere) newProgress(kind string, s *settings, extensions int, count *tally) *progress {
	p := &progress{count: count, talk: e.talk, shown: time.Now()}
	onTerminal, _ := e.terminal(e.stderr)
	rowsOnTerminal, _ := e.terminal(e.stdout)
	switch {
	case kind == "off" || e.quiet:
	case kind == "bar", kind == "auto" && onTerminal && !rowsOnTerminal:
		p.every = barEvery
		p.bar = progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(writerOnly{e.stderr}),
			progressbar.OptionSetVisibility(true),
			progressbar.OptionSetDescription("asking"),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("domains"),
			progressbar.OptionThrottle(barEvery),
			progressbar.OptionClearOnFinish(),
		)
		if total := s.input.expected(extensions); total > 0 {
			p.bar.ChangeMax64(total)
		}
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
	if p.count.rows >= p.bar.GetMax64() && p.bar.GetMax64() > 0 {
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
