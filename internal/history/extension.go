package history

import "context"

// Asked says whether the history holds an answer of the same endpoint and subsidiary for a domain under an extension (A-labels, no
// leading dot): then it was one that is sold, or was, and not a typing mistake. It reads all domains until it finds one. Errors
// are *Error. It is safe for concurrent use.
func (p *Answers) Asked(ctx context.Context, extension string) (bool, error) {
	var found bool
	err := p.history.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM answers
		WHERE place = ? AND substr(domain, instr(domain, '.') + 1) = ? AND status NOT IN ('invalid', 'error'))`, p.placeID, extension).Scan(&found)
	return found, p.history.explain(err)
}
