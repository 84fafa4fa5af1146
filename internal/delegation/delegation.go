// Package delegation asks DNS whether a domain is delegated in its parent zone, and so surely taken. It never says that
// a domain is free: whatever is not a clear delegation is no answer.
package delegation

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/pace"
)

const (
	// A registry's name server gets at most so many questions a second from us.
	perServer = 100

	// No reply is split on its way: https://www.dnsflagday.net/2020/
	maxUDP = 1232

	queryTimeout = 2 * time.Second
	tries        = 3 // of one question, each at another server where there is one

	// A server that does not answer, or refuses, is left alone for so long.
	restTime = 30 * time.Second
)

// Options says whom to ask. The zero value asks each extension's own name servers, which the system's resolver finds.
type Options struct {
	// Resolvers are asked instead of the extensions' own servers: recursive or authoritative ones, "192.0.2.1",
	// "192.0.2.1:5353", "[2001:db8::1]:53". They are not paced.
	Resolvers []string
}

// Checker asks about delegations. Make one with New. It is safe for concurrent use.
type Checker struct {
	resolvers []*server // nil: each extension's own
	system    []string  // resolvers of the machine
	port      string    // of extensions' own servers
	pace      pace.Rate // of each of them

	mu    sync.Mutex
	zones map[string]*zone // by extension
	known map[string]*server
}

// New returns a Checker. It asks nothing yet. An error says which resolver is not an address, or that the machine has no
// resolver configured.
func New(options Options) (*Checker, error) {
	c := &Checker{port: "53", pace: perServer, zones: map[string]*zone{}, known: map[string]*server{}}
	for _, text := range options.Resolvers {
		address, err := addressOf(text)
		if err != nil {
			return nil, err
		}
		c.resolvers = append(c.resolvers, newServer(address, 0))
	}
	if c.resolvers != nil {
		return c, nil
	}
	config, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil, fmt.Errorf("the system's resolver: %w", err)
	}
	for _, address := range config.Servers {
		c.system = append(c.system, net.JoinHostPort(address, config.Port))
	}
	if len(c.system) == 0 {
		return nil, fmt.Errorf("the system's resolver: /etc/resolv.conf names none")
	}
	return c, nil
}

// addressOf adds the port where there is none.
func addressOf(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), "53"
	}
	if net.ParseIP(host) == nil {
		return "", fmt.Errorf("resolver %q is not an address such as 192.0.2.1 or 192.0.2.1:5353", text)
	}
	return net.JoinHostPort(host, port), nil
}

// Close closes the sockets. Nothing may be asked any more.
func (c *Checker) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.resolvers {
		s.close()
	}
	for _, s := range c.known {
		s.close()
	}
}

// Delegated says whether a domain under an extension is surely delegated. False means nothing at all: not delegated, or
// no answer, or one that leaves doubt. Both are in A-labels and in lower case. The error is ctx's and no other.
func (c *Checker) Delegated(ctx context.Context, domain, extension string) (bool, error) {
	servers := c.zone(extension).use(ctx, c)
	if len(servers) == 0 {
		return false, ctx.Err()
	}
	delegated, _ := c.delegated(ctx, servers, domain)
	return delegated, ctx.Err()
}

// delegated asks servers in turn until one gives an answer that can be used.
func (c *Checker) delegated(ctx context.Context, servers []*server, domain string) (delegated, answered bool) {
	name := domain + "."
	question := new(dns.Msg)
	question.SetQuestion(name, dns.TypeNS)
	question.RecursionDesired = c.resolvers != nil
	question.SetEdns0(maxUDP, false)
	for _, s := range inTurn(servers) {
		reply, err := s.ask(ctx, question)
		switch {
		case ctx.Err() != nil:
			return false, false
		case err != nil || !usable(reply):
			continue
		case isDelegation(reply, name, c.resolvers != nil):
			return true, true
		case c.resolvers != nil || reply.Authoritative:
			return false, true
		}
		// Neither a referral nor its own word: a server that does not know the zone.
	}
	return false, false
}

// usable says whether a reply is an answer at all: a server that refuses, or fails, is not the one to ask.
func usable(reply *dns.Msg) bool {
	return reply.Rcode == dns.RcodeSuccess || reply.Rcode == dns.RcodeNameError
}

// isDelegation says whether a reply delegates exactly this name: by a referral, or, from a server of the user's, which may
// recurse, by the name's own NS records.
func isDelegation(reply *dns.Msg, name string, mayRecurse bool) bool {
	if reply.Rcode != dns.RcodeSuccess {
		return false
	}
	isReferral := !reply.Authoritative && len(reply.Answer) == 0 && hasNS(reply.Ns, name)
	return isReferral || mayRecurse && hasNS(reply.Answer, name)
}

func hasNS(records []dns.RR, name string) bool {
	for _, record := range records {
		if ns, ok := record.(*dns.NS); ok && strings.EqualFold(ns.Hdr.Name, name) && ns.Hdr.Class == dns.ClassINET {
			return true
		}
	}
	return false
}
