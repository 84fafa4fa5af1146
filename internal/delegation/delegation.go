// Package delegation asks DNS whether a domain is delegated in its parent zone, and so surely taken. It never says that
// a domain is free: one in twenty of those that are taken is not delegated.
//
// A Checker, made with New from Options, asks the name servers of each extension, which it finds through the system's
// resolver, or the resolvers that it was given. Check asks about one domain and returns an Answer; only Delegated is a
// verdict. The servers of an extension are found, and tried with a random name that nobody can have, when the first
// domain under it is asked for; where the random name is delegated, too, every name is, and the Answer is Wildcard. A
// Checker is shared by all goroutines that ask: it keeps each name server below 100 questions a second, asks another one
// where a question was lost, and leaves alone for a while what does not answer.
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
	// Questions per second to one name server of a registry, at most.
	perServer = 100

	// Bytes of a reply over UDP, so that none is fragmented: https://www.dnsflagday.net/2020/
	maxUDP = 1232

	queryTimeout = 2 * time.Second
	tries        = 3 // of one question, each at another server where there is one

	// For so long, other servers are preferred to one that did not answer, or refused.
	restTime = 30 * time.Second
)

// Answer is what DNS says of a domain.
type Answer int

const (
	Unanswered   Answer = iota // no name server gave an answer that can be used: nothing is known
	NotDelegated               // it is not delegated, and may be free or taken
	Wildcard                   // the extension delegates every name: nothing is known
	Delegated                  // it is delegated, and so surely taken
)

// String is the answer in words.
func (a Answer) String() string {
	return [...]string{"unanswered", "not delegated", "wildcard", "delegated"}[a]
}

// Options says whom to ask. The zero value asks each extension's own name servers, which the system's resolver finds.
type Options struct {
	// Resolvers are asked instead of the extensions' own servers: recursive or authoritative ones, "192.0.2.1",
	// "192.0.2.1:5353", "[2001:db8::1]:53". They are not paced.
	Resolvers []string
}

// Checker asks about delegations, and holds the sockets to name servers. Make one with New. It is safe for concurrent use.
type Checker struct {
	resolvers []*server // nil: each extension's own
	system    []string  // the machine's resolvers
	port      string    // of extensions' own servers
	rate      pace.Rate // of questions to each of them; 0: no limit

	mu      sync.Mutex
	zones   map[string]*zone   // by extension
	servers map[string]*server // extensions' own, by address
}

// New returns a Checker. It asks nothing yet. An error says which resolver is not an address, or that the machine has no
// resolver configured.
func New(options Options) (*Checker, error) {
	c := &Checker{port: "53", rate: perServer, zones: map[string]*zone{}, servers: map[string]*server{}}
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

// Close closes the sockets. Nothing may be asked after it.
func (c *Checker) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.resolvers {
		s.close()
	}
	for _, s := range c.servers {
		s.close()
	}
}

// Check asks whether a domain under an extension is delegated. Both are in A-labels, in lower case and without a dot at
// the end. It may be called from many goroutines at once. The error is ctx's and no other: what goes wrong in DNS is
// Unanswered.
func (c *Checker) Check(ctx context.Context, domain, extension string) (Answer, error) {
	servers, known := c.zone(extension).serversToAsk(ctx, c)
	if known != NotDelegated {
		return known, ctx.Err()
	}
	return c.ask(ctx, servers, domain), ctx.Err()
}

// ask asks servers in turn until one gives an answer that can be used.
func (c *Checker) ask(ctx context.Context, servers []*server, domain string) Answer {
	name := domain + "."
	question := new(dns.Msg)
	question.SetQuestion(name, dns.TypeNS)
	question.RecursionDesired = c.resolvers != nil
	question.SetEdns0(maxUDP, false)
	for _, s := range inTurn(servers) {
		reply, err := s.ask(ctx, question)
		switch {
		case ctx.Err() != nil:
			return Unanswered
		case err != nil || !usable(reply):
			continue
		case isDelegation(reply, name, c.resolvers != nil):
			return Delegated
		case c.resolvers != nil || reply.Authoritative:
			return NotDelegated
		}
		// Neither a referral nor its own word: a server that does not know the zone.
	}
	return Unanswered
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
