package history_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The queries that the docs show run.
func TestTheQueriesOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/history.md")
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile(`(?m)^(SELECT .*;)$`).FindAllSubmatch(text, -1)
	if len(queries) != 3 {
		t.Fatalf("docs/history.md shows %d queries", len(queries))
	}
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	scan(t, h, noon, map[string]string{"a": "1.00"})
	h.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, query := range queries {
		rows, err := db.Query(string(query[1]))
		if err != nil {
			t.Errorf("%s: %v", query[1], err)
			continue
		}
		rows.Close()
	}
}
