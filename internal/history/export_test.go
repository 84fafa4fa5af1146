package history

import (
	"context"
	"fmt"
	"testing"
)

// LimitPages makes the database as full as a full disk would: it may have so many pages, 0 means those it has.
func (h *History) LimitPages(t testing.TB, pages int) {
	t.Helper()
	conns := make([]interface{ Close() error }, 0, 2)
	for range 2 { // the limit is one connection's
		conn, err := h.db.Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		if _, err := conn.ExecContext(context.Background(), fmt.Sprint("PRAGMA max_page_count = ", max(pages, 1))); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range conns {
		conn.Close()
	}
}
