package delegation

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// zone is what is known of an extension: who answers for its delegations, and whether a delegation says anything.
type zone struct {
	extension string
	lock      chan struct{} // holds one value while somebody reads or finds out the rest
	state     Answer        // to a random name: NotDelegated where a delegation says something
	servers   []*server
	retryAt   time.Time // of a zone that is Unanswered
}

func (c *Checker) zone(extension string) *zone {
	c.mu.Lock()
	defer c.mu.Unlock()
	z := c.zones[extension]
	if z == nil {
		z = &zone{extension: extension, lock: make(chan struct{}, 1)}
		c.zones[extension] = z
	}
	return z
}

// serversToAsk returns the servers of the zone, found out once, and what they say of a random name. Only where that is
// NotDelegated may they be asked.
func (z *zone) serversToAsk(ctx context.Context, c *Checker) ([]*server, Answer) {
	select {
	case z.lock <- struct{}{}:
		defer func() { <-z.lock }()
	case <-ctx.Done():
		return nil, Unanswered
	}
	if z.state != Unanswered || time.Now().Before(z.retryAt) {
		return z.servers, z.state
	}
	if z.servers = c.resolvers; z.servers == nil {
		z.servers = c.findServers(ctx, z.extension)
	}
	if len(z.servers) > 0 {
		z.state = c.ask(ctx, z.servers, randomLabel()+"."+z.extension)
	}
	switch {
	case z.state == Delegated:
		z.state = Wildcard
	case z.state == Unanswered && ctx.Err() == nil:
		z.retryAt = time.Now().Add(restTime)
	}
	return z.servers, z.state
}

// randomLabel is a name that nobody has registered.
func randomLabel() string { return "x" + strings.ToLower(rand.Text()) }

// findServers asks the system's resolver for the name servers of the zone that an extension's names are in: its own, or the one
// above it where it is none.
func (c *Checker) findServers(ctx context.Context, extension string) []*server {
	var names []string
	for rest := extension; len(names) == 0; {
		reply := c.resolve(ctx, rest+".", dns.TypeNS)
		if reply == nil {
			return nil
		}
		for _, record := range reply.Answer {
			if ns, ok := record.(*dns.NS); ok && strings.EqualFold(ns.Hdr.Name, rest+".") {
				names = append(names, ns.Ns)
			}
		}
		_, above, more := strings.Cut(rest, ".")
		if len(names) == 0 && !more {
			return nil
		}
		rest = above
	}
	var mu sync.Mutex
	var addresses []string
	var lookups sync.WaitGroup
	for _, name := range names {
		lookups.Go(func() {
			reply := c.resolve(ctx, name, dns.TypeA)
			if reply == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, record := range reply.Answer {
				if a, ok := record.(*dns.A); ok {
					addresses = append(addresses, a.A.String())
				}
			}
		})
	}
	lookups.Wait()
	return c.serversAt(addresses)
}

// resolve asks the system's resolvers, and returns nil where none has an answer.
func (c *Checker) resolve(ctx context.Context, name string, kind uint16) *dns.Msg {
	question := new(dns.Msg)
	question.SetQuestion(name, kind)
	question.SetEdns0(maxUDP, false)
	for range tries {
		for _, address := range c.system {
			s := newServer(address, 0)
			reply, err := s.ask(ctx, question)
			s.close()
			if err == nil && usable(reply) {
				return reply
			}
		}
	}
	return nil
}
