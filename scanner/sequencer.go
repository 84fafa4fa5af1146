package scanner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
)

// window is how many results wait in memory for those before them, at some 500 bytes each.
const window = 4096

// A Sequencer brings results back into the order of their queries. Queries goes around what Scan is given, Ready around what it
// yields. A nil *Sequencer leaves the order of completion.
//
//	for result, err := range Scan(ctx, order.Queries(queries), stages...) {
//		for result := range order.Ready(result) {
//
// Any number of results may wait for the one before them: those beyond 4,096 lie in temporary files that have no names any more,
// at some 100 bytes each. Where there can be no such files, or their disk is full, no more than 4,096 queries are asked before
// one that has no result yet. A query that is kept for a second pass is asked again as soon as 4,096 results wait.
//
// Close gives the files back. Queries may be used by one goroutine, and the other methods by another.
type Sequencer struct {
	// Warn is called, once at most, when results no longer fit into files, with why; may be nil.
	Warn func(error)

	mu      sync.Mutex
	next    int64 // whose turn it is: the number of a query, from 0
	fed     int64 // how many queries there are so far
	waiting int   // results, in memory and in files
	last    int64 // the highest number among them
	memory  map[int64]Result
	window  int
	records tempFile // each result, one after the other
	index   tempFile // at eight times the number of a result: where it is in records, plus 1; or 0
	end     int64    // of records
	inFiles int
	full    bool          // the files take nothing any more
	room    chan struct{} // not nil: closed when there is room again
	hurry   func()        // asks for the second pass
	bytes   []byte        // scratch: a record
}

// NewSequencer returns one for a single scan.
func NewSequencer() *Sequencer {
	return &Sequencer{memory: make(map[int64]Result), window: window}
}

// fullError is what Queries yields, and Scan alone understands: nothing more comes before there is room.
type fullError struct{ room <-chan struct{} }

func (*fullError) Error() string { return "the queries before are still under way" }

// introduction is what Queries yields first, and Scan alone understands: how to ask for a second pass.
type introduction struct{ to *Sequencer }

func (*introduction) Error() string { return "the order of the results is kept" }

// Queries yields the queries, and counts them.
func (s *Sequencer) Queries(queries iter.Seq2[Query, error]) iter.Seq2[Query, error] {
	if s == nil {
		return queries
	}
	return func(yield func(Query, error) bool) {
		if !yield(Query{}, &introduction{s}) {
			return
		}
		for query, err := range queries {
			if err == nil {
				for full := s.count(); full != nil; full = s.count() {
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

// count counts a query, or says that it must wait.
func (s *Sequencer) count() *fullError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full && s.fed-s.next >= int64(s.window) {
		s.room = make(chan struct{})
		return &fullError{s.room}
	}
	s.fed++
	return nil
}

func (s *Sequencer) setHurry(hurry func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hurry = hurry
}

// Ready yields the results whose turn has come with this one: none, or it and those that waited for it. What cannot be read
// back from a file is an error, and the last thing that it yields.
func (s *Sequencer) Ready(result Result) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		if s == nil {
			yield(result, nil)
			return
		}
		if !s.isNext(result) {
			s.keep(result)
			return
		}
		for ok := true; ok; {
			if !yield(result, nil) {
				return
			}
			var err error
			if result, ok, err = s.take(); err != nil {
				yield(Result{}, err)
				return
			}
		}
	}
}

func (s *Sequencer) isNext(result Result) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return result.number == s.next
}

// keep remembers a result until its turn comes.
func (s *Sequencer) keep(result Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting++; s.waiting%s.window == 0 && s.hurry != nil {
		s.hurry()
	}
	s.last = max(s.last, result.number)
	if len(s.memory) < s.window || s.full {
		s.memory[result.number] = result
		return
	}
	if err := s.spill(result); err != nil {
		s.memory[result.number], s.full = result, true // nothing is lost, but no more of it
		if s.Warn != nil {
			s.Warn(fmt.Errorf("the rows that wait for others do not fit into memory, and cannot be written to %s: %w", os.TempDir(), err))
		}
	}
}

// spill writes a result to the files. The lock is held.
func (s *Sequencer) spill(result Result) error {
	if s.inFiles == 0 {
		s.end = 0
	}
	const length = 4 // bytes before the record
	s.bytes = appendResult(append(s.bytes[:0], make([]byte, length)...), result)
	binary.LittleEndian.PutUint32(s.bytes, uint32(len(s.bytes)-length))
	if _, err := s.records.WriteAt(s.bytes, s.end); err != nil {
		return err
	}
	var at [8]byte
	binary.LittleEndian.PutUint64(at[:], uint64(s.end)+1)
	if _, err := s.index.WriteAt(at[:], 8*result.number); err != nil {
		return err
	}
	s.end += int64(len(s.bytes))
	s.inFiles++
	return nil
}

// take ends a turn, and takes the result whose turn comes next, if it is there.
func (s *Sequencer) take() (result Result, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	return s.at(s.next)
}

// at takes the result of a number, if it waits. The lock is held.
func (s *Sequencer) at(number int64) (result Result, ok bool, err error) {
	if result, ok = s.memory[number]; ok {
		delete(s.memory, number)
	} else if result, ok, err = s.read(number); ok {
		s.inFiles--
	}
	if ok {
		s.waiting--
	}
	return result, ok, err
}

// read reads the result of a number from the files.
func (s *Sequencer) read(number int64) (result Result, ok bool, err error) {
	if s.inFiles == 0 || number > s.last {
		return Result{}, false, nil
	}
	var at, size [8]byte
	failed := func(err error) (Result, bool, error) {
		return Result{}, false, fmt.Errorf("the rows that wait for others cannot be read back from %s: %w", os.TempDir(), err)
	}
	if _, err := s.index.ReadAt(at[:], 8*number); err != nil && err != io.EOF { // it may end before
		return failed(err)
	}
	where := int64(binary.LittleEndian.Uint64(at[:])) - 1
	if where < 0 {
		return Result{}, false, nil
	}
	if _, err := s.index.WriteAt(make([]byte, 8), 8*number); err != nil {
		return failed(err)
	}
	if _, err := s.records.ReadAt(size[:4], where); err != nil {
		return failed(err)
	}
	record := make([]byte, binary.LittleEndian.Uint32(size[:4]))
	if _, err := s.records.ReadAt(record, where+4); err != nil {
		return failed(err)
	}
	if result, ok = cutResult(record); !ok {
		return failed(errors.New("it is not what was written"))
	}
	result.number = number
	return result, true, nil
}

// Rest yields, when a scan has ended early, the results that still wait for others, in their order.
func (s *Sequencer) Rest() iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		if s == nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for number := s.next; s.waiting > 0; number++ {
			result, ok, err := s.at(number)
			if (ok || err != nil) && !yield(result, err) || err != nil {
				return
			}
		}
	}
}

// Close gives the files back. Nothing may be asked of the Sequencer after that.
func (s *Sequencer) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.records.Close(), s.index.Close())
}
