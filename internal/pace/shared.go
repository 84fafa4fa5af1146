package pace

import (
	"context"
	"fmt"
	"time"
)

// A process takes as many permissions at once from the shared file as it will use in this time, one at least: at 60 a
// minute that is one, and at 5,000 a second the file is touched 20 times a second.
const leaseTime = 50 * time.Millisecond

// Share makes this pace one with that of every other process that shares the same file: together they keep the rate, a
// pause of one is a pause of all, and what one learnt of the server's limit is where the next one begins, as far as that
// was not long ago. The file is made if it is not there; one that cannot be read as what it should be counts as empty.
// Share is for before the first Wait. An error says that the file cannot be used; the pace is then this process's own. Where it
// cannot be used any more later, Unshared says so. Close closes the file.
func (p *Pace) Share(path string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	shared := &ledger{path: path}
	now := time.Now()
	s := p.state
	err := shared.update(&s, func() {
		s.refresh(now.UnixNano())
		s.Written = now.UnixNano()
	})
	if err != nil {
		return fmt.Errorf("share the pace: %w", err)
	}
	p.shared, p.renewing = shared, make(chan struct{}, 1)
	p.adopt(now, s)
	return nil
}

// Close ends the sharing, if there was any; what was heard last is told. The pace is then this process's own.
func (p *Pace) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared == nil {
		return nil
	}
	p.update(time.Now(), func(*state) {})
	shared := p.shared
	p.shared = nil
	return shared.close()
}

// Unshared is why other processes do not keep to the rate together with this one any more, since what Share was given cannot be
// used now, for example in a folder that has become read-only; nil where they do, and where nothing is shared. Each process then
// keeps the rate by itself, until the file can be used again.
func (p *Pace) Unshared() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared == nil {
		return nil
	}
	return p.shared.failed
}

// lease takes permissions from the shared file, for everyone who waits, once their turn has come: a turn that is reserved
// long before is lost where the process is killed. It may return without any, for example because the limit has changed.
func (p *Pace) lease(ctx context.Context) error {
	select {
	case p.renewing <- struct{}{}:
		defer func() { <-p.renewing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	now := time.Now()
	if p.leased > 0 && !now.After(p.leaseEnd) || now.Before(p.notBefore) || p.shared == nil {
		p.mu.Unlock()
		return nil
	}
	n, turn := p.renew(now)
	closed, changed := p.notBefore, p.changed
	p.mu.Unlock()

	waited := turn.After(now)
	for turn.After(now) {
		timer := time.NewTimer(turn.Sub(now))
		select {
		case <-timer.C:
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		p.mu.Lock()
		now, changed = time.Now(), p.changed
		void := n == 0 || !p.notBefore.Equal(closed)
		p.mu.Unlock()
		if void {
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if waited {
		// Another process may have been refused meanwhile.
		p.update(now, func(*state) {})
	}
	if n > 0 && p.notBefore.Equal(closed) {
		p.leased = n
	}
	return nil
}

// renew takes permissions from the file. It returns how many, and from when on they hold; or none, and when to try again.
// The caller holds mu.
func (p *Pace) renew(now time.Time) (n int, from time.Time) {
	wall := now.UnixNano()
	p.update(now, func(s *state) {
		limit := p.rate(s)
		if limit <= 0 || wall < s.NotBefore {
			from = now
			return
		}
		spacing := time.Duration(float64(time.Second) / limit)
		lookahead := leaseTime // so that a turn that comes every few microseconds is not missed
		many := int(limit * leaseTime.Seconds())
		if many <= 1 {
			many, lookahead = 1, 0
		}
		sinceLast := spacing
		if !p.joined {
			// A limit that others learnt is no pause before the first request.
			sinceLast = 0
			if p.asked > 0 {
				sinceLast = time.Duration(float64(time.Second) / p.asked)
			}
		}
		ahead := time.Duration(s.Last-wall) + sinceLast
		if ahead <= -spacing || ahead > max(longestPause, time.Duration(many)*spacing) {
			// Being late by less than one request is made up for, as with a limiter whose burst is one. What is further
			// ahead than any process can have been was written with another clock.
			ahead = 0
		}
		from = now.Add(ahead)
		if ahead > lookahead {
			from = now.Add(ahead - lookahead)
			return
		}
		n = many
		s.Last = wall + int64(ahead) + int64(n-1)*int64(spacing)
		p.joined = true
		p.leaseEnd = from.Add(time.Duration(n)*spacing + leaseTime)
	})
	return n, from
}
