package history

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// longestRecord is how many bytes a line of an export may have: an answer that some 30,000 questions have asked for.
const longestRecord = 4 << 20

// Imported is what Import has added.
type Imported struct {
	Runs       int64
	Answers    int64
	Known      int64 // answers that were there already
	Superseded int64 // answers that are left out, since the history knows later ones of the domain
}

// LineError is a line of an export that cannot be imported.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// ErrOlder says that an export holds runs that are older than the history's own, between which there is no number left.
var ErrOlder = errors.New("it is older than what the history holds")

// Import adds what Export has written, all of it or nothing. In an empty history runs keep their numbers. What is there already stays
// as it is, so importing the same again changes nothing; runs that are new must be later than those that are there. Errors are
// *LineError, those of r, ctx's and *Error.
func (h *History) Import(ctx context.Context, r io.Reader) (Imported, error) {
	if h.readOnly {
		return Imported{}, h.explain(errReadOnly)
	}
	in := &importer{statements: map[string]*sql.Stmt{}, runs: map[int64]int64{}, taken: map[int64]bool{}, places: map[[2]string]int64{}, placeOf: map[int64]int64{}}
	err := in.all(ctx, h.db, r)
	if err != nil {
		if of, ok := errors.AsType[*LineError](err); ok {
			return Imported{}, of
		}
		if in.reading != nil {
			return Imported{}, in.reading
		}
		return Imported{}, h.explain(err)
	}
	return in.added, nil
}

// importer is one Import.
type importer struct {
	tx         *sql.Tx
	statements map[string]*sql.Stmt // those of the lines, by their text
	added      Imported
	count      Exported
	reading    error // of the reader

	lastRun, lastAnswer int64 // the greatest numbers that were there before

	runs    map[int64]int64     // a run's number in the file, and here
	taken   map[int64]bool      // runs here that a run of the file is
	places  map[[2]string]int64 // by endpoint and subsidiary
	placeOf map[int64]int64     // of the runs of the file
}

func (in *importer) all(ctx context.Context, db *sql.DB, r io.Reader) (err error) {
	if in.tx, err = db.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer in.tx.Rollback()
	if err := in.tx.QueryRow("SELECT (SELECT coalesce(max(id), 0) FROM runs), (SELECT coalesce(max(id), 0) FROM answers)").Scan(&in.lastRun, &in.lastAnswer); err != nil {
		return err
	}
	defer func() {
		for _, statement := range in.statements {
			statement.Close()
		}
	}()
	if err := in.lines(ctx, r); err != nil {
		return err
	}
	// Of each question, only the rows of its last finished run are kept.
	if _, err := in.tx.Exec(`DELETE FROM results WHERE run IN (SELECT r.id FROM runs r
		WHERE EXISTS (SELECT 1 FROM runs n WHERE n.question = r.question AND n.id > r.id AND n.state = 'finished'))`); err != nil {
		return err
	}
	return in.tx.Commit()
}

func (in *importer) lines(ctx context.Context, r io.Reader) error {
	text := bufio.NewScanner(r)
	text.Buffer(nil, longestRecord)
	line, ended := 0, false
	for text.Scan() {
		line++
		if err := ctx.Err(); err != nil {
			return err
		}
		err := error(&recordError{errors.New("there is more after the end")})
		if !ended {
			ended, err = in.line(line, text.Bytes())
		}
		if wrong, ours := errors.AsType[*recordError](err); ours {
			return &LineError{line, wrong.error}
		}
		if err != nil {
			return err
		}
	}
	switch err := text.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return &LineError{line + 1, fmt.Errorf("it has more than %d bytes", longestRecord)}
	case err != nil:
		in.reading = err
		return err
	case !ended:
		return &LineError{line + 1, errors.New("the last line is missing: the file is not whole")}
	}
	return nil
}

// statement is a statement that each line needs, prepared once.
func (in *importer) statement(text string) (*sql.Stmt, error) {
	if prepared := in.statements[text]; prepared != nil {
		return prepared, nil
	}
	prepared, err := in.tx.Prepare(text)
	if err == nil {
		in.statements[text] = prepared
	}
	return prepared, err
}

// recordError is what is wrong with a line, and not with the database.
type recordError struct{ error }

func wrong(format string, args ...any) error { return &recordError{fmt.Errorf(format, args...)} }

// line adds one line, and says whether it is the last.
func (in *importer) line(number int, text []byte) (ended bool, err error) {
	var kind struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return false, wrong("it is no JSON object: %w", err)
	}
	if (number == 1) != (kind.Kind == headerKind) {
		return false, wrong("want a file that tldsweep history export has written, which begins with {\"kind\":%q", headerKind)
	}
	switch kind.Kind {
	case headerKind:
		var r headerRecord
		if err := decode(text, &r); err != nil {
			return false, err
		}
		if r.Format != exportFormat {
			return false, wrong("format %d is another than %d: use the tldsweep that wrote it, or a newer one", r.Format, exportFormat)
		}
		return false, nil
	case runKind:
		in.count.Runs++
		var r runRecord
		if err := decode(text, &r); err != nil {
			return false, err
		}
		return false, in.run(&r)
	case answerKind:
		in.count.Answers++
		var r answerRecord
		if err := decode(text, &r); err != nil {
			return false, err
		}
		return false, in.answer(&r)
	case endKind:
		var r endRecord
		if err := decode(text, &r); err != nil {
			return true, err
		}
		if r.Runs != in.count.Runs || r.Answers != in.count.Answers {
			return true, wrong("%d runs and %d answers came before the end, not %d and %d", in.count.Runs, in.count.Answers, r.Runs, r.Answers)
		}
		return true, nil
	}
	return false, wrong("kind %q is unknown", kind.Kind)
}

// decode reads a record, which has no other fields.
func decode(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return wrong("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// place is the number of an endpoint and subsidiary.
func (in *importer) place(endpoint, subsidiary string) (id int64, err error) {
	key := [2]string{endpoint, subsidiary}
	if id := in.places[key]; id != 0 {
		return id, nil
	}
	if _, err := in.tx.Exec("INSERT OR IGNORE INTO places (endpoint, subsidiary) VALUES (?, ?)", endpoint, subsidiary); err != nil {
		return 0, err
	}
	if err := in.tx.QueryRow("SELECT id FROM places WHERE endpoint = ? AND subsidiary = ?", endpoint, subsidiary).Scan(&id); err != nil {
		return 0, err
	}
	in.places[key] = id
	return id, nil
}

// run finds a run among those that are here, or adds it.
func (in *importer) run(r *runRecord) error {
	if err := r.check(); err != nil {
		return &recordError{err}
	}
	if in.runs[r.ID] != 0 {
		return wrong("run %d is there twice", r.ID)
	}
	at, err := seconds(r.Started, r.Active, cmp.Or(r.Finished, r.Started))
	if err != nil {
		return &recordError{err}
	}
	started, active, finished := at[0], at[1], sql.NullInt64{Int64: at[2], Valid: r.Finished != ""}
	place, err := in.place(r.Endpoint, r.Subsidiary)
	if err != nil {
		return err
	}
	in.placeOf[r.ID] = place
	id, err := in.sameRun(r, place, started)
	if err != nil {
		return err
	}
	if id != 0 {
		in.runs[r.ID], in.taken[id] = id, true
		_, err := in.tx.Exec("UPDATE runs SET state = ?1, active = iif(?1 = 'running', max(active, ?2), ?2), finished = ?3 WHERE id = ?4 AND state = 'running'", r.State, active, finished, id)
		return err
	}
	if id, err = in.numberOf(r.ID, started); err != nil {
		return err
	}
	in.runs[r.ID], in.taken[id] = id, true
	in.added.Runs++
	_, err = in.tx.Exec("INSERT INTO runs (id, place, question, extensions, state, started, active, finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		id, place, r.Question, r.Extensions, r.State, started, active, finished)
	return err
}

// sameRun is the number of the same run here; 0: there is none. Of several that began in one second, each is one of the file.
func (in *importer) sameRun(r *runRecord, place, started int64) (int64, error) {
	rows, err := in.tx.Query("SELECT id FROM runs WHERE id <= ? AND place = ? AND question = ? AND started = ? AND extensions = ? ORDER BY id <> ?, id",
		in.lastRun, place, r.Question, started, r.Extensions, r.ID)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		if !in.taken[id] {
			return id, nil
		}
	}
	return 0, rows.Err()
}

// numberOf is the number that a new run gets: its own, or the next one. Among the runs that were here, numbers follow the time.
func (in *importer) numberOf(own, started int64) (int64, error) {
	var used bool
	var next int64
	if err := in.tx.QueryRow("SELECT EXISTS (SELECT 1 FROM runs WHERE id = ?), (SELECT coalesce(max(id), 0) + 1 FROM runs)", own).Scan(&used, &next); err != nil {
		return 0, err
	}
	for _, id := range []int64{own, next} {
		if id == own && used {
			continue
		}
		var disordered bool
		if err := in.tx.QueryRow("SELECT EXISTS (SELECT 1 FROM runs WHERE id <= ?1 AND (id < ?2 AND started > ?3 OR id > ?2 AND started < ?3))", in.lastRun, id, started).Scan(&disordered); err != nil {
			return 0, err
		}
		if !disordered {
			return id, nil
		}
	}
	return 0, &recordError{fmt.Errorf("the run of %s: %w", timeText(started), ErrOlder)}
}

// answer finds an answer among those that are here, or adds it.
func (in *importer) answer(r *answerRecord) error {
	if err := r.check(); err != nil {
		return &recordError{err}
	}
	at, err := seconds(r.Since, r.CheckedAt)
	if err != nil {
		return &recordError{err}
	}
	since, checked := at[0], at[1]
	place, err := in.place(r.Endpoint, r.Subsidiary)
	if err != nil {
		return err
	}
	seenBy := []int64{r.FirstRun, r.LastRun}
	for _, result := range r.Results {
		seenBy = append(seenBy, result.Run)
	}
	for _, run := range seenBy {
		if in.placeOf[run] != place {
			return wrong("run %d is not one of those before, or of another endpoint", run)
		}
	}
	first, last := in.runs[r.FirstRun], in.runs[r.LastRun]
	id, later, err := in.sameAnswer(r, place, first, last, since, checked)
	if err != nil {
		return err
	}
	switch {
	case id != 0:
		in.added.Known++
		confirm, err := in.statement("UPDATE answers SET last_run = ?1, checked = ?2 WHERE id = ?3 AND checked < ?2")
		if err != nil {
			return err
		}
		if _, err := confirm.Exec(last, checked, id); err != nil {
			return err
		}
	case later:
		in.added.Superseded++
		return nil
	default:
		in.added.Answers++
		statement, err := in.statement(insertAnswer)
		if err != nil {
			return err
		}
		if id, err = insert(statement, place, r.Domain, r.answer(), seen{first, last, since, checked}); err != nil {
			return err
		}
	}
	for _, result := range r.Results {
		at, err := seconds(result.CheckedAt)
		if err != nil {
			return &recordError{err}
		}
		row, err := in.statement(`INSERT INTO results (run, answer, source, attempts, latency, checked) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET source = excluded.source, attempts = excluded.attempts, latency = excluded.latency, checked = excluded.checked
			WHERE excluded.checked > checked`)
		if err != nil {
			return err
		}
		if _, err := row.Exec(in.runs[result.Run], id, result.Source, result.Attempts, result.LatencyMS, at[0]); err != nil {
			return err
		}
	}
	return nil
}

// sameAnswer is the number of the same answer among those that were here before; 0: there is none. later is whether a later one is.
// Of several that were alike when they were first seen, one that was confirmed since is the last.
func (in *importer) sameAnswer(r *answerRecord, place, first, last, since, checked int64) (id int64, later bool, err error) {
	if in.lastAnswer == 0 {
		return 0, false, nil
	}
	same, err := in.statement(`SELECT id FROM answers a WHERE id <= ? AND domain = ? AND place = ? AND first_run = ? AND first_seen = ?
		AND (status, reason, currency, price, renewal, regular, discount, fee, duration, pricing_mode, phase, offer_id) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ORDER BY last_run = ? AND checked = ? DESC, iif(last_run = ? AND checked = ?, id, -id) LIMIT 1`)
	if err != nil {
		return 0, false, err
	}
	err = same.QueryRow(in.lastAnswer, r.Domain, place, first, since, r.Status, r.Reason, r.Currency, r.Price, r.Renewal, r.Regular, r.Discount, r.Fee, r.Duration,
		r.PricingMode, r.Phase, r.OfferID, last, checked, last, checked).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, false, err
	}
	err = in.tx.QueryRow("SELECT EXISTS (SELECT 1 FROM answers WHERE id <= ? AND domain = ? AND place = ? AND first_seen > ?)", in.lastAnswer, r.Domain, place, since).Scan(&later)
	return 0, later, err
}
