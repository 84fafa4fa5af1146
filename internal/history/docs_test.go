package history_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tldsweep/internal/history"
)

// The queries that the docs show run, and the views have the columns that the docs promise.
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
	if version := fmt.Sprintf("`PRAGMA user_version` is the version, %d now", history.Schema); !strings.Contains(string(text), version) {
		t.Errorf("docs/history.md does not say %q", version)
	}
	// And the columns of the views are those that the docs promise.
	promised := regexp.MustCompile("(?s)- `(\\w+)`: one row for each [^`]*`([^`]*)`").FindAllSubmatch(text, -1)
	if len(promised) != 2 {
		t.Fatalf("docs/history.md has the columns of %d views", len(promised))
	}
	for _, view := range promised {
		rows, err := db.Query("SELECT * FROM " + string(view[1]))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(string(view[2])), " "); got != strings.Join(columns, ", ") {
			t.Errorf("docs/history.md says of %s %s, and it has %s", view[1], got, strings.Join(columns, ", "))
		}
	}
}
