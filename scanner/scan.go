// Package scanner turns a list of names into results: whether each name is free under each extension, and for how much. It makes no
// connections of its own.
//
// ReadNames yields the lines of a list. Queries makes a Query of each pair of a name and an extension, each once, as Seen remembers.
// Scan sends the queries through a row of Stages, each of which answers those it can and passes on the rest. It yields one Result
// per query: the query and its Answer, with a Status, a Reason and prices. Check is the first stage and asks nobody; stages that
// ask are made elsewhere. A Sequencer brings results back into the order of the list. A Change is what two answers to one query differ
// in.
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

// maxRetries bounds the queries that are kept for a second pass, at about 100 bytes each. More failures than these mean
// that the trouble did not pass, and are results at once.
const maxRetries = 1 << 16

// A Stage answers the queries it can and passes on the rest by returning ErrPass; the last stage must not pass.
type Stage struct {
	Source Source // who answers here
	// Answer is safe for concurrent use. What is wrong with one domain is an Answer whose Status is Failed; an error
	// ends the whole scan. When ctx ends, Answer returns soon, with the answer it already has or with ctx's error.
	Answer  func(context.Context, Query) (Answer, error)
	Workers int // answers sought at once at most; 0 means 1
	// Queue holds what waits for this stage, so that the stages before it run ahead; nil: they wait for it. It is not for the first
	// stage.
	Queue *Queue
}

// Scan yields one Result per query, in the order in which they become known; see Sequencer for their order.
// Queries whose failure may pass are asked a second time when nothing else is left to ask, and only then are results. A
// non-nil error is the last thing it yields: the first one of the queries or of a stage, or the cause of ctx's end. Until
// then every answer that arrived is yielded. Scan holds a bounded number of queries in memory, and when the loop over it ends, also
// by break, its goroutines have ended.
func Scan(ctx context.Context, queries iter.Seq2[Query, error], stages ...Stage) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		group, taking := errgroup.WithContext(ctx)
		s := &scan{
			results:   make(chan Result, 64),
			abandoned: make(chan struct{}),
			idle:      make(chan struct{}, 1),
		}
		first := make(chan numbered, buffer(stages[0]))
		group.Go(func() error {
			defer close(first)
			return s.feed(taking, queries, first)
		})
		repeat := make(chan Result)
		group.Go(func() error {
			defer close(repeat)
			return s.retry(taking, repeat)
		})
		in := first
		for i, stage := range stages {
			if i == len(stages)-1 {
				from := in
				group.Go(func() error { return s.run(taking, stage, from, repeat, nil) })
				break
			}
			from, to := in, make(chan numbered, buffer(stages[i+1]))
			group.Go(func() error {
				defer close(to)
				return s.run(taking, stage, from, nil, to)
			})
			in = to
			if queue := stages[i+1].Queue; queue != nil {
				queued := make(chan numbered, buffer(stages[i+1]))
				group.Go(func() error {
					defer close(queued)
					return queue.run(taking, s.abandoned, to, queued)
				})
				in = queued
			}
		}
		var failed error
		var ended sync.WaitGroup
		ended.Go(func() {
			failed = group.Wait()
			close(s.results)
		})
		defer ended.Wait()
		defer close(s.abandoned)
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

// numbered is a query with its number among those of the scan, from 0.
type numbered struct {
	Query
	number int64
}

type scan struct {
	results   chan Result
	abandoned chan struct{} // closed when nobody takes results any more
	idle      chan struct{} // sent to when nothing is under way, and nothing more comes for now, or when there is a hurry

	mu    sync.Mutex
	later []Result // that may be better later
	open  int      // queries that were fed and are neither results nor in later
	held  bool     // nothing more is fed for now
	fed   bool     // nothing more is fed at all
}

var errAbandoned = errors.New("nobody takes the results")

func buffer(next Stage) int { return max(64, 2*next.Workers) }

// feed sends the queries to the first stage.
func (s *scan) feed(ctx context.Context, queries iter.Seq2[Query, error], to chan<- numbered) error {
	number := int64(0)
	for query, err := range queries {
		if order, ok := err.(*introduction); ok {
			order.to.setHurry(s.hurry)
			continue
		}
		if full, ok := err.(*fullError); ok {
			s.pause(false)
			select {
			case <-full.room:
			case <-ctx.Done():
				return nil
			case <-s.abandoned:
				return errAbandoned
			}
			continue
		}
		if err != nil {
			return err
		}
		s.begin()
		select {
		case to <- numbered{query, number}:
			number++
		case <-ctx.Done():
			return nil
		case <-s.abandoned:
			return errAbandoned
		}
	}
	s.pause(true)
	return nil
}

// begin notes that a query is under way.
func (s *scan) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	s.held = false
}

// pause notes that nothing more is fed for now, or at all.
func (s *scan) pause(forGood bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.fed = true, forGood
	s.signalIdle()
}

// finish notes that a query is a result, or is kept for later.
func (s *scan) finish(keep ...Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	s.later = append(s.later, keep...)
	s.signalIdle()
}

// signalIdle tells retry where nothing is under way. The lock is held.
func (s *scan) signalIdle() {
	if s.held && s.open == 0 {
		s.wakeRetry()
	}
}

func (s *scan) wakeRetry() {
	select {
	case s.idle <- struct{}{}:
	default: // it is on its way
	}
}

// hurry asks for the second pass now, where something waits for it.
func (s *scan) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.later) > 0 {
		s.wakeRetry()
	}
}

// retry sends what failed in a way that may have passed to the last stage, once, whenever nothing else can be done, or results wait for it.
func (s *scan) retry(ctx context.Context, to chan<- Result) error {
	for {
		select {
		case <-s.idle:
		case <-ctx.Done():
			return nil
		case <-s.abandoned:
			return errAbandoned
		}
		s.mu.Lock()
		later, ended := s.later, s.fed && s.open == 0 && len(s.later) == 0
		s.open, s.later = s.open+len(later), nil
		s.mu.Unlock()
		if ended {
			return nil
		}
		for _, result := range later {
			select {
			case to <- result:
			case <-ctx.Done():
				return nil
			case <-s.abandoned:
				return errAbandoned
			}
		}
	}
}

// run is one stage: its workers answer what comes, and, where it is the last stage, what is to be asked again.
func (s *scan) run(ctx context.Context, stage Stage, from <-chan numbered, repeat <-chan Result, to chan<- numbered) error {
	group, ctx := errgroup.WithContext(ctx)
	for range max(stage.Workers, 1) {
		group.Go(func() error {
			from, repeat := from, repeat
			for from != nil || repeat != nil {
				var query numbered
				var before *Result
				select {
				case <-ctx.Done():
					return nil
				case <-s.abandoned:
					return errAbandoned
				case next, more := <-from:
					if !more {
						from = nil
						continue
					}
					query = next
				case failed, more := <-repeat:
					if !more {
						repeat = nil
						continue
					}
					query, before = numbered{failed.Query, failed.number}, &failed
				}
				// Both may have been ready: nothing is begun after the end.
				if ctx.Err() != nil {
					return nil
				}
				if err := s.answer(ctx, stage, query, before, to); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// answer takes one query through one stage. before is its result the first time, nil if this is the first time.
func (s *scan) answer(ctx context.Context, stage Stage, query numbered, before *Result, to chan<- numbered) error {
	answer, err := stage.Answer(ctx, query.Query)
	switch {
	case err == nil:
		if answer.Source == "" {
			answer.Source = stage.Source
		}
		result := Result{Query: query.Query, Answer: answer, number: query.number}
		if before != nil {
			result.Attempts += before.Attempts
		}
		if to == nil && before == nil && answer.Retryable && s.mayRetry() {
			s.finish(result)
			return nil
		}
		// Not cancelled with ctx: the answer was paid for.
		select {
		case s.results <- result:
			s.finish()
		case <-s.abandoned:
			return errAbandoned
		}
		return nil
	case errors.Is(err, ErrPass) && to != nil:
		select {
		case to <- query:
		case <-ctx.Done():
		case <-s.abandoned:
			return errAbandoned
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

func (s *scan) mayRetry() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.later) < maxRetries
}
