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

// server is one name server, with the sockets to it that are not in use.
type server struct {
	address string
	pace    *pace.Pace

	mu     sync.Mutex
	idle   []*socket
	rested time.Time // not to be asked before, but as a last resort
	closed bool
}

func newServer(address string, perSecond pace.Rate) *server {
	return &server{address: address, pace: pace.New(perSecond)}
}

// serversAt returns the servers at some addresses. One that has several extensions is paced for all of them together.
func (c *Checker) serversAt(addresses []string) []*server {
	slices.Sort(addresses)
	c.mu.Lock()
	defer c.mu.Unlock()
	var servers []*server
	for _, host := range slices.Compact(addresses) {
		address := net.JoinHostPort(host, c.port)
		if c.known[address] == nil {
			c.known[address] = newServer(address, c.pace)
		}
		servers = append(servers, c.known[address])
	}
	return servers
}

// inTurn returns as many servers as a question may be asked at, beginning anywhere; those that rest come last.
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
		order = append(order, order[i]) // a second chance
	}
	return order
}

func (s *server) rests(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.rested)
}

var errOther = errors.New("an answer to something else")

// ask sends a question and returns the reply to it, over TCP where it does not fit.
func (s *server) ask(ctx context.Context, template *dns.Msg) (*dns.Msg, error) {
	if err := s.pace.Wait(ctx); err != nil {
		return nil, err
	}
	question := *template
	question.Id = dns.Id()
	conn, err := s.take()
	if err != nil {
		return nil, s.failed(err)
	}
	reply, err := conn.exchange(&question)
	if err != nil {
		conn.Close()
		return nil, s.failed(err)
	}
	s.put(conn)
	if reply.Truncated {
		client := &dns.Client{Net: "tcp", Timeout: queryTimeout}
		if reply, _, err = client.ExchangeContext(ctx, &question, s.address); err != nil {
			return nil, s.failed(err)
		}
		if !answers(reply, &question) {
			return nil, errOther
		}
	}
	if !usable(reply) {
		_ = s.failed(nil)
	}
	return reply, nil
}

// socket is a UDP socket that is connected to one server, and the room for one message.
type socket struct {
	net.Conn
	room [maxUDP]byte
}

// exchange waits for the reply to a question, and passes over replies to earlier ones that came late.
func (s *socket) exchange(question *dns.Msg) (*dns.Msg, error) {
	packed, err := question.PackBuffer(s.room[:])
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
		n, err := s.Read(s.room[:])
		if err != nil {
			return nil, err
		}
		// What is cut in the middle of a record is answered over TCP, like what says that it is cut.
		reply := new(dns.Msg)
		if err := reply.Unpack(s.room[:n]); (err == nil || reply.Truncated) && answers(reply, question) {
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

// failed lets the server rest.
func (s *server) failed(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rested = time.Now().Add(restTime)
	return err
}

// take returns a connected socket that is not in use.
func (s *server) take() (*socket, error) {
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

func (s *server) put(conn *socket) {
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
