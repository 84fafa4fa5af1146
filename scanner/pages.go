package scanner

import (
	"errors"
	"io"
	"os"
)

// pages are numbered pieces of one size. The first ones are in memory, the others in a temporary file that has no name
// any more. Where there can be no such file, or once its disk is full, what is put is kept in memory.
type pages struct {
	size    int                   // of each, in bytes
	most    int                   // so many are in memory while there is a file
	newFile func() (spill, error) // for tests; nil means newSpill

	memory map[int][]byte // by number: the first ones, and what the file would not take
	file   spill          // nil until it is needed
	full   bool           // the file takes nothing any more
}

type spill interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// part returns some bytes of a page, from at on, as many as there is room for: the page's own where it is in memory, so
// that to change them changes it, else read into room.
func (p *pages) part(number, at int, room []byte) ([]byte, error) {
	if page, ok := p.memory[number]; ok {
		return page[at : at+len(room)], nil
	}
	_, err := p.file.ReadAt(room, p.where(number)+int64(at))
	return room, err
}

// put makes a page, or replaces it. The bytes are copied.
func (p *pages) put(number int, page []byte) {
	mine, ok := p.memory[number]
	if !ok && number >= p.most && p.toFile(number, page) {
		return
	}
	if !ok {
		if p.memory == nil {
			p.memory = make(map[int][]byte)
		}
		mine = make([]byte, p.size)
		p.memory[number] = mine
	}
	copy(mine, page)
}

func (p *pages) toFile(number int, page []byte) bool {
	if p.file == nil && !p.full {
		newFile := p.newFile
		if newFile == nil {
			newFile = newSpill
		}
		var err error
		p.file, err = newFile()
		p.full = err != nil
	}
	if !p.full {
		_, err := p.file.WriteAt(page, p.where(number))
		p.full = err != nil
	}
	return !p.full
}

func (p *pages) where(number int) int64 { return int64(number-p.most) * int64(p.size) }

// close gives the file back.
func (p *pages) close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
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
