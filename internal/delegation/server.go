package delegation

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/pace"
)

// server is one name server, the pace at which it is asked, and the sockets to it.
type server struct {
	address string
	pace    *pace.Pace

	mu        sync.Mutex
	idle      []*socket // connected, and not in use
	restUntil time.Time // before, others are preferred
	closed    bool
}

func newServer(address string, perSecond pace.Rate) *server {
	return &server{address: address, pace: pace.New(perSecond)}
}

// serversAt returns the servers at some addresses. One that serves several extensions is paced for all of them together.
func (c *Checker) serversAt(addresses []string) []*server {
	slices.Sort(addresses)
	c.mu.Lock()
	defer c.mu.Unlock()
	var servers []*server
	for _, host := range slices.Compact(addresses) {
		address := net.JoinHostPort(host, c.port)
		if c.servers[address] == nil {
			c.servers[address] = newServer(address, c.rate)
		}
		servers = append(servers, c.servers[address])
	}
	return servers
}

// inTurn returns the servers that one question is asked at, in this order, beginning anywhere; those that rest come last.
func inTurn(servers []*server) []*server {
	order := make([]*server, 0, tries)
	start := rand.IntN(len(servers))
	now := time.Now()
	for _, resting := range []bool{false, true} {
		for i := range servers {
			s := servers[(start+i)%len(servers)]
			if s.rests(now) == resting && len(order) < tries {
				order = append(order, s)
			}
		}
	}
	for i := 0; len(order) < tries; i++ {
		order = append(order, order[i]) // the same one again
	}
	return order
}

func (s *server) rests(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.restUntil)
}

var errMismatch = errors.New("the reply is not to the question")

// ask sends a question and returns the reply to it, over TCP where it does not fit.
func (s *server) ask(ctx context.Context, template *dns.Msg) (*dns.Msg, error) {
	if err := s.pace.Wait(ctx); err != nil {
		return nil, err
	}
	question := *template
	question.Id = dns.Id()
	conn, err := s.connect()
	if err != nil {
		return nil, s.rest(err)
	}
	reply, err := conn.exchange(&question)
	if err != nil {
		conn.Close()
		return nil, s.rest(err)
	}
	s.release(conn)
	if reply.Truncated {
		client := &dns.Client{Net: "tcp", Timeout: queryTimeout}
		if reply, _, err = client.ExchangeContext(ctx, &question, s.address); err != nil {
			return nil, s.rest(err)
		}
		if !answers(reply, &question) {
			return nil, errMismatch
		}
	}
	if !usable(reply) {
		_ = s.rest(nil)
	}
	return reply, nil
}

// socket is a UDP socket that is connected to one server, and a buffer for one message.
type socket struct {
	net.Conn
	buffer [maxUDP]byte
}

// exchange waits for the reply to a question, and discards what is no reply to it, such as a late one to an earlier question.
func (s *socket) exchange(question *dns.Msg) (*dns.Msg, error) {
	packed, err := question.PackBuffer(s.buffer[:])
	if err != nil {
		return nil, err
	}
	if _, err := s.Write(packed); err != nil {
		return nil, err
	}
	if err := s.SetReadDeadline(time.Now().Add(queryTimeout)); err != nil {
		return nil, err
	}
	for {
		n, err := s.Read(s.buffer[:])
		if err != nil {
			return nil, err
		}
		// A truncated reply need not end between two records.
		reply := new(dns.Msg)
		if err := reply.Unpack(s.buffer[:n]); (err == nil || reply.Truncated) && answers(reply, question) {
			return reply, nil
		}
	}
}

// answers says whether a message is the reply to a question.
func answers(reply, question *dns.Msg) bool {
	return reply != nil && reply.Response && reply.Id == question.Id && len(reply.Question) == 1 &&
		reply.Question[0].Qtype == question.Question[0].Qtype && reply.Question[0].Qclass == question.Question[0].Qclass &&
		dns.CanonicalName(reply.Question[0].Name) == question.Question[0].Name
}

// rest lets others be preferred for a while, and returns err.
func (s *server) rest(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restUntil = time.Now().Add(restTime)
	return err
}

// connect returns a connected socket that is not in use.
func (s *server) connect() (*socket, error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		conn := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return conn, nil
	}
	s.mu.Unlock()
	conn, err := net.DialTimeout("udp", s.address, queryTimeout)
	if err != nil {
		return nil, err
	}
	return &socket{Conn: conn}, nil
}

// release keeps a socket for the next question.
func (s *server) release(conn *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		conn.Close()
		return
	}
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
