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
	"errors"
	"fmt"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// Schema is the version of the tables and views, as in PRAGMA user_version.
const Schema = 3

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
var migrations = [Schema]string{tables, views, "ALTER TABLE answers ADD COLUMN checksum INTEGER"} // of what was answered; NULL in older ones

// Error says which history cannot be used, why, and what to do about it.
type Error struct {
	Path string
	Err  error
	Hint string // what to do next, in one line; never empty
}

func (e *Error) Error() string { return fmt.Sprintf("history %s: %v", e.Path, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Unwritable says whether the history cannot be written, because of its mode, its folder, a file system or a full disk.
func (e *Error) Unwritable() bool { return isUnwritable(e.Err) }

// Path is the file.
func (h *History) Path() string { return h.path }

// Damaged says whether the file is damaged. Then it is moved aside when it is closed or opened again, where nobody else uses
// it.
func (e *Error) Damaged() bool { return isDamage(e.Err) || errors.Is(e.Err, errDamaged) }

// explain makes an *Error of what went wrong with the database.
func (h *History) explain(err error) error {
	if _, done := errors.AsType[*Error](err); done || err == nil {
		return err
	}
	e := &Error{Path: h.path, Err: err, Hint: "choose another file with --history FILE, or go without: --history off"}
	if isDamage(err) {
		h.damaged.Store(true)
	}
	switch {
	case errors.Is(err, errForeign):
		e.Hint = "name a file that is not there yet, with --history FILE"
	case errors.Is(err, errNewer):
		e.Hint = "update tldsweep, or choose another file with --history FILE"
	case code(err) == sqlite3.SQLITE_FULL, errors.Is(err, syscall.ENOSPC):
		e.Hint = "make room on the disk, then run the same command again: what was answered is kept"
	case errors.Is(err, errChanged):
		e.Hint = "run the same command again"
	case isUnwritable(err):
		e.Hint = "check who owns the file and its folder, or choose another file with --history FILE"
	case isDamage(err), errors.Is(err, errDamaged):
		e.Hint = "the file is damaged: it is moved aside when the next scan begins"
	case errors.Is(err, errDamagedRow):
		e.Hint = "a bit of the file has changed: scan the domain again, which keeps a new answer"
	case isBusy(err):
		e.Hint = "another program holds it: end that one, or choose another file with --history FILE"
	}
	return e
}
