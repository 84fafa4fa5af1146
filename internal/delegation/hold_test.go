package delegation_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"tldsweep/internal/delegation"
)

// isTaken says which of the test's names are registered: four of five.
func isTaken(domain string) bool {
	var i int
	n, _ := fmt.Sscanf(domain, "name%d.", &i)
	return n == 1 && i%5 > 0
}

// checkAll asks for name0, name1 … under an extension, and returns each answer.
func checkAll(t *testing.T, c *delegation.Checker, workers, names int, extension string) []delegation.Answer {
	answers := make([]delegation.Answer, names)
	var next atomic.Int64
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for i := next.Add(1) - 1; i < int64(names); i = next.Add(1) - 1 {
				answer, err := c.Check(t.Context(), fmt.Sprintf("name%d.%s", i, extension), extension)
				if err != nil {
					t.Error(err)
				}
				answers[i] = answer
			}
		})
	}
	pool.Wait()
	return answers
}

// At whatever moment each of an extension's name servers begins to delegate every name, no free name is ever said to be
// delegated, and no name is held for longer than a second and two questions.
func TestNoFreeNameIsDelegated(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		workers := rapid.IntRange(1, 300).Draw(r, "workers")
		names := rapid.IntRange(1, 600).Draw(r, "names")
		latency := time.Duration(rapid.IntRange(1, 300).Draw(r, "latency")) * time.Millisecond
		// Some begin while all is asked, some never.
		moments := rapid.SliceOfN(rapid.IntRange(0, 8000), 1, 4).Draw(r, "moments")
		viaResolver := rapid.Bool().Draw(r, "resolver")
		synctest.Test(t, func(t *testing.T) {
			network := newVirtual(latency)
			began := time.Now()
			var addresses, options []string
			for i, moment := range moments {
				address := fmt.Sprintf("192.0.2.%d", i+1)
				addresses, options = append(addresses, address), append(options, address)
				network.set(address+":53", registry(func(domain string) bool {
					return moment < 6000 && time.Since(began) >= time.Duration(moment)*time.Millisecond || isTaken(domain)
				}))
			}
			network.set(systemResolver, phoneBook(map[string][]string{"fr": addresses}))
			if !viaResolver {
				options = nil
			}
			c, _ := network.on(t, delegation.Options{Resolvers: options})
			defer c.Close()
			for i, answer := range checkAll(t, c, workers, names, "fr") {
				if domain := fmt.Sprintf("name%d.fr", i); answer == delegation.Delegated && !isTaken(domain) {
					t.Errorf("%s is free and said to be delegated", domain)
				}
			}
		})
	})
}

// Where nothing goes wrong, everything that is delegated is said to be, and one probe serves many.
func TestHeldDelegationsAreReleased(t *testing.T) {
	for _, test := range []struct {
		workers, names, mostProbes int
		most                       time.Duration
	}{
		{1, 1, 1, 100 * time.Millisecond},    // nothing more comes: the probe goes at once
		{1, 20, 16, 1400 * time.Millisecond}, // the same, one by one
		{250, 1000, 6, 30 * time.Second},
		{2000, 2000, 10, 30 * time.Second},
	} {
		t.Run(fmt.Sprint(test.workers, " workers"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newVirtual(20 * time.Millisecond)
				network.set("192.0.2.1:53", registry(isTaken))
				c, _ := network.on(t, delegation.Options{Resolvers: []string{"192.0.2.1"}})
				defer c.Close()
				began := time.Now()
				for i, answer := range checkAll(t, c, test.workers, test.names+1, "fr")[1:] {
					want := delegation.NotDelegated
					if isTaken(fmt.Sprintf("name%d.", i+1)) {
						want = delegation.Delegated
					}
					if answer != want {
						t.Errorf("name%d.fr: %v", i+1, answer)
					}
				}
				// One more to find out whether the extension delegates everything, one for name0.
				if took, probes := time.Since(began), network.questions("192.0.2.1:53")-test.names-2; took > test.most || probes > test.mostProbes || probes < 1 {
					t.Errorf("it took %v and %d probes", took, probes)
				}
			})
		})
	}
}

// While other questions are under way a delegation is held for a second; then its probe is sent.
func TestHeldForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newVirtual(20 * time.Millisecond)
		network.set("192.0.2.1:53", func(question *dns.Msg) *dns.Msg {
			if strings.HasPrefix(question.Question[0].Name, "slow") {
				time.Sleep(1900 * time.Millisecond)
			}
			return registry(isTaken)(question)
		})
		c, _ := network.on(t, delegation.Options{Resolvers: []string{"192.0.2.1"}})
		defer c.Close()
		var slow sync.WaitGroup
		defer slow.Wait()
		slow.Go(func() { _, _ = c.Check(t.Context(), "slow.fr", "fr") })
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		answer, err := c.Check(t.Context(), "name1.fr", "fr")
		if took := time.Since(began); err != nil || answer != delegation.Delegated || took != 1040*time.Millisecond {
			t.Errorf("%v, %v after %v", answer, err, took)
		}
	})
}

// An extension that begins to delegate everything is left to OVHcloud from then on, and that is said once.
func TestWildcardInMidRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newVirtual(20 * time.Millisecond)
		var everything atomic.Bool
		network.set("192.0.2.1:53", registry(func(domain string) bool {
			return everything.Load() && strings.HasSuffix(domain, ".fr") || isTaken(domain)
		}))
		c, said := network.on(t, delegation.Options{Resolvers: []string{"192.0.2.1"}})
		defer c.Close()
		check := func(domain, extension string, want delegation.Answer) {
			t.Helper()
			if answer, err := c.Check(t.Context(), domain, extension); answer != want || err != nil {
				t.Errorf("%s: %v, %v", domain, answer, err)
			}
		}
		check("name1.fr", "fr", delegation.Delegated)
		everything.Store(true)
		check("name2.fr", "fr", delegation.Wildcard)
		before := network.questions("192.0.2.1:53")
		check("name3.fr", "fr", delegation.Wildcard)
		if after := network.questions("192.0.2.1:53"); after != before {
			t.Errorf("%d questions more", after-before)
		}
		check("name1.com", "com", delegation.Delegated)
		if text := said(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "delegates every name under .fr") {
			t.Errorf("it says %q", text)
		}
		if stats := c.Stats(); stats.Answers != [4]int64{0, 0, 2, 2} || fmt.Sprint(stats.Where(delegation.Wildcard)) != "[fr]" {
			t.Errorf("%+v", stats)
		}
	})
}
