package scanner

// NewSequencerOf is NewSequencer with a window of n queries.
func NewSequencerOf(n int) *Sequencer {
	s := NewSequencer()
	s.queue = s.queue[:n]
	return s
}
