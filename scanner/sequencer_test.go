package scanner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tldsweep/scanner"
)

// Whatever fails and however long answers take, rows come in the order of the queries, every one of them once, what
// failed has had its second chance, and no more wait in memory than there is room for, as long as the files take the others.
func TestOrderIsThatOfTheQueries(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(r, "queries")
		workers := rapid.IntRange(1, 9).Draw(r, "workers")
		window := rapid.IntRange(1, 50).Draw(r, "window")
		fails := rapid.IntRange(0, 10).Draw(r, "failures of 10")
		room := rapid.SampledFrom([]int{0, 2000, 1 << 40}).Draw(r, "room in files")
		stops := rapid.IntRange(0, 600).Draw(r, "rows until the end")
		seed := rapid.Uint64().Draw(r, "seed")
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			enough := errors.New("enough")
			stage := func(last bool) scanner.Stage {
				return scanner.Stage{Workers: workers, Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
					random := rand.New(rand.NewPCG(seed, uint64(len(q.Name.ASCII))*31+uint64(q.Name.ASCII[len(q.Name.ASCII)-1])))
					time.Sleep(time.Duration(random.IntN(50)) * time.Millisecond)
					switch {
					case !last && random.IntN(2) == 0:
						return scanner.Answer{}, scanner.ErrPass
					case last && random.IntN(10) < fails:
						return scanner.Answer{Status: scanner.Failed, Retryable: true, Attempts: 3}, nil
					default:
						return scanner.Answer{Status: scanner.Taken, Attempts: 1}, nil
					}
				}}
			}
			order := scanner.NewSequencerOf(window, room)
			defer order.Close()
			warned := 0
			order.Warn = func(error) { warned++ }
			var answered, rows []string
			ended := false
			for result, err := range scanner.Scan(ctx, order.Queries(numbered(n, nil)), stage(false), stage(true)) {
				if err != nil {
					if !errors.Is(err, enough) {
						t.Error(err)
					}
					ended = true
					for row, err := range order.Rest() {
						if err != nil {
							t.Error(err)
						}
						rows = append(rows, row.Name.ASCII)
					}
					break
				}
				answered = append(answered, result.Name.ASCII)
				if n := order.InMemory(); n > window && warned == 0 {
					t.Errorf("%d results wait in memory, where there is room for %d", n, window)
				}
				for row, err := range order.Ready(result) {
					if err != nil {
						t.Error(err)
					}
					if want := fmt.Sprintf("n%d", len(rows)); row.Name.ASCII != want {
						t.Errorf("row %d is %s", len(rows), row.Name.ASCII)
					}
					if row.Status == scanner.Failed && row.Attempts != 6 {
						t.Errorf("%s failed for good after %d attempts, want those of two passes", row.Name.ASCII, row.Attempts)
					}
					rows = append(rows, row.Name.ASCII)
				}
				if len(answered) == stops {
					cancel(enough)
				}
			}
			if warned > 1 || warned == 1 && room > 2000 {
				t.Errorf("%d warnings", warned)
			}
			if !ended && len(rows) != n {
				t.Errorf("%d rows of %d queries", len(rows), n)
			}
			// Also those that waited when the scan ended are written, in the order of the queries.
			position := func(name string) (i int) { fmt.Sscanf(name, "n%d", &i); return i }
			if !slices.IsSortedFunc(rows, func(a, b string) int { return position(a) - position(b) }) {
				t.Errorf("not in order: %v", rows)
			}
			slices.Sort(answered)
			slices.Sort(rows)
			if !slices.Equal(answered, rows) {
				t.Errorf("answered were %v, written %v", answered, rows)
			}
		})
	})
}

// Leaving the loop while queries wait for room ends everything; synctest fails where a goroutine is left.
func TestLeavingAnOrderedScanEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		order := scanner.NewSequencerOf(2, 1<<40)
		stage := scanner.Stage{Workers: 2, Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
			if q.Name.ASCII == "n0" {
				time.Sleep(time.Hour)
			}
			return scanner.Answer{Status: scanner.Taken}, nil
		}}
		for result := range scanner.Scan(t.Context(), order.Queries(numbered(100, nil)), stage) {
			for range order.Ready(result) {
				t.Error("n1 before n0")
			}
			break
		}
	})
}

// A query that failed does not hold up the others until the end: it is asked again when they wait for it.
func TestWhatHoldsUpOthersIsAskedAgain(t *testing.T) {
	order := scanner.NewSequencerOf(10, 1<<40)
	var asked []string
	stage := scanner.Stage{Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
		asked = append(asked, q.Name.ASCII)
		return scanner.Answer{Status: scanner.Failed, Retryable: q.Name.ASCII == "n0", Attempts: 1}, nil
	}}
	for result, err := range scanner.Scan(t.Context(), order.Queries(numbered(500, nil)), stage) {
		if err != nil {
			t.Fatal(err)
		}
		for range order.Ready(result) {
		}
	}
	if again := slices.Index(asked[1:], "n0"); again < 9 || again > 300 || len(asked) != 501 {
		t.Errorf("n0 was asked again after %d others, of %d", again, len(asked))
	}
}

// Results come back from the files as they were, whatever they hold.
func TestSequencerKeepsAllOfAResult(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String()
		results := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) scanner.Result {
			result := scanner.Result{
				Query: scanner.Query{Name: scanner.Name{ASCII: text.Draw(r, "ascii"), Unicode: text.Draw(r, "unicode")}, Extension: text.Draw(r, "extension")},
				Answer: scanner.Answer{
					Status: scanner.Status(text.Draw(r, "status")), Reason: scanner.Reason(text.Draw(r, "reason")), Source: scanner.Source(text.Draw(r, "source")),
					Currency: text.Draw(r, "currency"), Price: text.Draw(r, "price"), Renewal: text.Draw(r, "renewal"), Regular: text.Draw(r, "regular"),
					Discount: text.Draw(r, "discount"), Fee: text.Draw(r, "fee"), Duration: text.Draw(r, "duration"), PricingMode: text.Draw(r, "mode"),
					Phase: text.Draw(r, "phase"), OfferID: text.Draw(r, "offer"), Durations: rapid.SliceOf(text).Draw(r, "durations"),
					Attempts: rapid.Int().Draw(r, "attempts"), Latency: time.Duration(rapid.Int64().Draw(r, "latency")),
					CheckedAt: time.Unix(rapid.Int64Range(-1<<36, 1<<36).Draw(r, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(r, "nanoseconds")).UTC(),
					Retryable: rapid.Bool().Draw(r, "retryable"), Replayed: rapid.Bool().Draw(r, "replayed"),
				},
			}
			if rapid.Bool().Draw(r, "failed") {
				result.Err = errors.New(text.Draw(r, "error"))
			}
			return result
		}), 0, 20).Draw(r, "results")
		order := scanner.NewSequencerOf(1, 1<<40)
		defer order.Close()
		var back []scanner.Result
		for _, result := range scanner.Shuffled(slices.Clone(results), rapid.Uint64().Draw(r, "seed")) {
			for ready, err := range order.Ready(result) {
				if err != nil {
					r.Fatal(err)
				}
				back = append(back, ready)
			}
		}
		for i, result := range back {
			if result.Query != results[i].Query || !reflect.DeepEqual(result.Answer, results[i].Answer) {
				r.Fatalf("%+v came back as %+v", results[i], result)
			}
		}
		if len(back) != len(results) {
			r.Fatalf("%d of %d came back", len(back), len(results))
		}
	})
}

// Where the files take nothing, queries wait for the first one that has no row; else they do not.
func TestHowFarAnOrderedScanGoesAhead(t *testing.T) {
	for _, c := range []struct {
		room int
		want int // with no files, the window and what the stages and the results hold between them
	}{{0, 300}, {1 << 40, 1000}} {
		synctest.Test(t, func(t *testing.T) {
			order := scanner.NewSequencerOf(10, c.room)
			defer order.Close()
			far := 0
			stage := scanner.Stage{Workers: 2, Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
				if q.Name.ASCII == "n0" {
					time.Sleep(time.Hour)
					far = order.Ahead()
				}
				return scanner.Answer{Status: scanner.Taken}, nil
			}}
			rows := 0
			for result, err := range scanner.Scan(t.Context(), order.Queries(numbered(1000, nil)), stage) {
				if err != nil {
					t.Fatal(err)
				}
				for range order.Ready(result) {
					rows++
				}
			}
			if rows != 1000 || c.room > 0 && far != c.want || c.room == 0 && far > c.want {
				t.Errorf("room %d: %d rows, %d ahead, want %d", c.room, rows, far, c.want)
			}
		})
	}
}
