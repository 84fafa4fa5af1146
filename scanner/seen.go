package scanner

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
)

const (
	blockSize  = 16 << 10
	heldBlocks = 8 // 128 KiB
)

// Seen is a set of strings that is exact and small: it never takes two keys for one nor one for two, and holds at most a
// quarter of a byte of memory per key and 320 KiB besides, whatever the keys' length. What does not fit, from some 10,000
// keys on, lies in temporary files that have no names any more. Where there can be no such files, or once their disk is
// full, what comes is kept in memory, which then costs the keys' length and 15 bytes each; Unspilled says why. Of that, 256 MB
// are kept and no more.
//
// The zero value is an empty set. Close gives its files back. A Seen must not be used by two goroutines at once.
type Seen struct {
	seed    maphash.Seed
	count   int
	repeats int
	err     error

	table *table // where the keys are, by their hashes; nil while there are none

	// The keys, each after its length, in blocks, of which the last is being filled. No key crosses the end of a block.
	keys    pages
	blocks  int // that are full
	filling []byte

	beyond map[string]struct{} // keys that do not fit into a block, or lie beyond the last offset

	record []byte // scratch: the key sought, after its length
	stored []byte // scratch: as many bytes from the file

	room    int                   // for tests: pages.room
	coarse  uint                  // bits of the hash that tests take away, so that keys collide
	newFile func() (spill, error) // for tests; nil means newSpill
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

// Repeats is the number of pairs that Queries has left out because they had been yielded before.
func (s *Seen) Repeats() int { return s.repeats }

// Unspilled is why keys are kept in memory that do not belong there, since no temporary file takes them; nil where none are.
func (s *Seen) Unspilled() error {
	if s.table != nil && s.table.buckets.full != nil {
		return s.table.buckets.full
	}
	return s.keys.full
}

// Close empties the set and gives its files back; the set can be used again. It returns the first error of reading keys
// back, after which a key may have been taken for new that was not, or that there was no room for more: a *NoRoomError.
func (s *Seen) Close() error {
	err := errors.Join(s.err, s.keys.file.Close())
	if s.table != nil {
		err = errors.Join(err, s.table.buckets.file.Close())
	}
	*s = Seen{coarse: s.coarse, room: s.room, newFile: s.newFile}
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
	if s.table == nil {
		s.seed = maphash.MakeSeed()
		s.table = newTable(min(deepest, hashBits-s.coarse), s.room, s.newFile)
		s.keys = pages{size: blockSize, most: heldBlocks, room: s.room, file: tempFile{make: s.newFile}}
		s.filling = make([]byte, 0, blockSize)
	}
	return maphash.Bytes(s.seed, s.record) >> offsetBits >> s.coarse << s.coarse
}

func (s *Seen) find(h uint64) bool {
	found, err := s.table.find(h, s.holds)
	s.note(err)
	if found {
		return true
	}
	_, found = s.beyond[string(s.record)]
	return found
}

func (s *Seen) add(h uint64) bool {
	if s.find(h) {
		return false
	}
	s.count++
	if offset, ok := s.write(); ok {
		s.note(s.table.insert(h, offset))
		return true
	}
	if s.beyond == nil {
		s.beyond = make(map[string]struct{})
	}
	s.beyond[string(s.record)] = struct{}{}
	return true
}

// write puts the record behind the others and returns where. It says no for one that has no place there.
func (s *Seen) write() (offset uint64, ok bool) {
	if len(s.record) > blockSize {
		return 0, false
	}
	if len(s.filling)+len(s.record) > blockSize {
		s.note(s.keys.put(s.blocks, s.filling[:blockSize]))
		s.blocks++
		s.filling = s.filling[:0]
	}
	offset = uint64(s.blocks)*blockSize + uint64(len(s.filling))
	if offset >= 1<<offsetBits {
		return 0, false
	}
	s.filling = append(s.filling, s.record...)
	return offset, true
}

// holds says whether the record is the one at offset. As its length comes first, a prefix is equal only to itself.
func (s *Seen) holds(offset uint64) bool {
	block, at := int(offset/blockSize), int(offset%blockSize)
	if block == s.blocks {
		return bytes.HasPrefix(s.filling[at:], s.record)
	}
	if at+len(s.record) > blockSize {
		return false
	}
	s.stored = append(s.stored[:0], s.record...)
	stored, err := s.keys.part(block, at, s.stored)
	s.note(err)
	return err == nil && bytes.Equal(stored, s.record)
}

// note keeps an error of reading a file, or that there is no room. The key is then taken for another, rather asked twice than not
// at all, and Queries stops.
func (s *Seen) note(err error) {
	if _, full := errors.AsType[*NoRoomError](err); full {
		s.err = cmp.Or(s.err, err)
	} else if err != nil {
		s.err = errors.Join(s.err, fmt.Errorf("the names seen so far cannot be read back from %s: %w", os.TempDir(), err))
	}
}
