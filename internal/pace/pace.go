// Package pace says when the next request may go.
//
// Three things stand between a request and the wire, in this order: a gate that a throttled caller closes for everyone,
// a limit that adapts to what the server admits, and a token, which is taken last. A token that was taken before a pause
// is void after it, so the requests that waited do not all leave at once when the gate opens.
package pace

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// A pause of the server's choosing is kept up to here: no server may stop a program for good.
	longestPause = 15 * time.Minute

	// Where a throttled answer does not say how long to wait, the pause doubles from the first to the last of these.
	firstPause = time.Second
	lastPause  = time.Minute

	// A step up needs this much clean running: time, so that a fast scan does not climb within a blink, and answers,
	// so that a slow one does not climb on the strength of two.
	stepTime    = time.Second
	stepAnswers = 10

	// Below this many answers between two pauses, what the server admitted is noise and is not believed.
	enoughAnswers = 20

	// How near the limit settles to what is known to be too much. From there it feels its way beyond by steps of a
	// growing share: timid at first, since a refusal costs a pause, bold after a long clean run, since the server's bad
	// hour is over then.
	margin      = 0.95
	firstGrowth = 0.001
	growthOf    = 1.1
	lastGrowth  = 0.05

	// The limit never falls below this share of what was asked for, so that a server's bad hour ends.
	lowest = 1.0 / 256
)

// Pace hands out permission to send, one request at a time, at no more than the asked rate and at no more than what
// the server was seen to admit. Make one with New. All methods are safe for concurrent use.
type Pace struct {
	asked Rate // 0: no limit

	mu        sync.Mutex
	limiter   *rate.Limiter // nil while there is no limit
	changed   chan struct{} // closed when limiter or notBefore is replaced
	notBefore time.Time     // the gate
	closedAt  time.Time     // when the gate was closed last
	granted   time.Time     // when the last permission was given
	pauses    int           // closings since the last clean answer
	limit     float64       // in force, requests per second; 0: none
	ceiling   float64       // the limit at which the server last refused; 0: never

	cycleStart time.Time // of the span over which what the server admits is measured: from refusal to refusal
	admitted   int       // answers in that span
	stepStart  time.Time // of the clean run that earns the next step up
	clean      int       // answers in that run
	steps      int       // of feeling the way beyond, since the last refusal

	stats Stats

	shared   *ledger       // nil: this process alone
	renewing chan struct{} // held by whoever waits for permissions from the shared file
	leased   int           // permissions that are left of those taken from it
	leaseEnd time.Time     // when they are void
	refused  int64         // when the limit was learnt last, by whomever; 0: never
}

// Stats is what a Pace has seen.
type Stats struct {
	Requests  int           // permissions given
	Throttled int           // refusals reported
	Pauses    int           // times that the gate was closed
	Paused    time.Duration // for how long, in all
	Limit     Rate          // in force now; 0 means no limit
}

// New returns a Pace of at most r requests per second with no burst. Zero means no limit; the gate works all the same.
func New(r Rate) *Pace {
	p := &Pace{asked: r, limit: float64(r), changed: make(chan struct{})}
	p.limiter = limiterOf(p.limit)
	return p
}

func limiterOf(perSecond float64) *rate.Limiter {
	if perSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), 1)
}

// Rate is the rate that was asked for, whatever limit is in force now; 0: no limit.
func (p *Pace) Rate() Rate { return p.asked }

// Wait returns when the next request may go, which must then go at once. It returns ctx.Err() if ctx ends first.
func (p *Pace) Wait(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.mu.Lock()
		now := time.Now()
		if p.shared != nil && p.limit > 0 && !now.Before(p.notBefore) {
			if p.leased <= 0 || now.After(p.leaseEnd) {
				p.mu.Unlock()
				if err := p.lease(ctx); err != nil {
					return err
				}
				continue
			}
			p.leased--
		}
		changed, limiter := p.changed, p.limiter
		var reservation *rate.Reservation
		delay := p.notBefore.Sub(now)
		closed := delay > 0
		if !closed && limiter != nil {
			reservation = limiter.ReserveN(now, 1)
			delay = reservation.DelayFrom(now)
		}
		if !closed && delay <= 0 {
			p.granted = now
			p.stats.Requests++
			p.mu.Unlock()
			return nil
		}
		p.mu.Unlock()

		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
			if !closed && p.take(limiter) {
				return nil
			}
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			if reservation != nil {
				reservation.Cancel()
			}
			return ctx.Err()
		}
	}
}

// lease takes permissions from the shared file, for everyone who waits, and waits until they hold.
func (p *Pace) lease(ctx context.Context) error {
	select {
	case p.renewing <- struct{}{}:
		defer func() { <-p.renewing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	if p.leased > 0 && !now.After(p.leaseEnd) || now.Before(p.notBefore) {
		p.mu.Unlock()
		return nil
	}
	from, changed := p.renew(now), p.changed
	leased := p.leased
	p.leased = 0 // until then
	p.mu.Unlock()

	timer := time.NewTimer(from.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
		return nil // they are void
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if from.After(now) {
		// Another process may have been refused meanwhile.
		_ = p.shared.update(func(e *entry) { p.adopt(*e, time.Now()) })
	}
	if p.changed == changed {
		p.leased = leased
	}
	return nil
}

// take counts a token whose time has come, unless a pause has voided it meanwhile.
func (p *Pace) take(from *rate.Limiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.limiter != from || now.Before(p.notBefore) {
		return false
	}
	p.granted = now
	p.stats.Requests++
	return true
}

// Throttled reports that the server refused a request, sent at the given time, because there were too many. It closes
// the gate for everyone, for after where the server said how long, else (after is 0) for a jittered pause that doubles
// with each refusal in a row. The limit comes down once per pause: refusals of requests that were already on their way
// when the gate closed can only make the pause longer.
func (p *Pace) Throttled(sent time.Time, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.stats.Throttled++
	p.clean, p.stepStart = 0, now

	late := sent.Before(p.closedAt) || now.Before(p.notBefore)
	if late && after <= 0 {
		return
	}
	if after <= 0 {
		after = min(firstPause<<min(p.pauses, 16), lastPause)
		after = after/2 + rand.N(after/2)
	}
	after = min(after, longestPause)
	if !late {
		p.pauses++
		p.stats.Pauses++
		p.lower(now)
		p.refused = now.UnixNano()
	}
	p.closeUntil(now, now.Add(after))
	p.publish()
}

// Pause closes the gate for everyone without lowering the limit: for trouble that is not of the caller's making.
func (p *Pace) Pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !now.Before(p.notBefore) {
		p.stats.Pauses++
	}
	p.closeUntil(now, now.Add(min(d, longestPause)))
	p.publish()
}

func (p *Pace) closeUntil(now, until time.Time) {
	if !until.After(p.notBefore) {
		return
	}
	from := now
	if p.notBefore.After(now) {
		from = p.notBefore
	}
	p.stats.Paused += until.Sub(from)
	p.closedAt, p.notBefore = now, until
	p.replaceLimiter()
}

// replaceLimiter voids the tokens that are waited for: who waits takes a new one, the first of them at its distance from
// the last request. (SetLimit would let the old tokens and the new ones go side by side, at up to twice the rate.)
func (p *Pace) replaceLimiter() {
	p.limiter = limiterOf(p.limit)
	if p.limiter != nil && !p.granted.IsZero() {
		p.limiter.ReserveN(p.granted, 1)
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// lower halves the limit, but not below what the server has just been measured to admit, and by a fifth only where it was
// refused near where it was refused before: then the server's limit is known.
func (p *Pace) lower(now time.Time) {
	span := now.Sub(p.cycleStart).Seconds()
	if p.cycleStart.IsZero() || span <= 0 {
		span = 0
	}
	measured := 0.0
	if span > 0 {
		measured = float64(p.admitted) / span
	}
	from := p.limit
	if from == 0 {
		// There was no limit: what was admitted is the only thing to go by.
		from = max(measured, 2)
	}
	lower := from / 2
	if p.admitted >= enoughAnswers && measured > 0 {
		lower = max(lower, min(margin*measured, margin*from))
		if p.ceiling > 0 && from < p.ceiling/margin {
			lower = max(lower, 0.8*from)
		}
	}
	p.ceiling = from
	p.limit = max(lower, lowest*max(float64(p.asked), 1))
	if p.asked > 0 {
		p.limit = min(p.limit, float64(p.asked))
	}
	p.cycleStart, p.admitted, p.steps = now, 0, 0
}

// Succeeded reports that the server took a request that was sent at the given time. Enough of them in a row raise a
// lowered limit by a step: quickly while it is well below what was last too much, gently from there up to the asked rate.
func (p *Pace) Succeeded(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.cycleStart.IsZero() {
		p.cycleStart = sent
	}
	p.admitted++
	if sent.Before(p.closedAt) {
		return
	}
	p.pauses = 0
	if p.limit == float64(p.asked) || now.Before(p.notBefore) {
		return
	}
	p.clean++
	if p.clean < stepAnswers || now.Sub(p.stepStart) < stepTime {
		return
	}
	p.clean, p.stepStart = 0, now
	if goal := margin * p.ceiling; p.limit < 0.99*goal {
		p.limit += (goal - p.limit) / 3
	} else {
		p.limit *= 1 + min(firstGrowth*math.Pow(growthOf, float64(p.steps)), lastGrowth)
		p.steps++
	}
	if p.asked > 0 {
		p.limit = min(p.limit, float64(p.asked))
	}
	p.replaceLimiter()
}

// Stats returns what was seen so far.
func (p *Pace) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Limit = Rate(p.limit)
	return s
}
