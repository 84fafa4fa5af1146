package history

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"tldsweep/scanner"
)

// RunInfo describes a run.
type RunInfo struct {
	ID         int64
	Endpoint   string
	Subsidiary string
	Extensions string // as they were asked for
	State      string // "running", "interrupted" (it can be continued), "finished" or "abandoned"
	Started    time.Time
	Finished   time.Time // zero: it has not finished
	Rows       int64     // that are kept of it; of each question, only those of the last run are

	place int64
}

// ErrNoRun says that there is no such run.
var ErrNoRun = errors.New("no such run")

// Runs lists the runs, the newest first. Errors are *Error.
func (h *History) Runs(ctx context.Context) ([]RunInfo, error) {
	rows, err := h.db.QueryContext(ctx, `SELECT r.id, p.endpoint, p.subsidiary, r.extensions, r.state, r.question, r.started, coalesce(r.finished, 0),
		(SELECT count(*) FROM results WHERE run = r.id), r.place FROM runs r JOIN places p ON p.id = r.place ORDER BY r.id DESC`)
	if err != nil {
		return nil, h.explain(err)
	}
	defer rows.Close()
	var runs []RunInfo
	for rows.Next() {
		var r RunInfo
		var digest string
		var started, finished int64
		if err := rows.Scan(&r.ID, &r.Endpoint, &r.Subsidiary, &r.Extensions, &r.State, &digest, &started, &finished, &r.Rows, &r.place); err != nil {
			return nil, h.explain(err)
		}
		if r.State == "running" && !h.isAsked(digest) {
			r.State = "interrupted" // its process could not say so
		}
		r.Started = time.Unix(started, 0)
		if finished != 0 {
			r.Finished = time.Unix(finished, 0)
		}
		runs = append(runs, r)
	}
	return runs, h.explain(rows.Err())
}

// FindRun returns the last run that has finished, or, where id is not 0, the run of that number, whatever its state. An
// error may wrap ErrNoRun.
func (h *History) FindRun(ctx context.Context, id int64) (RunInfo, error) {
	runs, err := h.Runs(ctx)
	if err != nil {
		return RunInfo{}, err
	}
	for _, r := range runs {
		if r.ID == id || id == 0 && r.State == "finished" {
			return r, nil
		}
	}
	if id == 0 {
		return RunInfo{}, fmt.Errorf("%w: none has finished", ErrNoRun)
	}
	return RunInfo{}, fmt.Errorf("%w: %d", ErrNoRun, id)
}

// RunBefore is the number of the last run at the same place that was finished before another began; 0: there is none.
func (h *History) RunBefore(ctx context.Context, r RunInfo) (id int64, err error) {
	err = h.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM runs WHERE place = ? AND id < ? AND state = 'finished'", r.place, r.ID).Scan(&id)
	return id, h.explain(err)
}

// RunAt is the number of the last run at the same place that began before a time; 0: there is none.
func (h *History) RunAt(ctx context.Context, r RunInfo, at time.Time) (id int64, err error) {
	err = h.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM runs WHERE place = ? AND started < ?", r.place, at.Unix()).Scan(&id)
	return id, h.explain(err)
}

// Changes yields what is different after run until from what was known after run since, at until's endpoint and
// subsidiary, in the order in which it was seen. Only domains that were known then are compared; what changed and changed
// back in between is no change. It is one pass over the answers, in constant memory. An error ends the loop.
func (h *History) Changes(ctx context.Context, since int64, until RunInfo) iter.Seq2[scanner.Change, error] {
	query := `SELECT n.first_run, n.first_seen, ` + h.answerColumns("n") + `, ` + h.answerColumns("o") + `
		FROM answers n
		JOIN answers o ON o.id = (SELECT max(id) FROM answers l WHERE l.domain = n.domain AND l.place = n.place AND l.first_run <= ?1)
		WHERE n.place = ?3 AND n.first_run > ?1 AND n.first_run <= ?2
		AND n.id = (SELECT max(id) FROM answers l WHERE l.domain = n.domain AND l.place = n.place AND l.first_run <= ?2)
		AND (n.status <> o.status OR n.currency <> o.currency OR n.price <> o.price OR n.renewal <> o.renewal OR n.discount <> o.discount)`
	return func(yield func(scanner.Change, error) bool) {
		rows, err := h.db.QueryContext(ctx, query, since, until.ID, until.place)
		if err != nil {
			yield(scanner.Change{}, h.explain(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var c scanner.Change
			var domain, before string
			var seen int64
			if err := rows.Scan(slices.Concat([]any{&c.Run, &seen}, answerFields(&domain, &c.Now), answerFields(&before, &c.Before))...); err != nil {
				yield(c, h.explain(err))
				return
			}
			c.Query, c.Seen = queryOf(domain), time.Unix(seen, 0)
			if len(c.Kinds()) > 0 && !yield(c, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(scanner.Change{}, h.explain(err))
		}
	}
}

// queryOf takes apart a domain that was kept. Its name is one label.
func queryOf(domain string) scanner.Query {
	name, extension, _ := strings.Cut(domain, ".")
	return scanner.Query{Name: scanner.ParseName(name), Extension: extension}
}

// Results yields the rows that are kept of a run, ordered by domain. Rows that were errors, or that were decided on this
// machine, are not kept. An error ends the loop.
func (h *History) Results(ctx context.Context, run RunInfo) iter.Seq2[scanner.Result, error] {
	query := "SELECT " + h.answerColumns("a") + `, r.checked, r.source, r.attempts, r.latency
		FROM answers a JOIN results r ON r.run = ? AND r.answer = a.id ORDER BY a.domain`
	return func(yield func(scanner.Result, error) bool) {
		rows, err := h.db.QueryContext(ctx, query, run.ID)
		if err != nil {
			yield(scanner.Result{}, h.explain(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var result scanner.Result
			var domain string
			var checked, latency int64
			a := &result.Answer
			if err := rows.Scan(append(answerFields(&domain, a), &checked, &a.Source, &a.Attempts, &latency)...); err != nil {
				yield(result, h.explain(err))
				return
			}
			result.Query, a.CheckedAt, a.Latency = queryOf(domain), time.Unix(checked, 0), time.Duration(latency)*time.Millisecond
			if !yield(result, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(scanner.Result{}, h.explain(err))
		}
	}
}

// Period is the time in which the answer for a domain stayed the same.
type Period struct {
	scanner.Answer           // CheckedAt: when it was confirmed last
	Subsidiary     string    // of OVHcloud that was asked, such as FR
	Endpoint       string    // the URL of the API that was asked
	From           time.Time // when it was seen first
}

// Timeline lists the answers for a domain (A-labels) over time: by endpoint and subsidiary, the oldest first. A domain that
// was never answered has none.
func (h *History) Timeline(ctx context.Context, domain string) ([]Period, error) {
	query := "SELECT p.endpoint, p.subsidiary, a.first_seen, a.checked, " + h.answerColumns("a") +
		" FROM answers a JOIN places p ON p.id = a.place WHERE a.domain = ? ORDER BY a.place, a.id"
	rows, err := h.db.QueryContext(ctx, query, domain)
	if err != nil {
		return nil, h.explain(err)
	}
	defer rows.Close()
	var periods []Period
	for rows.Next() {
		var s Period
		var from, checked int64
		if err := rows.Scan(append([]any{&s.Endpoint, &s.Subsidiary, &from, &checked}, answerFields(&domain, &s.Answer)...)...); err != nil {
			return nil, h.explain(err)
		}
		s.From, s.CheckedAt = time.Unix(from, 0), time.Unix(checked, 0)
		periods = append(periods, s)
	}
	return periods, h.explain(rows.Err())
}

// Forget deletes the answers that were superseded before a time, and the runs that nothing is left of. The last answer of every domain
// stays, however old it is. Where a quarter of the file is free afterwards, it shrinks, unless another process uses it. It returns how
// many answers were deleted.
func (h *History) Forget(ctx context.Context, before time.Time) (gone int64, err error) {
	gone, err = h.forget(ctx, before)
	if err == nil {
		err = h.shrink(ctx)
	}
	return gone, h.explain(err)
}

func (h *History) forget(ctx context.Context, before time.Time) (gone int64, err error) {
	// Some at a time, so that others can write meanwhile. An answer ends when its successor is seen.
	const some = `SELECT o.id FROM answers o WHERE EXISTS (
		SELECT 1 FROM answers n WHERE n.domain = o.domain AND n.place = o.place AND n.id > o.id AND n.first_seen < ?1) LIMIT 10000`
	for {
		n, err := h.forgetSome(ctx, some, before)
		gone += n
		if err != nil || n == 0 {
			break
		}
	}
	if err == nil {
		_, err = h.db.ExecContext(ctx, `DELETE FROM runs WHERE state <> 'running' AND started < ?
			AND NOT EXISTS (SELECT 1 FROM results WHERE run = runs.id)
			AND id NOT IN (SELECT first_run FROM answers UNION SELECT last_run FROM answers)`, before.Unix())
	}
	return gone, err
}

func (h *History) forgetSome(ctx context.Context, some string, before time.Time) (int64, error) {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY)"); err != nil {
		return 0, err
	}
	if _, err := tx.Exec("DELETE FROM doomed"); err != nil {
		return 0, err
	}
	if _, err := tx.Exec("INSERT INTO doomed "+some, before.Unix()); err != nil {
		return 0, err
	}
	if _, err := tx.Exec("DELETE FROM results WHERE answer IN (SELECT id FROM doomed)"); err != nil {
		return 0, err
	}
	deleted, err := tx.Exec("DELETE FROM answers WHERE id IN (SELECT id FROM doomed)")
	if err != nil {
		return 0, err
	}
	n, err := deleted.RowsAffected()
	if err != nil {
		return 0, err
	}
	return n, tx.Commit()
}

// shrink gives back a quarter of the file or more, where so much is free.
func (h *History) shrink(ctx context.Context) error {
	var free, pages int64
	if err := h.db.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
		return err
	}
	if err := h.db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	if free*4 < pages || pages < 1000 {
		return nil
	}
	_, err := h.db.ExecContext(ctx, "VACUUM")
	if isBusy(err) {
		return nil
	}
	return err
}
