package delegation

import (
	"context"
	"sync"
)

// askers ask name servers, each question on one of as many goroutines as there are questions to ask, up to a limit that may
// change at any time. Those who wait for an answer, or for a probe, are many more; their stacks stay small.
type askers struct {
	run func(func()) // in the background

	mu     sync.Mutex
	limit  int
	busy   int
	queued []*inquiry
}

// inquiry is one question and what its answer is.
type inquiry struct {
	ctx     context.Context
	zone    *zone
	servers []*server
	domain  string

	answer Answer
	by     *server
	done   chan struct{} // closed when the answer is known
}

// ask has an inquiry answered by answer, and returns when it is.
func (a *askers) ask(q *inquiry, answer func(*inquiry)) {
	q.done = make(chan struct{})
	a.mu.Lock()
	a.queued = append(a.queued, q)
	a.begin(answer)
	a.mu.Unlock()
	<-q.done
}

// begin starts as many goroutines as are wanted and allowed. The lock is held.
func (a *askers) begin(answer func(*inquiry)) {
	for wanted := len(a.queued); wanted > 0 && a.busy < a.limit; wanted-- {
		a.busy++
		a.run(func() {
			for q := a.next(); q != nil; q = a.next() {
				answer(q)
				close(q.done)
			}
		})
	}
}

// next is nil where the goroutine is not needed any more.
func (a *askers) next() *inquiry {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queued) == 0 || a.busy > a.limit {
		a.busy--
		return nil
	}
	q := a.queued[0]
	a.queued = a.queued[1:]
	return q
}

// setLimit lets more be asked at once, or fewer from now on. It is 1 at least.
func (a *askers) setLimit(limit int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limit = limit
}
