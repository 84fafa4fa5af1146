package scanner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tldsweep/scanner"
)

// Whatever fails and however long answers take, rows come in the order of the queries, every one of them once, what
// failed has had its second chance, and the window bounds what is asked ahead.
func TestOrderIsThatOfTheQueries(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(r, "queries")
		workers := rapid.IntRange(1, 9).Draw(r, "workers")
		window := rapid.IntRange(1, 50).Draw(r, "window")
		fails := rapid.IntRange(0, 10).Draw(r, "failures of 10")
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
			order := scanner.NewSequencerOf(window)
			var answered, rows []string
			ended := false
			for result, err := range scanner.Scan(ctx, order.Queries(numbered(n, nil)), stage(false), stage(true)) {
				if err != nil {
					if !errors.Is(err, enough) {
						t.Error(err)
					}
					ended = true
					for row := range order.Rest() {
						rows = append(rows, row.Name.ASCII)
					}
					break
				}
				answered = append(answered, result.Name.ASCII)
				if ahead := len(answered) - len(rows); ahead > window {
					t.Errorf("%d answers wait, the window is %d", ahead, window)
				}
				for row := range order.Ready(result) {
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
		order := scanner.NewSequencerOf(2)
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
	order := scanner.NewSequencerOf(10)
	var asked []string
	stage := scanner.Stage{Answer: func(_ context.Context, q scanner.Query) (scanner.Answer, error) {
		asked = append(asked, q.Name.ASCII)
		return scanner.Answer{Status: scanner.Failed, Retryable: q.Name.ASCII == "n0", Attempts: 1}, nil
	}}
	for result, err := range scanner.Scan(t.Context(), order.Queries(numbered(30, nil)), stage) {
		if err != nil {
			t.Fatal(err)
		}
		for range order.Ready(result) {
		}
	}
	if again := slices.Index(asked[1:], "n0"); again != 9 || len(asked) != 31 {
		t.Errorf("asked %v, want n0 again after n9", asked)
	}
}
