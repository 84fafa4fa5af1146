package history

import (
	"context"
	"database/sql"
	"iter"
)

// Forgotten is what ForgetDomains has deleted.
type Forgotten struct {
	Answers int64 // that were kept of the domains, at every endpoint and subsidiary, now and earlier
	Domains int64 // of which something was kept
	Unknown int64 // of which nothing was kept
	// Overwritten is whether nothing of them is left in the file, not even in its free space. Where another process uses the
	// history it may not be, until ForgetDomains or a Forget that shrinks the file comes again.
	Overwritten bool
}

// ForgetDomains deletes all that is kept of domains (A-labels): their answers, now and earlier, and that runs have answered them. A
// domain that is given twice counts once. Where domains yields an error, nothing is deleted, and it is returned as it is. Other
// errors are ctx's and *Error; after one that comes with a count, what is counted is deleted, and the file may still hold its bytes.
func (h *History) ForgetDomains(ctx context.Context, domains iter.Seq2[string, error]) (Forgotten, error) {
	var gone Forgotten
	if h.readOnly {
		return gone, h.explain(errReadOnly)
	}
	conn, err := h.db.Conn(ctx)
	if err != nil {
		return gone, h.explain(err)
	}
	defer conn.Close()
	gone, wrong, err := forgetDomains(ctx, conn, domains)
	if err != nil || wrong != nil {
		if wrong == nil {
			wrong = h.explain(err)
		}
		return Forgotten{}, wrong
	}
	if gone.Answers == 0 {
		gone.Overwritten = true
		return gone, nil
	}
	// Pages that were split, and the log, still hold the bytes: the file is written again without them, and the log emptied.
	_, err = conn.ExecContext(ctx, "VACUUM")
	var busy bool
	if err == nil {
		err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, new(int), new(int))
	}
	gone.Overwritten = err == nil && !busy
	if isBusy(err) {
		err = nil
	}
	return gone, h.explain(err)
}

// forgetDomains deletes in one transaction. wrong is the error of domains.
func forgetDomains(ctx context.Context, conn *sql.Conn, domains iter.Seq2[string, error]) (gone Forgotten, wrong, err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return gone, nil, err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE TEMP TABLE named (domain TEXT PRIMARY KEY) WITHOUT ROWID"); err != nil {
		return gone, nil, err
	}
	name, err := tx.PrepareContext(ctx, "INSERT OR IGNORE INTO named VALUES (?)")
	if err != nil {
		return gone, nil, err
	}
	defer name.Close()
	for domain, err := range domains {
		if err != nil {
			return gone, err, nil
		}
		if _, err := name.ExecContext(ctx, domain); err != nil {
			return gone, nil, err
		}
	}
	if err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM answers a WHERE a.domain = n.domain)) FROM named n`).Scan(&gone.Unknown, &gone.Domains); err != nil {
		return gone, nil, err
	}
	gone.Unknown -= gone.Domains
	const doomed = "SELECT a.id FROM named n JOIN answers a ON a.domain = n.domain"
	if _, err := tx.ExecContext(ctx, "DELETE FROM results WHERE answer IN ("+doomed+")"); err != nil {
		return gone, nil, err
	}
	deleted, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE id IN ("+doomed+")")
	if err != nil {
		return gone, nil, err
	}
	if gone.Answers, err = deleted.RowsAffected(); err != nil {
		return gone, nil, err
	}
	if _, err := tx.ExecContext(ctx, "DROP TABLE named"); err != nil {
		return gone, nil, err
	}
	return gone, nil, tx.Commit()
}
