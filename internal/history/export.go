package history

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"

	"tldsweep/scanner"
)

// Exported is what Export has written, or what Import has read.
type Exported struct {
	Runs    int64
	Answers int64
	Damaged int64 // answers that are not as they were written, and so are left out
}

// Export writes all that is kept as JSON Lines: the runs, and the answers with their times and the runs that saw them, as they are at
// this moment. Others may write meanwhile. Import reads it. An error of w is returned as it is; others are ctx's and *Error.
func (h *History) Export(ctx context.Context, w io.Writer) (Exported, error) {
	out := &exporter{w: bufio.NewWriter(w)}
	out.json = json.NewEncoder(out.w)
	out.json.SetEscapeHTML(false)
	err := h.export(ctx, out)
	if out.failed == nil && err == nil {
		out.failed = out.w.Flush()
	}
	if out.failed != nil {
		return out.count, out.failed
	}
	return out.count, h.explain(err)
}

type exporter struct {
	w      *bufio.Writer
	json   *json.Encoder
	count  Exported
	failed error // of w
}

func (e *exporter) write(record any) error {
	e.failed = e.json.Encode(record)
	return e.failed
}

func (h *History) export(ctx context.Context, out *exporter) error {
	conn, err := h.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// One moment for all that is read. It writes nothing, so nobody is waited for.
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if err := out.write(headerRecord{headerKind, exportFormat}); err != nil {
		return err
	}
	if err := exportRuns(ctx, conn, out); err != nil {
		return err
	}
	if err := h.exportAnswers(ctx, conn, out); err != nil {
		return err
	}
	return out.write(endRecord{endKind, out.count.Runs, out.count.Answers})
}

func exportRuns(ctx context.Context, conn *sql.Conn, out *exporter) error {
	rows, err := conn.QueryContext(ctx, `SELECT r.id, p.endpoint, p.subsidiary, r.question, r.extensions, r.state, r.started, r.active, r.finished
		FROM runs r JOIN places p ON p.id = r.place ORDER BY r.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := runRecord{Kind: runKind}
		var started, active int64
		var finished sql.NullInt64
		if err := rows.Scan(&r.ID, &r.Endpoint, &r.Subsidiary, &r.Question, &r.Extensions, &r.State, &started, &active, &finished); err != nil {
			return err
		}
		r.Started, r.Active = timeText(started), timeText(active)
		if finished.Valid {
			r.Finished = timeText(finished.Int64)
		}
		out.count.Runs++
		if err := out.write(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (h *History) exportAnswers(ctx context.Context, conn *sql.Conn, out *exporter) error {
	rows, err := conn.QueryContext(ctx, `SELECT a.id, p.endpoint, p.subsidiary, a.first_run, a.last_run, a.first_seen, a.checked,
		r.run, r.source, r.attempts, r.latency, r.checked, `+h.answerColumns("a")+`
		FROM answers a JOIN places p ON p.id = a.place LEFT JOIN results r ON r.answer = a.id ORDER BY a.id, r.run`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var last int64 // the answer that record is of, or that was left out
	var record *answerRecord
	flush := func() error {
		if record == nil {
			return nil
		}
		out.count.Answers++
		err := out.write(record)
		record = nil
		return err
	}
	for rows.Next() {
		var id, firstRun, lastRun, since, checked int64
		var endpoint, subsidiary, domain string
		var a scanner.Answer
		var run, attempts, latency, answered sql.NullInt64
		var source sql.NullString
		wrong := rows.Scan(append([]any{&id, &endpoint, &subsidiary, &firstRun, &lastRun, &since, &checked, &run, &source, &attempts, &latency, &answered},
			answerFields(&domain, &a)...)...)
		if id != last {
			if err := flush(); err != nil {
				return err
			}
			of := recordOf(domain, &a)
			of.Endpoint, of.Subsidiary, of.FirstRun, of.LastRun, of.Since, of.CheckedAt = endpoint, subsidiary, firstRun, lastRun, timeText(since), timeText(checked)
			if wrong == nil {
				wrong = of.check()
			}
			if last = id; wrong != nil {
				out.count.Damaged++
			} else {
				record = &of
			}
		}
		if record != nil && run.Valid {
			record.Results = append(record.Results, resultOfRecord{run.Int64, scanner.Source(source.String), int(attempts.Int64), latency.Int64, timeText(answered.Int64)})
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return flush()
}
