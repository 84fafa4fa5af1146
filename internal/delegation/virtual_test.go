package delegation_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/delegation"
)

// virtual is a network in memory, for synctest: its replies take virtual time. Addresses are as they are dialled.
type virtual struct {
	latency time.Duration

	mu      sync.Mutex
	servers map[string]answerer
	asked   map[string][]time.Time // by address
	names   map[string]int         // how often each name was asked for
	open    sync.WaitGroup         // connections
}

// answerer is a name server; nil is no reply.
type answerer func(question *dns.Msg) *dns.Msg

func newVirtual(latency time.Duration) *virtual {
	return &virtual{latency: latency, servers: map[string]answerer{}, asked: map[string][]time.Time{}, names: map[string]int{}}
}

// dial connects to a server. Nobody answers at an address where there is none; one that begins with an exclamation mark in
// servers is unreachable.
func (v *virtual) dial(_, address string) (net.Conn, error) {
	if _, unreachable := v.servers["!"+address]; unreachable {
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
	}
	ours, theirs := net.Pipe()
	v.open.Go(func() {
		var replies sync.WaitGroup
		defer replies.Wait()
		defer theirs.Close()
		for {
			packet := make([]byte, 1232)
			n, err := theirs.Read(packet)
			if err != nil {
				return
			}
			question := new(dns.Msg)
			if err := question.Unpack(packet[:n]); err != nil {
				panic(err)
			}
			v.mu.Lock()
			v.asked[address] = append(v.asked[address], time.Now())
			v.names[question.Question[0].Name]++
			answer := v.servers[address]
			v.mu.Unlock()
			if answer == nil {
				continue
			}
			replies.Go(func() {
				time.Sleep(v.latency / 2)
				reply := answer(question)
				time.Sleep(v.latency / 2)
				if reply == nil {
					return
				}
				packed, err := reply.Pack()
				if err != nil {
					panic(err)
				}
				_, _ = theirs.Write(packed) // whoever asked may have gone
			})
		}
	})
	return ours, nil
}

func (v *virtual) set(address string, answer answerer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.servers[address] = answer
}

// questions is how many a server got.
func (v *virtual) questions(address string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.asked[address])
}

// addresses are those that were asked.
func (v *virtual) addresses() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Collect(maps.Keys(v.asked))
}

func record(text string) dns.RR {
	rr, err := dns.NewRR(text)
	if err != nil {
		panic(err)
	}
	return rr
}

// registry is the name server of some extensions: it delegates the names that delegated says.
func registry(delegated func(domain string) bool) answerer {
	return func(question *dns.Msg) *dns.Msg {
		reply := new(dns.Msg).SetReply(question)
		name := question.Question[0].Name
		if delegated(strings.TrimSuffix(name, ".")) {
			reply.Ns = []dns.RR{record(name + " NS ns1.hoster.example.")}
			return reply
		}
		reply.Authoritative, reply.Rcode = true, dns.RcodeNameError
		return reply
	}
}

func answering(rcode int) answerer {
	return func(question *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(question, rcode) }
}

// phoneBook is the machine's resolver: addresses are those of each extension's name server.
func phoneBook(addresses map[string][]string) answerer {
	return func(question *dns.Msg) *dns.Msg {
		reply := new(dns.Msg).SetReply(question)
		name := question.Question[0].Name
		extension := strings.TrimSuffix(name[strings.Index(name, ".")+1:], ".")
		switch question.Question[0].Qtype {
		case dns.TypeNS:
			for i := range addresses[strings.TrimSuffix(name, ".")] {
				reply.Answer = append(reply.Answer, record(fmt.Sprintf("%s NS ns%d.%s", name, i, name)))
			}
		case dns.TypeA, dns.TypeAAAA:
			var i int
			if _, err := fmt.Sscanf(name, "ns%d.", &i); err != nil {
				break
			}
			for address := range strings.SplitSeq(addresses[extension][i], " ") {
				kind := "A"
				if strings.Contains(address, ":") {
					kind = "AAAA"
				}
				if kind == dns.TypeToString[question.Question[0].Qtype] {
					reply.Answer = append(reply.Answer, record(name+" "+kind+" "+address))
				}
			}
		}
		return reply
	}
}

const systemResolver = "192.0.2.53:53"

// on returns a Checker in the network, and what it has logged so far.
func (v *virtual) on(t *testing.T, options delegation.Options) (*delegation.Checker, func() string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver 192.0.2.53\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return v.onMachine(t, options, file)
}

func (v *virtual) onMachine(t *testing.T, options delegation.Options, resolvConf string) (*delegation.Checker, func() string) {
	t.Helper()
	var said lines
	options.Log = slog.New(slog.NewTextHandler(&said, nil))
	c, err := delegation.NewOn(options, v.dial, resolvConf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.open.Wait)
	return c, said.String
}

// lines is a buffer for many goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
