package scanner_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tldsweep/scanner"
)

// numbered yields n queries, and then err if there is one.
func numbered(n int, err error) iter.Seq2[scanner.Query, error] {
	return func(yield func(scanner.Query, error) bool) {
		for i := range n {
			if !yield(scanner.Query{Name: scanner.Name{ASCII: fmt.Sprint("n", i)}, Extension: "fr"}, nil) {
				return
			}
		}
		if err != nil {
			yield(scanner.Query{}, err)
		}
	}
}

// taken answers everything.
func taken(context.Context, scanner.Query) (scanner.Answer, error) {
	return scanner.Answer{Status: scanner.Taken, Attempts: 1}, nil
}

// Whatever the stages do, each query becomes one result, and no goroutine is left.
func TestEveryQueryBecomesOneResult(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 400).Draw(r, "queries")
		workers := rapid.IntRange(0, 9).Draw(r, "workers")
		seed := rapid.Uint64().Draw(r, "seed")
		stages := rapid.IntRange(1, 3).Draw(r, "stages")
		synctest.Test(t, func(t *testing.T) {
			var row []scanner.Stage
			for stage := range stages {
				row = append(row, scanner.Stage{Source: scanner.Source(fmt.Sprint(stage)), Workers: workers, Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
					random := rand.New(rand.NewPCG(seed, uint64(stage)+uint64(len(q.Name.ASCII))*31+uint64(q.Name.ASCII[len(q.Name.ASCII)-1])))
					time.Sleep(time.Duration(random.IntN(50)) * time.Millisecond)
					switch {
					case stage < stages-1 && random.IntN(2) == 0:
						return scanner.Answer{}, scanner.ErrPass
					case random.IntN(3) == 0:
						return scanner.Answer{Status: scanner.Failed, Retryable: random.IntN(2) == 0, Attempts: 3}, nil
					default:
						return scanner.Answer{Status: scanner.Taken, Attempts: 1}, nil
					}
				}})
			}
			seen := map[string]int{}
			for result, err := range scanner.Scan(t.Context(), numbered(n, nil), row...) {
				if err != nil {
					t.Error(err)
				}
				seen[result.Domain()]++
				if result.Status == scanner.Failed && result.Retryable && result.Source == scanner.Source(fmt.Sprint(stages-1)) && result.Attempts != 6 {
					t.Errorf("%s failed for good after %d attempts, want those of two passes", result.Domain(), result.Attempts)
				}
			}
			if len(seen) != n {
				t.Errorf("%d results of %d queries", len(seen), n)
			}
			for domain, times := range seen {
				if times != 1 {
					t.Errorf("%s came out %d times", domain, times)
				}
			}
		})
	})
}

func TestWhatFailedIsAskedAgainAtTheEnd(t *testing.T) {
	asked := map[string]int{}
	var order []string
	stage := scanner.Stage{Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
		asked[q.Name.ASCII]++
		if q.Name.ASCII == "n1" && asked["n1"] == 1 {
			return scanner.Answer{Status: scanner.Failed, Retryable: true, Attempts: 6}, nil
		}
		return scanner.Answer{Status: scanner.Available, Attempts: 1}, nil
	}}
	for result, err := range scanner.Scan(t.Context(), numbered(4, nil), stage) {
		if err != nil || result.Status != scanner.Available {
			t.Errorf("%+v, %v", result, err)
		}
		order = append(order, fmt.Sprint(result.Name.ASCII, " ", result.Attempts))
	}
	if want := []string{"n0 1", "n2 1", "n3 1", "n1 7"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

func TestAnErrorOfAStageEndsTheScanAfterItsAnswers(t *testing.T) {
	refused := errors.New("refused")
	stage := scanner.Stage{Workers: 4, Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
		if q.Name.ASCII == "n50" {
			return scanner.Answer{}, refused
		}
		return scanner.Answer{Status: scanner.Taken}, nil
	}}
	results, last := 0, error(nil)
	for _, err := range scanner.Scan(t.Context(), numbered(1_000_000, nil), stage) {
		if last != nil {
			t.Fatal("something came after the error")
		}
		if last = err; err == nil {
			results++
		}
	}
	if !errors.Is(last, refused) || results < 46 || results > 60 {
		t.Errorf("ended with %v after %d results", last, results)
	}
}

func TestAnErrorOfTheInputEndsTheScan(t *testing.T) {
	torn := errors.New("torn")
	n, last := 0, error(nil)
	for _, err := range scanner.Scan(t.Context(), numbered(10, torn), scanner.Stage{Answer: taken}) {
		if last = err; err == nil {
			n++
		}
	}
	if !errors.Is(last, torn) || n > 10 {
		t.Errorf("ended with %v after %d results", last, n)
	}
}

func TestAPassOfTheLastStageIsAnError(t *testing.T) {
	pass := scanner.Stage{Answer: func(context.Context, scanner.Query) (scanner.Answer, error) {
		return scanner.Answer{}, scanner.ErrPass
	}}
	for _, err := range scanner.Scan(t.Context(), numbered(1, nil), pass, pass) {
		if err == nil {
			t.Error("a query that nobody answered became a result")
		}
	}
}

func TestWhatIsUnderWayAtTheEndOfTheContextIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(2500*time.Millisecond, func() { cancel(stop) })
		slow := scanner.Stage{Workers: 8, Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
			time.Sleep(time.Second) // it is paid for, so it is finished
			return taken(ctx, q)
		}}
		n, last := 0, error(nil)
		for _, err := range scanner.Scan(ctx, numbered(1000, nil), slow) {
			if last = err; err == nil {
				n++
			}
		}
		if n != 24 || !errors.Is(last, stop) {
			t.Errorf("%d results, then %v; want 24, then stop", n, last)
		}
	})
}

func TestLeavingTheLoopEndsEverything(t *testing.T) {
	// The bubble ends only when every goroutine in it has ended, and fails when one is stuck.
	synctest.Test(t, func(t *testing.T) {
		stage := scanner.Stage{Workers: 32, Answer: taken}
		for range scanner.Scan(t.Context(), numbered(1_000_000, nil), stage, stage) {
			break
		}
	})
}

func TestTheCheapStageDoesNotRunFarAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ahead, answered atomic.Int64
		pass := scanner.Stage{Workers: 4, Answer: func(context.Context, scanner.Query) (scanner.Answer, error) {
			ahead.Add(1)
			return scanner.Answer{}, scanner.ErrPass
		}}
		slow := scanner.Stage{Workers: 2, Answer: func(ctx context.Context, q scanner.Query) (scanner.Answer, error) {
			time.Sleep(time.Second)
			if passed, done := ahead.Load(), answered.Load(); passed > done+100 {
				t.Errorf("%d were passed on when %d were answered", passed, done)
			}
			return taken(ctx, q)
		}}
		pass.Workers = 1
		for _, err := range scanner.Scan(t.Context(), numbered(500, nil), pass, slow) {
			if err != nil {
				t.Error(err)
			}
			answered.Add(1)
		}
	})
}

// What a query costs in the pipeline itself: one stage of 64 workers that answers at once, so that they finish in disorder.
func BenchmarkScan(b *testing.B) {
	stage := scanner.Stage{Workers: 64, Answer: func(context.Context, scanner.Query) (scanner.Answer, error) {
		return scanner.Answer{Status: scanner.Taken, Attempts: 1}, nil
	}}
	var names [1 << 14]scanner.Name // more than a Sequencer holds, so that no two of the same are under way
	for i := range names {
		names[i] = scanner.ParseName(fmt.Sprint("name", i))
	}
	queries := func(n int) iter.Seq2[scanner.Query, error] {
		return func(yield func(scanner.Query, error) bool) {
			for i := range n {
				if !yield(scanner.Query{Name: names[i%len(names)], Extension: "fr"}, nil) {
					return
				}
			}
		}
	}
	b.Run("as answered", func(b *testing.B) {
		b.ReportAllocs()
		for _, err := range scanner.Scan(b.Context(), queries(b.N), stage) {
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ordered", func(b *testing.B) {
		b.ReportAllocs()
		order := scanner.NewSequencer()
		for result, err := range scanner.Scan(b.Context(), order.Queries(queries(b.N)), stage) {
			if err != nil {
				b.Fatal(err)
			}
			for range order.Ready(result) {
			}
		}
	})
}
