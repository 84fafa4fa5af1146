package pace

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// grants takes n permissions with so many workers and returns when each was given, since the start.
func grants(t *testing.T, p *Pace, workers, n int) []time.Duration {
	t.Helper()
	start := time.Now()
	var mu sync.Mutex
	var at []time.Duration
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				mu.Lock()
				if n == 0 {
					mu.Unlock()
					return
				}
				n--
				mu.Unlock()
				if err := p.Wait(t.Context()); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				at = append(at, time.Since(start))
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return at
}

func TestWaitKeepsTheRateExactly(t *testing.T) {
	for _, workers := range []int{1, 4, 64} {
		synctest.Test(t, func(t *testing.T) {
			at := grants(t, New(50), workers, 101)
			if first, last := at[0], at[100]; first != 0 || last != 2*time.Second {
				t.Errorf("%d workers: 101 requests at 50/s from %v to %v, want 0s to 2s", workers, first, last)
			}
		})
	}
}

func TestWaitWithoutLimitDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if at := grants(t, New(0), 8, 1000); at[999] != 0 {
			t.Errorf("1000 requests with no limit took %v", at[999])
		}
	})
}

func TestTokensThatWereWaitedForAreVoidAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(10)
		start := time.Now()
		var late sync.WaitGroup
		late.Go(func() {
			time.Sleep(450 * time.Millisecond)
			p.Pause(3 * time.Second)
		})
		at := grants(t, p, 16, 25)
		late.Wait()
		// Five at 0…400 ms, a pause until 3.45 s, then one every 100 ms.
		for i, got := range at {
			want := time.Duration(i) * 100 * time.Millisecond
			if i >= 5 {
				want = 3450*time.Millisecond + time.Duration(i-5)*100*time.Millisecond
			}
			if got != want {
				t.Fatalf("request %d went at %v, want %v", i, got, want)
			}
		}
		if paused := p.Stats().Paused; paused != 3*time.Second || time.Since(start) < 5*time.Second {
			t.Errorf("paused for %v in %v", paused, time.Since(start))
		}
	})
}

func TestThrottledWaitsAsLongAsTheServerSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(10)
		sent := time.Now()
		grants(t, p, 1, 1)
		p.Throttled(sent, 7*time.Second)
		if at := grants(t, p, 1, 1); at[0] != 7*time.Second {
			t.Errorf("went after %v, want 7s", at[0])
		}
		if limit := p.Stats().Limit; limit != 10 {
			t.Errorf("limit is %v, want 10: one refusal is chance", limit)
		}
	})
}

func TestRefusalsOfOneEventLowerTheLimitOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(100)
		sent := time.Now()
		for i := range 40 { // all were under way together, and half of them were admitted
			time.Sleep(time.Millisecond)
			sent = sent.Add(time.Microsecond)
			if i%2 == 0 {
				p.Succeeded(sent)
			} else {
				p.Throttled(sent, 2*time.Second)
			}
		}
		if stats := p.Stats(); stats.Limit != 50 || stats.Pauses != 1 || stats.Throttled != 20 {
			t.Errorf("after one burst of refusals: %+v", stats)
		}
		time.Sleep(3 * time.Second)
		p.Succeeded(time.Now())
		from := p.Stats().Limit
		time.Sleep(time.Millisecond)
		p.Throttled(time.Now(), 2*time.Second)
		if limit := p.Stats().Limit; limit >= from || limit < from/2 {
			t.Errorf("after a second event the limit is %v, want less than %v, and not less than half of it", limit, from)
		}
	})
}

// After a pause some requests try whether the server is back, and not all that wait.
func TestFewTryAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(1000)
		p.Throttled(time.Now(), time.Second)
		at := grants(t, p, 64, trialRequests)
		if first, last := at[0], at[trialRequests-1]; first != time.Second || last != time.Second+(trialRequests-1)*time.Second/trialRequests {
			t.Errorf("%d requests went from %v to %v", trialRequests, first, last)
		}
		// Nobody has told how they ended. That stops nothing.
		if at := grants(t, p, 64, 100); at[99] > 200*time.Millisecond {
			t.Errorf("the next 100 took %v", at[99])
		}
		p.Throttled(time.Now(), time.Second)
		sent := time.Now().Add(time.Second)
		grants(t, p, 1, 1)
		p.Succeeded(sent)
		if at := grants(t, p, 64, 100); at[99] > 110*time.Millisecond {
			t.Errorf("100 took %v after an answer", at[99])
		}
	})
}

// slow makes a pace learn that no more than half is admitted.
func slow(t *testing.T, p *Pace) {
	t.Helper()
	for range 4 {
		grants(t, p, 1, 1)
		p.Succeeded(time.Now())
		grants(t, p, 1, 1)
		p.Throttled(time.Now(), time.Second)
	}
	if limit, asked := p.Stats().Limit, Rate(p.asked); limit == 0 || limit > asked/2 {
		t.Fatalf("the limit is %v, asked for is %v", limit, asked)
	}
}

func TestThrottledWithoutWordDoublesItsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(100)
		for _, most := range []time.Duration{200, 400, 800, 1600, 3200, 6400, 12800, 16000, 16000} {
			most *= time.Millisecond
			p.Throttled(time.Now(), 0)
			if pause := time.Until(p.notBefore); pause < most/2 || pause > most {
				t.Errorf("paused for %v, want %v to %v", pause, most/2, most)
			}
			grants(t, p, 1, 1)
		}
		p.Succeeded(time.Now())
		p.Throttled(time.Now(), 0)
		if pause := time.Until(p.notBefore); pause > 200*time.Millisecond {
			t.Errorf("after an answer paused for %v, want at most 200ms", pause)
		}
	})
}

func TestNoServerStopsUsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(1)
		p.Throttled(time.Now(), 1000*time.Hour)
		if at := grants(t, p, 1, 1); at[0] != longestPause {
			t.Errorf("paused for %v, want %v", at[0], longestPause)
		}
	})
}

func TestPausesOfVerySlowRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(1.0 / 86400)
		for range 100 {
			p.Throttled(time.Now(), 0)
			if pause := time.Until(p.notBefore); pause < lastPause/2 || pause > lastPause {
				t.Fatalf("paused for %v", pause)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(1)
		grants(t, p, 1, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 300*time.Millisecond {
			t.Errorf("Wait ended with %v after %v", err, time.Since(start))
		}
		// Its token is not lost: the next one goes when it would have.
		if err := p.Wait(t.Context()); err != nil || time.Since(start) != time.Second {
			t.Errorf("the next went after %v, %v", time.Since(start), err)
		}
	})
}

// Whatever the server does, no second sees more than the asked rate and the one token of burst.
func TestNoSecondPassesTheRate(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		asked := rapid.SampledFrom([]Rate{1, 7, 50, 500}).Draw(r, "asked")
		events := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 12).Draw(r, "events")
		synctest.Test(t, func(t *testing.T) {
			p := New(asked)
			var troubled sync.WaitGroup
			troubled.Go(func() {
				for _, event := range events {
					time.Sleep(time.Duration(event*317) * time.Millisecond)
					switch event {
					case 0:
						p.Pause(700 * time.Millisecond)
					case 1:
						p.Throttled(time.Now(), time.Second)
					case 2:
						p.Throttled(time.Now(), 0)
					default:
						p.Succeeded(time.Now())
					}
				}
			})
			at := grants(t, p, 16, 3*int(asked)+5)
			troubled.Wait()
			for i, from := range at {
				n := 0
				for _, a := range at[i:] {
					if a < from+time.Second {
						n++
					}
				}
				if most := int(1.01*float64(asked)) + 1; n > most {
					t.Errorf("%d requests within the second from %v, want at most %d", n, from, most)
				}
			}
		})
	})
}

func BenchmarkWait(b *testing.B) {
	p := New(1e9)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
