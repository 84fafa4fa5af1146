// Package history keeps the answers of scans in a SQLite database, so that a scan that was stopped is continued, answers
// that are young enough cost no request, and what changed between two scans can be listed.
//
// Open opens a History. Begin starts a Run of a Question on it, or continues the one that did not finish: a scan puts the
// run's stages, Replay and Recall, before those that ask somebody, and gives each result to Keep. Finish marks the run as
// finished; Close without Finish leaves it to be continued. Lookup finds what is held for a question and begins nothing.
// Runs, FindRun, Results, Changes and Timeline read what earlier runs have left, and Forget deletes what was superseded.
//
// An answer is stored once for as long as it stays the same, so a scan every night costs little more than what changed.
//
// Several processes may use one history at once; each question is asked by one of them at a time.
package history

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Schema is the version of the tables and views, as in PRAGMA user_version.
const Schema = 2

// applicationID marks a database as a history: "tlds" in ASCII.
const applicationID = 0x746c6473

// The tables. Times are seconds since 1970 UTC, amounts are decimal text without VAT.
//
// An answer is stored once for as long as it stays the same: the rows of one domain at one place are its history, the
// one with the largest id is what is known now. results says what a run has answered; it is kept for runs that can go
// on, and for the last finished one of each question.
const tables = `
CREATE TABLE places (
	id         INTEGER PRIMARY KEY,
	endpoint   TEXT NOT NULL,
	subsidiary TEXT NOT NULL,
	UNIQUE (endpoint, subsidiary)
);
CREATE TABLE runs (
	id         INTEGER PRIMARY KEY,
	place      INTEGER NOT NULL REFERENCES places,
	question   TEXT NOT NULL,    -- a digest of the names, the extensions and the place
	extensions TEXT NOT NULL,    -- as they were asked for
	state      TEXT NOT NULL,    -- running, finished or abandoned
	started    INTEGER NOT NULL,
	active     INTEGER NOT NULL, -- when something was kept last
	finished   INTEGER
);
CREATE INDEX runs_by_question ON runs (question, id);
CREATE TABLE answers (
	id           INTEGER PRIMARY KEY,
	place        INTEGER NOT NULL REFERENCES places,
	domain       TEXT NOT NULL,
	status       TEXT NOT NULL,
	reason       TEXT NOT NULL,
	currency     TEXT NOT NULL,
	price        TEXT NOT NULL,
	renewal      TEXT NOT NULL,
	regular      TEXT NOT NULL,
	discount     TEXT NOT NULL,
	fee          TEXT NOT NULL,
	duration     TEXT NOT NULL,
	pricing_mode TEXT NOT NULL,
	phase        TEXT NOT NULL,
	offer_id     TEXT NOT NULL,
	error        TEXT NOT NULL,
	first_run    INTEGER NOT NULL REFERENCES runs, -- that saw it
	last_run     INTEGER NOT NULL REFERENCES runs, -- that saw it unchanged
	first_seen   INTEGER NOT NULL,
	checked      INTEGER NOT NULL                  -- when it was confirmed last
);
CREATE INDEX answers_by_domain ON answers (domain, place);
CREATE TABLE results (
	run      INTEGER NOT NULL REFERENCES runs,
	answer   INTEGER NOT NULL REFERENCES answers,
	source   TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	latency  INTEGER NOT NULL, -- milliseconds
	checked  INTEGER NOT NULL,
	PRIMARY KEY (run, answer)
) WITHOUT ROWID;
`

// The views are for people and their programs: their names and columns stay, additions go at the end. Times are RFC 3339
// in UTC.
const views = `
CREATE VIEW latest AS SELECT
	a.domain, substr(a.domain, 1, instr(a.domain, '.') - 1) AS name, substr(a.domain, instr(a.domain, '.') + 1) AS extension,
	p.endpoint, p.subsidiary, a.status, a.reason, a.currency, a.price, a.renewal, a.regular, a.discount, a.fee, a.duration,
	a.pricing_mode, a.phase, a.offer_id, a.error,
	strftime('%Y-%m-%dT%H:%M:%SZ', a.first_seen, 'unixepoch') AS since,
	strftime('%Y-%m-%dT%H:%M:%SZ', a.checked, 'unixepoch') AS checked_at
FROM answers a JOIN places p ON p.id = a.place
WHERE a.id = (SELECT max(id) FROM answers l WHERE l.domain = a.domain AND l.place = a.place);
CREATE VIEW changes AS SELECT
	n.domain, substr(n.domain, 1, instr(n.domain, '.') - 1) AS name, substr(n.domain, instr(n.domain, '.') + 1) AS extension,
	p.endpoint, p.subsidiary, n.first_run AS run, strftime('%Y-%m-%dT%H:%M:%SZ', n.first_seen, 'unixepoch') AS seen_at,
	o.status AS old_status, n.status, n.currency, o.price AS old_price, n.price, o.renewal AS old_renewal, n.renewal,
	o.discount AS old_discount, n.discount
FROM answers n
JOIN answers o ON o.id = (SELECT max(id) FROM answers l WHERE l.domain = n.domain AND l.place = n.place AND l.id < n.id)
JOIN places p ON p.id = n.place
WHERE n.status <> o.status OR n.currency <> o.currency OR n.price <> o.price OR n.renewal <> o.renewal OR n.discount <> o.discount;
`

// migrations lead from each version to the next; the first one from nothing.
var migrations = [Schema]string{tables, views}

// Error says which history cannot be used, why, and what to do about it.
type Error struct {
	Path string
	Err  error
	Hint string // what to do next, in one line; never empty
}

func (e *Error) Error() string { return fmt.Sprintf("history %s: %v", e.Path, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// History is an open history. Make one with Open. It is safe for concurrent use, and several processes may have the same
// one open.
type History struct {
	path     string
	db       *sql.DB
	inUse    *flock.Flock // shared by everyone who has it open
	SetAside string       // where a damaged history was moved to, that this new one replaces; empty: none
}

// Open opens the history in a file, or makes a new one in a folder that is there. A history that an older version made
// is brought up to date. One that is damaged is moved aside where nobody else uses it, and a new one begun. A file that
// is something else, or that a newer version made, is refused. Errors are *Error.
func Open(ctx context.Context, path string) (_ *History, err error) {
	h := &History{path: path, inUse: flock.New(path + ".lock")}
	defer func() {
		if err != nil {
			h.inUse.Unlock()
			if h.db != nil {
				h.db.Close()
			}
			err = h.explain(err)
		}
	}()
	alone, err := h.inUse.TryLock()
	if err != nil {
		return nil, err
	}
	if alone {
		if err := h.mend(ctx); err != nil {
			return nil, err
		}
		if err := h.inUse.Unlock(); err != nil {
			return nil, err
		}
	}
	if err := h.inUse.RLock(); err != nil {
		return nil, err
	}
	if err := h.open(); err != nil {
		return nil, err
	}
	return h, h.migrate(ctx)
}

func (h *History) open() error {
	options := url.Values{"_txlock": {"immediate"}}
	for _, pragma := range []string{
		"busy_timeout(30000)",
		"journal_mode(WAL)",
		"synchronous(FULL)", // what was committed survives a crash of the machine
		"cache_size(-512)",
		"journal_size_limit(16777216)",
	} {
		options.Add("_pragma", pragma)
	}
	absolute, err := filepath.Abs(h.path)
	if err != nil {
		return err
	}
	h.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: absolute, RawQuery: options.Encode()}).String())
	if err != nil {
		return err
	}
	// One that writes, one that reads; more only for a moment.
	h.db.SetMaxIdleConns(2)
	return nil
}

// mend looks at a file that nobody else has open, and moves it aside where it is a damaged history.
func (h *History) mend(ctx context.Context) error {
	whole, err := h.looksWhole()
	if err != nil {
		return err
	}
	if about, err := os.Stat(h.path + "-wal"); whole && err == nil && about.Size() > 0 {
		// The last process did not close it.
		whole = h.check(ctx) == nil
	}
	if whole {
		return nil
	}
	h.SetAside = h.path + ".damaged-" + time.Now().UTC().Format("20060102T150405Z")
	if err := os.Rename(h.path, h.SetAside); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Rename(h.path+suffix, h.SetAside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

var (
	errForeign = errors.New("the file is something else")
	errNewer   = errors.New("a newer version of tldsweep made it")
)

// looksWhole reads the header of the file alone: whether it is a history, and whether its end is missing.
func (h *History) looksWhole() (bool, error) {
	file, err := os.Open(h.path)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return false, err
	}
	if about.IsDir() {
		return false, errors.New("it is a folder")
	}
	// https://www.sqlite.org/fileformat.html#the_database_header
	var header [100]byte
	n, err := io.ReadFull(file, header[:])
	switch {
	case n == 0:
		return true, nil // empty: to be made
	case string(header[:min(n, 16)]) != "SQLite format 3\x00"[:min(n, 16)]:
		return false, errForeign
	case err != nil:
		return false, nil // less than a header
	}
	pageSize := int64(binary.BigEndian.Uint16(header[16:]))
	if pageSize == 1 {
		pageSize = 65536
	}
	pages, id := int64(binary.BigEndian.Uint32(header[28:])), binary.BigEndian.Uint32(header[68:])
	if id != applicationID && !(id == 0 && pages <= 1) { // a first process may have died while it made it
		return false, errForeign
	}
	return about.Size() >= pages*pageSize, nil
}

// check reads the whole database.
func (h *History) check(ctx context.Context) error {
	if err := h.open(); err != nil {
		return err
	}
	defer func() {
		h.db.Close()
		h.db = nil
	}()
	var verdict string
	if err := h.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errors.New(verdict)
	}
	return nil
}

// migrate makes the tables, or brings those of an older version up to date.
func (h *History) migrate(ctx context.Context) error {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var version, tables int
	if err := tx.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	switch {
	case version > Schema:
		return errNewer
	case version == Schema:
		return nil
	case version < 0, version == 0 && tables > 0:
		return errForeign
	}
	for _, step := range migrations[version:] {
		if _, err := tx.Exec(step); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("PRAGMA application_id = " + strconv.Itoa(applicationID) + "; PRAGMA user_version = " + strconv.Itoa(Schema)); err != nil {
		return err
	}
	return tx.Commit()
}

// Close closes the history. Runs must have ended before.
func (h *History) Close() error {
	err := h.db.Close()
	return errors.Join(err, h.inUse.Unlock())
}

// Path is the file.
func (h *History) Path() string { return h.path }

// isBusy says whether somebody else holds the database.
func isBusy(err error) bool {
	of, ok := errors.AsType[*sqlite.Error](err)
	return ok && of.Code()&0xff == sqlite3.SQLITE_BUSY
}

// explain makes an *Error of what went wrong with the database.
func (h *History) explain(err error) error {
	if _, done := errors.AsType[*Error](err); done || err == nil {
		return err
	}
	e := &Error{Path: h.path, Err: err, Hint: "choose another file with --history FILE, or go without: --history off"}
	code := 0
	if of, ok := errors.AsType[*sqlite.Error](err); ok {
		code = of.Code() & 0xff
	}
	switch {
	case errors.Is(err, errForeign):
		e.Hint = "name a file that is not there yet, with --history FILE"
	case errors.Is(err, errNewer):
		e.Hint = "update tldsweep, or choose another file with --history FILE"
	case code == sqlite3.SQLITE_FULL:
		e.Hint = "make room on the disk, then run the same command again: what was answered is kept"
	case code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB:
		e.Hint = "the file is damaged: move it away to begin a new one"
	case code == sqlite3.SQLITE_BUSY:
		e.Hint = "another program holds it: end that one, or choose another file with --history FILE"
	}
	return e
}
