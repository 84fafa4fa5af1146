package history

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A history up to the first size is looked through whenever it is opened, which takes up to 60 ms; one that the last process
// did not close up to the second, which takes up to a second. Beyond, damage shows when it is read.
const (
	alwaysChecked = 16 << 20
	checkedIfTorn = 256 << 20
)

// History is an open history. Make one with Open or OpenToRead. It is safe for concurrent use, and several processes may
// have the same one open.
type History struct {
	SetAside string // where a damaged history was moved to, when this one was opened or closed; empty: none was

	path     string
	db       *sql.DB
	inUse    *flock.Flock // shared by everyone who has it open
	version  int          // of the tables
	readOnly bool
	damaged  atomic.Bool // SQLite has said so since it was opened

	file   fs.FileInfo // what was opened
	frozen bool        // it is read as if nobody could change it
	copied string      // the folder of the copy that is read; empty: it is no copy
}

var (
	errForeign  = errors.New("the file is something else")
	errNewer    = errors.New("a newer version of tldsweep made it")
	errReadOnly = errors.New("it can be read, but not written")
	errChanged  = errors.New("another program has changed it while it was read")
	errGone     = errors.New("the file was removed or replaced")
)

// Open opens the history in a file, or makes a new one in a folder that is there. A history that an older version made
// is brought up to date. One that SQLite finds damaged is moved aside, where nobody else uses it, and a new one begun:
// SetAside says so. A file that is something else, or that a newer version made, is refused and left as it is. Errors are
// *Error; where they are Unwritable, OpenToRead may do.
func Open(ctx context.Context, path string) (*History, error) {
	h := &History{path: path}
	err := h.openToWrite(ctx)
	if err != nil {
		h.abandon()
		return nil, h.explain(err)
	}
	return h, nil
}

// OpenToRead opens a history that is there, to read it. It is the same as Open where the file can be written. Where it
// cannot, because of its mode, its folder or a full disk, it is read as it is, whatever the last process has left of it: a
// Run cannot be begun then, and what another program writes meanwhile may be an error of Close. Errors are *Error.
func OpenToRead(ctx context.Context, path string) (*History, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, (&History{path: path}).explain(err)
	}
	h, err := Open(ctx, path)
	if e, ok := errors.AsType[*Error](err); !ok || !e.Unwritable() {
		return h, err
	}
	h = &History{path: path, readOnly: true}
	if err := h.openReadOnly(ctx); err != nil {
		h.abandon()
		return nil, h.explain(err)
	}
	return h, nil
}

// abandon lets go of what is open.
func (h *History) abandon() {
	if h.db != nil {
		h.db.Close()
	}
	if h.inUse != nil {
		h.inUse.Unlock()
	}
	if h.copied != "" {
		os.RemoveAll(h.copied)
	}
}

func (h *History) openToWrite(ctx context.Context) error {
	whole, err := h.identify()
	if err != nil {
		return err
	}
	// SQLite would open it to be read, and leave files of this user's beside it.
	if file, err := os.OpenFile(h.path, os.O_RDWR, 0); err == nil {
		file.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	h.inUse = flock.New(h.path + ".lock")
	alone, err := h.inUse.TryLock()
	if err != nil {
		return err
	}
	if alone {
		if whole {
			if whole, err = h.check(ctx); err != nil {
				return err
			}
		}
		if !whole {
			if err := h.setAside(); err != nil {
				return err
			}
		}
		if err := h.inUse.Unlock(); err != nil {
			return err
		}
	}
	if err := h.inUse.RLock(); err != nil {
		return err
	}
	if h.db, err = open(h.path, "rwc", ""); err != nil {
		return err
	}
	if err := h.migrate(ctx); err != nil {
		return err
	}
	h.file, err = os.Stat(h.path)
	return err
}

// open prepares to open a database; it is opened when it is first used.
func open(path, mode, more string) (*sql.DB, error) {
	options := url.Values{"_txlock": {"immediate"}, "mode": {mode}}
	pragmas := []string{"busy_timeout(30000)", "cache_size(-512)"}
	if mode == "rwc" {
		pragmas = append(pragmas, "journal_mode(WAL)",
			"synchronous(FULL)", // what was committed survives a crash of the machine
			"journal_size_limit(16777216)")
	}
	for _, pragma := range pragmas {
		options.Add("_pragma", pragma)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: absolute, RawQuery: options.Encode() + more}).String())
	if err != nil {
		return nil, err
	}
	// One that writes, one that reads; more only for a moment.
	db.SetMaxIdleConns(2)
	return db, nil
}

// openReadOnly opens a file that cannot be written, or not in its folder.
func (h *History) openReadOnly(ctx context.Context) (err error) {
	if whole, err := h.identify(); err != nil {
		return err
	} else if !whole {
		return errDamaged
	}
	// Who holds this does not move the file aside. Where it cannot be locked, it is read all the same.
	h.inUse = flock.New(h.path+".lock", flock.SetFlag(os.O_RDONLY))
	_, _ = h.inUse.TryRLock()
	if h.file, err = os.Stat(h.path); err != nil {
		return err
	}
	log, err := os.Stat(h.path + "-wal")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// Nobody has it open, and all of it is in the file.
		h.frozen = true
		h.db, err = open(h.path, "ro", "&immutable=1")
	case err == nil:
		h.db, err = open(h.path, "ro", "")
	}
	if err != nil {
		return err
	}
	err = h.readVersion(ctx)
	if log == nil || !isUnwritable(err) {
		return err
	}
	// What the last process has left to be written into the file can only be read beside it.
	h.db.Close()
	if h.copied, err = os.MkdirTemp("", "tldsweep-history-"); err != nil {
		return err
	}
	copied := filepath.Join(h.copied, "history.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(copied+suffix, h.path+suffix); err != nil {
			return err
		}
	}
	h.frozen = true
	if h.db, err = open(copied, "rwc", ""); err != nil {
		return err
	}
	return h.readVersion(ctx)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// identify says whether a file is a history, without opening it: a file that is something else is not touched. It is not
// whole where it can be seen to have been one: then errors are those of reading it.
func (h *History) identify() (whole bool, err error) {
	file, err := os.Open(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	if about, err := file.Stat(); err != nil {
		return false, err
	} else if about.IsDir() {
		return false, errors.New("it is a folder")
	}
	// https://www.sqlite.org/fileformat.html#the_database_header
	beginning := make([]byte, 256<<10)
	n, err := io.ReadFull(file, beginning)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	beginning = beginning[:n]
	const magic = "SQLite format 3\x00"
	switch {
	case n == 0:
		// Empty: to be made. What is in its log has no file to belong to.
		about, err := os.Stat(h.path + "-wal")
		return err != nil || about.Size() == 0, nil
	case n < 100 && string(beginning[:min(n, 16)]) == magic[:min(n, 16)]:
		return false, nil // less than a header
	case n >= 100 && string(beginning[:16]) == magic:
		pages, id := binary.BigEndian.Uint32(beginning[28:]), binary.BigEndian.Uint32(beginning[68:])
		if id == applicationID {
			return true, nil
		}
		if id == 0 && pages <= 1 {
			// A process may have died while it made it: then it is in the form for a log, and empty but for its log.
			if ours, err := h.isBegun(beginning); err != nil || ours {
				return true, err
			}
			return false, errForeign
		}
		if bits.OnesCount32(id^applicationID) > 2 {
			return false, errForeign
		}
	}
	// Our tables are text that no other file has. A first page of nothing but zeros is nobody's.
	if bytes.Contains(beginning, []byte("first_run    INTEGER NOT NULL REFERENCES runs")) && bytes.IndexByte(beginning, 0) >= 0 || n > 100 && len(bytes.Trim(beginning[:min(n, 4096)], "\x00")) == 0 {
		return false, nil
	}
	return false, errForeign
}

// isBegun says whether a database of one page at most, whose header does not say whose it is, is a history that is being made. It
// opens nothing: SQLite would make files beside it, and might write what is in its log into it.
func (h *History) isBegun(page []byte) (bool, error) {
	const logged = 2 // https://www.sqlite.org/fileformat.html: the file format of databases with a log
	if page[18] != logged || page[19] != logged || binary.BigEndian.Uint32(page[60:]) != 0 {
		return false, nil
	}
	if len(page) >= 512 && binary.BigEndian.Uint16(page[103:]) > 0 {
		return false, nil // it has tables
	}
	log, err := os.Open(h.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer log.Close()
	// https://www.sqlite.org/fileformat.html#the_write_ahead_log: its first transaction makes all tables, and the first page says so.
	header := make([]byte, 32)
	if _, err := io.ReadFull(log, header); err != nil {
		return true, nil // nothing was written
	}
	size := binary.BigEndian.Uint32(header[8:])
	if size < 512 || size > 65536 {
		return true, nil // SQLite takes nothing from it either
	}
	in, frame := bufio.NewReader(log), make([]byte, 24+size)
	for {
		if _, err := io.ReadFull(in, frame); err == io.EOF || err == io.ErrUnexpectedEOF {
			return true, nil
		} else if err != nil {
			return false, err
		}
		if number, first := binary.BigEndian.Uint32(frame), frame[24:]; number == 1 {
			if id := binary.BigEndian.Uint32(first[68:]); id != 0 || binary.BigEndian.Uint16(first[103:]) > 0 {
				return id == applicationID, nil
			}
		}
	}
}

var errDamaged = errors.New("it is damaged")

// check lets SQLite look through a file that nobody else has open, after it has taken in what the last process has left to be
// written.
func (h *History) check(ctx context.Context) (whole bool, err error) {
	about, err := os.Stat(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	log, err := os.Stat(h.path + "-wal")
	torn := err == nil && log.Size() > 0
	if size := about.Size(); size > checkedIfTorn || size > alwaysChecked && !torn {
		return true, nil
	}
	db, err := open(h.path, "rwc", "")
	if err != nil {
		return false, err
	}
	defer db.Close()
	var verdict string
	err = db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	if isDamage(err) {
		return false, nil
	}
	return verdict == "ok", err
}

// setAside moves a damaged history to another name. Its log goes first: a log that stays behind would be taken for that of the
// next history.
func (h *History) setAside() error {
	to := h.path + ".damaged-" + time.Now().UTC().Format("20060102T150405Z")
	for i := 2; ; i++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = fmt.Sprint(h.path, ".damaged-", time.Now().UTC().Format("20060102T150405Z"), "-", i)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Rename(h.path+suffix, to+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(h.path, to); err != nil {
		return err
	}
	h.SetAside = to
	return nil
}

func (h *History) readVersion(ctx context.Context) error {
	if err := h.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&h.version); err != nil {
		return err
	}
	switch {
	case h.version > Schema:
		return errNewer
	case h.version < 0:
		return errForeign
	case h.version == 0 && h.readOnly:
		return errors.New("nothing is in it yet")
	}
	return nil
}

// migrate makes the tables, or brings those of an older version up to date.
func (h *History) migrate(ctx context.Context) error {
	// Where there is nothing to do, nobody who writes is waited for.
	if err := h.readVersion(ctx); err != nil || h.version == Schema {
		return err
	}
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.QueryRow("PRAGMA user_version").Scan(&h.version); err != nil {
		return err
	}
	var tables int
	if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	switch {
	case h.version == Schema: // another process has done it
		return nil
	case h.version == 0 && tables > 0:
		return errForeign
	}
	for _, step := range migrations[h.version:] {
		if _, err := tx.Exec(step); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("PRAGMA application_id = " + strconv.Itoa(applicationID) + "; PRAGMA user_version = " + strconv.Itoa(Schema)); err != nil {
		return err
	}
	h.version = Schema
	return tx.Commit()
}

// ReadOnly says whether the history can only be read.
func (h *History) ReadOnly() bool { return h.readOnly }

// isThere says whether the file is still the one that was opened. SQLite writes on in a file that was removed.
func (h *History) isThere() error {
	now, err := os.Stat(h.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(h.file, now) {
		return errGone
	}
	return err
}

// Close closes the history. Runs must have ended before. Where it has turned out to be damaged, and nobody else uses it, it is
// moved aside: then SetAside says so.
func (h *History) Close() error {
	err := h.db.Close()
	if h.inUse.Locked() || h.inUse.RLocked() {
		err = errors.Join(err, h.inUse.Unlock())
	}
	switch {
	case h.copied != "":
		err = errors.Join(err, os.RemoveAll(h.copied))
	case h.frozen && err == nil:
		if now, wrong := os.Stat(h.path); wrong != nil || now.Size() != h.file.Size() || !now.ModTime().Equal(h.file.ModTime()) {
			err = errChanged
		}
	case !h.readOnly && h.damaged.Load() && h.isThere() == nil:
		if alone, wrong := h.inUse.TryLock(); wrong == nil && alone {
			err = errors.Join(err, h.setAside(), h.inUse.Unlock())
		}
	}
	return h.explain(err)
}

// isBusy says whether another program holds the database.
func isBusy(err error) bool { return code(err) == sqlite3.SQLITE_BUSY }

// isDamage says whether SQLite has found the database damaged.
func isDamage(err error) bool {
	return code(err) == sqlite3.SQLITE_CORRUPT || code(err) == sqlite3.SQLITE_NOTADB
}

// isUnwritable says whether a file, or one beside it, cannot be written.
func isUnwritable(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return true
	}
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, errReadOnly)
}

// code is SQLite's number of an error; 0: it is none of SQLite's.
func code(err error) int {
	if of, ok := errors.AsType[*sqlite.Error](err); ok {
		return of.Code() & 0xff
	}
	return 0
}
