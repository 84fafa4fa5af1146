package delegation

import (
	"context"
	"sync"
	"time"
)

const (
	// A probe is sent when so many delegations wait for it, or when the first of them has waited so long.
	mostHeld = 200
	longHeld = time.Second
)

// place is one zone at one name server: a zone may begin to delegate everything at one of its servers before the others.
type place struct {
	zone   *zone
	server *server
}

// batch is delegations that were answered at one place and wait for a probe there.
type batch struct {
	place  place
	size   int
	sent   bool // the probe is on its way, or was
	timer  *time.Timer
	probed chan struct{} // closed when verdict is known
	// verdict is Delegated where the probe says that they count; Wildcard, or Unanswered, where they do not.
	verdict Answer
}

// holds keeps delegations until a probe that was sent after them says whether they count. All is probed at once when no
// question is under way: nothing more would come.
type holds struct {
	run   func(func()) // in the background
	probe func(place) Answer
	// Where more than these wait in all, those that wait longest are probed: workers are needed to ask.
	mostWaiting int

	mu      sync.Mutex
	asking  int // questions under way, which may become delegations
	waiting int // delegations in open batches
	open    map[place]*batch
	order   []*batch // open ones, oldest first; behind the first also some that were sent
	closed  bool     // no probe is sent any more
}

// begin notes that a question is under way, until end or wait.
func (h *holds) begin() {
	h.mu.Lock()
	h.asking++
	h.mu.Unlock()
}

// end notes that a question is no delegation.
func (h *holds) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended()
}

// ended is end with the lock held.
func (h *holds) ended() {
	if h.asking--; h.asking == 0 {
		for _, b := range h.order {
			h.send(b)
		}
		h.order = nil
	}
}

// wait notes that a question has become a delegation at a place, and returns what it is after the probe; Unanswered where
// ctx ends before.
func (h *holds) wait(ctx context.Context, at place) Answer {
	h.mu.Lock()
	b := h.open[at]
	if b == nil {
		b = &batch{place: at, probed: make(chan struct{})}
		b.timer = time.AfterFunc(longHeld, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.send(b)
		})
		h.open[at] = b
		h.order = append(h.order, b)
	}
	b.size++
	h.waiting++
	if b.size == mostHeld {
		h.send(b)
	}
	for h.waiting > h.mostWaiting && len(h.order) > 0 && !h.closed {
		h.send(h.order[0])
	}
	h.ended()
	h.mu.Unlock()
	select {
	case <-b.probed:
		return b.verdict
	case <-ctx.Done():
		return Unanswered
	}
}

// send sends the probe for a batch, which takes no more delegations. The lock is held.
func (h *holds) send(b *batch) {
	if b.sent || h.closed {
		return
	}
	b.sent = true
	b.timer.Stop()
	delete(h.open, b.place)
	h.waiting -= b.size
	for len(h.order) > 0 && h.order[0].sent {
		h.order = h.order[1:]
	}
	h.run(func() {
		b.verdict = h.probe(b.place)
		close(b.probed)
	})
}

// close ends it. Nobody may wait any more, unless their ctx has ended.
func (h *holds) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, b := range h.open {
		b.timer.Stop()
	}
}

// probeBehind asks the server that has delegated names under a zone for a name that nobody has.
func (c *Checker) probeBehind(at place) Answer {
	answer, _, failure := c.ask(c.running, at.zone, []*server{at.server}, randomLabel()+"."+at.zone.extension)
	switch answer {
	case NotDelegated:
		return Delegated
	case Delegated:
		at.zone.becomesWildcard(c)
		return Wildcard
	}
	if c.running.Err() == nil && failure != errAbandoned {
		c.troubles.say(c.noAnswer(at.zone.extension, failure))
	}
	return Unanswered
}
