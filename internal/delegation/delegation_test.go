package delegation_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"tldsweep/internal/delegation"
	"tldsweep/internal/emulator"
)

func registered(t testing.TB) (domains []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/registered.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			domains = append(domains, line)
		}
	}
	return domains
}

func extensionOf(domain string) string {
	_, extension, _ := strings.Cut(domain, ".")
	return extension
}

// startNSD serves the registered domains' extensions with Debian's name server, and returns its port on 127.0.0.1. An
// extension that is no zone of its own, com.fr, is part of the one above.
func startNSD(t testing.TB) (port string) {
	t.Helper()
	nsd, err := exec.LookPath("nsd")
	if err != nil {
		if nsd = "/usr/sbin/nsd"; !exists(nsd) {
			t.Skip("no nsd: apt-get install nsd")
		}
	}
	zones := map[string][]string{"xn--p1ai": {"xn--80ak6aa92e.xn--p1ai"}}
	for _, domain := range append(registered(t), "name.com.fr") {
		extension := strings.TrimPrefix(extensionOf(domain), "com.")
		zones[extension] = append(zones[extension], domain)
	}
	folder := t.TempDir()
	port = freePort(t)
	config := fmt.Sprintf(`server:
	ip-address: 127.0.0.1@%s
	zonesdir: "%s"
	database: ""
	pidfile: "%s/nsd.pid"
	xfrdfile: "%[3]s/xfrd.state"
	xfrdir: "%[3]s"
	zonelistfile: "%[3]s/zone.list"
	username: ""
	server-count: 1
	rrl-ratelimit: 0
remote-control:
	control-enable: no
`, port, folder, folder)
	for zone, domains := range zones {
		var text strings.Builder
		fmt.Fprintf(&text, "$ORIGIN %s.\n$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 127.0.0.1\n", zone)
		for _, domain := range domains {
			fmt.Fprintf(&text, "%s. NS ns1.hoster.example.\n%s. NS ns2.hoster.example.\n", domain, domain)
		}
		// One reply that does not fit into a packet.
		for i := range 60 {
			fmt.Fprintf(&text, "many NS a-very-long-name-of-a-name-server-number-%d.hoster.example.\n", i)
		}
		file := filepath.Join(folder, zone+".zone")
		if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("zone:\n\tname: %q\n\tzonefile: %q\n", zone, file)
	}
	file := filepath.Join(folder, "nsd.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(nsd, "-d", "-c", file)
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		<-ended
	})
	question := new(dns.Msg).SetQuestion("fr.", dns.TypeSOA)
	for {
		if _, _, err := (&dns.Client{Timeout: 100 * time.Millisecond}).Exchange(question, "127.0.0.1:"+port); err == nil {
			return port
		}
		select {
		case err := <-ended:
			t.Fatalf("nsd ended: %v\n%s", err, &output)
		default:
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// freePort is one that is free for UDP and for TCP.
func freePort(t testing.TB) string {
	t.Helper()
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenPacket("udp", listener.Addr().String())
		listener.Close()
		if err == nil {
			packets.Close()
			_, port, _ := net.SplitHostPort(listener.Addr().String())
			return port
		}
	}
}

// startResolver is the machine's resolver: it says that every extension's name server, and a silent one beside it, are
// on this machine. com.fr is no zone.
func startResolver(t testing.TB) string {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		reply := new(dns.Msg).SetReply(question)
		name := question.Question[0].Name
		var text string
		switch {
		case question.Question[0].Qtype == dns.TypeNS && name != "com.fr." && name != "nowhere.":
			text = name + " NS ns1." + name
		case question.Question[0].Qtype == dns.TypeA:
			text = name + " A 127.0.0.1"
		}
		if text != "" {
			rr, err := dns.NewRR(text)
			if err != nil {
				panic(err)
			}
			reply.Answer = append(reply.Answer, rr)
		}
		w.WriteMsg(reply)
	})}
	go server.ActivateAndServe()
	t.Cleanup(func() { server.Shutdown() })
	return packets.LocalAddr().String()
}

// withOwnServers asks extensions' own servers, which are all at a port of this machine, and as its resolver the one at system.
func withOwnServers(t testing.TB, system, port string) *delegation.Checker {
	t.Helper()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver 192.0.2.53\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := delegation.NewOn(delegation.Options{}, func(kind, address string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(address)
		if address = net.JoinHostPort(host, port); host == "192.0.2.53" {
			address = system
		}
		return delegation.Dial(kind, address)
	}, file)
	if err != nil {
		t.Fatal(err)
	}
	delegation.Unpaced(c)
	return c
}

func delegated(t testing.TB, c *delegation.Checker, domain, extension string) bool {
	t.Helper()
	answer, err := c.Check(t.Context(), domain, extension)
	if err != nil {
		t.Fatal(err)
	}
	return answer == delegation.Delegated
}

// Against a real name server, each way of asking it: the extension's own servers, and one of the user's.
func TestRealServer(t *testing.T) {
	port := startNSD(t)
	own := withOwnServers(t, startResolver(t), port)
	users, err := delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1:" + port}})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]*delegation.Checker{"own servers": own, "--resolver": users} {
		t.Run(what, func(t *testing.T) {
			defer c.Close()
			var group errgroup.Group
			group.SetLimit(c.Workers())
			for _, domain := range registered(t) {
				group.Go(func() error {
					if !delegated(t, c, domain, extensionOf(domain)) {
						t.Errorf("%s is not delegated", domain)
					}
					free := "nobody-has-" + domain
					if delegated(t, c, free, extensionOf(domain)) {
						t.Errorf("%s is delegated", free)
					}
					return nil
				})
			}
			group.Wait()
			for _, test := range []struct {
				domain, extension string
				want              bool
			}{
				{"name.com.fr", "com.fr", true},
				{"other.com.fr", "com.fr", false},
				{"xn--80ak6aa92e.xn--p1ai", "xn--p1ai", true},
				{"many.fr", "fr", true}, // over TCP
				{"rocket.nowhere", "nowhere", false},
			} {
				if got := delegated(t, c, test.domain, test.extension); got != test.want {
					t.Errorf("%s: %t", test.domain, got)
				}
			}
		})
	}
}

// Where replies are lost, failures or truncated, what is said to be delegated is taken all the same.
func TestLostFailedAndCutReplies(t *testing.T) {
	server := emulator.New(emulator.Options{DNSLost: 0.02, DNSServFail: 0.05, DNSTruncated: 0.05, DNSWildcards: []string{"shop"}})
	defer server.Close()
	address, err := server.StartDNS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := delegation.New(delegation.Options{Resolvers: []string{address}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var mu sync.Mutex
	taken, found := 0, 0
	var group errgroup.Group
	group.SetLimit(c.Workers())
	for i := range 300 {
		for _, extension := range []string{"fr", "com", "co.uk", "shop", "gov.uk"} {
			group.Go(func() error {
				domain := fmt.Sprintf("name%d.%s", i, extension)
				is := delegated(t, c, domain, extension)
				truth := server.Truth(domain)
				mu.Lock()
				defer mu.Unlock()
				if is && truth != "taken" {
					t.Errorf("%s is said to be taken and is %s", domain, truth)
				}
				if truth == "taken" && extension != "shop" {
					taken++
					if is {
						found++
					}
				}
				return nil
			})
		}
	}
	group.Wait()
	if found < taken*9/10 {
		t.Errorf("%d of %d are found", found, taken)
	}
}

// A reply that could be taken for a delegation, and is none.
func TestDoubtfulReplies(t *testing.T) {
	record := func(text string) dns.RR {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		return rr
	}
	for name, change := range map[string]func(reply *dns.Msg){
		"nothing":                  func(*dns.Msg) {},
		"no such name":             func(r *dns.Msg) { r.Authoritative, r.Rcode = true, dns.RcodeNameError },
		"no data":                  func(r *dns.Msg) { r.Authoritative = true },
		"refused":                  func(r *dns.Msg) { r.Rcode = dns.RcodeRefused },
		"failed":                   func(r *dns.Msg) { r.Rcode = dns.RcodeServerFailure },
		"referral to above":        func(r *dns.Msg) { r.Ns = []dns.RR{record("fr. NS ns1.nic.fr.")} },
		"referral to the root":     func(r *dns.Msg) { r.Ns = []dns.RR{record(". NS a.root-servers.net.")} },
		"referral of another name": func(r *dns.Msg) { r.Ns = []dns.RR{record("moon.fr. NS ns1.example.")} },
		"its own word":             func(r *dns.Msg) { r.Authoritative = true; r.Ns = []dns.RR{record("rocket.fr. NS ns1.example.")} },
		"an alias": func(r *dns.Msg) {
			r.Answer = []dns.RR{record("rocket.fr. CNAME moon.fr."), record("moon.fr. NS ns1.example.")}
		},
		"failed, with a referral": func(r *dns.Msg) {
			r.Rcode = dns.RcodeServerFailure
			r.Ns = []dns.RR{record("rocket.fr. NS ns1.example.")}
		},
		"no such name, with its records": func(r *dns.Msg) {
			r.Rcode = dns.RcodeNameError
			r.Answer = []dns.RR{record("rocket.fr. NS ns1.example.")}
		},
		"another question": func(r *dns.Msg) {
			r.Question[0].Name = "moon.fr."
			r.Ns = []dns.RR{record("rocket.fr. NS ns1.example.")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			packets, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
				reply := new(dns.Msg).SetReply(question)
				if question.Question[0].Name == "rocket.fr." {
					change(reply)
				} else {
					reply.Authoritative, reply.Rcode = true, dns.RcodeNameError
				}
				w.WriteMsg(reply)
				if name == "another question" {
					w.WriteMsg(new(dns.Msg).SetRcode(question, dns.RcodeNameError)) // the true one comes late
				}
			})}
			go server.ActivateAndServe()
			defer server.Shutdown()
			_, port, _ := net.SplitHostPort(packets.LocalAddr().String())
			own := withOwnServers(t, startResolver(t), port)
			defer own.Close()
			users, err := delegation.New(delegation.Options{Resolvers: []string{packets.LocalAddr().String()}})
			if err != nil {
				t.Fatal(err)
			}
			defer users.Close()
			if delegated(t, own, "rocket.fr", "fr") || delegated(t, users, "rocket.fr", "fr") {
				t.Error("it is said to be delegated")
			}
		})
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0") // and never reads
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	c, err := delegation.New(delegation.Options{Resolvers: []string{packets.LocalAddr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if answer, err := c.Check(ctx, "rocket.fr", "fr"); answer != delegation.Unanswered || err != context.Canceled {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestResolversAreAddresses(t *testing.T) {
	for text, good := range map[string]bool{
		"192.0.2.1": true, "192.0.2.1:5353": true, "2001:db8::1": true, "[2001:db8::1]": true, "[2001:db8::1]:53": true,
		"resolver.example": false, "": false,
	} {
		if _, err := delegation.New(delegation.Options{Resolvers: []string{text}}); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A question and its reply, one after the other, with a name server on this machine.
func BenchmarkDelegated(b *testing.B) {
	port := startNSD(b)
	c, err := delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1:" + port}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	domain := registered(b)[0]
	b.ReportAllocs()
	for b.Loop() {
		if !delegated(b, c, domain, extensionOf(domain)) {
			b.Fatal(domain, " is not delegated")
		}
	}
}
