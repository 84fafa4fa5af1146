package scanner

import (
	"iter"
	"sync"
)

// ahead is how many queries may be under way, or have answers that wait for those before them: enough for an hour at the
// usual rate, and 2 MiB.
const ahead = 4096

// A Sequencer brings results back into the order of their queries, each of which must be another. Queries goes around what
// Scan is given, Ready around what it yields. A nil *Sequencer leaves the order of completion.
//
//	for result, err := range Scan(ctx, order.Queries(queries), stages...) {
//		for result := range order.Ready(result) {
//
// While one query is under way, up to 4095 after it are asked; then they wait for it. A query that is kept for a second
// pass is asked again as soon as it holds up the others. Queries and Ready may be used by one goroutine each.
type Sequencer struct {
	mu      sync.Mutex
	queue   []Query // a ring of the queries whose turn has not come
	first   int     // in the ring
	n       int     // how many there are
	waiting map[Query]Result
	room    chan struct{} // not nil: closed when there is room again
}

// NewSequencer returns one for a single scan.
func NewSequencer() *Sequencer {
	return &Sequencer{queue: make([]Query, ahead), waiting: make(map[Query]Result)}
}

// fullError is what Queries yields, and Scan alone understands: nothing more comes before there is room.
type fullError struct{ room <-chan struct{} }

func (*fullError) Error() string { return "the queries before are still under way" }

// Queries yields the queries, and notes their order.
func (s *Sequencer) Queries(queries iter.Seq2[Query, error]) iter.Seq2[Query, error] {
	if s == nil {
		return queries
	}
	return func(yield func(Query, error) bool) {
		for query, err := range queries {
			if err == nil {
				for full := s.add(query); full != nil; full = s.add(query) {
					if !yield(Query{}, full) {
						return
					}
				}
			}
			if !yield(query, err) {
				return
			}
		}
	}
}

// add notes a query, or says that it must wait.
func (s *Sequencer) add(query Query) *fullError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == len(s.queue) {
		s.room = make(chan struct{})
		return &fullError{s.room}
	}
	s.queue[(s.first+s.n)%len(s.queue)] = query
	s.n++
	return nil
}

// Ready yields the results whose turn has come with this one: none, or it and those that waited for it.
func (s *Sequencer) Ready(result Result) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		if s == nil {
			yield(result)
			return
		}
		s.waiting[result.Query] = result
		for next, ok := s.next(); ok; next, ok = s.next() {
			if !yield(next) {
				return
			}
		}
	}
}

// next takes the first query off the queue, if its result is there.
func (s *Sequencer) next() (Result, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == 0 {
		return Result{}, false
	}
	result, ok := s.waiting[s.queue[s.first]]
	if ok {
		delete(s.waiting, result.Query)
		s.drop()
	}
	return result, ok
}

// drop takes the first query off the queue, and lets in who waits for room. The lock is held.
func (s *Sequencer) drop() {
	s.queue[s.first] = Query{}
	s.first, s.n = (s.first+1)%len(s.queue), s.n-1
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// Rest yields, when a scan has ended early, the results that still wait for others, in their order.
func (s *Sequencer) Rest() iter.Seq[Result] {
	return func(yield func(Result) bool) {
		if s == nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for ; s.n > 0; s.drop() {
			if result, ok := s.waiting[s.queue[s.first]]; ok && !yield(result) {
				return
			}
		}
	}
}
