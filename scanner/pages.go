package scanner

import (
	"cmp"
	"fmt"
	"os"
)

// pages are numbered pieces of one size. The first ones are in memory, the others in a temporary file that has no name
// any more. Where there can be no such file, or once its disk is full, what is put is kept in memory, up to a bound.
type pages struct {
	size int // of each, in bytes
	most int // so many are in memory while there is a file
	room int // so many more may be in memory where the file takes nothing; 0 means largestRoom's worth

	memory map[int][]byte // by number: the first ones, and what the file would not take
	file   tempFile
	full   error // why the file takes nothing any more; nil: it does
}

// largestRoom is how much is kept in memory at most because no file takes it, in bytes.
const largestRoom = 256 << 20

// A NoRoomError says that a set has grown beyond what is kept in memory, and that no temporary file takes the rest.
type NoRoomError struct{ Err error } // of the file

func (e *NoRoomError) Error() string {
	return fmt.Sprintf("the names seen so far take more than %d MB of memory, and no temporary file in %s takes them: %v", largestRoom>>20, os.TempDir(), e.Err)
}

func (e *NoRoomError) Unwrap() error { return e.Err }

// part returns some bytes of a page, from at on, as many as there is room for: the page's own where it is in memory, so
// that to change them changes it, else read into room.
func (p *pages) part(number, at int, room []byte) ([]byte, error) {
	if page, ok := p.memory[number]; ok {
		return page[at : at+len(room)], nil
	}
	if p.file.spill == nil { // there was no room for it
		return room, &NoRoomError{p.full}
	}
	_, err := p.file.ReadAt(room, p.where(number)+int64(at))
	return room, err
}

// put makes a page, or replaces it. The bytes are copied. An error is a *NoRoomError.
func (p *pages) put(number int, page []byte) error {
	mine, ok := p.memory[number]
	if !ok && number >= p.most && p.toFile(number, page) {
		return nil
	}
	if !ok && len(p.memory) >= p.most+cmp.Or(p.room, largestRoom/p.size) {
		return &NoRoomError{p.full}
	}
	if !ok {
		if p.memory == nil {
			p.memory = make(map[int][]byte)
		}
		mine = make([]byte, p.size)
		p.memory[number] = mine
	}
	copy(mine, page)
	return nil
}

func (p *pages) toFile(number int, page []byte) bool {
	if p.full == nil {
		_, p.full = p.file.WriteAt(page, p.where(number))
	}
	return p.full == nil
}

func (p *pages) where(number int) int64 { return int64(number-p.most) * int64(p.size) }
