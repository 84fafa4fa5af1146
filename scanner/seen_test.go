package scanner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

func TestSeenZeroValueIsAnEmptySet(t *testing.T) {
	var s Seen
	if s.Len() != 0 || s.Has("") || s.Has("rocket") {
		t.Error("the zero value holds something")
	}
	for _, key := range []string{"", "rocket", "rocke", "rocket\x00", strings.Repeat("a", 4096), strings.Repeat("b", 100_000)} {
		if !s.Add(key) || s.Add(key) || !s.Has(key) {
			t.Errorf("%.10q is not in the set exactly once", key)
		}
	}
	if s.Len() != 6 {
		t.Errorf("Len is %d", s.Len())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.Len() != 0 || s.Has("rocket") || !s.Add("rocket") {
		t.Error("Close does not empty the set")
	}
	s.Close()
}

// Against a map, with hashes that say less and less, down to nothing at all, and with files that fail early or late.
func TestSeenAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file brittle
		s := Seen{coarse: rapid.SampledFrom([]uint{0, 0, 10, 20, 25, 27, 28}).Draw(t, "coarse")}
		if rapid.Bool().Draw(t, "brittle") {
			file.room = rapid.IntRange(0, 4).Draw(t, "room")
			s.newFile = file.open
		}
		defer s.Close()
		// Padding fills the blocks that are kept in memory with few keys.
		padding := strings.Repeat("-", rapid.SampledFrom([]int{0, 0, 4000, 30_000}).Draw(t, "padding"))
		keys := rapid.SliceOf(rapid.OneOf(
			rapid.Map(rapid.IntRange(0, 2000), func(i int) string { return fmt.Sprint(i, padding) }),
			rapid.StringN(0, 3, 12),
		)).Draw(t, "keys")
		for range rapid.IntRange(0, 150).Draw(t, "more") {
			keys = append(keys, fmt.Sprint(len(keys), padding))
		}
		model := map[string]bool{}
		for _, key := range keys {
			if s.Has(key) != model[key] {
				t.Fatalf("Has(%.20q) is not %t", key, model[key])
			}
			if s.Add(key) == model[key] {
				t.Fatalf("Add(%.20q) is %t", key, model[key])
			}
			model[key] = true
		}
		for key := range model {
			if !s.Has(key) {
				t.Fatalf("%.20q is lost", key)
			}
		}
		if s.Len() != len(model) {
			t.Fatalf("Len is %d, not %d", s.Len(), len(model))
		}
	})
}

// brittle is a file on a disk with room for so many blocks; with room for none it cannot even be made.
type brittle struct {
	data   []byte
	room   int
	freed  int // after so many failures there is room again; 0 means never
	failed int
	broken error
}

func (f *brittle) open() (spill, error) {
	if f.room == 0 {
		return nil, errors.New("no place for it")
	}
	return f, nil
}

func (f *brittle) WriteAt(p []byte, at int64) (int, error) {
	if (f.failed == 0 || f.failed != f.freed) && int(at)+len(p) > f.room*blockSize {
		f.failed++
		f.data = append(f.data, p[:len(p)/2]...) // as a full disk does
		return len(p) / 2, errors.New("the disk is full")
	}
	f.data = append(f.data[:at], p...)
	return len(p), nil
}

func (f *brittle) ReadAt(p []byte, at int64) (int, error) {
	if f.broken != nil {
		return 0, f.broken
	}
	return copy(p, f.data[at:]), nil
}

func (f *brittle) Close() error { return nil }

func TestSeenUsesTheDiskOnlyAfterTheFirstMiB(t *testing.T) {
	files := 0
	s := Seen{newFile: func() (spill, error) {
		files++
		return newSpill()
	}}
	defer s.Close()
	for i := range 1000 {
		s.Add(fmt.Sprintf("%01000d", i))
	}
	if files != 0 {
		t.Error("1 MB of names made a file")
	}
	for i := range 2000 {
		s.Add(fmt.Sprintf("%01000d", i))
	}
	if files != 1 {
		t.Errorf("2 MB of names made %d files", files)
	}
	for i := range 2000 {
		if !s.Has(fmt.Sprintf("%01000d", i)) {
			t.Fatalf("%d is lost", i)
		}
	}
}

// With no hash at all, every key is compared with every other, in memory, in the file and in the block being filled.
func TestSeenTellsApartKeysThatAllCollide(t *testing.T) {
	for says, file := range map[string]*brittle{
		"all in the file": {room: 1000}, "none in the file": {}, "a disk that fills": {room: 3}, "a disk that is full for a time": {room: 3, freed: 5},
	} {
		s := Seen{coarse: hashBits, newFile: file.open}
		for i := range 2000 {
			if key := fmt.Sprintf("%0*d", 950+i%100, i); s.Has(key) || !s.Add(key) {
				t.Fatalf("%s: %d is taken for another", says, i)
			}
		}
		for i := range 2000 {
			if key := fmt.Sprintf("%0*d", 950+i%100, i); !s.Has(key) || s.Add(key) {
				t.Fatalf("%s: %d is lost", says, i)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(says, err)
		}
	}
}

func TestSeenLeavesNoFileBehind(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	var s Seen
	for i := range 3000 {
		s.Add(fmt.Sprintf("%01000d", i))
	}
	if s.spilled == 0 {
		t.Fatal("nothing was written")
	}
	if runtime.GOOS == "linux" {
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("the file has a name while it is open: %s", left[0].Name())
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("%s is left behind", left[0].Name())
	}
}

func TestSeenSaysThatItCannotReadItsFile(t *testing.T) {
	file := brittle{room: 100}
	s := Seen{newFile: file.open}
	for i := range 3000 {
		s.Add(fmt.Sprintf("%01000d", i))
	}
	file.broken = errors.New("input/output error")
	s.Add(fmt.Sprintf("%01000d", 1500))
	if err := s.Close(); !errors.Is(err, file.broken) {
		t.Errorf("Close says %v", err)
	}
}

func TestSeenBucketFillsASizeOfTheAllocator(t *testing.T) {
	if size := unsafe.Sizeof(bucket{}); size != 1024-8 {
		t.Errorf("a bucket has %d bytes", size)
	}
}

// name writes the i-th name of a list that looks like real ones: 13 bytes and no two alike.
func nthName(buffer []byte, i int) []byte {
	buffer = append(buffer[:0], "name-"...)
	return binary.LittleEndian.AppendUint64(buffer, uint64(i)*0x9e3779b97f4a7c15)
}

// memory is what the set holds, by its own account.
func (s *Seen) memory() int {
	buckets, last := 0, (*bucket)(nil)
	for _, b := range s.directory {
		if b != last { // the places of one bucket are neighbours
			for last = b; b != nil; b = b.next {
				buckets++
			}
		}
	}
	return buckets*1024 + cap(s.directory)*8 +
		(len(s.held)+len(s.kept)+1)*blockSize + cap(s.record) + cap(s.stored)
}

// The promise of Seen's comment, at many sizes, since a table that doubles is worst right after it has.
func TestSeenNeedsAtMost16BytesForANameByItsOwnAccount(t *testing.T) {
	if testing.Short() {
		t.Skip("adds a million names")
	}
	var s Seen
	defer s.Close()
	var buffer []byte
	worst, at := 0.0, 0
	for i := 1; i <= 1_000_000; i++ {
		buffer = nthName(buffer, i)
		s.addBytes(buffer)
		if i%10_000 == 0 {
			// While a directory is doubled, the old one is there too.
			each := float64(s.memory()+cap(s.directory)*4-1<<20-2*blockSize) / float64(i)
			if each > worst {
				worst, at = each, i
			}
		}
	}
	t.Logf("at 1,000,000: %.2f bytes each, all told; at worst %.2f beside the first MiB, at %d", float64(s.memory())/1e6, worst, at)
	if all := s.memory(); all > 16_000_000 || worst > 16 {
		t.Errorf("%d bytes for 1,000,000 names, at worst %.2f each", all, worst)
	}
}

func TestSeenNeedsAtMost16BytesForANameByTheAllocator(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("adds a million names, and the race detector's own memory counts")
	}
	var before, now, most runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	var s Seen
	var buffer []byte
	for i := range 1_000_000 {
		buffer = nthName(buffer, i)
		s.addBytes(buffer)
		if i%5_000 == 4_999 {
			runtime.ReadMemStats(&now)
			most.HeapAlloc = max(most.HeapAlloc, now.HeapAlloc)
			most.HeapInuse = max(most.HeapInuse, now.HeapInuse)
			most.HeapSys = max(most.HeapSys, now.HeapSys)
		}
	}
	alloc, inuse := most.HeapAlloc-before.HeapAlloc, most.HeapInuse-before.HeapInuse
	t.Logf("peaks over 1,000,000 names: HeapAlloc %.2f, HeapInuse %.2f, HeapSys %.2f bytes each (%d spilled blocks)",
		float64(alloc)/1e6, float64(inuse)/1e6, float64(most.HeapSys-before.HeapSys)/1e6, s.spilled)
	if alloc > 16_000_000 || inuse > 16_000_000 {
		t.Errorf("HeapAlloc rose by %d, HeapInuse by %d", alloc, inuse)
	}
	if s.Len() != 1_000_000 {
		t.Errorf("Len is %d", s.Len())
	}
	s.Close()
}

func BenchmarkSeen(b *testing.B) {
	var s Seen
	defer s.Close()
	var buffer []byte
	b.ReportAllocs()
	for i := range b.N {
		buffer = nthName(buffer, i)
		s.addBytes(buffer)
	}
}
