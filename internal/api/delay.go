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
			return fmt.Sprintf("no answers since %s: %s; trying again now", timeOfDay(d.Since), d.Cause)
		}
		return fmt.Sprintf("no answers since %s: %s; next try at %s", timeOfDay(d.Since), d.Cause, until)
	case Unanswered:
		if until == "" {
			return fmt.Sprintf("no answers since %s: %s", timeOfDay(d.Since), d.Cause)
		}
		return fmt.Sprintf("no answers since %s: %s, until %s at most", timeOfDay(d.Since), d.Cause, until)
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

const (
	// silence is how long a request is under way, and pause for how long none was answered, until that is worth telling. A server
	// that was seen to be slower is given twice as long as it took.
	silence = 5 * time.Second
	pause   = 2 * time.Second

	longestSilence = time.Minute
)

// attempts follows the requests of a client, to tell what keeps answers from coming. It is safe for concurrent use. The zero
// value follows none yet.
type attempts struct {
	mu       sync.Mutex
	count    int               // requests so far
	underWay map[int]time.Time // by number: when it was sent
	answered time.Time         // the last time that one was
	patience time.Duration     // after which a request is worth telling, where that is more than silence
	failures int               // in a row, over all calls
	failing  time.Time         // when the first of them was sent
	cause    string            // of the last of them
	next     time.Time         // when the next try is
}

// begin notes that a request is sent, and returns its number.
func (a *attempts) begin() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.underWay == nil {
		a.underWay = map[int]time.Time{}
	}
	a.count++
	a.underWay[a.count] = time.Now()
	return a.count
}

// end notes what has become of a request: an answer, also one that refuses, or a failure.
func (a *attempts) end(number int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sent := a.underWay[number]
	delete(a.underWay, number)
	now := time.Now()
	wait, ok := err.(*WaitError)
	if !ok || wait.Kind == RateLimited { // which the pace tells of
		a.answered, a.failures, a.cause = now, 0, ""
		a.patience = max(a.patience, min(2*now.Sub(sent), longestSilence))
		return
	}
	if a.failures++; a.failures == 1 {
		a.failing = sent
	}
	if wait.Kind == Timeout {
		a.failures++ // it has taken long enough to be told
	}
	a.cause, a.next = wait.brief(), time.Time{}
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
	now := time.Now()
	if a.failures > 1 { // one alone is chance, and tried again within a second
		return Delay{Kind: Failing, Cause: a.cause, Since: a.failing, Until: a.next}
	}
	oldest := now
	for _, sent := range a.underWay {
		if sent.Before(oldest) {
			oldest = sent
		}
	}
	if now.Sub(oldest) < max(silence, a.patience) || now.Sub(a.answered) < pause {
		return Delay{}
	}
	requests := "a request is"
	if n := len(a.underWay); n > 1 {
		requests = fmt.Sprintf("%d requests are", n)
	}
	return Delay{Kind: Unanswered, Cause: requests + " under way to OVHcloud", Since: oldest, Until: oldest.Add(timeout)}
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
