package pace

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What the rules lead to, in virtual time, against servers of several kinds. With one process each run is the same each
// time. With two, who of them asks first in an instant is left to chance.

// session is of some processes ask one server for some time.
type session struct {
	asked      Rate // of each process
	processes  int  // more than one share a file
	lasts      time.Duration
	retryAfter time.Duration // what a refusal says; 0: nothing
	seed       uint64        // of the pauses, the network and the server
}

// request is one as the server saw it.
type request struct {
	at       time.Duration // since the start
	admitted bool
}

// seenBy is what a server saw that admits what it likes. It is asked at times that grow, and with chance of its own.
func (s session) seenBy(t *testing.T, admits func(now time.Duration, chance *rand.Rand) bool) (log []request) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pace")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		chance := rand.New(rand.NewPCG(s.seed, 0))
		spacing := time.Duration(float64(time.Second) / float64(s.asked))
		var server sync.Mutex
		var group sync.WaitGroup
		for i := range s.processes {
			p := New(s.asked)
			p.random = rand.New(rand.NewPCG(s.seed, 1))
			if s.processes > 1 {
				share(t, p, path)
			}
			network := rand.New(rand.NewPCG(s.seed, uint64(2+i)))
			group.Go(func() {
				for time.Since(start) < s.lasts {
					if err := p.Wait(t.Context()); err != nil {
						t.Error(err)
						return
					}
					sent := time.Now()
					time.Sleep(time.Duration(network.Int64N(int64(spacing / 20)))) // the way there
					server.Lock()
					now := time.Since(start)
					admitted := admits(now, chance)
					log = append(log, request{now, admitted})
					server.Unlock()
					time.Sleep(spacing / 3) // and back
					if admitted {
						p.Succeeded(sent)
					} else {
						p.Throttled(sent, s.retryAfter)
					}
				}
			})
		}
		group.Wait()
	})
	slices.SortFunc(log, func(a, b request) int { return cmp.Compare(a.at, b.at) })
	if worst, most := worstWindow(log), int(1.01*float64(s.asked)*20)+s.processes+1; worst > most {
		t.Errorf("%d requests within 20 s at %v, want at most %d", worst, s.asked, most)
	}
	return log
}

// worstWindow is the most requests within any 20 s.
func worstWindow(log []request) (worst int) {
	first := 0
	for i := range log {
		for log[i].at-log[first].at >= 20*time.Second {
			first++
		}
		worst = max(worst, i-first+1)
	}
	return worst
}

// tally counts what was admitted, and what was refused of a thousand.
func tally(log []request) (admitted int, wasted float64) {
	for _, r := range log {
		if r.admitted {
			admitted++
		}
	}
	return admitted, 1000 * float64(len(log)-admitted) / float64(len(log))
}

// back is how long after a time 90 % of the rate were admitted again; -1: not before the end.
func (s session) back(log []request, since time.Duration) time.Duration {
	window := max(5*time.Second, time.Duration(20/float64(s.asked)*float64(time.Second)))
	for at := since; at+window <= s.lasts; at += window / 20 {
		n := 0
		for _, r := range log {
			if r.admitted && r.at >= at && r.at < at+window {
				n++
			}
		}
		if float64(n) >= 0.9*float64(s.asked)*window.Seconds() {
			return at - since
		}
	}
	return -1
}

// bucket admits up to a rate that may change. It holds so many requests, and what the network may bring too early.
func bucket(size float64, rate func(time.Duration) float64) func(time.Duration, *rand.Rand) bool {
	size += 0.1
	level, last := size, time.Duration(0)
	return func(now time.Duration, _ *rand.Rand) bool {
		level, last = min(size, level+(now-last).Seconds()*rate(now)), now
		if level < 1-1e-6 {
			return false
		}
		level--
		return true
	}
}

// sessions runs a test with one process and with two that share, with so many seeds.
func sessions(t *testing.T, seeds uint64, run func(t *testing.T, s session)) {
	for _, asked := range []Rate{1, 10} {
		for _, processes := range []int{1, 2} {
			t.Run(fmt.Sprintf("%v by %d", asked, processes), func(t *testing.T) {
				t.Parallel()
				seeds := seeds
				if processes > 1 {
					seeds = (seeds + 9) / 10 // a file makes them slow
				}
				for seed := range seeds {
					run(t, session{asked: asked, processes: processes, seed: seed})
				}
			})
		}
	}
}

func TestBackWithinSecondsOfASpell(t *testing.T) {
	const begins = 100 * time.Second
	for _, spell := range []time.Duration{5 * time.Second, time.Minute, 5 * time.Minute} {
		for _, retryAfter := range []time.Duration{0, 10 * time.Second} {
			t.Run(fmt.Sprintf("%v, Retry-After %v", spell, retryAfter), func(t *testing.T) {
				sessions(t, 40, func(t *testing.T, s session) {
					s.retryAfter = retryAfter
					s.lasts = begins + spell + 80*time.Second
					ends := begins + spell
					log := s.seenBy(t, func(now time.Duration, _ *rand.Rand) bool { return now < begins || now >= begins+spell })
					for _, r := range log {
						if !r.admitted {
							ends = max(ends, r.at+retryAfter)
						}
					}
					if took := s.back(log, ends); took < 0 || took > 30*time.Second {
						t.Errorf("seed %d: 90 %% of the rate %v after the spell", s.seed, took)
					}
				})
			})
		}
	}
}

func TestFindsWhatAServerAdmits(t *testing.T) {
	for _, c := range []struct {
		name       string
		lasts      float64                                       // in requests at the asked rate
		retryAfter float64                                       // the same
		share      func(s session) func(t time.Duration) float64 // of the asked rate
		average    float64                                       // of share
		burst      float64
		least      float64 // of what is admitted
		wasted     float64 // of 1,000 requests, at most
	}{
		{"a fifth, with Retry-After", 5000, 5, fixed(0.2), 0.2, 1, 0.92, 25},
		{"a fifth, without", 5000, 0, fixed(0.2), 0.2, 1, 0.92, 30},
		{"the whole and the half by turns", 7200, 0, turns, 0.75, 1, 0.92, 30},
		{"a fifth, with bursts of ten", 10000, 0, fixed(0.2), 0.2, 10, 0.92, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, asked := range []Rate{1, 10} {
				for _, processes := range []int{1, 2} {
					t.Run(fmt.Sprintf("%v by %d", asked, processes), func(t *testing.T) {
						t.Parallel()
						const seeds = 5
						for seed := range uint64(seeds) {
							s := session{asked: asked, processes: processes, seed: seed}
							unit := float64(time.Second) / float64(asked)
							s.lasts, s.retryAfter = time.Duration(c.lasts*unit), time.Duration(c.retryAfter*unit)
							if c.average == 0.75 {
								s.lasts = 2 * time.Hour
							}
							share := c.share(s)
							admitted, wasted := tally(s.seenBy(t, bucket(c.burst, func(now time.Duration) float64 { return share(now) * float64(asked) })))
							of := float64(admitted) / (s.lasts.Seconds() * c.average * float64(asked))
							t.Logf("seed %d: %.3f of what is admitted, %.1f refused of 1,000", seed, of, wasted)
							if of < c.least || wasted > c.wasted {
								t.Errorf("seed %d: too little is admitted, or too much refused", seed)
							}
						}
					})
				}
			}
		})
	}
}

func fixed(share float64) func(session) func(time.Duration) float64 {
	return func(session) func(time.Duration) float64 { return func(time.Duration) float64 { return share } }
}

// turns are of ten minutes; the seed says when the first one ends.
func turns(s session) func(time.Duration) float64 {
	return func(now time.Duration) float64 {
		if int((now+time.Duration(s.seed)*time.Minute)/(10*time.Minute))%2 == 0 {
			return 1
		}
		return 0.5
	}
}

func TestRefusalsAtRandomAreNoLimit(t *testing.T) {
	sessions(t, 5, func(t *testing.T, s session) {
		s.lasts = 5000 * time.Second
		admitted, _ := tally(s.seenBy(t, func(_ time.Duration, chance *rand.Rand) bool { return chance.Float64() >= 0.01 }))
		of := float64(admitted) / (s.lasts.Seconds() * float64(s.asked))
		t.Logf("seed %d: %.3f of the rate", s.seed, of)
		if of < 0.94 {
			t.Errorf("seed %d: %.3f of the rate", s.seed, of)
		}
	})
}
