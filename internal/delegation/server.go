package delegation

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/pace"
)

const (
	// A server that did not answer, or refused, is asked only where no other is left, for so long; longer where it happens
	// again.
	restTime    = 30 * time.Second
	longestRest = 16 * time.Minute

	// A server of an extension is filled up with so many questions before the next one gets any, so that one probe serves
	// many delegations.
	filled = 8

	// How often it is looked whether a reply is still waited for.
	lookEvery = 100 * time.Millisecond

	// Sockets that are kept for the next question, to all servers together.
	mostIdle = mostAsking
)

// network is how servers are reached.
type network struct {
	dial func(kind, address string) (net.Conn, error) // kind is udp or tcp
	port string                                       // of extensions' own servers
	idle *atomic.Int32                                // sockets that are not in use
}

func dial(kind, address string) (net.Conn, error) {
	return net.DialTimeout(kind, address, queryTimeout)
}

// server is one name server at one address, the pace at which it is asked, and the sockets to it.
type server struct {
	network network
	address string
	pace    *pace.Pace   // shared by all addresses of a name server
	pending atomic.Int32 // questions that wait for their turn, or for a reply
	fastest atomic.Int64 // round trip seen, in nanoseconds; 0: none

	mu        sync.Mutex
	idle      []*socket // connected, and not in use
	restUntil time.Time // before, others are preferred
	rested    time.Duration
	closed    bool
}

func newServer(on network, address string, at *pace.Pace) *server {
	return &server{network: on, address: address, pace: at}
}

// serversAt returns the servers at the addresses of one name server. It is paced for all of its addresses, and for all
// extensions that it serves, together.
func (c *Checker) serversAt(addresses []netip.Addr) []*server {
	c.mu.Lock()
	defer c.mu.Unlock()
	var shared *pace.Pace
	for _, address := range addresses {
		if s := c.servers[net.JoinHostPort(address.String(), c.network.port)]; s != nil {
			shared = s.pace
		}
	}
	if shared == nil {
		shared = pace.New(c.rate)
	}
	var servers []*server
	for _, address := range addresses {
		at := net.JoinHostPort(address.String(), c.network.port)
		if c.servers[at] == nil {
			c.servers[at] = newServer(c.network, at, shared)
		}
		if !slices.Contains(servers, c.servers[at]) {
			servers = append(servers, c.servers[at])
		}
	}
	return servers
}

// next says which server to ask. tried has a bit for each that is not to be asked. It is the first that is not filled up, or
// else the one with the fewest questions; those that rest come last. There is one at least.
func next(servers []*server, tried uint64) int {
	if len(servers) == 1 {
		return 0
	}
	best, bestRests, fewest := -1, false, int32(0)
	now := time.Now()
	for i, s := range servers {
		if tried&(1<<i) != 0 {
			continue
		}
		rests, pending := s.rests(now), s.pending.Load()
		if !rests && pending < filled {
			return i
		}
		if best < 0 || bestRests && !rests || bestRests == rests && pending < fewest {
			best, bestRests, fewest = i, rests, pending
		}
	}
	return best
}

// inTurn returns the servers in their order, those that rest last.
func inTurn(servers []*server) []*server {
	now := time.Now()
	order := slices.Clone(servers)
	slices.SortStableFunc(order, func(a, b *server) int {
		switch aRests, bRests := a.rests(now), b.rests(now); {
		case aRests == bRests:
			return 0
		case bRests:
			return -1
		}
		return 1
	})
	return order
}

func (s *server) rests(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.restUntil)
}

// rest lets others be preferred for a while.
func (s *server) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Before(s.restUntil) {
		return // a question of the same time
	}
	s.rested = min(max(2*s.rested, restTime), longestRest)
	s.restUntil = now.Add(s.rested)
}

// roundTrip is the fastest that was seen; 0: none was.
func (s *server) roundTrip() time.Duration { return time.Duration(s.fastest.Load()) }

// ask sends a question and returns the reply to it, over TCP where it does not fit. It gives up when ctx ends, and with
// errAbandoned when the zone is given up.
func (s *server) ask(ctx context.Context, template *dns.Msg, z *zone) (*dns.Msg, error) {
	s.pending.Add(1)
	defer s.pending.Add(-1)
	if err := s.pace.Wait(ctx); err != nil {
		return nil, err
	}
	if z.isGivenUp() {
		return nil, errAbandoned
	}
	question := *template
	question.Id = dns.Id()
	reply, err := s.overUDP(ctx, &question, z)
	if err == nil && reply.Truncated {
		reply, err = s.overTCP(ctx, &question)
	}
	if ctx.Err() == nil && err != errAbandoned && (err != nil || !usable(reply)) {
		s.rest()
	}
	return reply, err
}

func (s *server) overUDP(ctx context.Context, question *dns.Msg, z *zone) (*dns.Msg, error) {
	conn, err := s.connect()
	if err != nil {
		return nil, err
	}
	sent := time.Now()
	reply, err := conn.exchange(ctx, question, z)
	if err != nil {
		conn.Close()
		return nil, err
	}
	took := int64(max(time.Since(sent), 1))
	for before := s.fastest.Load(); before == 0 || took < before; before = s.fastest.Load() {
		if s.fastest.CompareAndSwap(before, took) {
			break
		}
	}
	s.release(conn)
	return reply, nil
}

func (s *server) overTCP(ctx context.Context, question *dns.Msg) (*dns.Msg, error) {
	conn, err := s.network.dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(queryTimeout)); err != nil {
		return nil, err
	}
	stream := &dns.Conn{Conn: conn}
	if err := stream.WriteMsg(question); err != nil {
		return nil, err
	}
	reply, err := stream.ReadMsg()
	if err != nil {
		return nil, err
	}
	if !answers(reply, question) {
		return nil, errMismatch
	}
	return reply, nil
}

// socket is a UDP socket that is connected to one server, and a buffer for one message.
type socket struct {
	net.Conn
	buffer [maxUDP]byte
}

// exchange waits for the reply to a question, and discards what is no reply to it, such as a late one to an earlier question.
func (s *socket) exchange(ctx context.Context, question *dns.Msg, z *zone) (*dns.Msg, error) {
	packed, err := question.PackBuffer(s.buffer[:])
	if err != nil {
		return nil, err
	}
	if _, err := s.Write(packed); err != nil {
		return nil, err
	}
	end := time.Now().Add(queryTimeout)
	for {
		look := time.Now().Add(lookEvery)
		if look.After(end) {
			look = end
		}
		if err := s.SetReadDeadline(look); err != nil {
			return nil, err
		}
		n, err := s.Read(s.buffer[:])
		if err != nil {
			timeout, ok := err.(net.Error)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case !ok || !timeout.Timeout() || !time.Now().Before(end):
				return nil, err
			case z.isGivenUp():
				return nil, errAbandoned
			}
			continue
		}
		// A truncated reply need not end between two records.
		reply := new(dns.Msg)
		if err := reply.Unpack(s.buffer[:n]); (err == nil || reply.Truncated) && answers(reply, question) {
			return reply, nil
		}
		// There may be a flood of what is no reply.
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !time.Now().Before(end) {
			return nil, context.DeadlineExceeded
		}
	}
}

// answers says whether a message is the reply to a question.
func answers(reply, question *dns.Msg) bool {
	return reply != nil && reply.Response && reply.Id == question.Id && len(reply.Question) == 1 &&
		reply.Question[0].Qtype == question.Question[0].Qtype && reply.Question[0].Qclass == question.Question[0].Qclass &&
		dns.CanonicalName(reply.Question[0].Name) == question.Question[0].Name
}

// connect returns a connected socket that is not in use.
func (s *server) connect() (*socket, error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		conn := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		s.network.idle.Add(-1)
		return conn, nil
	}
	s.mu.Unlock()
	conn, err := s.network.dial("udp", s.address)
	if err != nil {
		return nil, err
	}
	return &socket{Conn: conn}, nil
}

// release keeps a socket for the next question.
func (s *server) release(conn *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.network.idle.Load() >= mostIdle {
		conn.Close()
		return
	}
	s.network.idle.Add(1)
	s.idle = append(s.idle, conn)
}

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, conn := range s.idle {
		conn.Close()
	}
	s.idle = nil
}
