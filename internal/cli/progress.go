package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/pace"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

const (
	barEvery  = 100 * time.Millisecond
	lookEvery = 250 * time.Millisecond
	jsonEvery = time.Second
)

// progressKinds are how progress is shown. "auto" is a bar on a terminal and else plain lines.
var progressKinds = []string{"auto", "bar", "plain", "json", "off"}

// progress shows how far a scan is, and what keeps it waiting. A clock drives it, not the rows: where none comes, it is most
// wanted.
type progress struct {
	app   *program
	kind  string // bar, plain, json or off
	input *sweep.Input
	delay func() api.Delay
	rate  pace.Rate // that was asked for; 0: no limit
	dns   bool      // DNS is asked first

	begun chan begun
	done  chan struct{}
	ended sync.WaitGroup
}

// begun is what is known of a scan when it begins.
type begun struct {
	count *sweep.Counts
	total int64 // pairs, about; 0 where it is not known
}

// newProgress shows the progress of a scan from now on, until its end is told to update or stop is called.
func (a *program) newProgress(kind string, s *sweep.Scan) *progress {
	onTerminal, _ := a.Terminal(a.Stderr)
	switch {
	case kind == "auto" && onTerminal:
		kind = "bar"
	case kind == "auto", kind == "bar" && !onTerminal:
		kind = "plain"
	}
	p := &progress{
		app: a, kind: kind, input: s.Input, delay: s.Endpoint.Client.Delay, rate: s.Endpoint.Pace.Rate(), dns: s.Sources.DNS != nil,
		begun: make(chan begun, 1), done: make(chan struct{}),
	}
	p.ended.Go(p.run)
	return p
}

// update is called as sweep.Scan says.
func (p *progress) update(count *sweep.Counts, ended bool) {
	switch {
	case ended:
		p.stop()
	case p.input != nil:
		b := begun{count, p.input.Pairs(count.Extensions)}
		p.input = nil // it is read by others from here on
		p.announce(b.total)
		p.begun <- b
	}
}

// stop ends what is shown, and leaves a clean line behind. It may be called again.
func (p *progress) stop() {
	select {
	case <-p.done:
		return
	default:
	}
	close(p.done)
	p.ended.Wait()
}

// announce says how much there is to do before it begins: always to somebody who sits there, and else where it takes a while.
func (p *progress) announce(total int64) {
	if total == 0 || p.rate == 0 {
		return
	}
	needed := perRate(float64(total), p.rate)
	if onTerminal, _ := p.app.Terminal(p.app.Stderr); !onTerminal && needed < time.Minute {
		return
	}
	line := fmt.Sprintf("up to %s: about %s at %s", domains(total), roughly(needed), p.rate)
	if !p.dns && needed >= time.Minute {
		line += fmt.Sprintf("; about %s with --prefilter dns if four of five are taken", roughly(needed/5))
	}
	p.app.Console.Note("%s", line)
}

func perRate(requests float64, rate pace.Rate) time.Duration {
	return time.Duration(requests / float64(rate) * float64(time.Second))
}

// roughly is a duration in no more digits than it is known.
func roughly(d time.Duration) string {
	switch {
	case d >= 10*time.Hour:
		return strings.TrimSuffix(d.Round(time.Hour).String(), "0m0s")
	case d >= 10*time.Minute:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return d.Round(time.Second).String()
}

// run shows what there is to show, whenever it is time to.
func (p *progress) run() {
	var (
		now    = begun{}
		delays app.Delays
		bar    *bar
		shown  = time.Now()
		looked = time.Now()
	)
	ticker := time.NewTicker(barEvery)
	defer ticker.Stop()
	defer p.app.Status.Clear()
	for {
		select {
		case now = <-p.begun:
			shown = time.Now()
			if p.kind == "bar" {
				bar = newBar(now.total)
			}
			continue
		case <-p.done:
			line, _ := delays.Next(time.Now(), p.delay())
			switch {
			case p.kind == "json" && now.count != nil:
				p.object(now, api.Delay{}, "done")
			case p.kind != "json" && p.kind != "off" && line != "":
				p.app.Status.Clear()
				p.app.Console.Note("%s", line) // what is over is said to be
			}
			return
		case <-ticker.C:
		}
		at, delay := time.Now(), p.delay()
		line, lasts := "", false
		if at.Sub(looked) >= lookEvery {
			looked = at
			line, lasts = delays.Next(at, delay)
		}
		told := delays.Told()
		if delay.Kind == told.Kind {
			told = delay // its numbers move
		}
		switch p.kind {
		case "bar":
			p.app.Status.Set(p.lineOf(bar, now, told))
		case "json":
			if line != "" || at.Sub(shown) >= jsonEvery {
				shown = at
				p.object(now, told, "asking")
			}
		case "plain":
			if now.count != nil && at.Sub(shown) >= app.PlainEvery {
				shown = at
				line = p.soFar(now, told)
			} else if now.count != nil && lasts {
				line = "" // which the lines so far say
			}
			if line != "" {
				p.app.Console.Note("%s", line)
			}
		}
	}
}

// soFar is a plain line.
func (p *progress) soFar(now begun, told api.Delay) string {
	line := "so far " + now.count.Line()
	if told.Kind != "" {
		line += "; " + told.String()
	}
	if left, ok := p.left(now, now.count.Snapshot()); ok {
		line += "; " + left.String()
	}
	return line
}

// lineOf is the last line of the terminal: what matters most comes first, since a narrow one cuts the rest.
func (p *progress) lineOf(bar *bar, now begun, told api.Delay) string {
	if bar == nil {
		if told.Kind != "" {
			return told.String()
		}
		return "preparing"
	}
	snapshot := now.count.Snapshot()
	if told.Kind != "" {
		return fmt.Sprintf("%d of %d: %s", snapshot.Rows, max(now.total, snapshot.Rows), told)
	}
	left := ""
	if d, ok := p.left(now, snapshot); ok {
		left = ", " + d.String()
	}
	rest := fmt.Sprintf("%d available%s, %d requests", snapshot.Status[scanner.Available], left, now.count.Stats().Requests)
	for _, source := range []scanner.Source{scanner.History, scanner.DNS} {
		if n := snapshot.Source[source]; n > 0 {
			rest += fmt.Sprintf(", %d by %s", n, source)
		}
	}
	return bar.draw(snapshot.Rows, p.app.Status.Width()) + " " + rest
}

// remainder is what a scan has still to do.
type remainder struct {
	requests int64
	time     time.Duration
	isExact  bool // who else answers has; else it is about as much
}

// String says how many requests are left, and how long they take, or when they are done.
func (r remainder) String() string {
	about := "about "
	if r.isExact {
		about = ""
	}
	if r.time < 10*time.Minute {
		return fmt.Sprintf("%s%d to ask in %s", about, r.requests, roughly(r.time))
	}
	done := time.Now().Add(r.time)
	if r.time > 12*time.Hour {
		return fmt.Sprintf("%s%d to ask, done at %s", about, r.requests, done.Format("2006-01-02 15:04"))
	}
	return fmt.Sprintf("%s%d to ask, done at %s", about, r.requests, done.Format("15:04"))
}

// left is what remains, at the API's pace: what waits where that is known, else as many requests for each pair as so far. false:
// nothing is known.
func (p *progress) left(now begun, snapshot sweep.Snapshot) (remainder, bool) {
	stats := now.count.Stats()
	rate := stats.Limit
	if rate == 0 {
		rate = pace.Rate(float64(stats.Requests) / time.Since(now.count.Started).Seconds())
	}
	done := snapshot.Rows - snapshot.Replayed
	requests := float64(snapshot.ToAsk)
	switch {
	case rate == 0:
		return remainder{}, false
	case snapshot.IsExact && snapshot.ToAsk > 0:
	case snapshot.IsExact || now.total <= 0 || done < 10 || snapshot.Rows >= now.total:
		return remainder{}, false
	default:
		spent := snapshot.Source[scanner.API] + snapshot.Retries // not what opens a cart, which is spent once
		requests = float64(now.total-snapshot.Rows) * float64(spent) / float64(done)
	}
	return remainder{int64(requests), perRate(requests, rate), snapshot.IsExact}, true
}

// progressObject is one line of --progress json.
type progressObject struct {
	At        time.Time                `json:"at"`
	State     string                   `json:"state"` // preparing, asking, paused, failing, unanswered, slowed, done
	Cause     string                   `json:"cause,omitempty"`
	Since     *time.Time               `json:"since,omitempty"`
	Until     *time.Time               `json:"until,omitempty"`
	Done      int64                    `json:"done"`            // rows
	Total     int64                    `json:"total,omitempty"` // about; absent where it is not known
	Statuses  map[scanner.Status]int64 `json:"statuses,omitempty"`
	Sources   map[scanner.Source]int64 `json:"sources,omitempty"`
	Requests  int                      `json:"requests"`
	Throttled int                      `json:"throttled"`
	Rate      string                   `json:"rate"` // in force: 60/m, or off
	ToAsk     int64                    `json:"to_ask,omitempty"`
	IsExact   bool                     `json:"exact,omitempty"` // ToAsk and Left are; else about
	Left      float64                  `json:"left_seconds,omitempty"`
}

// object writes one line for programs, whole. That it cannot be written is no reason to stop.
func (p *progress) object(now begun, delay api.Delay, state string) {
	o := progressObject{At: time.Now().UTC().Truncate(time.Millisecond), State: state, Rate: p.rate.String()}
	if now.count == nil {
		o.State = "preparing"
	} else {
		snapshot, stats := now.count.Snapshot(), now.count.Stats()
		o.Done, o.Total, o.Statuses, o.Sources = snapshot.Rows, max(now.total, 0), snapshot.Status, snapshot.Source
		o.Requests, o.Throttled, o.Rate = stats.Requests, stats.Throttled, stats.Limit.String()
		if left, ok := p.left(now, snapshot); ok {
			o.ToAsk, o.IsExact, o.Left = left.requests, left.isExact, left.time.Round(time.Second).Seconds()
		}
	}
	if delay.Kind != "" {
		since, until := delay.Since.UTC(), delay.Until.UTC()
		o.State, o.Cause, o.Since = string(delay.Kind), delay.Cause, &since
		if until.After(o.At) {
			o.Until = &until
		}
	}
	line, err := json.Marshal(o)
	if err == nil {
		_, _ = p.app.Status.Above(p.app.Stderr).Write(append(line, '\n'))
	}
}

// bar is the bar itself. The library makes it, and the console's last line shows it.
type bar struct {
	bar   *progressbar.ProgressBar
	total int64
	width int
}

func newBar(total int64) *bar { return &bar{total: total} }

// draw returns the bar in a terminal of so many columns: at a width that is too small for it, the numbers alone.
func (b *bar) draw(rows int64, width int) string {
	if rows > b.total && b.total > 0 {
		b.total, b.bar = rows, nil // repeats in the list, or more lines than when it was counted
	}
	numbers := fmt.Sprintf("%d/%d", rows, b.total)
	if b.total == 0 {
		numbers = fmt.Sprint(rows)
	}
	room := min((width-60)/2, 40)
	if b.total == 0 || room < 5 {
		return numbers
	}
	if b.bar == nil || b.width != room {
		b.width = room
		b.bar = progressbar.NewOptions64(b.total,
			progressbar.OptionSetWriter(io.Discard),
			progressbar.OptionSetVisibility(true),
			progressbar.OptionSetPredictTime(false), // by the rows, of which DNS makes many at once; see left
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetWidth(room),
		)
		_ = b.bar.RenderBlank()
	}
	_ = b.bar.Set64(rows)
	return strings.TrimSpace(b.bar.String()) + " " + numbers
}
