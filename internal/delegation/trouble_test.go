package delegation_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/delegation"
)

// Each cause for which DNS does not answer is said once, with what to do, however many domains and extensions it bites; no
// domain under it is said to be anything, and none waits long.
func TestCausesAreSaidOnce(t *testing.T) {
	silent := answerer(nil)
	for _, test := range []struct {
		name    string
		system  answerer
		server  answerer
		options delegation.Options
		says    string
		most    time.Duration // that a domain waits
	}{
		{"resolver is dead", nil, silent, delegation.Options{Resolvers: []string{"192.0.2.1"}}, "resolver 192.0.2.1:53: no reply in time", 4100 * time.Millisecond},
		{"resolver refuses", nil, answering(dns.RcodeRefused), delegation.Options{Resolvers: []string{"192.0.2.1"}}, "resolver 192.0.2.1:53: it answers REFUSED", time.Second},
		{"resolver fails", nil, answering(dns.RcodeServerFailure), delegation.Options{Resolvers: []string{"192.0.2.1"}}, "resolver 192.0.2.1:53: it answers SERVFAIL", time.Second},
		{"resolver invents answers", nil, registry(func(string) bool { return true }), delegation.Options{Resolvers: []string{"192.0.2.1"}}, "the resolver delegates every name under .", time.Second},
		{"system's resolver is dead", silent, nil, delegation.Options{}, "its name servers are not found (192.0.2.53:53: no reply in time)", 4100 * time.Millisecond},
		{"system's resolver refuses", answering(dns.RcodeRefused), nil, delegation.Options{}, "its name servers are not found (192.0.2.53:53: it answers REFUSED)", time.Second},
		{"system's resolver knows no extension", phoneBook(nil), nil, delegation.Options{}, "its name servers are not found (none is registered)", time.Second},
		{"name servers are dead", phoneBook(map[string][]string{"fr": {"192.0.2.1"}, "com": {"192.0.2.1"}}), silent, delegation.Options{}, "name server 192.0.2.1:53: no reply in time", 4200 * time.Millisecond},
		{"name servers refuse", phoneBook(map[string][]string{"fr": {"192.0.2.1"}, "com": {"192.0.2.1"}}), answering(dns.RcodeRefused), delegation.Options{}, "name server 192.0.2.1:53: it answers REFUSED", time.Second},
		{"name servers know nothing", phoneBook(map[string][]string{"fr": {"192.0.2.1"}, "com": {"192.0.2.1"}}), func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetReply(q) }, delegation.Options{}, "it does not know the extension", time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newVirtual(20 * time.Millisecond)
				network.set(systemResolver, test.system)
				network.set("192.0.2.1:53", test.server)
				c, said := network.on(t, test.options)
				defer c.Close()
				began := time.Now()
				for _, extension := range []string{"fr", "com"} {
					for _, answer := range checkAll(t, c, 8, 20, extension) {
						if answer == delegation.Delegated || answer == delegation.NotDelegated {
							t.Errorf("a domain is %v", answer)
						}
					}
				}
				if took := time.Since(began); took > 2*test.most {
					t.Errorf("it took %v", took)
				}
				time.Sleep(time.Hour) // it is tried again all the while
				if text := said(); strings.Count(text, "\n") != 1 || !strings.Contains(text, test.says) || !strings.Contains(text, "hint=") {
					t.Errorf("it says %q, want one line with %q", text, test.says)
				}
				stats := c.Stats()
				if stats.Answers[delegation.Unanswered]+stats.Answers[delegation.Wildcard] != 40 || len(stats.Under) != 2 || len(stats.Where(delegation.Delegated)) != 0 {
					t.Errorf("%+v", stats)
				}
			})
		})
	}
}

// A machine without a resolver, or with a file that names none, asks nothing and says why.
func TestNoResolver(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(empty, []byte("search example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string]string{empty: "names none", empty + ".none": "no such file"} {
		synctest.Test(t, func(t *testing.T) {
			network := newVirtual(0)
			c, said := network.onMachine(t, delegation.Options{}, file)
			defer c.Close()
			began := time.Now()
			if answer := checkAll(t, c, 1, 1, "fr")[0]; answer != delegation.Unanswered || time.Since(began) > 0 {
				t.Errorf("%v after %v", answer, time.Since(began))
			}
			time.Sleep(time.Hour)
			if text := said(); strings.Count(text, "\n") != 1 || !strings.Contains(text, says) || !strings.Contains(text, "--resolver") {
				t.Errorf("it says %q", text)
			}
		})
	}
}

// A machine that has IPv6 alone asks the name servers' IPv6 addresses; one that has IPv4 alone, the others. Either way a name
// server gets 100 questions a second, however many addresses it has.
func TestIPv6(t *testing.T) {
	for _, unreachable := range []string{"192.0.2.", "2001:db8::", "nothing"} {
		t.Run(unreachable, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newVirtual(20 * time.Millisecond)
				var servers []string
				for i := range 4 {
					v4, v6 := fmt.Sprintf("192.0.2.%d", i+1), fmt.Sprintf("2001:db8::%d", i+1)
					servers = append(servers, v4+" "+v6)
					for _, address := range []string{v4, v6} {
						at := net.JoinHostPort(address, "53")
						if network.set(at, registry(isTaken)); strings.HasPrefix(address, unreachable) {
							network.set("!"+at, nil)
						}
					}
				}
				network.set(systemResolver, phoneBook(map[string][]string{"fr": servers}))
				c, said := network.on(t, delegation.Options{})
				defer c.Close()
				began := time.Now()
				for i, answer := range checkAll(t, c, c.Workers(), 4000, "fr") {
					if want := isTaken(fmt.Sprintf("name%d.", i)); (answer == delegation.Delegated) != want || answer == delegation.Unanswered {
						t.Fatalf("name%d.fr: %v", i, answer)
					}
				}
				if rate := 4000 / time.Since(began).Seconds(); rate > 400 || rate < 320 {
					t.Errorf("%.0f questions a second at four name servers", rate)
				}
				if text := said(); text != "" {
					t.Errorf("it says %q", text)
				}
			})
		})
	}
}

// An extension that falls silent costs the questions that are under way two seconds at most; those that come later pass at
// once, and when it answers again they are asked again.
func TestSilenceInMidRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newVirtual(20 * time.Millisecond)
		var silent atomic.Bool
		network.set("192.0.2.1:53", func(question *dns.Msg) *dns.Msg {
			if silent.Load() {
				return nil
			}
			return registry(isTaken)(question)
		})
		network.set(systemResolver, phoneBook(map[string][]string{"fr": {"192.0.2.1"}}))
		c, said := network.on(t, delegation.Options{})
		defer c.Close()
		count := func() (got [4]int, took time.Duration) {
			began := time.Now()
			for _, answer := range checkAll(t, c, 50, 100, "fr") {
				got[answer]++
			}
			return got, time.Since(began)
		}
		if got, took := count(); got != [4]int{0, 20, 0, 80} {
			t.Errorf("at first %v after %v", got, took)
		}
		time.Sleep(time.Minute)
		silent.Store(true)
		if got, took := count(); got[delegation.Unanswered] != 100 || took > 2500*time.Millisecond {
			t.Errorf("when it fell silent %v after %v", got, took)
		}
		if got, took := count(); got[delegation.Unanswered] != 100 || took > 0 {
			t.Errorf("later %v after %v", got, took)
		}
		if text := said(); strings.Count(text, "\n") != 1 {
			t.Errorf("it says %q", text)
		}
		silent.Store(false)
		time.Sleep(time.Minute)
		if got, took := count(); got != [4]int{0, 20, 0, 80} {
			t.Errorf("when it answers again %v after %v", got, took)
		}
	})
}

// One dead extension of twenty leaves the others four fifths of their speed at least.
func TestOneDeadExtension(t *testing.T) {
	const names = 20_000
	seconds := func(dead string) (took float64) {
		synctest.Test(t, func(t *testing.T) {
			network := newVirtual(30 * time.Millisecond)
			addresses := map[string][]string{}
			for i := range 20 {
				extension := fmt.Sprintf("x%d", i)
				address := fmt.Sprintf("198.51.100.%d", i+1)
				addresses[extension] = []string{address}
				if extension != dead {
					network.set(address+":53", registry(isTaken))
				}
			}
			network.set(systemResolver, phoneBook(addresses))
			c, _ := network.on(t, delegation.Options{})
			defer c.Close()
			took = spread(t, c, 20, names).Seconds()
		})
		return took
	}
	all, without := seconds("none"), seconds("x7")
	share := all / without
	t.Logf("with one dead extension it takes %.1f s, else %.1f s: %.2f of the speed", without, all, share)
	if share < 0.8 {
		t.Errorf("%.2f of the speed", share)
	}
}

// spread asks for names under some extensions, each name under all of them, as a scan does, and says how long it took.
func spread(t *testing.T, c *delegation.Checker, extensions, names int) time.Duration {
	began := time.Now()
	var next atomic.Int64
	var pool sync.WaitGroup
	for range c.Workers() {
		pool.Go(func() {
			for i := next.Add(1) - 1; i < int64(names); i = next.Add(1) - 1 {
				extension := fmt.Sprintf("x%d", int(i)%extensions)
				domain := fmt.Sprintf("name%d.%s", int(i)/extensions, extension)
				answer, err := c.Check(t.Context(), domain, extension)
				if err != nil || answer == delegation.Delegated != isTaken(domain) && answer != delegation.Unanswered {
					t.Errorf("%s: %v, %v", domain, answer, err)
				}
			}
		})
	}
	pool.Wait()
	return time.Since(began)
}

// With eighty name servers at which 100 questions a second are polite, the round trip does not matter until 1,024 questions
// are under way.
func TestSpeedAtRoundTrips(t *testing.T) {
	for _, roundTrip := range []time.Duration{30 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(roundTrip.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newVirtual(roundTrip)
				addresses := map[string][]string{}
				for i := range 20 {
					for j := range 4 {
						address := fmt.Sprintf("198.51.%d.%d", i, j+1)
						addresses[fmt.Sprintf("x%d", i)] = append(addresses[fmt.Sprintf("x%d", i)], address)
						network.set(address+":53", registry(isTaken))
					}
				}
				network.set(systemResolver, phoneBook(addresses))
				c, _ := network.on(t, delegation.Options{})
				defer c.Close()
				spread(t, c, 20, 20) // finds the name servers
				const names = 30_000
				took := spread(t, c, 20, names)
				polite := min(8000, 1024/roundTrip.Seconds())
				asked := 0
				for _, address := range network.addresses() {
					if address != systemResolver {
						asked += network.questions(address)
						if n := float64(network.questions(address)); n > 100*took.Seconds()+3 {
							t.Errorf("%s got %.0f questions in %v", address, n, took)
						}
					}
				}
				rate := names / took.Seconds()
				t.Logf("%.0f answers a second: %.2f of what is polite; %.2f questions for each", rate, rate/polite, float64(asked)/names)
				if rate < 0.9*polite {
					t.Errorf("%.0f answers a second, %.2f of what is polite", rate, rate/polite)
				}
			})
		})
	}
}

// What a resolver lists beyond all measure is not asked, nor is what is no host's address.
func TestHostileResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newVirtual(20 * time.Millisecond)
		network.set(systemResolver, func(question *dns.Msg) *dns.Msg {
			reply := new(dns.Msg).SetReply(question)
			name := question.Question[0].Name
			switch question.Question[0].Qtype {
			case dns.TypeNS:
				for i := range 60 {
					reply.Answer = append(reply.Answer, record(fmt.Sprintf("%s NS n%d.", name, i)))
				}
			case dns.TypeA:
				for _, address := range []string{"0.0.0.0", "224.0.0.1", "255.255.255.255"} {
					reply.Answer = append(reply.Answer, record(name+" A "+address))
				}
				for i := range 60 {
					reply.Answer = append(reply.Answer, record(fmt.Sprintf("%s A 198.51.100.%d", name, i)))
				}
			case dns.TypeAAAA:
				reply.Answer = []dns.RR{record(name + " AAAA ::"), record(name + " AAAA ff02::1"), record(name + " AAAA ::ffff:255.255.255.255")}
			}
			reply.Compress = true
			return reply
		})
		c, _ := network.on(t, delegation.Options{})
		defer c.Close()
		if answer := checkAll(t, c, 1, 1, "fr")[0]; answer != delegation.Unanswered {
			t.Errorf("%v", answer)
		}
		time.Sleep(time.Hour)
		addresses := network.addresses()
		if n := len(addresses); n < 2 || n > 1+16*8 {
			t.Errorf("%d addresses are asked", n)
		}
		for _, address := range addresses {
			if address != systemResolver && !strings.HasPrefix(address, "198.51.100.") {
				t.Errorf("%s is asked", address)
			}
		}
	})
}

// A flood of what is no reply to the question ends with the time that a reply may take.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var floods sync.WaitGroup
		t.Cleanup(floods.Wait)
		flood := func(_, _ string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			floods.Go(func() {
				defer theirs.Close()
				packet := make([]byte, 1232)
				n, err := theirs.Read(packet)
				for packet[0]++; err == nil; _, err = theirs.Write(packet[:n]) { // another question's number
					time.Sleep(time.Millisecond)
				}
			})
			return ours, nil
		}
		c, err := delegation.NewOn(delegation.Options{Resolvers: []string{"192.0.2.1"}}, flood, "")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		began := time.Now()
		if answer, err := c.Check(t.Context(), "rocket.fr", "fr"); answer != delegation.Unanswered || err != nil || time.Since(began) > 4100*time.Millisecond {
			t.Errorf("%v, %v after %v", answer, err, time.Since(began))
		}
	})
}

// Where many extensions are asked for at once, the machine's resolver does not get more than 64 questions at once, and all the
// name servers are found; where it is dead, nothing waits longer than ten seconds.
func TestManyExtensions(t *testing.T) {
	for _, dead := range []bool{false, true} {
		t.Run(fmt.Sprint("dead: ", dead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newVirtual(10 * time.Millisecond)
				addresses := map[string][]string{}
				for i := range 400 {
					address := fmt.Sprintf("198.51.%d.%d", i/200, i%200+1)
					addresses[fmt.Sprintf("x%d", i)] = []string{address, "192.0.2.9 2001:db8::9", "192.0.2.8"}
					network.set(address+":53", registry(isTaken))
				}
				for _, address := range []string{"192.0.2.9:53", "192.0.2.8:53", "[2001:db8::9]:53"} {
					network.set(address, registry(isTaken))
				}
				var under, most atomic.Int64
				book := phoneBook(addresses)
				network.set(systemResolver, func(question *dns.Msg) *dns.Msg {
					most.Store(max(most.Load(), under.Add(1)))
					defer under.Add(-1)
					time.Sleep(20 * time.Millisecond)
					if dead {
						return nil
					}
					return book(question)
				})
				c, _ := network.on(t, delegation.Options{})
				defer c.Close()
				took := spread(t, c, 400, 1200)
				if n := most.Load(); n > 64 {
					t.Errorf("%d questions at once", n)
				}
				if n := c.Stats().Answers[delegation.Unanswered]; (n == 1200) != dead || n > 0 && !dead || took > 10100*time.Millisecond {
					t.Errorf("%d have no answer, after %v", n, took)
				}
			})
		})
	}
}
