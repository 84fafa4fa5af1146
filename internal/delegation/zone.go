package delegation

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// zone is what is known of an extension: who has its delegations, and whether it can be believed.
type zone struct {
	extension string
	once      chan struct{} // held while it is found out
	found     bool
	servers   []*server // none: not to be asked
	again     time.Time // when to try again, where nobody answered
}

func (c *Checker) zone(extension string) *zone {
	c.mu.Lock()
	defer c.mu.Unlock()
	z := c.zones[extension]
	if z == nil {
		z = &zone{extension: extension, once: make(chan struct{}, 1)}
		c.zones[extension] = z
	}
	return z
}

// use returns the servers to ask, found out once.
func (z *zone) use(ctx context.Context, c *Checker) []*server {
	select {
	case z.once <- struct{}{}:
		defer func() { <-z.once }()
	case <-ctx.Done():
		return nil
	}
	if z.found || time.Now().Before(z.again) {
		return z.servers
	}
	servers := c.resolvers
	if servers == nil {
		servers = c.find(ctx, z.extension)
	}
	// A name that nobody has: where it is delegated too, every name is, and a delegation says nothing.
	everything, answered := false, false
	if len(servers) > 0 {
		everything, answered = c.delegated(ctx, servers, randomLabel()+"."+z.extension)
	}
	switch {
	case ctx.Err() != nil:
	case !answered:
		z.again = time.Now().Add(restTime)
	case everything:
		z.found = true
	default:
		z.found, z.servers = true, servers
	}
	return z.servers
}

func randomLabel() string { return "x" + strings.ToLower(rand.Text()) }

// find asks the system's resolver for the name servers of the zone that an extension's names are in: its own, or the one
// above it where it is none.
func (c *Checker) find(ctx context.Context, extension string) []*server {
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
