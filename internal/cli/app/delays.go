package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tldsweep/internal/api"
)

const (
	// How often it is looked whether something keeps the program waiting: what begins is told within a second.
	delaysLooked = 250 * time.Millisecond

	// A delay that is over so soon is not worth a line, and one that has lasted so long is told.
	delayLeast, delayTold = time.Second, delayLeast * 3 / 4

	// A rate below this share of what was asked for is told, and above that one it is no more slow.
	slowBelow, slowUntil = 0.9, 0.97
)

// Delays tells what keeps the program waiting: a line when it begins, again every PlainEvery while it lasts, and one when it is
// over. The zero value has told nothing. It is not safe for concurrent use.
type Delays struct {
	told api.Delay
	said time.Time // when a line was due last
}

// Next returns the line that is due now; empty: none is. lasts is whether it says only that what was told before goes on.
func (d *Delays) Next(now time.Time, delay api.Delay) (line string, lasts bool) {
	if !d.isWorthTelling(now, delay) {
		if delay.Kind != "" && delay.Kind != api.Slowed {
			return "", false // it may still become so; what was told before is told on
		}
		delay = api.Delay{}
	}
	before, longer := d.told, isLonger(now, d.told, delay)
	if d.told = delay; before.Kind == api.Paused && delay.Kind == api.Paused && !longer {
		d.told.Until = before.Until // as it was told
	}
	switch {
	case delay.Kind != before.Kind:
		line = changeOf(now, before, delay)
	case delay.Kind != "" && (longer || now.Sub(d.said) >= PlainEvery):
		line, lasts = "still "+delay.String(), !longer
	default:
		return "", false
	}
	d.said = now
	return line, lasts
}

// isLonger says that a delay which should be over by now lasts on.
func isLonger(now time.Time, told, delay api.Delay) bool {
	return delay.Kind == api.Paused && now.After(told.Until) && delay.Until.Sub(now) > delayLeast
}

func changeOf(now time.Time, before, delay api.Delay) string {
	over := ""
	switch before.Kind {
	case api.Paused, api.Failing, api.Unanswered:
		over = fmt.Sprintf("OVHcloud answers again, after %s", now.Sub(before.Since).Round(time.Second))
	case api.Slowed:
		over = fmt.Sprintf("no more slowed, after %s", now.Sub(before.Since).Round(time.Second))
	}
	switch {
	case delay.Kind == "":
		return over
	case delay.Kind == api.Slowed && over != "":
		return over + "; " + delay.String()
	}
	return delay.String()
}

func (d *Delays) isWorthTelling(now time.Time, delay api.Delay) bool {
	switch delay.Kind {
	case "":
		return false
	case api.Slowed:
		share := slowBelow
		if d.told.Kind == api.Slowed {
			share = slowUntil
		}
		lasts := delay.Kind == d.told.Kind || now.Sub(delay.Since) >= delayTold
		return lasts && (delay.Asked == 0 || float64(delay.Rate) < share*float64(delay.Asked))
	}
	return delay.Kind == d.told.Kind || now.Sub(delay.Since) >= delayTold || delay.Until.Sub(delay.Since) > delayLeast
}

// Told is what was told last and is not over; its Kind is empty where there is nothing.
func (d *Delays) Told() api.Delay { return d.told }

// TellDelays tells, until stop is called, what keeps requests of the connection waiting, and that it was interrupted where ctx
// ends before. It is for commands that show no progress of their own; stop returns when nothing more will be said.
func (a *App) TellDelays(ctx context.Context, conn *Connection) (stop func()) {
	var delays Delays
	interruption := a.TellInterruption(ctx)
	stopTelling := every(delaysLooked, func(now time.Time) {
		if line, _ := delays.Next(now, conn.Client.Delay()); line != "" {
			a.Console.Note("%s", line)
		}
	})
	return func() {
		interruption()
		stopTelling()
	}
}

// TellInterruption says what happens when ctx ends, as soon as it does, unless stop was called before.
func (a *App) TellInterruption(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		a.Console.Note("interrupted: requests under way are finished; press Ctrl-C again to leave at once")
	})
}

// TellIfLong says what the program is at if it is not over, which is told by stop, after some time, and then every PlainEvery;
// on a terminal, on its last line with the time that it takes.
func (a *App) TellIfLong(doing string, after time.Duration) (stop func()) {
	began := time.Now()
	said := began
	stopTelling := every(delaysLooked, func(now time.Time) {
		switch {
		case a.Status.Width() > 0 && !a.Quiet:
			if took := now.Sub(began); took >= after {
				a.Status.Set(fmt.Sprintf("%s: %s", doing, took.Round(time.Second)))
			}
			return
		case said.Equal(began) && now.Sub(began) >= after:
			a.Console.Note("%s", doing)
		case !said.Equal(began) && now.Sub(said) >= PlainEvery:
			a.Console.Note("still %s", doing)
		default:
			return
		}
		said = now
	})
	return func() {
		stopTelling()
		a.Status.Clear()
	}
}

// every does something at intervals, in a goroutine of its own, and once more when stop is called.
func every(interval time.Duration, do func(now time.Time)) (stop func()) {
	done := make(chan struct{})
	var doing sync.WaitGroup
	doing.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				do(now)
			case <-done:
				do(time.Now()) // what is over is said to be
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		doing.Wait()
	})
}
