package delegation

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// An extension is given up for now after so many tries in a row without an answer, when the last answer is so long ago.
	mostFailures = 3
	silence      = time.Second

	// How long it takes at most to find the name servers of an extension, and as long again to find out how they answer: the
	// first time, when questions wait for it, and later, when none do.
	firstPatience = 4 * time.Second
	laterPatience = 15 * time.Second

	// Of how many extensions the name servers are looked for at once, and how long questions wait at most for it to be their
	// extension's turn: the machine's resolver is often a home router.
	mostFinding = 32
	longestWait = 10 * time.Second

	// An extension that does not answer is tried again at first after, and at last every.
	retryFirst = time.Second
	retryLast  = 30 * time.Second
)

// zone is what is known of an extension: who answers for its delegations, and whether a delegation says anything.
type zone struct {
	extension string
	answers   [4]atomic.Int64 // given to Check, by Answer

	mu         sync.Mutex
	state      Answer        // to a random name: NotDelegated where a delegation says something
	servers    []*server     // at least one, unless state is Unanswered
	known      chan struct{} // closed when state was found out once, or took too long; nil: that has not begun
	finding    bool          // it is being found out
	failures   int           // tries since the last answer
	answeredAt time.Time
}

func (c *Checker) zone(extension string) *zone {
	c.mu.Lock()
	defer c.mu.Unlock()
	z := c.zones[extension]
	if z == nil {
		z = &zone{extension: extension}
		c.zones[extension] = z
	}
	return z
}

// await returns the servers of the zone and what they say of a random name. Only where that is NotDelegated is it of use
// to ask them. The first time, it waits until that is found out.
func (z *zone) await(ctx context.Context, c *Checker) ([]*server, Answer) {
	z.mu.Lock()
	if z.known == nil {
		z.known = make(chan struct{})
		z.find(c)
		time.AfterFunc(longestWait, func() {
			z.mu.Lock()
			defer z.mu.Unlock()
			z.letPass()
		})
	}
	servers, state, known := z.servers, z.state, z.known
	z.mu.Unlock()
	if state != Unanswered {
		return servers, state
	}
	select {
	case <-known:
	case <-ctx.Done():
		return nil, Unanswered
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.servers, z.state
}

// find begins to find out, in the background, unless that goes on already. The lock is held.
func (z *zone) find(c *Checker) {
	if !z.finding {
		z.finding = true
		c.background.Go(func() { c.findOut(z) })
	}
}

// findOut tries to find out how a zone answers until it does.
func (c *Checker) findOut(z *zone) {
	patience := firstPatience
	for pause := retryFirst; ; pause = min(2*pause, retryLast) {
		servers, state, trouble := c.tryOut(z.extension, patience)
		if c.running.Err() == nil && trouble != nil {
			c.troubles.say(trouble)
		}
		if z.found(servers, state) {
			return
		}
		patience = laterPatience
		select {
		case <-time.After(pause):
		case <-c.running.Done():
			return
		}
	}
}

// tryOut finds the servers of an extension and asks them for a name that nobody has. Where that is delegated, every name
// is, and a delegation says nothing.
func (c *Checker) tryOut(extension string, patience time.Duration) ([]*server, Answer, *trouble) {
	servers, failure := c.resolvers, error(nil)
	if servers == nil {
		if len(c.system) == 0 {
			return nil, Unanswered, nil // which was said
		}
		if servers, failure = c.findInTurn(extension, patience); failure != nil {
			return nil, Unanswered, notFound(extension, failure)
		}
	}
	ctx, cancel := context.WithTimeout(c.running, patience)
	defer cancel()
	state, _, failure := c.ask(ctx, nil, servers, randomLabel()+"."+extension)
	switch state {
	case Delegated:
		return servers, Wildcard, c.wildcard(extension)
	case Unanswered:
		return nil, Unanswered, c.noAnswer(extension, failure)
	}
	return servers, state, nil
}

// found notes how a zone answers, and says whether that is all there is to find out.
func (z *zone) found(servers []*server, state Answer) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.state != Wildcard { // which it may have become meanwhile
		z.servers, z.state = servers, state
	}
	z.failures, z.answeredAt = 0, time.Now()
	z.finding = z.state == Unanswered
	z.letPass()
	return !z.finding
}

// letPass lets questions wait no longer. The lock is held.
func (z *zone) letPass() {
	select {
	case <-z.known:
	default:
		close(z.known)
	}
}

// answered notes that a server of the zone has answered. A nil zone keeps no count, here and below.
func (z *zone) answered() {
	if z == nil {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.failures, z.answeredAt = 0, time.Now()
}

// failed notes that a try had no answer. After too many, questions are Unanswered at once until the zone answers again.
func (z *zone) failed(c *Checker, failure error) {
	if z == nil {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.failures++
	if z.state != NotDelegated || z.failures < mostFailures || time.Since(z.answeredAt) < silence {
		return
	}
	z.state = Unanswered
	c.troubles.say(c.noAnswer(z.extension, failure))
	z.find(c)
}

// isGivenUp says whether it is of no use to wait for a reply.
func (z *zone) isGivenUp() bool {
	if z == nil {
		return false
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.state != NotDelegated
}

// becomesWildcard notes that the zone delegates every name from now on.
func (z *zone) becomesWildcard(c *Checker) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.state = Wildcard
	c.troubles.say(c.wildcard(z.extension))
}

// randomLabel is a name that nobody has registered.
func randomLabel() string { return "x" + strings.ToLower(rand.Text()) }
