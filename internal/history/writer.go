package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tldsweep/scanner"
)

const (
	// A write begins so long after its first result came, or as soon as the disk is free where that is later: a row costs
	// much less where some are written together, and at 400 a second those are eight that a kill may cost.
	gather = 20 * time.Millisecond

	// So many are written together at most: more pages than SQLite's cache holds would be written twice.
	mostRows = 512

	// So many results wait in memory while nothing can be written, some 10 MiB: four hours and a half at 60 a minute, 40
	// seconds at 400 a second.
	mostHeld = 16384

	// Another program that holds the database is asked so often whether it still does.
	retryEvery = 50 * time.Millisecond
	// It is reported when it has taken so long,
	reportAfter = time.Second
	// and given up so long after no more results found room in memory,
	patienceFull = time.Minute
	// or after the end of the scan.
	patienceEnd = 30 * time.Second

	// So often a run says that it goes on.
	activeEvery = time.Minute
	// So often it looks whether its file is still there.
	lookEvery = time.Second
)

// writer writes the results of one run, all that wait at once, as soon as the last ones are written.
type writer struct {
	history  *History
	question Question
	started  time.Time
	warn     func(string)
	lost     func(error)

	conn       *sql.Conn // the writer's own
	statements statements
	active     time.Time // when the run said last that it goes on
	looked     time.Time // when the file was last seen in its place
	done       chan struct{}

	mu    sync.Mutex
	run   int64            // 0: not yet written
	place int64            // likewise
	held  []scanner.Result // to be written next
	first time.Time        // when the first of held came
	full  time.Time        // since when a caller waits because held is full; zero: none does
	ended time.Time        // when end was called first; zero: it was not
	err   error            // of the first write that failed; nothing is written after it
	wake  chan struct{}    // holds one where held has got its first result, or the end has come
	room  *sync.Cond       // there is room in held, or err is set
	begun bool             // newWriter has returned it: from then on, lost is called
}

// newWriter begins to write a run. It returns when the run is written, or stands in memory since another program holds the
// database.
func newWriter(ctx context.Context, h *History, question Question, from Answers, options RunOptions) (_ *writer, err error) {
	if options.Warn == nil {
		options.Warn = func(string) {}
	}
	if options.Lost == nil {
		options.Lost = func(error) {}
	}
	w := &writer{history: h, question: question, started: time.Now(), warn: options.Warn, lost: options.Lost, run: from.run, place: from.placeID, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	w.room = sync.NewCond(&w.mu)
	if w.conn, err = h.db.Conn(ctx); err != nil {
		return nil, err
	}
	// Waiting is the writer's own, so that it can be reported.
	if _, err = w.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err == nil {
		err = w.statements.prepare(ctx, h, w.conn)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	begun := make(chan error, 1)
	go w.writeAll(begun) // until end
	select {
	case err := <-begun:
		if err != nil {
			<-w.done
			return w, err
		}
	case <-time.After(reportAfter):
	}
	w.mu.Lock()
	w.begun, err = true, w.err
	w.mu.Unlock()
	if err != nil {
		w.lost(err)
	}
	return w, nil
}

// ids are the run's number and that of its endpoint and subsidiary; 0: they are not yet written.
func (w *writer) ids() (run, place int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.run, w.place
}

// keep puts a result where writeAll takes it. Where there is no room, it waits.
func (w *writer) keep(result scanner.Result) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.held) >= mostHeld && w.err == nil {
		if w.full.IsZero() {
			w.full = time.Now()
			defer time.AfterFunc(reportAfter, func() {
				w.warn(fmt.Sprintf("history %s: %d answers wait in memory to be written, no more find room: the scan waits for the disk", w.history.path, mostHeld))
			}).Stop()
		}
		w.room.Wait()
	}
	if w.err != nil {
		return w.err
	}
	if w.held = append(w.held, result); len(w.held) == 1 {
		w.first = time.Now()
		w.signal()
	}
	return nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// end waits until everything is written, and returns what went wrong.
func (w *writer) end() error {
	w.mu.Lock()
	if w.ended.IsZero() {
		w.ended = time.Now()
	}
	w.signal()
	w.mu.Unlock()
	<-w.done
	return w.err
}

// writeAll writes the run, and then the results as they come, until the end. It goes on taking after a failure, so that
// nobody waits.
func (w *writer) writeAll(begun chan<- error) {
	defer close(w.done)
	defer w.close()
	err := w.insist(w.begin)
	begun <- err
	var batch []scanner.Result
	for more := true; more && err == nil; {
		if batch, more = w.take(batch); len(batch) == 0 || !more {
			err = w.history.isThere() // also while nothing is answered, and before it is said to be kept
		}
		if err != nil {
			break
		}
		for part := range slices.Chunk(batch, mostRows) {
			if err = w.insist(func() error { return w.write(part) }); err != nil {
				break
			}
		}
	}
	w.mu.Lock()
	if w.err = w.history.explain(err); err != nil {
		w.held = nil
	}
	lost, err := w.begun && err != nil, w.err
	w.room.Broadcast()
	w.mu.Unlock()
	if lost {
		w.lost(err)
	}
}

func (w *writer) close() {
	w.statements.close()
	w.conn.Close()
}

// take returns what is to be written next, and whether more may come. It takes the last batch, to use its memory again.
func (w *writer) take(last []scanner.Result) (batch []scanner.Result, more bool) {
	clear(last)
	if cap(last) > 1024 {
		last = nil
	}
	select {
	case <-w.wake:
	case <-time.After(lookEvery):
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) == 0 && w.ended.IsZero() {
		return last[:0], true
	}
	if wait := gather - time.Since(w.first); wait > 0 && w.ended.IsZero() {
		w.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-w.wake: // the end
		}
		w.mu.Lock()
	}
	batch, w.held, w.full = w.held, last[:0], time.Time{}
	w.room.Broadcast()
	return batch, w.ended.IsZero()
}

// insist does something that writes, until it is done or fails. Another program that holds the database is waited for as
// long as there is room in memory, and then for a minute; after the end, for half a minute.
func (w *writer) insist(do func() error) error {
	var since time.Time
	reported := false
	for {
		err := do()
		now := time.Now()
		if !isBusy(err) {
			if reported && err == nil {
				w.warn(fmt.Sprintf("history %s: it is free again after %s, and the answers that waited are written", w.history.path, now.Sub(since).Round(time.Second)))
			}
			return err
		}
		if since.IsZero() {
			since = now
		}
		w.mu.Lock()
		full, ended := w.full, w.ended
		w.mu.Unlock()
		if !full.IsZero() && now.Sub(full) >= patienceFull || !ended.IsZero() && now.Sub(ended) >= patienceEnd {
			return err
		}
		if !reported && now.Sub(since) >= reportAfter {
			reported = true
			w.warn(fmt.Sprintf("history %s: another program holds it since %s; up to %d answers wait in memory, then the scan waits for a minute", w.history.path, since.Format(time.TimeOnly), mostHeld))
		}
		time.Sleep(retryEvery)
	}
}

// transaction does what writes, all of it or nothing.
func (w *writer) transaction(do func() error) (err error) {
	ctx := context.Background() // what was answered is written also where the scan is interrupted
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err = do(); err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // SQLite may have done it already
	}
	return err
}

// begin writes that there is a run, unless it is one that goes on.
func (w *writer) begin() error {
	run, place := w.ids()
	err := w.transaction(func() error {
		ctx := context.Background()
		if _, err := w.conn.ExecContext(ctx, "INSERT OR IGNORE INTO places (endpoint, subsidiary) VALUES (?, ?)", w.question.Endpoint, w.question.Subsidiary); err != nil {
			return err
		}
		if err := w.conn.QueryRowContext(ctx, "SELECT id FROM places WHERE endpoint = ? AND subsidiary = ?", w.question.Endpoint, w.question.Subsidiary).Scan(&place); err != nil {
			return err
		}
		if run != 0 {
			return nil
		}
		digest, now := w.question.digest(), w.started.Unix()
		if _, err := w.conn.ExecContext(ctx, "UPDATE runs SET state = 'abandoned' WHERE question = ? AND state = 'running'", digest); err != nil {
			return err
		}
		inserted, err := w.conn.ExecContext(ctx, "INSERT INTO runs (place, question, extensions, state, started, active) VALUES (?, ?, ?, 'running', ?, ?)",
			place, digest, strings.Join(w.question.Extensions, ","), now, now)
		if err != nil {
			return err
		}
		run, err = inserted.LastInsertId()
		return err
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.run, w.place = run, place
	return nil
}

// statements are those that a result needs, prepared once.
type statements struct {
	latest, confirm, insert, answered, active *sql.Stmt
}

func (s *statements) prepare(ctx context.Context, h *History, conn *sql.Conn) error {
	for to, text := range map[**sql.Stmt]string{
		&s.latest: "SELECT a.id, " + h.answerColumns("a") + " FROM answers a WHERE a.domain = ? AND a.place = ? ORDER BY a.id DESC LIMIT 1",
		// A time in the future was wrong: that of the confirmation counts.
		&s.confirm: `UPDATE answers SET last_run = ?1, checked = iif(checked > ?3, ?2, max(checked, ?2)),
			first_seen = iif(first_seen > ?3, ?2, first_seen) WHERE id = ?4`,
		&s.insert:   insertAnswer,
		&s.answered: "INSERT OR REPLACE INTO results (run, answer, source, attempts, latency, checked) VALUES (?, ?, ?, ?, ?, ?)",
		&s.active:   "UPDATE runs SET active = ? WHERE id = ?",
	} {
		var err error
		if *to, err = conn.PrepareContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func (s *statements) close() {
	for _, statement := range []*sql.Stmt{s.latest, s.confirm, s.insert, s.answered, s.active} {
		if statement != nil {
			statement.Close()
		}
	}
}

// write writes results, and now and then that the run goes on.
func (w *writer) write(batch []scanner.Result) error {
	run, place := w.ids()
	now := time.Now()
	if now.Sub(w.looked) >= lookEvery {
		if err := w.history.isThere(); err != nil {
			return err
		}
		w.looked = now
	}
	err := w.transaction(func() error {
		for i := range batch {
			if err := w.statements.write(run, place, &batch[i]); err != nil {
				return err
			}
		}
		if now.Sub(w.active) < activeEvery {
			return nil
		}
		_, err := w.statements.active.Exec(now.Unix(), run)
		return err
	})
	if err == nil && now.Sub(w.active) >= activeEvery {
		w.active = now
	}
	return err
}

// write writes one result: the answer where it is another than the last one, and that the run has it.
func (s *statements) write(run, place int64, result *scanner.Result) error {
	domain, a := result.Domain(), &result.Answer
	var id int64
	var known scanner.Answer
	var of string
	err := s.latest.QueryRow(domain, place).Scan(append([]any{&id}, answerFields(&of, &known)...)...)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows) && !errors.Is(err, errDamagedRow):
		return err
	case err == nil && result.Source == scanner.History:
		// It is what stands there already; nobody has looked again.
	case err == nil && sameAnswer(&known, a):
		if _, err := s.confirm.Exec(run, a.CheckedAt.Unix(), time.Now().Unix(), id); err != nil {
			return err
		}
	default: // also where the known one is damaged
		at := a.CheckedAt.Unix()
		if id, err = insert(s.insert, place, domain, a, seen{run, run, at, at}); err != nil {
			return err
		}
	}
	_, err = s.answered.Exec(run, id, result.Source, a.Attempts, a.Latency.Round(time.Millisecond).Milliseconds(), a.CheckedAt.Unix())
	return err
}

// sameAnswer says whether two answers say the same, whoever gave them and whenever.
func sameAnswer(a, b *scanner.Answer) bool {
	return a.Status == b.Status && a.Reason == b.Reason && a.Currency == b.Currency && a.Price == b.Price && a.Renewal == b.Renewal &&
		a.Regular == b.Regular && a.Discount == b.Discount && a.Fee == b.Fee && a.Duration == b.Duration && a.PricingMode == b.PricingMode &&
		a.Phase == b.Phase && a.OfferID == b.OfferID
}
