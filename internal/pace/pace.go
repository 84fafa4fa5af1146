// Package pace says when the next request may go, so that OVHcloud is asked no faster than was wanted and no faster than it admits.
//
// New makes a Pace of a Rate, which all workers use. Each calls Wait before a request, and after it Succeeded or Throttled. Share
// makes processes keep one rate together, by a file. Stats and Learnt tell what was seen.
//
// Three things stand between a request and the wire, in this order: a gate that a throttled caller closes for everyone,
// a limit that adapts to what the server admits, and a token, which is taken last. A token that was taken before a pause
// is void after it, so the requests that waited do not all leave at once when the gate opens.
//
// The limit begins at the asked rate. One refusal among many answers closes the gate for a moment and is otherwise taken
// for chance. More lower the limit, by the share that was admitted; where nothing is admitted at all, nothing is learnt of
// how much would be, and the limit stays. The way back doubles with every few answers until it is near a limit that was
// refused, and goes on there by probes. What was learnt loses its weight within minutes in which nobody asks.
package pace

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A pause of the server's choosing is kept up to here: no server may stop a program for good.
const longestPause = 15 * time.Minute

// Pace hands out permission to send, one request at a time, at no more than the asked rate and at no more than what
// the server was seen to admit. Make one with New. All methods are safe for concurrent use.
type Pace struct {
	asked float64 // requests per second; 0: no limit

	mu        sync.Mutex
	random    *rand.Rand
	state     state         // as this process knows it
	notBefore time.Time     // state's, by this process's own clock, which is never set
	limit     float64       // in force, requests per second; 0: none
	limiter   *rate.Limiter // nil while there is no limit
	changed   chan struct{} // closed when limiter or notBefore is replaced
	held      time.Time     // when what keeps the gate closed began; zero: nothing did yet
	granted   time.Time     // when the last permission was given
	tries     int           // permissions given since the last pause for a refusal, while no answer has come
	stats     Stats

	pending answers // what state does not know yet

	// What is admitted where no limit is in force: answers since.
	since    time.Time
	admitted int

	shared   *ledger       // nil: this process alone
	renewing chan struct{} // held by whoever waits for permissions from the shared file
	joined   bool          // permissions were taken from it before
	leased   int           // permissions that are left of those
	leaseEnd time.Time     // when they are void
}

// answers are how many there were.
type answers struct {
	fresh    int64 // to requests sent after the gate was closed last
	late     int64 // to others
	answered int64 // of both, to requests sent after the latest one that was refused
}

// Stats is what a Pace has seen.
type Stats struct {
	Requests  int           // permissions given
	Throttled int           // refusals reported
	Pauses    int           // times that the gate was closed
	Paused    time.Duration // for how long, in all
	Limit     Rate          // in force now; 0 means no limit
}

// Learnt is a limit that the server was seen to set.
type Learnt struct {
	Limit   Rate      // in force instead of the asked rate; 0 means that nothing was learnt, or that less is asked for
	Since   time.Time // when it was lowered first
	At      Rate      // the rate at which refusals lowered it last
	Refused int       // how many refusals these were
	Of      int       // among so many outcomes
}

// String says what the server was seen to admit, and why that is thought; empty where nothing was learnt.
func (l Learnt) String() string {
	if l.Limit == 0 {
		return ""
	}
	return fmt.Sprintf("%s since %s: OVHcloud refused %d of %d requests as too many at %s",
		l.Limit.Roughly(), l.Since.Format("2006-01-02 15:04"), l.Refused, l.Of, l.At.Roughly())
}

// New returns a Pace of at most r requests per second with no burst. Zero means no limit; the gate works all the same.
func New(r Rate) *Pace {
	p := &Pace{asked: float64(r), limit: float64(r), changed: make(chan struct{}), random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
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
func (p *Pace) Rate() Rate { return Rate(p.asked) }

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
			p.grant(now)
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

// take counts a token whose time has come, unless a pause has voided it meanwhile.
func (p *Pace) take(from *rate.Limiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.limiter != from || now.Before(p.notBefore) {
		return false
	}
	p.grant(now)
	return true
}

// grant counts a permission. The caller holds mu.
func (p *Pace) grant(now time.Time) {
	p.granted = now
	p.stats.Requests++
	if p.state.Pauses > 0 {
		if p.tries++; p.tries == trialRequests {
			p.adopt(now, p.state)
		}
	}
}

// rate is the limit in force in a state, requests per second. The caution after a pause ends with the first answer, or where
// none comes: what is sent may fail otherwise, and nobody tells of it. The caller holds mu.
func (p *Pace) rate(s *state) float64 {
	if p.tries >= trialRequests {
		return s.learntRate(p.asked)
	}
	return s.rate(p.asked)
}

// Throttled reports that the server refused a request, sent at the given time, because there were too many. It closes
// the gate for everyone, for after where the server said how long (15 minutes at most), else (after is 0 or less) for a
// jittered pause that doubles with each refusal in a row, up to 16 s. Refusals of requests that were already on their way
// when the gate closed belong to the same event: they can make the pause longer, and clearer how much is admitted.
func (p *Pace) Throttled(sent time.Time, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	wall, sentWall := now.UnixNano(), wallOf(sent, now)
	p.stats.Throttled++
	p.update(now, func(s *state) {
		late := sentWall < s.ClosedAt || wall < s.NotBefore
		s.refuse(wall, late, p.measured(s, now), p.asked)
		s.Refused, s.Heard = max(s.Refused, sentWall), wall
		if after <= 0 {
			if late {
				return
			}
			after = s.pause(p.asked, p.random)
		}
		if !late {
			s.Pauses++
			p.tries = 0
			p.stats.Pauses++
			p.since, p.admitted = now, 0
		}
		s.close(wall, after)
	})
}

// measured is the limit in force, in requests per second, or what was admitted where there is none.
func (p *Pace) measured(s *state, now time.Time) float64 {
	if limit := s.learntRate(p.asked); limit > 0 {
		return limit
	}
	const least = 2 // there is nothing else to go by
	if span := now.Sub(p.since).Seconds(); !p.since.IsZero() && span > 0 {
		return max(float64(p.admitted)/span, least)
	}
	return least
}

// Pause closes the gate for everyone, for 15 minutes at most, without lowering the limit: for trouble that is not of the
// caller's making.
func (p *Pace) Pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !now.Before(p.notBefore) {
		p.stats.Pauses++
	}
	p.update(now, func(s *state) { s.close(now.UnixNano(), d) })
}

// Succeeded reports that the server took a request that was sent at the given time. It is what a lowered limit rises by.
func (p *Pace) Succeeded(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.since.IsZero() {
		p.since = sent
	}
	p.admitted++
	sentWall := wallOf(sent, now)
	if sentWall < p.state.ClosedAt {
		p.pending.late++
	} else {
		p.pending.fresh++
	}
	if sentWall > p.state.Refused {
		p.pending.answered++
	}
	// A fast process that shares tells of its answers with its next lease, which is soon.
	if p.shared == nil || p.state.Pauses > 0 && p.pending.fresh > 0 || p.limit > 0 && p.limit < 1/leaseTime.Seconds() {
		p.update(now, func(*state) {})
	}
}

// wallOf is a time as nanoseconds since 1970 by this machine's time at now, which may have been set since t.
func wallOf(t, now time.Time) int64 { return now.UnixNano() - int64(now.Sub(t)) }

// update brings the state up to date, with the shared file where there is one, adds the pending answers and changes it. That the
// file cannot be used is no reason to stop: then what this process knows is enough. The caller holds mu.
func (p *Pace) update(now time.Time, change func(*state)) {
	s := p.state
	apply := func() {
		s.refresh(now.UnixNano())
		if s.ClosedAt != p.state.ClosedAt {
			// Another process was refused meanwhile: the pending answers are older than that.
			p.pending.late, p.pending.fresh, p.pending.answered = p.pending.late+p.pending.fresh, 0, 0
		}
		s.add(now.UnixNano(), p.pending, p.asked)
		p.pending = answers{}
		change(&s)
		s.Written = now.UnixNano()
	}
	if p.shared == nil || p.shared.update(&s, apply) != nil {
		apply()
	}
	p.adopt(now, s)
}

// adopt makes a state this process's own. The caller holds mu.
func (p *Pace) adopt(now time.Time, s state) {
	until := p.notBefore
	if s.NotBefore != p.state.NotBefore {
		until = now.Add(time.Duration(s.NotBefore - now.UnixNano()))
	}
	wasHeld := now.Before(p.notBefore) || p.state.Pauses > 0
	p.state = s
	if s.Pauses == 0 {
		p.tries = 0
	}
	limit := p.rate(&s)
	if limit == p.limit && until.Equal(p.notBefore) {
		return
	}
	if from := later(now, p.notBefore); until.After(from) {
		if !wasHeld {
			p.held = time.Unix(0, s.ClosedAt)
		}
		p.stats.Paused += until.Sub(from)
		p.leased = 0
	}
	p.limit, p.notBefore = limit, until
	// The tokens that are waited for are void: who waits takes a new one, the first of them at its distance from the last
	// request. (SetLimit would let the old tokens and the new ones go side by side, at up to twice the rate.)
	p.limiter = limiterOf(limit)
	if p.limiter != nil && !p.granted.IsZero() {
		p.limiter.ReserveN(p.granted, 1)
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Learnt returns the limit that was learnt, by this process or by others with which it shares, and why.
func (p *Pace) Learnt() Learnt {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.state
	if s.Limit == 0 || p.asked > 0 && s.Limit >= p.asked {
		return Learnt{}
	}
	return Learnt{Limit: Rate(s.Limit), Since: time.Unix(0, s.Since), At: Rate(s.LoweredAt), Refused: int(s.LoweredFor), Of: int(s.LoweredOf)}
}

// Forget makes the asked rate the limit again, for all that share. A pause that is on stays.
func (p *Pace) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.update(time.Now(), (*state).forget)
}

// Stats returns what was seen so far.
func (p *Pace) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Limit = Rate(p.state.learntRate(p.asked))
	return s
}
