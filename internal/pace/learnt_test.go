package pace

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A server that admits nothing says nothing of how much it would admit.
func TestRefusalsAloneAreNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(100)
		for range 30 {
			p.Succeeded(time.Now())
			time.Sleep(time.Millisecond)
		}
		for range 10 {
			sent := time.Now()
			for range 40 { // all were under way together
				p.Throttled(sent, 2*time.Second)
			}
			time.Sleep(3 * time.Second)
		}
		if stats := p.Stats(); stats.Limit != 100 || stats.Pauses != 10 {
			t.Errorf("after ten bursts of nothing but refusals: %+v", stats)
		}
		if learnt := p.Learnt(); learnt != (Learnt{}) {
			t.Errorf("%+v was learnt", learnt)
		}
	})
}

func TestWhatWasLearntSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(10)
		began := time.Now()
		slow(t, p)
		learnt := p.Learnt()
		if learnt.Limit != p.Stats().Limit || learnt.Limit >= 10 || learnt.Since.Before(began) || learnt.Since.After(began.Add(5*time.Second)) || learnt.At < learnt.Limit || learnt.Refused < 1 || learnt.Of <= learnt.Refused {
			t.Errorf("%+v", learnt)
		}
		p.Forget()
		if learnt, limit := p.Learnt(), p.Stats().Limit; learnt != (Learnt{}) || limit != 10 {
			t.Errorf("forgotten, there is %+v, and the limit is %v", learnt, limit)
		}
	})
}

// server is a token bucket, as a rate limiter in front of an API is.
type server struct {
	perSecond, burst, tokens float64
	at                       time.Time
}

func (s *server) admits() bool {
	now := time.Now()
	s.tokens = min(s.burst, s.tokens+now.Sub(s.at).Seconds()*s.perSecond)
	s.at = now
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

// against runs a pace against a server until it has so many answers, and says how long that took and what it wasted.
func against(t *testing.T, asked Rate, s *server, retryAfter time.Duration, answers, workers int, latency time.Duration) (took time.Duration, refused int) {
	p := New(asked)
	start := time.Now()
	s.at, s.tokens = start, s.burst
	var mu sync.Mutex
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				if err := p.Wait(t.Context()); err != nil {
					t.Error(err)
					return
				}
				sent := time.Now()
				time.Sleep(latency / 2)
				mu.Lock()
				if answers == 0 {
					mu.Unlock()
					return
				}
				ok := s.admits()
				if ok {
					answers--
				} else {
					refused++
				}
				mu.Unlock()
				time.Sleep(latency / 2)
				if ok {
					p.Succeeded(sent)
				} else {
					p.Throttled(sent, retryAfter)
				}
			}
		})
	}
	group.Wait()
	return time.Since(start), refused
}

func TestFindsTheServersLimit(t *testing.T) {
	for _, c := range []struct {
		name       string
		retryAfter time.Duration
		burst      float64
		waste      int // per 1,000 answers
	}{
		{"with Retry-After", time.Second, 40, 20},
		{"with Retry-After and hardly a burst", time.Second, 2, 20},
		{"without Retry-After", 0, 40, 40},
		{"without Retry-After and hardly a burst", 0, 2, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const answers = 4000
				took, refused := against(t, 200, &server{perSecond: 40, burst: c.burst}, c.retryAfter, answers, 64, 50*time.Millisecond)
				ideal := time.Duration(answers/40.0) * time.Second
				t.Logf("%v for %d answers (%.3f of ideal), %.1f refused per 1,000", took, answers, float64(took)/float64(ideal), float64(refused)*1000/answers)
				if refused*1000/answers > c.waste {
					t.Errorf("%d refused", refused)
				}
				if float64(took) > 1.15*float64(ideal) {
					t.Errorf("took %v, ideal is %v", took, ideal)
				}
			})
		})
	}
}

// A server that admits bursts refuses but one request of fifty, again and again, and yet a quarter of what is sent is too
// much. That is no chance, and the limit comes down.
func TestRefusalsThatComeRegularlyAreNoChance(t *testing.T) {
	for _, c := range []struct {
		retryAfter time.Duration
		most       int
	}{{0, 20}, {time.Second, 14}} {
		synctest.Test(t, func(t *testing.T) {
			_, refused := against(t, 200, &server{perSecond: 40, burst: 40}, c.retryAfter, 800, 64, 2*time.Millisecond)
			if refused > c.most {
				t.Errorf("Retry-After %v: %d refused for 800 answers, want at most %d", c.retryAfter, refused, c.most)
			}
		})
	}
}
