package pace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	// A process takes as many permissions at once from the shared file as it will use in this time, one at least: at
	// 60 a minute that is one, and at 5,000 a second the file is touched 20 times a second.
	leaseTime = 50 * time.Millisecond

	// What was learnt of the server's limit is believed for so long.
	memory = 24 * time.Hour

	// A file that puts off the next request for longer than this was written with another clock.
	longestQueue = time.Hour
)

// ledger is the file by which processes with the same key share one pace. It is locked while it is read and written.
type ledger struct {
	path string
	lock *flock.Flock
}

// entry is what the file holds, as JSON. Times are nanoseconds since 1970 UTC.
type entry struct {
	Next      int64   `json:"next"`       // from when on permissions are free
	NotBefore int64   `json:"not_before"` // the gate
	Refused   int64   `json:"refused"`    // when a limit was learnt last; 0: never
	Limit     float64 `json:"limit"`      // requests per second that the server seems to admit
	Ceiling   float64 `json:"ceiling"`    // at which it refused
}

// Share makes this pace one with that of every other process that shares the same file: together they keep the rate, a
// pause of one is a pause of all, and what one learnt of the server's limit is where the next one begins, for a day. The
// file is made if it is not there; one that cannot be read as what it should be counts as empty. Share is for before the
// first Wait. An error says that the file cannot be used; the pace is then this process's own.
func (p *Pace) Share(path string) error {
	shared := &ledger{path: path, lock: flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shared = shared
	p.renewing = make(chan struct{}, 1)
	err := shared.update(func(e *entry) {
		now := time.Now()
		if age := now.Sub(time.Unix(0, e.Refused)); e.Refused > 0 && (age > memory || age < 0) {
			e.Refused, e.Limit, e.Ceiling = 0, 0, 0
		}
		p.adopt(*e, now)
	})
	if err != nil {
		p.shared = nil
		return fmt.Errorf("share the pace: %w", err)
	}
	return nil
}

// update reads the file, changes what it says and writes it back, with the file locked.
func (l *ledger) update(change func(*entry)) error {
	if err := l.lock.Lock(); err != nil {
		return err
	}
	err := l.rewrite(change)
	return errors.Join(err, l.lock.Unlock())
}

func (l *ledger) rewrite(change func(*entry)) error {
	file, err := os.OpenFile(l.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 4096))
	if err != nil {
		return err
	}
	var e entry
	if json.Unmarshal(text, &e) != nil {
		e = entry{}
	}
	change(&e)
	text, err = json.Marshal(e)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(text, 0)
	return err
}

// adopt takes over what other processes have learnt. The caller holds mu.
func (p *Pace) adopt(e entry, now time.Time) {
	if until := time.Unix(0, e.NotBefore); until.After(p.notBefore) && until.After(now) && until.Sub(now) <= longestPause {
		p.closeUntil(now, until)
	}
	if e.Refused <= p.refused || !(e.Limit > 0) || !(e.Ceiling > 0) {
		return
	}
	p.refused, p.ceiling = e.Refused, e.Ceiling
	p.limit = max(e.Limit, lowest*max(float64(p.asked), 1))
	if p.asked > 0 {
		p.limit = min(p.limit, float64(p.asked))
	}
	p.cycleStart, p.admitted, p.steps = now, 0, 0
	p.replaceLimiter()
}

// publish tells the other processes of a pause, and of a limit where one was learnt. The caller holds mu. That the file
// cannot be written is no reason to stop: this process keeps its own pace.
func (p *Pace) publish() {
	if p.shared == nil {
		return
	}
	p.leased = 0
	_ = p.shared.update(func(e *entry) {
		e.NotBefore = max(e.NotBefore, p.notBefore.UnixNano())
		p.note(e)
	})
}

// note writes what this process has learnt into the entry, unless another one has learnt since.
func (p *Pace) note(e *entry) {
	if p.refused >= e.Refused && p.refused > 0 {
		e.Refused, e.Limit, e.Ceiling = p.refused, p.limit, p.ceiling
	}
}

// renew takes permissions from the file. It returns from when on they hold. The caller holds mu.
func (p *Pace) renew(now time.Time) (from time.Time) {
	from = now
	err := p.shared.update(func(e *entry) {
		p.adopt(*e, now)
		p.note(e)
		if p.limit <= 0 {
			return
		}
		spacing := time.Duration(float64(time.Second) / p.limit)
		n := max(1, int(p.limit*leaseTime.Seconds()))
		// Being late by less than one request is made up for, as with a limiter whose burst is one.
		if next := time.Unix(0, e.Next); next.After(now.Add(-spacing)) && next.Sub(now) < longestQueue {
			from = next
		}
		p.leased, p.leaseEnd = n, from.Add(time.Duration(n)*spacing+leaseTime)
		e.Next = from.Add(time.Duration(n) * spacing).UnixNano()
	})
	if err != nil {
		// Without the file, at this process's own pace.
		p.leased, p.leaseEnd, from = 1, now.Add(time.Hour), now
	}
	return from
}
