package scanner

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
)

const (
	offsetBits  = 36 // of an entry: 64 GiB of keys
	hashBits    = 64 - offsetBits
	deepest     = 24 // of the hash, at most so many bits choose the bucket: a directory of 128 MiB for 1.4 billion keys
	bucketSlots = 125
	blockSize   = 64 << 10
	heldBlocks  = 16 // 1 MiB
)

// Seen is a set of strings that is exact and small: it never takes two keys for one nor one for two, and holds at most
// 16 bytes of memory per key and 1.2 MiB besides, whatever the keys' length. The keys themselves, after the first MiB,
// lie in a temporary file that has no name any more. Where there can be no such file, or its disk is full, they stay in
// memory, which then costs their length too.
//
// The zero value is an empty set. Close gives its file back. A Seen must not be used by two goroutines at once.
type Seen struct {
	seed    maphash.Seed
	started bool
	count   int
	repeats int
	err     error

	// The table is a directory of buckets, chosen by the first depth bits of the hash; several places of the directory
	// share a bucket that has not been split as often. It grows by one bucket at a time, so it never exists twice, and
	// leaves no garbage but the directory's, a fiftieth of it.
	directory []*bucket
	depth     uint

	// The keys, each after its length, in blocks: the first ones held, then the spilled, then those that could not be
	// spilled, then the one that is being filled. No key crosses the end of a block.
	held    [][]byte
	spilled int
	kept    [][]byte
	filling []byte
	file    spill
	stay    bool // spilling has failed

	beyond map[string]struct{} // keys that do not fit into a block, or lie beyond the last offset

	record []byte // scratch: the key sought, after its length
	stored []byte // scratch: as many bytes from the file

	coarse  uint                  // bits of the hash that tests take away, so that keys collide
	newFile func() (spill, error) // for tests; nil means newSpill
}

// bucket fills one of the allocator's sizes, 1 KiB, to the last byte: 8 of them are the allocator's own, since the bucket
// is large and holds a pointer.
type bucket struct {
	next    *bucket // more of the same hash, where there are no bits left to split by
	n       uint8
	depth   uint8
	entries [bucketSlots]uint64 // hashBits of the hash, then the offset of the key
}

type spill interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// Add puts key into the set and says whether it was not there before.
func (s *Seen) Add(key string) (added bool) { return s.add(sought(s, key)) }

// Has says whether key is in the set.
func (s *Seen) Has(key string) bool { return s.find(sought(s, key)) }

// addBytes and hasBytes are Add and Has without a string to allocate.
func (s *Seen) addBytes(key []byte) (added bool) { return s.add(sought(s, key)) }
func (s *Seen) hasBytes(key []byte) bool         { return s.find(sought(s, key)) }

// Len is the number of keys in the set.
func (s *Seen) Len() int { return s.count }

// Repeats is the number of pairs that Queries has left out because it had yielded them already.
func (s *Seen) Repeats() int { return s.repeats }

// Close empties the set and gives its file back; the set can be used again. It returns the first error of reading keys
// back, after which a key may have been taken for new that was not.
func (s *Seen) Close() error {
	err := s.err
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	*s = Seen{coarse: s.coarse, newFile: s.newFile}
	return err
}

// sought makes key the record that find and add look at, and returns its hash.
func sought[K string | []byte](s *Seen, key K) uint64 {
	s.record = binary.AppendUvarint(s.record[:0], uint64(len(key)))
	s.record = append(s.record, key...)
	return s.hash()
}

// hash is of the record, in the low hashBits. Its seed is the set's own, so that no list can be made to collide.
func (s *Seen) hash() uint64 {
	if !s.started {
		s.started = true
		s.seed = maphash.MakeSeed()
		s.directory = []*bucket{new(bucket)}
	}
	return maphash.Bytes(s.seed, s.record) >> offsetBits >> s.coarse << s.coarse
}

func (s *Seen) place(h uint64) uint64 { return h >> (hashBits - s.depth) }

func (s *Seen) find(h uint64) bool {
	for b := s.directory[s.place(h)]; b != nil; b = b.next {
		for _, entry := range b.entries[:b.n] {
			if entry>>offsetBits == h && s.holds(entry&(1<<offsetBits-1)) {
				return true
			}
		}
	}
	_, ok := s.beyond[string(s.record)]
	return ok
}

func (s *Seen) add(h uint64) bool {
	if s.find(h) {
		return false
	}
	s.count++
	if offset, ok := s.write(); ok {
		s.insert(h, h<<offsetBits|offset)
		return true
	}
	if s.beyond == nil {
		s.beyond = make(map[string]struct{})
	}
	s.beyond[string(s.record)] = struct{}{}
	return true
}

func (s *Seen) insert(h, entry uint64) {
	for {
		b := s.directory[s.place(h)]
		if b.n < bucketSlots {
			b.entries[b.n] = entry
			b.n++
			return
		}
		if uint(b.depth) == min(deepest, hashBits-s.coarse) {
			// Only one place of the directory leads here, since the directory is never deeper.
			s.directory[s.place(h)] = &bucket{next: b, depth: b.depth}
			continue
		}
		s.split(b, h)
	}
}

// split moves the half of b whose next bit is 1 to a bucket of its own. b is where h belongs.
func (s *Seen) split(b *bucket, h uint64) {
	if uint(b.depth) == s.depth {
		directory := make([]*bucket, 2*len(s.directory))
		for i, b := range s.directory {
			directory[2*i], directory[2*i+1] = b, b
		}
		s.directory, s.depth = directory, s.depth+1
	}
	b.depth++
	other := &bucket{depth: b.depth}
	bit := uint64(1) << (64 - b.depth)
	n := uint8(0)
	for _, entry := range b.entries {
		if entry&bit == 0 {
			b.entries[n] = entry
			n++
		} else {
			other.entries[other.n] = entry
			other.n++
		}
	}
	b.n = n
	share := uint64(1) << (s.depth - uint(b.depth)) // places that each of the two gets
	from := s.place(h) &^ (2*share - 1)
	for i := from + share; i < from+2*share; i++ {
		s.directory[i] = other
	}
}

// write puts the record behind the others and returns where. It says no for one that has no place there.
func (s *Seen) write() (offset uint64, ok bool) {
	if len(s.record) > blockSize {
		return 0, false
	}
	if s.filling == nil {
		s.filling = make([]byte, 0, blockSize)
	}
	if len(s.filling)+len(s.record) > blockSize {
		s.seal()
	}
	offset = uint64(s.blocks())*blockSize + uint64(len(s.filling))
	if offset >= 1<<offsetBits {
		return 0, false
	}
	s.filling = append(s.filling, s.record...)
	return offset, true
}

// blocks is how many blocks are full.
func (s *Seen) blocks() int { return len(s.held) + s.spilled + len(s.kept) }

// seal puts the full block away and begins another.
func (s *Seen) seal() {
	if len(s.held) < heldBlocks {
		s.held = append(s.held, s.filling)
		s.filling = make([]byte, 0, blockSize)
		return
	}
	if !s.stay && s.toFile() {
		s.filling = s.filling[:0]
		return
	}
	s.stay = true
	s.kept = append(s.kept, s.filling)
	s.filling = make([]byte, 0, blockSize)
}

// toFile writes the full block behind the others in the file, which it makes for the first.
func (s *Seen) toFile() bool {
	if s.file == nil {
		newFile := s.newFile
		if newFile == nil {
			newFile = newSpill
		}
		file, err := newFile()
		if err != nil {
			return false
		}
		s.file = file
	}
	_, err := s.file.WriteAt(s.filling[:blockSize], int64(s.spilled)*blockSize)
	if err != nil {
		return false
	}
	s.spilled++
	return true
}

// holds says whether the record is the one at offset. As its length comes first, a prefix is equal only to itself.
func (s *Seen) holds(offset uint64) bool {
	block, at := int(offset/blockSize), int(offset%blockSize)
	if at+len(s.record) > blockSize {
		return false
	}
	var in []byte
	switch after := block - len(s.held) - s.spilled; {
	case block < len(s.held):
		in = s.held[block]
	case after == len(s.kept):
		in = s.filling
	case after >= 0:
		in = s.kept[after]
	default:
		s.stored = append(s.stored[:0], s.record...)
		if _, err := s.file.ReadAt(s.stored, int64(block-len(s.held))*blockSize+int64(at)); err != nil {
			// The key is taken for another: rather ask twice than not at all. Queries stops on it.
			s.err = errors.Join(s.err, fmt.Errorf("the names seen so far cannot be read back from %s: %w", os.TempDir(), err))
			return false
		}
		return bytes.Equal(s.stored, s.record)
	}
	return bytes.HasPrefix(in[at:], s.record)
}

// newSpill makes a file that vanishes with the process, also by kill -9.
func newSpill() (spill, error) {
	file, err := os.CreateTemp("", "tldsweep-*")
	if err != nil {
		return nil, err
	}
	if os.Remove(file.Name()) != nil {
		return &named{file}, nil // some systems keep the names of open files
	}
	return file, nil
}

type named struct{ *os.File }

func (f *named) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }
