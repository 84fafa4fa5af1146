package history

import (
	"context"
	"database/sql"
	"errors"

	"tldsweep/scanner"
)

const (
	// DNS is looked for in so many of the latest runs, among the first so many results of each.
	latestRuns   = 20
	firstResults = 1000

	// Of a run with more results than these, about so many are looked at.
	sampledResults = 100_000
)

// TakenBy counts the taken domains of the latest run that asked DNS first, by who said so: DNS, or OVHcloud where DNS does not
// delegate them. Extensions of which DNS delegates nothing are left out, as is what earlier runs have answered. Both are 0 where
// there is no such run. Of a large run it looks at a sample. Errors are *Error.
func (p *Answers) TakenBy(ctx context.Context) (dns, api int64, err error) {
	var run, least, greatest int64
	err = p.history.db.QueryRowContext(ctx, `SELECT id, (SELECT min(answer) FROM results WHERE run = id), (SELECT max(answer) FROM results WHERE run = id)
		FROM (SELECT id FROM runs WHERE place = ? ORDER BY id DESC LIMIT ?)
		WHERE EXISTS (SELECT 1 FROM (SELECT source FROM results WHERE run = id LIMIT ?) WHERE source = ?)
		ORDER BY id DESC LIMIT 1`, p.placeID, latestRuns, firstResults, scanner.DNS).Scan(&run, &least, &greatest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	every := int64(1) // by the number of the answer: results of DNS are among the first
	var results int64
	if err == nil {
		err = p.history.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM results WHERE run = ? LIMIT ?)", run, 2*sampledResults).Scan(&results)
	}
	if results == 2*sampledResults {
		every = max(1, (greatest-least)/sampledResults)
	}
	if err == nil {
		err = p.history.db.QueryRowContext(ctx, `SELECT coalesce(sum(dns), 0), coalesce(sum(api), 0) FROM (
			SELECT sum(r.source = ?) AS dns, sum(r.source = ?) AS api FROM results r JOIN answers a ON a.id = r.answer
			WHERE r.run = ? AND r.answer % ? = 0 AND a.status = ?
			GROUP BY substr(a.domain, instr(a.domain, '.') + 1)) WHERE dns > 0`,
			scanner.DNS, scanner.API, run, every, scanner.Taken).Scan(&dns, &api)
	}
	return dns, api, p.history.explain(err)
}
