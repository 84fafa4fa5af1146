package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

const (
	barEvery = 100 * time.Millisecond
)

// progress shows how far a scan is. One goroutine owns it.
type progress struct {
	console *console.Console
	stderr  io.Writer
	input   *sweep.Input
	drawn   bool          // as a bar; else in plain lines
	width   int           // of the terminal that it is drawn on; 0: not a terminal
	every   time.Duration // 0: nothing is shown

	count *sweep.Counts            // nil: it has not begun
	bar   *progressbar.ProgressBar // nil: plain lines
	total int64                    // pairs, about; -1 where it is not known
	shown time.Time
}

// writerOnly hides that stderr is a file, which the bar would sync to disk at each stroke.
type writerOnly struct{ io.Writer }

func (a *program) newProgress(kind string, input *sweep.Input, rowsToStdout bool) *progress {
	p := &progress{console: a.Console, stderr: a.Stderr, input: input}
	onTerminal, width := a.Terminal(a.Stderr)
	stdoutIsTerminal, _ := a.Terminal(a.Stdout)
	rowsOnTerminal := stdoutIsTerminal && rowsToStdout // a bar would run through them
	switch {
	case kind == "off" || a.Quiet:
	case kind == "bar", kind == "auto" && onTerminal && !rowsOnTerminal:
		p.every, p.drawn, p.width = barEvery, true, width
	case kind == "plain", kind == "auto" && !onTerminal:
		p.every = app.PlainEvery
	}
	return p
}

// update shows something when it is time to; see sweep.Scan.
func (p *progress) update(count *sweep.Counts, ended bool) {
	switch {
	case p.every == 0:
		return
	case ended:
		p.stop()
		return
	case p.count == nil:
		p.begin(count)
		return
	}
	now := time.Now()
	if now.Sub(p.shown) < p.every {
		return
	}
	p.shown = now
	if p.bar == nil {
		p.console.Note("so far %s", p.count.Line())
		return
	}
	if p.total > 0 && p.count.Rows >= p.bar.GetMax64() {
		p.bar.ChangeMax64(p.count.Rows + 1)
	}
	p.bar.Describe(p.describe())
	// Failing to draw is no reason to stop.
	_ = p.bar.Set64(p.count.Rows)
}

func (p *progress) begin(count *sweep.Counts) {
	p.count, p.shown = count, time.Now()
	if !p.drawn {
		return
	}
	if p.total = p.input.Pairs(count.Extensions); p.total == 0 {
		p.total = -1 // a spinner
	}
	// What stands around the bar needs so many columns; a line that wraps is drawn again and again.
	around := 60
	if p.wide() {
		around = 85
	}
	p.bar = progressbar.NewOptions64(p.total,
		progressbar.OptionSetWriter(writerOnly{p.stderr}),
		progressbar.OptionSetVisibility(true),
		progressbar.OptionSetDescription("asking"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false), // by the rows, of which DNS makes many at once; see left
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine of the bar's own draws as well
		progressbar.OptionThrottle(barEvery),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(min(max(p.width-around, 5), 40)),
	)
}

// wide says whether there is room for the sources.
func (p *progress) wide() bool { return p.width >= 100 }

// describe says who has answered, what was spent and how long it will take.
func (p *progress) describe() string {
	var b strings.Builder
	if p.wide() {
		for _, source := range []scanner.Source{scanner.History, scanner.DNS, scanner.API} {
			if n := p.count.Source[source]; n > 0 {
				fmt.Fprintf(&b, "%s %d, ", source, n)
			}
		}
	}
	fmt.Fprintf(&b, "%d requests", p.count.Stats().Requests)
	if left := p.left(); left > 0 {
		fmt.Fprintf(&b, ", %s left", left.Round(time.Second))
	}
	return b.String()
}

// left is how long the rest will take: as many requests for each pair as so far, at the API's pace. 0: not known.
func (p *progress) left() time.Duration {
	done := p.count.Rows - p.count.Replayed
	if p.total <= 0 || done < 10 {
		return 0
	}
	stats := p.count.Stats()
	rate := float64(stats.Limit)
	if rate == 0 {
		rate = float64(stats.Requests) / time.Since(p.count.Started).Seconds()
	}
	requests := float64(p.total-p.count.Rows) * float64(stats.Requests) / float64(done)
	return time.Duration(requests / rate * float64(time.Second))
}

// stop leaves a clean line behind.
func (p *progress) stop() {
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
}
