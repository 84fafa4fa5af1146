package pace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ledger is the file by which processes with the same key share one state. It holds one record of fixed length, which is
// written in place: a file that is truncated and written again is flushed to the disk each time that it is closed, by ext4 at
// least, and then a busy disk sets the pace. Nothing of it must outlive a crash of the machine.
//
// The file is held open, and locked while it is read and written. One that was removed or replaced is noticed, and where its
// folder was removed as well, that is made again: others with the same key do the same, and so share again.
type ledger struct {
	path   string
	file   *os.File // nil: not open
	opened bool     // it was, once
	failed error    // why others did not hear of the last update; nil: they did
}

// A record is the magic, the state and a checksum of both. What is anything else counts as no record.
var (
	magic     = []byte("tldpace1")
	stateSize = binary.Size(state{})
	size      = len(magic) + stateSize + crc32.Size
	order     = binary.LittleEndian
)

// encode returns the record of a state.
func encode(s *state) []byte {
	record := append(make([]byte, 0, size), magic...)
	record, err := binary.Append(record, order, s)
	if err != nil {
		panic(err) // a state is of fixed size
	}
	return order.AppendUint32(record, crc32.ChecksumIEEE(record))
}

// decode reads a record. false says that it is none, or a state that no process can have been in.
func decode(record []byte) (s state, ok bool) {
	if len(record) != size || !bytes.HasPrefix(record, magic) {
		return s, false
	}
	body, sum := record[:size-crc32.Size], record[size-crc32.Size:]
	if crc32.ChecksumIEEE(body) != order.Uint32(sum) {
		return s, false
	}
	if _, err := binary.Decode(body[len(magic):], order, &s); err != nil {
		return s, false
	}
	return s, s.isPossible()
}

func (s *state) isPossible() bool {
	for _, rate := range []float64{s.Limit, s.Ceiling, s.Top, s.LoweredAt, s.Falling, s.Measured, s.Base, s.Step, s.Origin} {
		if rate != 0 && !(rate >= 1e-9 && rate <= 1e9) { // also where it is no number
			return false
		}
	}
	for _, n := range []int64{s.Written, s.Last, s.NotBefore, s.ClosedAt, s.Refused, s.Heard, s.Since, s.LoweredFor, s.LoweredOf,
		s.Pauses, s.Answered, s.Window, s.Outcomes, s.Counts, s.Saved, s.Soon} {
		if n < 0 {
			return false
		}
	}
	return (s.Limit > 0) == (s.Ceiling > 0) && (s.Limit > 0) == (s.Top > 0) && (s.Probing == 0 || s.Base > 0 && s.Step > 0) &&
		s.Window < 1<<windowSize && s.Outcomes <= windowSize
}

// update replaces s by what the file says, where it says anything, calls change, which changes s, and writes s back: all of
// it with the file locked. Where it fails before change, it returns an error and s is untouched. That it cannot be written
// is no error: then others do not hear of it. In both cases failed says why.
func (l *ledger) update(s *state, change func()) (err error) {
	defer func() {
		if err != nil {
			l.failed = err
		}
	}()
	if err := l.lock(); err != nil {
		return err
	}
	defer unlock(l.file)
	record := make([]byte, size)
	if _, err := l.file.ReadAt(record, 0); err != nil && err != io.EOF {
		return err
	}
	if kept, ok := decode(record); ok {
		*s = kept
	}
	change()
	_, l.failed = l.file.WriteAt(encode(s), 0)
	return nil
}

// lock opens the file where it is not open, or no longer the one at its path, and locks it.
func (l *ledger) lock() error {
	for {
		if l.file == nil {
			file, err := l.open()
			if errors.Is(err, fs.ErrNotExist) && l.opened && os.MkdirAll(filepath.Dir(l.path), 0o700) == nil {
				file, err = l.open()
			}
			if err != nil {
				return err
			}
			l.file, l.opened = file, true
		}
		if err := lock(l.file); err != nil {
			return errors.Join(err, l.close())
		}
		ours, err := l.file.Stat()
		if err != nil {
			return errors.Join(err, l.close())
		}
		if there, err := os.Stat(l.path); err == nil && os.SameFile(ours, there) {
			return nil
		}
		// Others look at the path. Closing unlocks.
		if err := l.close(); err != nil {
			return err
		}
	}
}

func (l *ledger) open() (*os.File, error) { return os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600) }

// close closes the file if it is open.
func (l *ledger) close() error {
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}
