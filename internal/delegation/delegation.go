// Package delegation asks DNS whether a domain is delegated in its parent zone, and so surely taken. It never says that
// a domain is free: one in twenty of those that are taken is not delegated.
//
// A Checker, made with New from Options, asks the name servers of each extension, which it finds through the system's
// resolver, or the resolvers that it was given. Check asks about one domain and returns an Answer; only Delegated is a
// verdict. Stats says how many there were of each. A Checker is shared by all goroutines that ask, as many as Workers says.
//
// No delegation is believed because it is one: an extension may delegate every name, or begin to. So a delegation is held
// until the same name server has then denied a random name that nobody can have. One such probe releases up to 200
// delegations; none is held for more than a second before its probe is sent.
//
// Each name server of a registry gets at most 100 questions a second. Where one does not answer, another is asked. Where
// none does, questions under the extension are Unanswered at once, and it is tried again in the background until it
// answers. What goes wrong in DNS is never an error: it is logged, once for each cause, and counted.
package delegation

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/pace"
)

const (
	// Questions under way at once, at most; and to each resolver, which is not paced, since a home router is soon asked too
	// much.
	mostAsking     = 1024
	mostAtResolver = 256
	atLeastAsking  = 64 // to resolvers, however near they are

	// Questions per second to one name server of a registry, at most.
	perServer = 100

	// Bytes of a reply over UDP, so that none is fragmented: https://www.dnsflagday.net/2020/
	maxUDP = 1232

	queryTimeout = 2 * time.Second
	tries        = 3 // of one question, each at another server where there is one
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

	// Log gets one warning, with a hint, for each cause for which DNS has no answer; nil: nothing is said.
	Log *slog.Logger
}

// Checker asks about delegations, and holds the sockets to name servers. Make one with New. It is safe for concurrent use.
type Checker struct {
	resolvers []*server // nil: each extension's own
	system    []*server // the machine's resolvers; none: it has none
	network   network
	rate      pace.Rate // of questions to each of the extensions' own servers; 0: no limit
	askers    askers
	finding   chan struct{} // as many values as extensions whose name servers are looked for
	lookups   chan struct{} // as many values as questions to the machine's resolvers
	held      holds
	troubles  troubles

	running    context.Context // until Close
	stop       context.CancelFunc
	background sync.WaitGroup

	mu      sync.Mutex
	zones   map[string]*zone   // by extension
	servers map[string]*server // extensions' own, by address
}

// New returns a Checker. It asks nothing yet. An error says which resolver is not an address. Where the machine has no
// resolver configured, every answer is Unanswered; the log says so now.
func New(options Options) (*Checker, error) {
	return newChecker(options, network{dial: dial, port: "53", idle: new(atomic.Int32)}, "/etc/resolv.conf")
}

// newChecker is New for some network, on a machine whose resolvers are named in a file.
func newChecker(options Options, on network, resolvConf string) (*Checker, error) {
	c := &Checker{network: on, rate: perServer, zones: map[string]*zone{}, servers: map[string]*server{}, troubles: troubles{log: options.Log}}
	for _, text := range options.Resolvers {
		address, err := addressOf(text)
		if err != nil {
			return nil, err
		}
		c.resolvers = append(c.resolvers, newServer(c.network, address, pace.New(0)))
	}
	if c.resolvers == nil {
		var err error
		if c.system, err = readResolvers(c.network, resolvConf); err != nil {
			c.troubles.say(noResolver(err))
		}
	}
	c.finding, c.lookups = make(chan struct{}, mostFinding), make(chan struct{}, atLeastAsking)
	c.askers.run = c.background.Go
	c.limitAsking()
	c.running, c.stop = context.WithCancel(context.Background())
	c.held = holds{open: map[place]*batch{}, run: c.background.Go, probe: c.probeBehind, mostWaiting: c.Workers() / 3}
	return c, nil
}

// Workers is how many calls of Check at once are of use: a third each for those that wait for a reply, for a probe to
// be sent, and for its reply.
func (c *Checker) Workers() int {
	if c.resolvers == nil {
		return 3 * mostAsking
	}
	return 3 * min(mostAtResolver*len(c.resolvers), mostAsking)
}

// limitAsking says how many questions may be under way at once. Extensions' own servers are paced, so that there are as many
// as the servers, the pace and the round trip need. To each resolver there are as many as 2,000 a second need.
func (c *Checker) limitAsking() {
	if c.resolvers == nil {
		c.askers.setLimit(mostAsking)
		return
	}
	const perSecond = 2000
	needed := 0
	for _, s := range c.resolvers {
		needed += min(max(atLeastAsking, int(perSecond*s.roundTrip().Seconds())), mostAtResolver)
	}
	c.askers.setLimit(min(needed, mostAsking))
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

// Close ends what goes on in the background and closes the sockets. Nothing may be asked after it.
func (c *Checker) Close() {
	c.stop()
	c.held.close()
	c.background.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.resolvers {
		s.close()
	}
	for _, s := range c.servers {
		s.close()
	}
	for _, s := range c.system {
		s.close()
	}
}

// Check asks whether a domain under an extension is delegated. Both are in A-labels, in lower case and without a dot at
// the end. It may be called from many goroutines at once, and takes a second and the time of two questions where the name
// servers answer. The error is ctx's and no other: what goes wrong in DNS is Unanswered.
func (c *Checker) Check(ctx context.Context, domain, extension string) (Answer, error) {
	z := c.zone(extension)
	c.held.begin()
	answer, by := c.check(ctx, z, domain)
	if answer == Delegated {
		answer = c.held.wait(ctx, place{z, by})
	} else {
		c.held.end()
	}
	if err := ctx.Err(); err != nil {
		return Unanswered, err
	}
	z.answers[answer].Add(1)
	return answer, nil
}

// check is Check without a probe; by is who has answered.
func (c *Checker) check(ctx context.Context, z *zone, domain string) (answer Answer, by *server) {
	servers, known := z.await(ctx, c)
	if known != NotDelegated {
		return known, nil
	}
	q := &inquiry{ctx: ctx, zone: z, servers: servers, domain: domain}
	c.askers.ask(q, c.answer)
	return q.answer, q.by
}

// answer asks what an inquiry wants to know.
func (c *Checker) answer(q *inquiry) {
	q.answer, q.by, _ = c.ask(q.ctx, q.zone, q.servers, q.domain)
}

// ask asks servers in turn until one gives an answer that can be used. by is who did; failure says why none did.
func (c *Checker) ask(ctx context.Context, z *zone, servers []*server, domain string) (answer Answer, by *server, failure error) {
	name := domain + "."
	question := new(dns.Msg)
	question.SetQuestion(name, dns.TypeNS)
	question.RecursionDesired = c.resolvers != nil
	question.SetEdns0(maxUDP, false)
	servers = servers[:min(len(servers), 64)]
	var tried uint64
	for sent, turn := 0, 0; sent < tries && turn < tries*len(servers); turn++ {
		if tried == uint64(1)<<len(servers)-1 {
			tried = 0 // the same ones again
		}
		i := next(servers, tried)
		tried |= 1 << i
		s := servers[i]
		reply, err := s.ask(ctx, question, z)
		switch {
		case err == errAbandoned:
			return Unanswered, nil, err
		case ctx.Err() != nil:
			if failure == nil {
				failure = &serverError{s.address, ctx.Err()}
			}
			return Unanswered, nil, failure
		case isUnreachable(err):
			// Nothing was sent: an IPv6 address where there is none, or the other way round.
			failure = &serverError{s.address, err}
			continue
		case err == nil && !usable(reply):
			err = &replyError{reply.Rcode}
		case err == nil && isDelegation(reply, name, c.resolvers != nil):
			c.answered(z)
			return Delegated, s, nil
		case err == nil && (c.resolvers != nil || reply.Authoritative):
			c.answered(z)
			return NotDelegated, s, nil
		case err == nil:
			err = errLame
		}
		sent++
		failure = &serverError{s.address, err}
		z.failed(c, failure)
	}
	return Unanswered, nil, failure
}

// answered notes that a question under a zone was answered.
func (c *Checker) answered(z *zone) {
	z.answered()
	if c.resolvers != nil {
		c.limitAsking()
	}
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

// Stats is what a Checker has answered so far.
type Stats struct {
	Answers [4]int64            // how many, by Answer
	Under   map[string][4]int64 // the same by extension
}

// Where lists the extensions under which there was an answer, in alphabetical order; never nil.
func (s Stats) Where(answer Answer) []string {
	found := []string{}
	for extension, answers := range s.Under {
		if answers[answer] > 0 {
			found = append(found, extension)
		}
	}
	slices.Sort(found)
	return found
}

// Stats counts the answers of Check. It may be called at any time, also after Close.
func (c *Checker) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{Under: map[string][4]int64{}}
	for extension, z := range c.zones {
		var under [4]int64
		for answer := range under {
			under[answer] = z.answers[answer].Load()
			s.Answers[answer] += under[answer]
		}
		s.Under[extension] = under
	}
	return s
}
