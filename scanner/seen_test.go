package scanner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

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
		s := Seen{coarse: rapid.SampledFrom([]uint{0, 0, 10, 20, 25, 27, 28}).Draw(t, "coarse")}
		if rapid.Bool().Draw(t, "brittle") {
			s.newFile = disk{room: rapid.IntRange(0, 4*blockSize).Draw(t, "room")}.open
		}
		defer s.Close()
		// Padding fills the blocks that are kept in memory with few keys.
		padding := strings.Repeat("-", rapid.SampledFrom([]int{0, 0, 4000, 10_000}).Draw(t, "padding"))
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

// disk is one on which each file has room for so many bytes; with room for none it cannot even be made.
type disk struct {
	room   int
	freed  int    // after so many failures there is room again; 0 means never
	broken *error // of reading
}

type brittle struct {
	disk
	data   []byte
	failed int
}

func (d disk) open() (spill, error) {
	if d.room == 0 {
		return nil, errors.New("no place for it")
	}
	return &brittle{disk: d}, nil
}

func (f *brittle) WriteAt(p []byte, at int64) (int, error) {
	if (f.failed == 0 || f.failed != f.freed) && int(at)+len(p) > f.room {
		f.failed++
		f.write(p[:len(p)/2], int(at)) // as a full disk does
		return len(p) / 2, errors.New("the disk is full")
	}
	f.write(p, int(at))
	return len(p), nil
}

func (f *brittle) write(p []byte, at int) {
	if more := at + len(p) - len(f.data); more > 0 {
		f.data = append(f.data, make([]byte, more)...)
	}
	copy(f.data[at:], p)
}

func (f *brittle) ReadAt(p []byte, at int64) (int, error) {
	if f.broken != nil && *f.broken != nil {
		return 0, *f.broken
	}
	if int(at)+len(p) > len(f.data) {
		return 0, io.EOF
	}
	return copy(p, f.data[at:]), nil
}

func (f *brittle) Close() error { return nil }

func TestSeenUsesTheDiskOnlyWhereManyKeysNeedIt(t *testing.T) {
	files := 0
	s := Seen{newFile: func() (spill, error) {
		files++
		return newSpill()
	}}
	defer s.Close()
	for i := range 8_000 {
		s.Add(fmt.Sprint("sunflower", i))
	}
	if files != 0 {
		t.Errorf("8,000 names made %d files", files)
	}
	for i := range 40_000 {
		s.Add(fmt.Sprint("sunflower", i))
	}
	if files != 2 {
		t.Errorf("40,000 names made %d files, not one for the names and one for where they are", files)
	}
	for i := range 40_000 {
		if !s.Has(fmt.Sprint("sunflower", i)) {
			t.Fatalf("%d is lost", i)
		}
	}
}

// With no hash at all, every key is compared with every other, in memory, in the file and in the block being filled.
func TestSeenTellsApartKeysThatAllCollide(t *testing.T) {
	for says, disk := range map[string]disk{
		"all in the file": {room: 1 << 30}, "none in the file": {}, "a disk that fills": {room: 3 * blockSize}, "a disk that is full for a time": {room: 3 * blockSize, freed: 5},
	} {
		s := Seen{coarse: hashBits, newFile: disk.open}
		for i := range 700 {
			if key := fmt.Sprintf("%0*d", 950+i%100, i); s.Has(key) || !s.Add(key) {
				t.Fatalf("%s: %d is taken for another", says, i)
			}
		}
		for i := range 700 {
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
	for i := range 40_000 {
		s.Add(fmt.Sprint("sunflower", i))
	}
	if s.keys.file.spill == nil || s.table.buckets.file.spill == nil {
		t.Fatal("nothing was written")
	}
	if runtime.GOOS == "linux" {
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("a file has a name while it is open: %s", left[0].Name())
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
	for what, list := range map[string]struct {
		n      int
		format string
	}{"keys": {3000, "%01000d"}, "where they are": {40_000, "%d"}} {
		var broken error
		s := Seen{newFile: disk{room: 1 << 30, broken: &broken}.open}
		for i := range list.n {
			s.Add(fmt.Sprintf(list.format, i))
		}
		broken = errors.New("input/output error")
		for i := range list.n {
			s.Add(fmt.Sprintf(list.format, i))
			if s.err != nil {
				break
			}
		}
		if err := s.Close(); !errors.Is(err, broken) {
			t.Errorf("%s: Close says %v", what, err)
		}
	}
}

// A bucket of which a copy lies in the file is written again into memory once the disk is full.
func TestSeenOutlivesADiskThatFillsInTheMiddle(t *testing.T) {
	for _, room := range []int{1, bucketSize, 100*bucketSize + 1, 2 * blockSize} {
		s := Seen{newFile: disk{room: room}.open}
		for i := range 100_000 {
			if !s.Add(fmt.Sprint(i)) {
				t.Fatalf("room %d: %d is taken for another", room, i)
			}
		}
		for i := range 100_000 {
			if s.Add(fmt.Sprint(i)) {
				t.Fatalf("room %d: %d is lost", room, i)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Where no file takes them, so many are kept in memory and no more, and it is said why.
func TestSeenIsBoundedWithoutADisk(t *testing.T) {
	for what, list := range map[string]struct {
		disk  disk
		names string
	}{
		"no file": {disk{}, "%01000d"}, "a full disk": {disk{room: 3 * blockSize}, "%01000d"},
		"no file, short names": {disk{}, "%d"}, "a full disk, short names": {disk{room: 3 * blockSize}, "%d"},
	} {
		t.Run(what, func(t *testing.T) {
			s := Seen{room: 20, newFile: list.disk.open}
			asked, failed := 0, error(nil)
			for _, err := range Queries(func(yield func(string, error) bool) {
				for i := 0; yield("x"+fmt.Sprintf(list.names, i), nil); i++ {
				}
			}, []string{"fr"}, nil, &s) {
				if asked++; err != nil {
					failed = err
				}
			}
			full, ok := errors.AsType[*NoRoomError](failed)
			if !ok || s.Unspilled() == nil || !errors.Is(full, s.Unspilled()) || asked < 100 {
				t.Errorf("after %d queries: %v; %v", asked, failed, s.Unspilled())
			}
			if pages := max(len(s.keys.memory)-heldBlocks, len(s.table.buckets.memory)-heldBuckets); pages != 20 {
				t.Errorf("%d pages are kept", pages)
			}
			if err := s.Close(); !errors.Is(err, failed) {
				t.Errorf("Close says %v", err)
			}
		})
	}
	var s Seen
	for i := range 40_000 {
		s.Add(fmt.Sprint(i))
	}
	if err := s.Unspilled(); err != nil {
		t.Error(err)
	}
	s.Close()
}

// name writes the i-th name of a list that looks like real ones: 13 bytes and no two alike.
func nthName(buffer []byte, i int) []byte {
	buffer = append(buffer[:0], "name-"...)
	return binary.LittleEndian.AppendUint64(buffer, uint64(i)*0x9e3779b97f4a7c15)
}

// besides is what the set may hold whatever the number of its keys.
const besides = 320 << 10

// memory is what the set holds, by its own account.
func (s *Seen) memory() int {
	return len(s.table.buckets.memory)*bucketSize + cap(s.table.directory)*4 + 2*bucketSize +
		(len(s.keys.memory)+1)*blockSize + cap(s.record) + cap(s.stored)
}

// The promise of Seen's comment, at many sizes, since a directory that doubles is worst right after it has.
func TestSeenNeedsAQuarterOfAByteForANameByItsOwnAccount(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("adds a million names, which takes long with the race detector")
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
			each := float64(s.memory()+cap(s.table.directory)*2-besides) / float64(i)
			if each > worst {
				worst, at = each, i
			}
		}
	}
	t.Logf("at 1,000,000: %d bytes; at worst %.2f each beside what it has at once, at %d", s.memory(), worst, at)
	if worst > 0.25 {
		t.Errorf("%d bytes for 1,000,000 names, at worst %.2f each", s.memory(), worst)
	}
}

func TestSeenNeedsAQuarterOfAByteForANameByTheAllocator(t *testing.T) {
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
		}
	}
	alloc, inuse := int64(most.HeapAlloc-before.HeapAlloc), int64(most.HeapInuse-before.HeapInuse)
	t.Logf("peaks over 1,000,000 names: HeapAlloc %d, HeapInuse %d bytes", alloc, inuse)
	if allowed := int64(besides + 1_000_000/4); alloc > allowed || inuse > allowed {
		t.Errorf("HeapAlloc rose by %d, HeapInuse by %d, beyond %d", alloc, inuse, allowed)
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
