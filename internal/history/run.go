package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"tldsweep/scanner"
)

const (
	// A batch is written when it is so large or so old. While it is, as many again may wait, so a kill loses at most two
	// batches.
	mostRows = 256
	mostWait = 500 * time.Millisecond

	// A run that nothing was added to for so long is not continued: its answers are stale.
	stale = 7 * 24 * time.Hour

	lockEvery = 250 * time.Millisecond
)

// Question is what a run asks. A run that did not finish is continued by the next run of the same question.
type Question struct {
	Endpoint   string // the URL of the API
	Subsidiary string
	Names      string   // a digest of the list of names
	Extensions []string // as the user asks for them: patterns too, several separated by commas
}

// digest is the same for the same question, however its extensions are written.
func (q Question) digest() string {
	extensions := strings.Split(strings.ToLower(strings.ReplaceAll(strings.Join(q.Extensions, ","), " ", "")), ",")
	slices.Sort(extensions)
	sum := sha256.Sum256([]byte(strings.Join([]string{q.Endpoint, q.Subsidiary, q.Names, strings.Join(extensions, ",")}, "\n")))
	return hex.EncodeToString(sum[:16])
}

// ErrRunning says that another process is asking the same question now.
var ErrRunning = errors.New("another process is asking the same question")

// Answers are what the history holds for a question. Its stages are safe for concurrent use.
type Answers struct {
	Started time.Time // when the run to continue began
	Kept    int64     // how many answers of it are kept; 0: there is none to continue

	history *History
	run     int64 // 0: none
	place   int64 // 0: nothing was asked there
}

// Run is one scan's part of the history. Keep is safe for concurrent use.
type Run struct {
	Answers
	lock     *flock.Flock
	finished bool

	kept    chan scanner.Result
	written chan struct{}         // closed when everything that was kept is written, or has failed
	failed  atomic.Pointer[error] // of the first batch that could not be written
	end     sync.Once             // closes kept
}

// ID is the run's number.
func (r *Run) ID() int64 { return r.run }

// Begin continues the run of this question that did not finish, or starts a new one; with fresh always a new one. A
// run that was idle for seven days is not continued. While another process asks the same question, Begin waits up to
// wait, and then returns ErrRunning. Errors of the database are *Error.
func (h *History) Begin(ctx context.Context, question Question, fresh bool, wait time.Duration) (_ *Run, err error) {
	digest := question.digest()
	r := &Run{Answers: Answers{history: h}, lock: flock.New(h.path + "." + digest[:12] + ".lock")}
	if err := r.acquire(ctx, wait); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.lock.Unlock()
			err = h.explain(err)
		}
	}()
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("INSERT OR IGNORE INTO places (endpoint, subsidiary) VALUES (?, ?)", question.Endpoint, question.Subsidiary); err != nil {
		return nil, err
	}
	if err := tx.QueryRow("SELECT id FROM places WHERE endpoint = ? AND subsidiary = ?", question.Endpoint, question.Subsidiary).Scan(&r.place); err != nil {
		return nil, err
	}
	if !fresh {
		if err := r.find(tx, digest); err != nil {
			return nil, err
		}
		if r.run != 0 {
			return r.start(tx)
		}
	}
	now := time.Now()
	if _, err := tx.Exec("UPDATE runs SET state = 'abandoned' WHERE question = ? AND state = 'running'", digest); err != nil {
		return nil, err
	}
	inserted, err := tx.Exec("INSERT INTO runs (place, question, extensions, state, started, active) VALUES (?, ?, ?, 'running', ?, ?)",
		r.place, digest, strings.Join(question.Extensions, ","), now.Unix(), now.Unix())
	if err != nil {
		return nil, err
	}
	r.Started = now
	if r.run, err = inserted.LastInsertId(); err != nil {
		return nil, err
	}
	return r.start(tx)
}

// Lookup finds what the history holds for a question. It changes nothing and waits for nobody. Errors are *Error.
func (h *History) Lookup(ctx context.Context, question Question) (*Answers, error) {
	p := &Answers{history: h}
	err := h.db.QueryRowContext(ctx, "SELECT id FROM places WHERE endpoint = ? AND subsidiary = ?", question.Endpoint, question.Subsidiary).Scan(&p.place)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err == nil {
		err = p.find(h.db, question.digest())
	}
	if err != nil {
		return nil, h.explain(err)
	}
	return p, nil
}

// find looks for the run to continue.
func (p *Answers) find(db interface {
	QueryRow(query string, arguments ...any) *sql.Row
}, digest string) error {
	var run, started, active int64
	err := db.QueryRow("SELECT id, started, active FROM runs WHERE question = ? AND state = 'running' ORDER BY id DESC LIMIT 1", digest).Scan(&run, &started, &active)
	if errors.Is(err, sql.ErrNoRows) || err == nil && time.Since(time.Unix(active, 0)) > stale {
		return nil
	}
	if err != nil {
		return err
	}
	p.run, p.Started = run, time.Unix(started, 0)
	return db.QueryRow("SELECT count(*) FROM results WHERE run = ?", run).Scan(&p.Kept)
}

func (r *Run) start(tx *sql.Tx) (*Run, error) {
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	r.kept, r.written = make(chan scanner.Result, mostRows), make(chan struct{})
	go r.writeAll() // until Finish or Close
	return r, nil
}

func (r *Run) acquire(ctx context.Context, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for {
		locked, err := r.lock.TryLock()
		if err != nil {
			return r.history.explain(err)
		}
		if locked && r.lockIsThere() {
			return nil
		}
		if err := r.lock.Unlock(); err != nil {
			return r.history.explain(err)
		}
		if locked {
			continue
		}
		if time.Until(deadline) <= 0 {
			return ErrRunning
		}
		select {
		case <-time.After(min(lockEvery, time.Until(deadline))):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// lockIsThere says whether the file that is locked is still the one that others would lock: the process that had it
// before may have removed it in between.
func (r *Run) lockIsThere() bool {
	ours, err := r.lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(r.lock.Path())
	return err == nil && os.SameFile(ours, there)
}

// answerColumns are the columns of answers that say what was answered; answerFields are their fields in an Answer.
const answerColumns = "a.status, a.reason, a.currency, a.price, a.renewal, a.regular, a.discount, a.fee, a.duration, a.pricing_mode, a.phase, a.offer_id"

func answerFields(a *scanner.Answer) []any {
	return []any{&a.Status, &a.Reason, &a.Currency, &a.Price, &a.Renewal, &a.Regular, &a.Discount, &a.Fee, &a.Duration, &a.PricingMode, &a.Phase, &a.OfferID}
}

// Replay is the stage that answers what this run has answered before it was stopped. Its answers say who gave them
// then, and are Replayed.
func (p *Answers) Replay() scanner.Stage {
	const query = "SELECT " + answerColumns + `, a.error, r.checked, r.source, r.attempts, r.latency
		FROM answers a JOIN results r ON r.run = ? AND r.answer = a.id
		WHERE a.domain = ? AND a.place = ? ORDER BY a.id DESC LIMIT 1`
	return scanner.Stage{Source: scanner.History, Answer: func(ctx context.Context, q scanner.Query) (scanner.Answer, error) {
		a := scanner.Answer{Replayed: true}
		var latency int64
		err := p.read(p.history.db.QueryRowContext(ctx, query, p.run, q.Domain(), p.place), &a, &a.Source, &a.Attempts, &latency)
		a.Latency = time.Duration(latency) * time.Millisecond
		return a, err
	}}
}

// Recall is the stage that answers with what earlier runs have found out, where that is younger than the age of its
// status; other statuses are passed on. CheckedAt says when it was.
func (p *Answers) Recall(ages map[scanner.Status]time.Duration) scanner.Stage {
	const query = "SELECT " + answerColumns + ", a.error, a.checked FROM answers a WHERE a.domain = ? AND a.place = ? ORDER BY a.id DESC LIMIT 1"
	return scanner.Stage{Source: scanner.History, Answer: func(ctx context.Context, q scanner.Query) (scanner.Answer, error) {
		var a scanner.Answer
		if err := p.read(p.history.db.QueryRowContext(ctx, query, q.Domain(), p.place), &a); err != nil {
			return a, err
		}
		if age := ages[a.Status]; age == 0 || time.Since(a.CheckedAt) > age {
			return scanner.Answer{}, scanner.ErrPass
		}
		return a, nil
	}}
}

// read reads the answerColumns, the error, when it was checked, and more; no row is scanner.ErrPass.
func (p *Answers) read(row *sql.Row, a *scanner.Answer, more ...any) error {
	var failure string
	var checked int64
	err := row.Scan(slices.Concat(answerFields(a), []any{&failure, &checked}, more)...)
	if errors.Is(err, sql.ErrNoRows) {
		return scanner.ErrPass
	}
	a.CheckedAt = time.Unix(checked, 0)
	if failure != "" {
		a.Err = errors.New(failure)
	}
	return p.history.explain(err)
}

// Keep keeps a result; it is written within half a second. What is no answer of anybody's (errors, and what was found out
// on this machine) and what was replayed is not kept. An error is the *Error of an earlier one. Keep must not be called
// after Finish or Close.
func (r *Run) Keep(result scanner.Result) error {
	if result.Status == scanner.Failed || result.Source == scanner.Local || result.Replayed {
		return nil
	}
	r.kept <- result
	return r.failure()
}

func (r *Run) failure() error {
	if err := r.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// writeAll writes what is kept, batch by batch, until flush. It goes on taking after a failure, so that nobody waits.
func (r *Run) writeAll() {
	defer close(r.written)
	batch := make([]scanner.Result, 0, mostRows)
	timer := time.NewTimer(mostWait)
	defer timer.Stop()
	write := func() {
		if len(batch) > 0 && r.failure() == nil {
			if err := r.write(batch); err != nil {
				err = r.history.explain(err)
				r.failed.Store(&err)
			}
		}
		batch = batch[:0]
	}
	for {
		select {
		case result, more := <-r.kept:
			if !more {
				write()
				return
			}
			if len(batch) == 0 {
				timer.Reset(mostWait)
			}
			if batch = append(batch, result); len(batch) == mostRows {
				write()
			}
		case <-timer.C:
			write()
		}
	}
}

func (r *Run) write(batch []scanner.Result) error {
	tx, err := r.history.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	latest, err := tx.Prepare("SELECT a.id, " + answerColumns + " FROM answers a WHERE a.domain = ? AND a.place = ? ORDER BY a.id DESC LIMIT 1")
	if err != nil {
		return err
	}
	defer latest.Close()
	confirm, err := tx.Prepare("UPDATE answers SET last_run = ?, checked = max(checked, ?) WHERE id = ?")
	if err != nil {
		return err
	}
	defer confirm.Close()
	insert, err := tx.Prepare(`INSERT INTO answers (place, domain, status, reason, currency, price, renewal, regular, discount, fee,
		duration, pricing_mode, phase, offer_id, error, first_run, last_run, first_seen, checked)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	answered, err := tx.Prepare("INSERT OR REPLACE INTO results (run, answer, source, attempts, latency, checked) VALUES (?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer answered.Close()
	for _, result := range batch {
		domain, a := result.Domain(), result.Answer
		var id int64
		var known scanner.Answer
		err := latest.QueryRow(domain, r.place).Scan(append([]any{&id}, answerFields(&known)...)...)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		case err == nil && result.Source == scanner.History:
			// It is what stands there already; nobody has looked again.
		case err == nil && sameAnswer(known, a):
			if _, err := confirm.Exec(r.run, a.CheckedAt.Unix(), id); err != nil {
				return err
			}
		default:
			failure := ""
			if a.Err != nil {
				failure = a.Err.Error()
			}
			inserted, err := insert.Exec(r.place, domain, a.Status, a.Reason, a.Currency, a.Price, a.Renewal, a.Regular, a.Discount, a.Fee,
				a.Duration, a.PricingMode, a.Phase, a.OfferID, failure, r.run, r.run, a.CheckedAt.Unix(), a.CheckedAt.Unix())
			if err != nil {
				return err
			}
			if id, err = inserted.LastInsertId(); err != nil {
				return err
			}
		}
		if _, err := answered.Exec(r.run, id, result.Source, a.Attempts, a.Latency.Round(time.Millisecond).Milliseconds(), a.CheckedAt.Unix()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("UPDATE runs SET active = ? WHERE id = ?", time.Now().Unix(), r.run); err != nil {
		return err
	}
	return tx.Commit()
}

// sameAnswer says whether two answers say the same, whoever gave them and whenever.
func sameAnswer(a, b scanner.Answer) bool {
	return a.Status == b.Status && a.Reason == b.Reason && a.Currency == b.Currency && a.Price == b.Price && a.Renewal == b.Renewal &&
		a.Regular == b.Regular && a.Discount == b.Discount && a.Fee == b.Fee && a.Duration == b.Duration && a.PricingMode == b.PricingMode &&
		a.Phase == b.Phase && a.OfferID == b.OfferID
}

// Finish writes what is left and marks the run as finished: the next run of the same question asks everything again.
func (r *Run) Finish() error {
	if err := r.flush(); err != nil {
		return err
	}
	now := time.Now().Unix()
	if _, err := r.history.db.Exec("UPDATE runs SET state = 'finished', finished = ?, active = ? WHERE id = ?", now, now, r.run); err != nil {
		return r.history.explain(err)
	}
	r.finished = true
	return r.history.explain(r.forgetEarlier())
}

// forgetEarlier drops the results of this question's earlier runs, some at a time, so that others can write meanwhile.
func (r *Run) forgetEarlier() error {
	for {
		deleted, err := r.history.db.Exec(`DELETE FROM results WHERE (run, answer) IN (
			SELECT run, answer FROM results WHERE run IN (
				SELECT id FROM runs WHERE question = (SELECT question FROM runs WHERE id = ?1) AND id < ?1) LIMIT 10000)`, r.run)
		if err != nil {
			return err
		}
		if n, err := deleted.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

func (r *Run) flush() error {
	r.end.Do(func() { close(r.kept) })
	<-r.written
	return r.failure()
}

// Close writes what is left and lets other processes ask the same question. A run that has not finished can be
// continued.
func (r *Run) Close() error {
	err := r.flush()
	if r.finished {
		os.Remove(r.lock.Path()) // while it is ours; a file that stays does no harm
	}
	return errors.Join(err, r.lock.Unlock())
}
