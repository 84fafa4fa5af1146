package scanner

import "encoding/binary"

const (
	offsetBits  = 36 // of an entry: 64 GiB of keys
	hashBits    = 64 - offsetBits
	deepest     = 24 // of the hash, at most so many bits choose the bucket: a directory of 64 MiB for 1.4 billion keys
	bucketSize  = 1 << 10
	bucketSlots = bucketSize/8 - 1
	heldBuckets = 128 // 128 KiB
)

// table says where the keys of a hash are. It is a directory of buckets, chosen by the first depth bits of the hash;
// several places of the directory share a bucket that has not been split as often. It grows by one bucket at a time, so it
// never exists twice. Only the directory, a tenth of a byte for each key, must be in memory.
type table struct {
	directory []uint32 // numbers of buckets
	depth     uint
	limit     uint // of depth
	buckets   pages
	n         int // of buckets

	// Scratch: buckets that are looked at.
	room, otherRoom [bucketSize]byte
}

// bucket is a page: how many entries there are, how many bits of the hash its own have in common, and in four bytes the
// number, plus 1, of a bucket with more of the same hash, where there are no bits left to split by. Then the entries:
// hashBits of the hash, then the offset of the key.
type bucket []byte

func (b bucket) len() int        { return int(b[0]) }
func (b bucket) setLen(n int)    { b[0] = byte(n) }
func (b bucket) depth() uint     { return uint(b[1]) }
func (b bucket) next() int       { return int(binary.NativeEndian.Uint32(b[4:])) - 1 }
func (b bucket) setNext(n int)   { binary.NativeEndian.PutUint32(b[4:], uint32(n)+1) }
func (b bucket) at(i int) []byte { return b[8+8*i:] }

func (b bucket) entry(i int) uint64 { return binary.NativeEndian.Uint64(b.at(i)) }

func (b bucket) add(entry uint64) {
	binary.NativeEndian.PutUint64(b.at(b.len()), entry)
	b.setLen(b.len() + 1)
}

func newTable(limit uint, room int, newFile func() (spill, error)) *table {
	t := &table{limit: limit, directory: []uint32{0}, buckets: pages{size: bucketSize, most: heldBuckets, room: room, file: tempFile{make: newFile}}}
	_ = t.buckets.put(t.empty(0)) // the first ones are in memory
	return t
}

func (t *table) place(h uint64) uint64 { return h >> (hashBits - t.depth) }

// bucketOf is the bucket at a place of the directory.
func (t *table) bucketOf(h uint64) (number int, b bucket, err error) {
	number = int(t.directory[t.place(h)])
	b, err = t.buckets.part(number, 0, t.room[:])
	return number, b, err
}

// empty is a new bucket, in scratch.
func (t *table) empty(depth uint) (number int, b bucket) {
	b = t.otherRoom[:]
	clear(b)
	b[1] = byte(depth)
	t.n++
	return t.n - 1, b
}

// find says whether some key of this hash is the one that is sought.
func (t *table) find(h uint64, is func(offset uint64) bool) (bool, error) {
	_, b, err := t.bucketOf(h)
	for err == nil {
		for i := range b.len() {
			if entry := b.entry(i); entry>>offsetBits == h && is(entry&(1<<offsetBits-1)) {
				return true, nil
			}
		}
		next := b.next()
		if next < 0 {
			return false, nil
		}
		b, err = t.buckets.part(next, 0, t.room[:])
	}
	return false, err
}

// insert notes where a key of this hash is.
func (t *table) insert(h, offset uint64) error {
	for {
		number, b, err := t.bucketOf(h)
		if err != nil {
			return err
		}
		switch {
		case b.len() < bucketSlots:
			b.add(h<<offsetBits | offset)
			return t.buckets.put(number, b)
		case b.depth() == t.limit:
			// Only one place of the directory leads here, since the directory is never deeper.
			another, more := t.empty(t.limit)
			more.setNext(number)
			if err := t.buckets.put(another, more); err != nil {
				return err
			}
			t.directory[t.place(h)] = uint32(another)
		default:
			if err := t.split(number, b, h); err != nil {
				return err
			}
		}
	}
}

// split moves the half of b whose next bit is 1 to a bucket of its own. b is where h belongs.
func (t *table) split(number int, b bucket, h uint64) error {
	if b.depth() == t.depth {
		directory := make([]uint32, 2*len(t.directory))
		for i, number := range t.directory {
			directory[2*i], directory[2*i+1] = number, number
		}
		t.directory, t.depth = directory, t.depth+1
	}
	b[1]++
	another, other := t.empty(b.depth())
	bit := uint64(1) << (64 - b.depth())
	entries := b.len()
	b.setLen(0)
	for i := range entries {
		if entry := b.entry(i); entry&bit == 0 {
			b.add(entry)
		} else {
			other.add(entry)
		}
	}
	if err := t.buckets.put(number, b); err != nil {
		return err
	}
	if err := t.buckets.put(another, other); err != nil {
		return err
	}
	share := uint64(1) << (t.depth - b.depth()) // places that each of the two gets
	from := t.place(h) &^ (2*share - 1)
	for i := from + share; i < from+2*share; i++ {
		t.directory[i] = uint32(another)
	}
	return nil
}
