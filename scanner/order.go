package scanner

import (
	"iter"
	"sync"
)

// ahead is how many queries may be under way, or have answers that wait for those before them: enough for an hour at the
// usual rate, and 2 MiB.
const ahead = 4096

// Order brings results back into the order of their queries, each of which must be another. Queries goes around what
// Scan is given, Turn around what it yields. A nil *Order leaves the order of completion.
//
//	for result, err := range Scan(ctx, order.Queries(queries), stages...) {
//		for result := range order.Turn(result) {
//
// While one query is under way, up to 4095 after it are asked; then they wait for it. A query that is kept for a second
// pass is asked again as soon as it holds up the others. Queries and Turn may be used by one goroutine each.
type Order struct {
	mu      sync.Mutex
	queue   []Query // a ring of the queries whose turn has not come
	first   int     // in the ring
	n       int     // how many there are
	waiting map[Query]Result
	room    chan struct{} // not nil: closed when there is room again
}

// NewOrder returns one for a single scan.
func NewOrder() *Order {
	return &Order{queue: make([]Query, ahead), waiting: make(map[Query]Result)}
}

// fullError is what Queries yields, and Scan alone understands: nothing more comes before there is room.
type fullError struct{ room <-chan struct{} }

func (*fullError) Error() string { return "the queries before are still under way" }

// Queries yields the queries, and notes their order.
func (o *Order) Queries(queries iter.Seq2[Query, error]) iter.Seq2[Query, error] {
	if o == nil {
		return queries
	}
	return func(yield func(Query, error) bool) {
		for query, err := range queries {
			if err == nil {
				for full := o.add(query); full != nil; full = o.add(query) {
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
func (o *Order) add(query Query) *fullError {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == len(o.queue) {
		o.room = make(chan struct{})
		return &fullError{o.room}
	}
	o.queue[(o.first+o.n)%len(o.queue)] = query
	o.n++
	return nil
}

// Turn yields the results whose turn has come with this one: none, or it and those that waited for it.
func (o *Order) Turn(result Result) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		if o == nil {
			yield(result)
			return
		}
		o.waiting[result.Query] = result
		for next, ok := o.next(); ok; next, ok = o.next() {
			if !yield(next) {
				return
			}
		}
	}
}

// next takes the first query off the queue, if its result is there.
func (o *Order) next() (Result, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == 0 {
		return Result{}, false
	}
	result, ok := o.waiting[o.queue[o.first]]
	if ok {
		delete(o.waiting, result.Query)
		o.drop()
	}
	return result, ok
}

// drop takes the first query off the queue, and lets in who waits for room. The lock is held.
func (o *Order) drop() {
	o.queue[o.first] = Query{}
	o.first, o.n = (o.first+1)%len(o.queue), o.n-1
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// Rest yields, when a scan has ended early, the results that still wait for others, in their order.
func (o *Order) Rest() iter.Seq[Result] {
	return func(yield func(Result) bool) {
		if o == nil {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		for ; o.n > 0; o.drop() {
			if result, ok := o.waiting[o.queue[o.first]]; ok && !yield(result) {
				return
			}
		}
	}
}
