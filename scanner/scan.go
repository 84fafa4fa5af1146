// Package scanner turns a list of names into results: queries travel through a row of stages, each of which answers
// those it can and passes on the rest. It makes no connections of its own.
package scanner

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"
)

// ErrPass is what a stage returns for a query that the next stage shall answer.
var ErrPass = errors.New("passed on to the next stage")

// mostAgain bounds the queries that are kept for a second pass, at about 100 bytes each. More failures than these mean
// that the trouble did not pass, and are results at once.
const mostAgain = 1 << 16

// A Stage answers the queries it can and passes on the rest by returning ErrPass; the last stage must not pass.
type Stage struct {
	Source Source // who answers here
	// Answer is safe for concurrent use. What is wrong with one domain is an Answer whose Status is Failed; an error
	// ends the whole scan. When ctx ends, Answer returns soon, with the answer it already has or with ctx's error.
	Answer  func(context.Context, Query) (Answer, error)
	Workers int // answers sought at once at most; 0 means 1
}

// Scan yields one Result per query, in the order in which they become known. Queries whose failure may pass are asked a
// second time when all others are answered, and only then are results. A non-nil error is the last thing it yields: the
// first one of the queries or of a stage, or the cause of ctx's end. Until then every answer that was had is yielded.
// Scan holds a bounded number of queries, and when the loop over it ends, also by break, its goroutines have ended.
func Scan(ctx context.Context, queries iter.Seq2[Query, error], stages ...Stage) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		group, taking := errgroup.WithContext(ctx)
		s := &scan{
			results: make(chan Result, 64),
			left:    make(chan struct{}),
		}
		first := make(chan Query, buffer(stages[0]))
		group.Go(func() error {
			defer close(first)
			return s.feed(taking, queries, first)
		})
		in := first
		for i, stage := range stages {
			from, to := in, chan Query(nil)
			if i < len(stages)-1 {
				to = make(chan Query, buffer(stages[i+1]))
			}
			group.Go(func() error { return s.run(taking, stage, from, to) })
			in = to
		}
		var failed error
		var ended sync.WaitGroup
		ended.Go(func() {
			failed = group.Wait()
			close(s.results)
		})
		defer ended.Wait()
		defer close(s.left)
		for result := range s.results {
			if !yield(result, nil) {
				return
			}
		}
		if failed == nil {
			failed = context.Cause(ctx)
		}
		if failed != nil {
			yield(Result{}, failed)
		}
	}
}

type scan struct {
	results chan Result
	left    chan struct{} // closed when nobody takes results any more
}

var errLeft = errors.New("nobody takes the results")

func buffer(next Stage) int { return max(64, 2*next.Workers) }

// feed sends the queries to the first stage.
func (s *scan) feed(ctx context.Context, queries iter.Seq2[Query, error], to chan<- Query) error {
	for query, err := range queries {
		if err != nil {
			return err
		}
		select {
		case to <- query:
		case <-ctx.Done():
			return nil
		case <-s.left:
			return errLeft
		}
	}
	return nil
}

// run is one stage: its workers answer what comes, and, where it is the last stage (to is nil), ask once more at the end
// what failed in a way that may have passed.
func (s *scan) run(ctx context.Context, stage Stage, from <-chan Query, to chan<- Query) error {
	var again later
	first := &again
	if to != nil {
		defer close(to)
		first = nil
	}
	if err := s.pool(ctx, stage, from, to, first); err != nil || len(again.results) == 0 {
		return err
	}
	repeat := make(chan Query)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(repeat)
		return s.feed(ctx, again.queries, repeat)
	})
	group.Go(func() error { return s.pool(ctx, again.after(stage), repeat, to, nil) })
	return group.Wait()
}

func (s *scan) pool(ctx context.Context, stage Stage, from <-chan Query, to chan<- Query, again *later) error {
	group, ctx := errgroup.WithContext(ctx)
	for range max(stage.Workers, 1) {
		group.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-s.left:
					return errLeft
				case query, more := <-from:
					// Both may have been ready: nothing is begun after the end.
					if !more || ctx.Err() != nil {
						return nil
					}
					if err := s.answer(ctx, stage, query, to, again); err != nil {
						return err
					}
				}
			}
		})
	}
	return group.Wait()
}

// answer takes one query through one stage.
func (s *scan) answer(ctx context.Context, stage Stage, query Query, to chan<- Query, again *later) error {
	answer, err := stage.Answer(ctx, query)
	switch {
	case err == nil:
		if answer.Source == "" {
			answer.Source = stage.Source
		}
		result := Result{Query: query, Answer: answer}
		if again != nil && answer.Again && again.keep(result) {
			return nil
		}
		// Not cancelled with ctx: the answer was paid for.
		select {
		case s.results <- result:
		case <-s.left:
			return errLeft
		}
		return nil
	case errors.Is(err, ErrPass) && to != nil:
		select {
		case to <- query:
		case <-ctx.Done():
		case <-s.left:
			return errLeft
		}
		return nil
	case errors.Is(err, ErrPass):
		return fmt.Errorf("no stage answers %s", query.Domain())
	case ctx.Err() != nil:
		return nil
	default:
		return err
	}
}

// later keeps the results that may be better later.
type later struct {
	mu      sync.Mutex
	results []Result
}

func (l *later) keep(result Result) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.results) >= mostAgain {
		return false
	}
	l.results = append(l.results, result)
	return true
}

// queries yields what is kept. Nothing is kept any more while it runs.
func (l *later) queries(yield func(Query, error) bool) {
	for _, result := range l.results {
		if !yield(result.Query, nil) {
			return
		}
	}
}

// after is the stage of the second pass, whose answers also count what the first pass spent on them.
func (l *later) after(stage Stage) Stage {
	spent := make(map[Query]int, len(l.results))
	for _, result := range l.results {
		spent[result.Query] = result.Attempts
	}
	first := stage.Answer
	stage.Answer = func(ctx context.Context, query Query) (Answer, error) {
		answer, err := first(ctx, query)
		answer.Attempts += spent[query]
		return answer, err
	}
	return stage
}
