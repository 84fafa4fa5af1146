package history

import (
	"context"
	"fmt"
	"testing"
)

// MostHeld is how many results wait in memory at most.
const MostHeld = mostHeld

// LimitPages makes the database as full as a full disk would for a run: it may have so many pages, 0 means those it has.
func (r *Run) LimitPages(t testing.TB, pages int) {
	t.Helper()
	if _, err := r.writer.conn.ExecContext(context.Background(), fmt.Sprint("PRAGMA max_page_count = ", max(pages, 1))); err != nil {
		t.Fatal(err)
	}
}
