package scanner

import "math/rand/v2"

// NewSequencerOf is NewSequencer with room for n results in memory, and files that take nothing any more after some bytes.
func NewSequencerOf(n int, room int) *Sequencer {
	s := NewSequencer()
	s.window = n
	s.records.make, s.index.make = disk{room: room}.open, disk{room: room}.open
	return s
}

// InMemory is how many results wait in memory.
func (s *Sequencer) InMemory() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.memory)
}

// Ahead is how many queries after the first without a row were let through.
func (s *Sequencer) Ahead() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.fed - s.next)
}

// Shuffled are results that a Sequencer brings back into their order.
func Shuffled(results []Result, seed uint64) []Result {
	for i := range results {
		results[i].number = int64(i)
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
	return results
}
