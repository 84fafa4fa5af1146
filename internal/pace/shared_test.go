package pace

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		slow(t, one)
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

// What was learnt ages while nobody asks: half of it after minutes, all of it after a day at the latest.
func TestWhatWasLearntAges(t *testing.T) {
	for _, c := range []struct {
		later time.Duration
		power float64 // of (learnt ÷ asked) that is left
	}{{0, 1}, {50 * time.Second, 1}, {halfLife, 0.5}, {2 * halfLife, 0.25}, {23 * time.Hour, 0}, {25 * time.Hour, 0}} {
		path := filepath.Join(t.TempDir(), "pace")
		synctest.Test(t, func(t *testing.T) {
			first := share(t, New(100), path)
			slow(t, first)
			learnt := float64(first.Stats().Limit)
			time.Sleep(c.later)
			next := share(t, New(100), path)
			want := 100 * math.Pow(learnt/100, c.power)
			if got := float64(next.Stats().Limit); math.Abs(got-want) > 0.01*want {
				t.Errorf("%v later the limit is %.2f, want %.2f; %.2f was learnt", c.later, got, want, learnt)
			}
		})
	}
}

// A run that begins goes at once, however slow the run before was; its second request keeps the limit.
func TestWhatWasLearntIsNoPause(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pace")
	synctest.Test(t, func(t *testing.T) {
		before := share(t, New(1), path)
		before.update(time.Now(), func(s *state) {
			s.Limit, s.Ceiling, s.Top, s.Heard, s.Last = minShare, minShare, 1, time.Now().UnixNano(), time.Now().UnixNano()
		})
		at := grants(t, share(t, New(1), path), 4, 2)
		if at[0] != time.Second || at[1] != 65*time.Second {
			t.Errorf("the first went after %v, the second after %v", at[0], at[1])
		}
	})
}

// A process that is killed while it waits leaves no hole in the turns.
func TestKilledProcessesLeaveNoHoles(t *testing.T) {
	for _, asked := range []Rate{1, 10, 200} {
		path := filepath.Join(t.TempDir(), "pace")
		synctest.Test(t, func(t *testing.T) {
			grants(t, share(t, New(asked), path), 1, 1)
			spacing := time.Duration(float64(time.Second) / float64(asked))
			var killed sync.WaitGroup
			for range 10 {
				p := share(t, New(asked), path)
				killed.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), spacing/2)
					defer cancel()
					if err := p.Wait(ctx); err == nil {
						t.Error("a turn came too early")
					}
				})
			}
			killed.Wait()
			at := grants(t, share(t, New(asked), path), 1, 1)
			if most := max(spacing, 2*leaseTime+spacing); at[0] > most {
				t.Errorf("at %v the next turn is %v later, want %v at most", asked, at[0], most)
			}
		})
	}
}

// Time in a bubble always begins at the same moment: the second bubble's clock is set back against the first one's.
func TestAClockThatWasSetBack(t *testing.T) {
	for _, back := range []time.Duration{time.Minute, 10 * time.Minute, 25 * time.Hour} {
		for _, pause := range []time.Duration{0, 5 * time.Second} {
			path := filepath.Join(t.TempDir(), "pace")
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(back)
				p := share(t, New(10), path)
				grants(t, p, 1, 5)
				p.Pause(pause)
			})
			synctest.Test(t, func(t *testing.T) {
				at := grants(t, share(t, New(10), path), 2, 21)
				if first, all := at[0], at[20]-at[0]; first > pause+100*time.Millisecond || all != 2*time.Second {
					t.Errorf("set back by %v in a pause of %v, the first went after %v, and 21 took %v", back, pause, first, all)
				}
			})
		}
	}
}

// What no honest process can have written ahead is not believed.
func TestTurnsFarAhead(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, 1000 * time.Hour} {
		path := filepath.Join(t.TempDir(), "pace")
		synctest.Test(t, func(t *testing.T) {
			now := time.Now().UnixNano()
			if err := os.WriteFile(path, encode(&state{Written: now, Last: now + int64(ahead), NotBefore: now + int64(ahead)}), 0o600); err != nil {
				t.Fatal(err)
			}
			if at := grants(t, share(t, New(10), path), 2, 21); at[20] != 2*time.Second {
				t.Errorf("21 requests at 10/s took %v", at[20])
			}
		})
	}
}

// A file that is removed or replaced while it is open is noticed; what a process knows goes into the new one.
func TestAFileThatIsReplaced(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(path string) error
	}{
		{"removed", os.Remove},
		{"replaced", func(path string) error {
			if err := os.WriteFile(path+".new", []byte("something else, and not short either: it must be longer than a record, so it goes on and on, "+strings.Repeat("on ", 200)), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
		{"cut", func(path string) error { return os.Truncate(path, 10) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pace")
			synctest.Test(t, func(t *testing.T) {
				one := share(t, New(10), path)
				slow(t, one)
				if err := c.do(path); err != nil {
					t.Fatal(err)
				}
				grants(t, one, 1, 1)
				other := share(t, New(10), path)
				if got, want := other.Stats().Limit, one.Stats().Limit; got != want || got >= 10 {
					t.Errorf("the other process keeps to %v, not to the %v that was learnt", got, want)
				}
				one.Throttled(time.Now(), 30*time.Second)
				if at := grants(t, other, 1, 1); at[0] < 30*time.Second {
					t.Errorf("the other process went on after %v", at[0])
				}
			})
		})
	}
}

// Each update writes the same bytes of the same file, and no more.
func TestTheFileIsWrittenInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pace")
	synctest.Test(t, func(t *testing.T) {
		p := share(t, New(1000), path)
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		grants(t, p, 4, 500)
		after, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if !os.SameFile(before, after) || before.Size() != int64(size) || after.Size() != int64(size) {
			t.Errorf("a file of %d bytes became one of %d bytes, the same: %v", before.Size(), after.Size(), os.SameFile(before, after))
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	})
}

// Whatever stands in the file, the pace goes on, and no faster than asked.
func TestAnyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pace")
	texts := rapid.OneOf(
		rapid.SampledFrom([]string{"", "{", "null", "[]", // and what older versions wrote
			`{"next":9223372036854775807,"not_before":9223372036854775807}`, `{"refused":9223372036854775807,"limit":1e300,"ceiling":1}`}),
		rapid.String(),
		rapid.Custom(func(r *rapid.T) string { // a record that is torn or otherwise damaged
			record := encode(&state{Written: 1, Last: math.MaxInt64, NotBefore: math.MaxInt64, Limit: 0.01, Ceiling: 0.01, Top: 10})
			at := rapid.IntRange(0, len(record)-1).Draw(r, "at")
			record[at] ^= byte(rapid.IntRange(1, 255).Draw(r, "change"))
			return string(record[:rapid.IntRange(0, len(record)).Draw(r, "length")])
		}))
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

func FuzzRecord(f *testing.F) {
	f.Add(encode(&state{}))
	f.Add(encode(&state{Written: 1, Limit: 0.5, Ceiling: 0.5, Top: 1, Window: 5, Outcomes: 20}))
	f.Fuzz(func(t *testing.T, record []byte) {
		s, ok := decode(record)
		if ok && !bytes.Equal(encode(&s), record) {
			t.Errorf("%x is read as %+v, which is written otherwise", record, s)
		}
		// The same with a checksum that is right: only a state that can be is believed, and that leads to a sound one.
		if len(record) == size {
			copy(record, magic)
			order.PutUint32(record[size-4:], crc32.ChecksumIEEE(record[:size-4]))
			if s, ok := decode(record); ok {
				now := s.Written
				s.refresh(now)
				s.answer(1)
				s.refuse(now, false, s.learntRate(1), 1)
				if rate := s.rate(1); !(rate > 0 && rate <= 1) {
					t.Errorf("%+v: the rate is %v", s, rate)
				}
			}
		}
	})
}

// Where the folder is removed, it is made again, and the processes keep one rate together as before.
func TestAFolderThatIsRemoved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state", "tldsweep")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		one, other := share(t, New(10), filepath.Join(folder, "pace")), share(t, New(10), filepath.Join(folder, "pace"))
		grants(t, one, 1, 5)
		if err := os.RemoveAll(filepath.Dir(folder)); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var all []time.Duration
		var processes sync.WaitGroup
		for _, p := range []*Pace{one, other} {
			processes.Go(func() {
				at := grants(t, p, 4, 50)
				mu.Lock()
				all = append(all, at...)
				mu.Unlock()
			})
		}
		processes.Wait()
		slices.Sort(all)
		if worst := worstSecond(all); worst > 12 || one.Unshared() != nil || other.Unshared() != nil {
			t.Errorf("%d in one second: %v, %v", worst, one.Unshared(), other.Unshared())
		}
		one.Throttled(time.Now(), 30*time.Second)
		if at := grants(t, other, 1, 1); at[0] < 30*time.Second {
			t.Errorf("the other process continued after %v", at[0])
		}
	})
}

// Where it cannot be used any more, that is said; the process keeps its own rate, and shares again as soon as that is possible.
func TestAFileThatCannotBeUsedAnyMore(t *testing.T) {
	for _, c := range []struct {
		name        string
		spoil, mend func(p *Pace, folder string) error
	}{
		{"a file in the folder's place",
			func(_ *Pace, folder string) error {
				return errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600))
			},
			func(_ *Pace, folder string) error { return os.Remove(folder) }},
		{"read-only",
			func(p *Pace, folder string) error {
				file, err := os.Open(filepath.Join(folder, "pace"))
				if err != nil {
					return err
				}
				p.shared.file.Close()
				p.shared.file = file
				return nil
			},
			func(p *Pace, _ string) error { return p.shared.close() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "tldsweep")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				p := share(t, New(10), filepath.Join(folder, "pace"))
				grants(t, p, 1, 5)
				if err := p.Unshared(); err != nil {
					t.Error(err)
				}
				if err := c.spoil(p, folder); err != nil {
					t.Fatal(err)
				}
				at := grants(t, p, 4, 21)
				if err := p.Unshared(); err == nil || at[20] < 2*time.Second {
					t.Errorf("21 requests went in %v: %v", at[20], err)
				}
				if err := c.mend(p, folder); err != nil {
					t.Fatal(err)
				}
				grants(t, p, 1, 2)
				if err := p.Unshared(); err != nil {
					t.Errorf("mended: %v", err)
				}
				other := share(t, New(10), filepath.Join(folder, "pace"))
				p.Throttled(time.Now(), 30*time.Second)
				if at := grants(t, other, 1, 1); at[0] < 30*time.Second {
					t.Errorf("the other process continued after %v", at[0])
				}
				if err := errors.Join(p.Close(), other.Close()); err != nil || p.Unshared() != nil {
					t.Errorf("%v, %v", err, p.Unshared())
				}
			})
		})
	}
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

func BenchmarkSharedUpdate(b *testing.B) {
	p := share(b, New(1), filepath.Join(b.TempDir(), "pace"))
	defer p.Close()
	b.ReportAllocs()
	for b.Loop() {
		p.mu.Lock()
		p.update(time.Now(), func(*state) {})
		p.mu.Unlock()
	}
}
