package history_test

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/history"
)

// contents are the files of a folder.
func contents(t testing.TB, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(text)
	}
	return all
}

// snapshot is what a database and its log are after some statements, as a program that was killed leaves it, or, where it is
// closed, one that has ended.
func snapshot(t *testing.T, closed bool, statements ...string) map[string]string {
	t.Helper()
	folder := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(folder, "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if closed {
		db.Close()
	}
	files := contents(t, folder)
	delete(files, "history.db-shm")
	return files
}

// What another program has made is left as it is, to the byte, and nothing is made beside it.
func TestForeignDatabases(t *testing.T) {
	const logged, table = "PRAGMA journal_mode = WAL", "CREATE TABLE mine (x)"
	for _, c := range []struct {
		name       string
		closed     bool
		statements []string
	}{
		{"empty", true, []string{"VACUUM"}},
		{"empty, with a version", true, []string{"PRAGMA user_version = 7"}},
		{"empty, with a log and a version", true, []string{logged, "PRAGMA user_version = 7"}},
		{"empty, with a version in its log", false, []string{logged, "PRAGMA user_version = 7", table}},
		{"with a name", true, []string{"PRAGMA application_id = 1", table}},
		{"with a name in its log", false, []string{logged, "PRAGMA application_id = 1"}},
		{"with a table", true, []string{table}},
		{"with a table, in the form for a log", true, []string{logged, table}},
		{"with a table in its log", false, []string{logged, table, "INSERT INTO mine VALUES (1)"}},
		{"with tables of our names", true, []string{"CREATE TABLE runs (id)", "CREATE TABLE answers (id)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "history.db")
			files := snapshot(t, c.closed, c.statements...)
			if !c.closed && len(files) != 2 {
				t.Fatalf("there are %v", slices.Collect(maps.Keys(files)))
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, open := range []func() (*history.History, error){
				func() (*history.History, error) { return history.Open(t.Context(), path) },
				func() (*history.History, error) { return history.OpenToRead(t.Context(), path) },
			} {
				if h, err := open(); err == nil || !strings.Contains(err.Error(), "something else") {
					t.Errorf("it is opened: %v", err)
					if err == nil {
						h.Close()
					}
				}
			}
			if diff := cmp.Diff(files, contents(t, folder)); diff != "" {
				t.Errorf("it is not as it was: %.300s", diff)
			}
		})
	}
}

// A history that a process died while it made is a history, also where all of it is in its log.
func TestHistoryThatIsBeingMade(t *testing.T) {
	folder := t.TempDir()
	h := open(t, filepath.Join(folder, "history.db"))
	defer h.Close()
	files := contents(t, folder)
	for name, files := range map[string]map[string]string{
		"with its log":  {"history.db": files["history.db"], "history.db-wal": files["history.db-wal"]},
		"half its log":  {"history.db": files["history.db"], "history.db-wal": files["history.db-wal"][:6000]},
		"no log":        {"history.db": files["history.db"]},
		"an empty log":  {"history.db": files["history.db"], "history.db-wal": ""},
		"an empty file": {"history.db": ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			h := open(t, filepath.Join(folder, "history.db"))
			if h.SetAside != "" {
				t.Errorf("it was set aside: %s", h.SetAside)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A list or a text that names our tables is not a damaged history.
func TestTextOfOurTables(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "dump.sql")
	if err := os.WriteFile(path, []byte("-- a dump\nCREATE TABLE answers (first_run    INTEGER NOT NULL REFERENCES runs);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := contents(t, folder)
	if _, err := history.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(before, contents(t, folder)); diff != "" {
		t.Error(diff)
	}
}
