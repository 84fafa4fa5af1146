package scanner

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

var errTorn = errors.New("torn")

// numberedQueries yields n queries, of which every seventh cannot exist.
func numberedQueries(n int) iter.Seq2[Query, error] {
	return func(yield func(Query, error) bool) {
		for i := range n {
			query := Query{Name: Name{ASCII: fmt.Sprint("n", i), Unicode: fmt.Sprint("ñ", i)}, Extension: "co.uk"}
			if i%7 == 0 {
				query.Name.Err = &InvalidNameError{Name: "n?", Reason: BadName, Why: "there is a question mark"}
			}
			if !yield(query, nil) {
				return
			}
		}
	}
}

// Whatever the size of the list, the room on the disk and the number of workers: the stage before the queue does not wait while
// there is room, and each query comes out of the queue once, whole and in order.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 4*queueChunk).Draw(r, "queries")
		room := rapid.SampledFrom([]int{0, 40 << 10, 1 << 40}).Draw(r, "room")
		workers := rapid.IntRange(1, 4).Draw(r, "workers")
		before := rapid.IntRange(1, 8).Draw(r, "workers before it")
		stop := rapid.IntRange(-1, n).Draw(r, "stop")
		synctest.Test(t, func(t *testing.T) {
			warned := 0
			queue := &Queue{Warn: func(err error) {
				if warned++; !strings.Contains(err.Error(), "no place for it") && !strings.Contains(err.Error(), "the disk is full") {
					t.Error(err)
				}
			}, file: tempFile{make: disk{room: room}.open}}
			var passed atomic.Int64
			first := Stage{Workers: before, Answer: func(context.Context, Query) (Answer, error) {
				passed.Add(1)
				return Answer{}, ErrPass
			}}
			second := Stage{Workers: workers, Queue: queue, Answer: func(context.Context, Query) (Answer, error) {
				time.Sleep(time.Second)
				return Answer{Status: Taken}, nil
			}}
			var want []Query
			for query := range numberedQueries(n) {
				want = append(want, query)
			}
			var got []Query
			for result, err := range Scan(t.Context(), numberedQueries(n), first, second) {
				if err != nil {
					t.Fatal(err)
				}
				if len(got) == 0 && room > 1<<20 {
					synctest.Wait()
					if int(passed.Load()) != n || !queue.Filled() || int(queue.Waiting()) > n || n > 1000 && int(queue.Waiting()) < n-300 {
						t.Errorf("when the first answer came, %d of %d were passed on, and %d waited", passed.Load(), n, queue.Waiting())
					}
				}
				if got = append(got, result.Query); len(got) == stop {
					return // what waits is dropped, and no goroutine is left
				}
			}
			if workers == 1 && before == 1 && !slices.EqualFunc(got, want, func(a, b Query) bool { return reflect.DeepEqual(a, b) }) {
				t.Error("they came in another order")
			}
			sort := func(queries []Query) map[string]Query {
				by := map[string]Query{}
				for _, q := range queries {
					by[q.Domain()] = q
				}
				return by
			}
			if len(got) != n || !reflect.DeepEqual(sort(got), sort(want)) {
				t.Errorf("%d of %d came, or others", len(got), n)
			}
			if queue.Waiting() != 0 || warned > 1 || warned == 1 && room > 1<<20 {
				t.Errorf("%d still wait; %d warnings", queue.Waiting(), warned)
			}
		})
	})
}

// Where there can be no file, or it cannot be read back, the scan says so: the one goes on, the other ends.
func TestQueueWithoutFile(t *testing.T) {
	for _, c := range []struct {
		name    string
		disk    disk
		err     error
		warning string
	}{
		{"that can be made", disk{}, nil, "no place for it"},
		{"that can be read", disk{room: 1 << 40, broken: &errTorn}, errTorn, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				warning := ""
				queue := &Queue{file: tempFile{make: c.disk.open}, Warn: func(err error) { warning = err.Error() }}
				pass := Stage{Answer: func(context.Context, Query) (Answer, error) { return Answer{}, ErrPass }}
				slow := Stage{Queue: queue, Answer: func(context.Context, Query) (Answer, error) {
					time.Sleep(time.Second)
					return Answer{Status: Taken}, nil
				}}
				n := 0
				var failed error
				for _, err := range Scan(t.Context(), numberedQueries(5*queueChunk), pass, slow) {
					if failed = err; err == nil {
						n++
					}
				}
				if !errors.Is(failed, c.err) || (warning == "") != (c.warning == "") || !strings.Contains(warning, c.warning) || c.err == nil && n != 5*queueChunk {
					t.Errorf("%d results, then %v; warned of %q", n, failed, warning)
				}
			})
		})
	}
}

// Whatever a query holds comes back the same.
func TestQueuedQueriesAreWhole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String()
		query := Query{Name: Name{ASCII: text.Draw(r, "ascii"), Unicode: text.Draw(r, "unicode")}, Extension: text.Draw(r, "extension")}
		switch rapid.IntRange(0, 2).Draw(r, "error") {
		case 1:
			query.Name.Err = &InvalidNameError{Name: text.Draw(r, "name"), Reason: Reason(text.Draw(r, "reason")), Why: text.Draw(r, "why")}
		case 2:
			query.Name.Err = errors.New(text.Draw(r, "text"))
		}
		bytes := appendQuery(appendQuery(nil, query), query)
		for range 2 {
			back, rest, ok := cutQuery(bytes)
			if !ok || !reflect.DeepEqual(back, query) {
				r.Fatalf("%+v came back as %+v, %v", query, back, ok)
			}
			bytes = rest
		}
		if len(bytes) > 0 {
			r.Fatalf("%d bytes are left", len(bytes))
		}
	})
}
