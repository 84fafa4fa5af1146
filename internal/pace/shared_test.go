package pace

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func share(t testing.TB, p *Pace, path string) *Pace {
	t.Helper()
	if err := p.Share(path); err != nil {
		t.Fatal(err)
	}
	return p
}

// Several processes with one file keep one rate together, to the last request.
func TestProcessesShareOneRate(t *testing.T) {
	for _, c := range []struct {
		asked     Rate
		processes int
		n         int // of each
	}{{1, 1, 11}, {1, 2, 11}, {1, 3, 7}, {50, 2, 101}, {500, 2, 501}, {5000, 1, 5001}, {5000, 3, 5001}} {
		path := filepath.Join(t.TempDir(), "pace")
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var all []time.Duration
			var processes sync.WaitGroup
			var first *Pace
			for range c.processes {
				p := share(t, New(c.asked), path)
				first = p
				processes.Go(func() {
					at := grants(t, p, 8, c.n)
					mu.Lock()
					all = append(all, at...)
					mu.Unlock()
				})
			}
			processes.Wait()
			if stats := first.Stats(); stats.Paused != 0 || stats.Pauses != 0 {
				t.Errorf("it was paused without a reason: %+v", stats)
			}
			slices.Sort(all)
			ideal := float64(len(all)-1) / float64(c.asked)
			// At the end, when only one is left, the other leases run out unused.
			if took := all[len(all)-1].Seconds(); took < ideal-1e-6 || took > 1.005*ideal+float64(c.processes)*(leaseTime.Seconds()+1/float64(c.asked)) {
				t.Errorf("%d processes at %v together: %.3f s, ideal is %.3f s", c.processes, c.asked, took, ideal)
			}
			if worst, most := worstSecond(all), int(1.01*float64(c.asked))+c.processes; worst > most {
				t.Errorf("%d processes at %v together: %d in one second", c.processes, c.asked, worst)
			}
		})
	}
}

func worstSecond(at []time.Duration) (worst int) {
	first := 0
	for i := range at {
		for at[i]-at[first] >= time.Second {
			first++
		}
		worst = max(worst, i-first+1)
	}
	return worst
}

// A refusal of one process pauses all of them, and none of them passes the limit that it learnt.
func TestAPauseOfOneIsAPauseOfAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pace")
	synctest.Test(t, func(t *testing.T) {
		one, other := share(t, New(10), path), share(t, New(10), path)
		grants(t, one, 1, 5)
		grants(t, other, 1, 5)
		one.Throttled(time.Now(), 30*time.Second)
		at := grants(t, other, 4, 6)
		if at[0] < 30*time.Second || at[0] > 31*time.Second {
			t.Errorf("the other process went on after %v", at[0])
		}
		if got, want := other.Stats().Limit, one.Stats().Limit; got != want || got >= 10 {
			t.Errorf("the other process keeps to %v, not to the %v that was learnt", got, want)
		}
	})
}

func TestWhatWasLearntIsForgottenAfterADay(t *testing.T) {
	for _, c := range []struct {
		later time.Duration
		known bool
	}{{0, true}, {23 * time.Hour, true}, {25 * time.Hour, false}} {
		path := filepath.Join(t.TempDir(), "pace")
		synctest.Test(t, func(t *testing.T) {
			first := share(t, New(100), path)
			grants(t, first, 1, 10)
			first.Throttled(time.Now(), time.Second)
			learnt := first.Stats().Limit
			time.Sleep(2*time.Second + c.later)
			next := share(t, New(100), path)
			if got := next.Stats().Limit; (got == learnt) != c.known || !c.known && got != 100 {
				t.Errorf("%v later the limit is %v; %v was learnt", c.later, got, learnt)
			}
		})
	}
}

// Whatever stands in the file, the pace goes on, and no faster than asked.
func TestAnyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pace")
	texts := rapid.OneOf(
		rapid.SampledFrom([]string{"", "{", "null", "[]", `{"next":9e18}`, `{"next":9223372036854775807,"not_before":9223372036854775807}`,
			`{"refused":9223372036854775807,"limit":1e300,"ceiling":1}`, `{"refused":1,"limit":-1,"ceiling":-1}`, `{"next":-9223372036854775808}`}),
		rapid.String())
	rapid.Check(t, func(r *rapid.T) {
		if err := os.WriteFile(path, []byte(texts.Draw(r, "text")), 0o600); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			at := grants(t, share(t, New(10), path), 2, 21)
			if took := at[20].Seconds(); math.Abs(took-2) > 0.01 {
				t.Errorf("21 requests at 10/s took %v", took)
			}
		})
	})
}

func TestAFileThatCannotBeUsed(t *testing.T) {
	p := New(10)
	if err := p.Share(filepath.Join(t.TempDir(), "nowhere", "pace")); err == nil {
		t.Error("a folder that is not there can be shared")
	}
	synctest.Test(t, func(t *testing.T) {
		p := New(10)
		_ = p.Share("/nowhere/pace")
		if at := grants(t, p, 1, 11); at[10] != time.Second {
			t.Errorf("%v", at[10])
		}
	})
}
