package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"tldsweep/scanner"
)

const (
	// A run that nothing was added to for so long is not continued: its answers are stale.
	stale = 7 * 24 * time.Hour

	// Another machine's time may be so far ahead. What was answered later than that has no age: the time was wrong then, or is now.
	ahead = time.Minute

	lockEvery = 250 * time.Millisecond
	// Who looks whether a question is being asked holds its lock for a moment: so long Begin waits in any case.
	lockAtLeast = 100 * time.Millisecond
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
	placeID int64 // 0: nothing was asked there
}

// Run is one scan's part of the history. Make one with Begin. Keep is safe for concurrent use, and so are the stages.
type Run struct {
	Answers
	lock     *flock.Flock
	writer   *writer
	finished bool
}

// RunOptions say how a run is begun. The zero value continues the run of the question that did not finish, does not wait
// for other processes, and reports nothing.
type RunOptions struct {
	Fresh bool          // a new run, although there is one to continue
	Wait  time.Duration // for another process that asks the same question
	// Warn is called with one line when answers cannot be written for a second or more, and when they can again. It is
	// called by other goroutines, also while Keep waits. nil: nothing is said.
	Warn func(line string)
	// Lost is called once, by another goroutine, as soon as nothing more can be kept, with the error that Keep returns from
	// then on. It is not called where Begin fails. nil: only Keep, Finish and Close say it.
	Lost func(err error)
}

// ID is the run's number. It is 0 as long as another program kept the database from being written since Begin.
func (r *Run) ID() int64 {
	id, _ := r.writer.ids()
	return id
}

// Begin continues the run of this question that did not finish, or starts a new one. A run that was idle for seven days is
// not continued. While another process asks the same question, Begin waits as long as the options say, and then returns
// ErrRunning. Where another program holds the database, the run begins in memory. Other errors are ctx's and *Error.
func (h *History) Begin(ctx context.Context, question Question, options RunOptions) (_ *Run, err error) {
	if h.readOnly {
		return nil, h.explain(errReadOnly)
	}
	digest := question.digest()
	r := &Run{Answers: Answers{history: h}, lock: flock.New(h.lockOf(digest))}
	if err := r.acquire(ctx, options.Wait); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.lock.Unlock()
			err = h.explain(err)
		}
	}()
	// All of this is read, so that whoever writes now is not waited for. The question is this process's alone.
	if err := r.place(ctx, question); err != nil {
		return nil, err
	}
	if !options.Fresh {
		if err := r.find(ctx, digest); err != nil {
			return nil, err
		}
	}
	if r.writer, err = newWriter(ctx, h, question, r.Answers, options); err != nil {
		return nil, err
	}
	if r.run == 0 {
		r.Started = r.writer.started
	}
	_, r.placeID = r.writer.ids()
	return r, nil
}

// isAsked says whether a process asks a question now. Where that is unknown, it says yes.
func (h *History) isAsked(digest string) bool {
	lock := flock.New(h.lockOf(digest), flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if free {
		err = lock.Unlock()
	}
	return !free && !errors.Is(err, fs.ErrNotExist)
}

// lockOf is the file that is locked by the process that asks a question.
func (h *History) lockOf(digest string) string { return h.path + "." + digest[:12] + ".lock" }

// Lookup finds what the history holds for a question. It changes nothing and waits for nobody. Errors are *Error.
func (h *History) Lookup(ctx context.Context, question Question) (*Answers, error) {
	p := &Answers{history: h}
	err := p.place(ctx, question)
	if err == nil {
		err = p.find(ctx, question.digest())
	}
	if err != nil {
		return nil, h.explain(err)
	}
	return p, nil
}

// place looks for the endpoint and subsidiary of a question.
func (p *Answers) place(ctx context.Context, question Question) error {
	err := p.history.db.QueryRowContext(ctx, "SELECT id FROM places WHERE endpoint = ? AND subsidiary = ?", question.Endpoint, question.Subsidiary).Scan(&p.placeID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// find looks for the run to continue.
func (p *Answers) find(ctx context.Context, digest string) error {
	var run, started, active int64
	err := p.history.db.QueryRowContext(ctx, "SELECT id, started, active FROM runs WHERE question = ? AND state = 'running' ORDER BY id DESC LIMIT 1", digest).Scan(&run, &started, &active)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	// Results of the future are asked for again, and do not make the run a young one.
	now := time.Now().Add(ahead).Unix()
	var kept, last int64
	err = p.history.db.QueryRowContext(ctx, "SELECT count(*), coalesce(max(checked), 0) FROM results WHERE run = ? AND checked <= ?", run, now).Scan(&kept, &last)
	if err != nil {
		return err
	}
	if active > now {
		active = last
	}
	if time.Since(time.Unix(active, 0)) > stale {
		return nil
	}
	p.run, p.Started, p.Kept = run, time.Unix(started, 0), kept
	return nil
}

func (r *Run) acquire(ctx context.Context, wait time.Duration) error {
	deadline := time.Now().Add(max(wait, lockAtLeast))
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

// Replay is the stage that answers what this run has answered before it was stopped. Its answers say who gave them
// then, and are Replayed.
func (p *Answers) Replay() scanner.Stage {
	query := "SELECT " + p.history.answerColumns("a") + `, r.checked, r.source, r.attempts, r.latency
		FROM answers a JOIN results r ON r.run = ? AND r.answer = a.id
		WHERE a.domain = ? AND a.place = ? AND r.checked <= ? ORDER BY a.id DESC LIMIT 1`
	return scanner.Stage{Source: scanner.History, Answer: func(ctx context.Context, q scanner.Query) (scanner.Answer, error) {
		a := scanner.Answer{Replayed: true}
		var latency int64
		err := p.read(p.history.db.QueryRowContext(ctx, query, p.run, q.Domain(), p.placeID, time.Now().Add(ahead).Unix()), q, &a, &a.Source, &a.Attempts, &latency)
		a.Latency = time.Duration(latency) * time.Millisecond
		return a, err
	}}
}

// Recall is the stage that answers with what earlier runs have found out, where that is younger than the age of its
// status; other statuses are passed on, and so is what was checked in the future. CheckedAt says when it was.
func (p *Answers) Recall(ages map[scanner.Status]time.Duration) scanner.Stage {
	query := "SELECT " + p.history.answerColumns("a") + ", a.checked FROM answers a WHERE a.domain = ? AND a.place = ? ORDER BY a.id DESC LIMIT 1"
	return scanner.Stage{Source: scanner.History, Answer: func(ctx context.Context, q scanner.Query) (scanner.Answer, error) {
		var a scanner.Answer
		if err := p.read(p.history.db.QueryRowContext(ctx, query, q.Domain(), p.placeID), q, &a); err != nil {
			return a, err
		}
		if age := time.Since(a.CheckedAt); age > ages[a.Status] || ages[a.Status] == 0 || age < -ahead {
			return scanner.Answer{}, scanner.ErrPass
		}
		return a, nil
	}}
}

// read reads the answerColumns, when it was checked, and more; no row is scanner.ErrPass.
func (p *Answers) read(row *sql.Row, q scanner.Query, a *scanner.Answer, more ...any) error {
	var domain string
	var checked int64
	err := row.Scan(slices.Concat(answerFields(&domain, a), []any{&checked}, more)...)
	if errors.Is(err, sql.ErrNoRows) {
		return scanner.ErrPass
	}
	if err == nil && domain != q.Domain() { // an index that leads to another row
		err = fmt.Errorf("%w: %q instead of %q", errDamagedRow, domain, q.Domain())
	}
	a.CheckedAt = time.Unix(checked, 0)
	return p.history.explain(err)
}

// Keep keeps a result. It is written together with whatever else came since the last write began, two hundredths of a second
// later where the disk is free, so that a process that is killed loses what it was about to write and no more. What is
// written survives kill -9 and a crash of the machine. While it cannot be written, results wait in memory, 16,384 of them;
// then Keep waits. What is no answer of anybody's (errors, and what was decided on this machine) and what was replayed is
// not kept. An error is the *Error of an earlier write: nothing more is kept from there on. Keep must not be called after
// Finish or Close.
func (r *Run) Keep(result scanner.Result) error {
	if result.Status == scanner.Failed || result.Source == scanner.Local || result.Replayed {
		return nil
	}
	return r.writer.keep(result)
}

// Finish writes what is left and marks the run as finished: the next run of the same question asks everything again.
func (r *Run) Finish() error {
	if err := r.writer.end(); err != nil {
		return err
	}
	now := time.Now().Unix()
	if _, err := r.history.db.Exec("UPDATE runs SET state = 'finished', finished = ?, active = ? WHERE id = ?", now, now, r.ID()); err != nil {
		return r.history.explain(err)
	}
	r.finished = true
	return r.history.explain(r.forgetEarlier())
}

// forgetEarlier deletes the results of this question's earlier runs, some at a time, so that others can write meanwhile.
func (r *Run) forgetEarlier() error {
	for {
		deleted, err := r.history.db.Exec(`DELETE FROM results WHERE (run, answer) IN (
			SELECT run, answer FROM results WHERE run IN (
				SELECT id FROM runs WHERE question = (SELECT question FROM runs WHERE id = ?1) AND id < ?1) LIMIT 10000)`, r.ID())
		if err != nil {
			return err
		}
		if n, err := deleted.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

// Close writes what is left and lets other processes ask the same question. A run that has not finished can be
// continued. Where another program holds the database, Close waits for it for half a minute.
func (r *Run) Close() error {
	err := r.writer.end()
	if r.finished {
		os.Remove(r.lock.Path()) // while it is ours; a file that stays does no harm
	}
	return errors.Join(err, r.lock.Unlock())
}
