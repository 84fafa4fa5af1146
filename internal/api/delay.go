package api

import (
	"fmt"
	"sync"
	"time"

	"tldsweep/internal/pace"
)

// DelayKind says what keeps answers from coming, or from coming as fast as was asked for. The set is closed.
type DelayKind string

// The kinds of delay. The empty one is that there is none.
const (
	Paused     DelayKind = "paused"     // nothing is sent until a time that OVHcloud named, or that the pace chose
	Failing    DelayKind = "failing"    // calls fail, and are tried again
	Unanswered DelayKind = "unanswered" // requests are under way, and nothing comes back
	Slowed     DelayKind = "slowed"     // OVHcloud refuses more than Rate
)

// Delay is what keeps answers from coming: why, since when, and until when. The zero value is that nothing does.
type Delay struct {
	Kind  DelayKind
	Cause string    // in words, of one line
	Since time.Time // when it began
	Until time.Time // when something will be sent or given up next, at the latest; zero or past: that is not known
	Rate  pace.Rate // in force, if slowed
	Asked pace.Rate // what was asked for, if slowed; 0: no limit
}

// String is the delay in one line, in local time; empty for none.
func (d Delay) String() string {
	until := ""
	if d.Until.After(time.Now()) {
		until = timeOfDay(d.Until)
	}
	switch d.Kind {
	case Paused:
		if until == "" {
			return fmt.Sprintf("paused since %s, trying again now: %s", timeOfDay(d.Since), d.Cause)
		}
		return fmt.Sprintf("paused until %s: %s", until, d.Cause)
	case Failing:
		if until == "" {
			return fmt.Sprintf("no answers since %s, trying again now: %s", timeOfDay(d.Since), d.Cause)
		}
		return fmt.Sprintf("no answers since %s, next try at %s: %s", timeOfDay(d.Since), until, d.Cause)
	case Unanswered:
		if until == "" {
			return fmt.Sprintf("no answers since %s: %s", timeOfDay(d.Since), d.Cause)
		}
		return fmt.Sprintf("no answers since %s, waiting until %s: %s", timeOfDay(d.Since), until, d.Cause)
	case Slowed:
		return fmt.Sprintf("slowed to %s since %s: %s", d.Rate.Roughly(), timeOfDay(d.Since), d.Cause)
	}
	return ""
}

// timeOfDay is a time for people, as short as it can be understood: with seconds where it is near, with the day where it is
// another one.
func timeOfDay(t time.Time) string {
	now, t := time.Now(), t.Local()
	switch {
	case now.Sub(t).Abs() < 2*time.Minute:
		return t.Format(time.TimeOnly)
	case now.Format(time.DateOnly) == t.Format(time.DateOnly):
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// silence is how long requests are under way without any answer until that is worth telling.
const silence = 5 * time.Second

// attempts follows the requests of a client, to tell what keeps answers from coming. It is safe for concurrent use.
type attempts struct {
	mu       sync.Mutex
	underWay int
	quiet    time.Time // the last answer, or when the first of those under way was sent
	failures int       // in a row, over all calls
	failing  time.Time // when the first of them came
	cause    string    // of the last of them
	next     time.Time // when the next try is
}

// begin notes that a request is sent.
func (a *attempts) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.underWay == 0 {
		a.quiet = time.Now()
	}
	a.underWay++
}

// end notes what has become of a request: an answer, also one that refuses, or a failure.
func (a *attempts) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.underWay--
	a.quiet = time.Now()
	wait, ok := err.(*WaitError)
	if !ok || wait.Kind == RateLimited { // which the pace tells of
		a.failures, a.cause = 0, ""
		return
	}
	if a.failures++; a.failures == 1 {
		a.failing = time.Now()
	}
	a.cause, a.next = wait.text(), time.Time{}
}

// sleeps notes when a call that failed is tried again.
func (a *attempts) sleeps(until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := time.Now(); a.next.Before(now) || until.Before(a.next) {
		a.next = until
	}
}

// delay is what is known of requests alone; timeout is how long one may take.
func (a *attempts) delay(timeout time.Duration) Delay {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.failures > 1: // one alone is chance, and tried again within a second
		return Delay{Kind: Failing, Cause: a.cause, Since: a.failing, Until: a.next}
	case a.underWay > 0 && time.Since(a.quiet) >= silence:
		requests := "a request is"
		if a.underWay > 1 {
			requests = fmt.Sprintf("%d requests are", a.underWay)
		}
		return Delay{Kind: Unanswered, Cause: requests + " under way to OVHcloud", Since: a.quiet, Until: a.quiet.Add(timeout)}
	}
	return Delay{}
}

// Delay says what keeps calls from being answered now, the gravest thing first. It is safe for concurrent use.
func (c *Client) Delay() Delay {
	if held := c.pace.Held(); !held.Since.IsZero() {
		cause := "OVHcloud asked to wait"
		if held.Refused {
			cause = "OVHcloud refused as too many"
		}
		return Delay{Kind: Paused, Cause: cause, Since: held.Since, Until: held.Until}
	}
	if delay := c.attempts.delay(c.timeout); delay.Kind != "" {
		delay.Cause = c.secrets.Replace(delay.Cause) // a server may have repeated one
		return delay
	}
	if learnt := c.pace.Learnt(); learnt.Limit > 0 {
		cause := fmt.Sprintf("OVHcloud refused %d of %d requests as too many at %s", learnt.Refused, learnt.Of, learnt.At.Roughly())
		return Delay{Kind: Slowed, Cause: cause, Since: learnt.Since, Rate: learnt.Limit, Asked: c.pace.Rate()}
	}
	return Delay{}
}
