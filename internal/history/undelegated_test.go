package history_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// Only the latest run that asked DNS counts, only what it asked itself, and only under extensions that DNS delegates.
func TestTakenBy(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "history.db"))
	defer h.Close()
	type results struct {
		extension string
		status    scanner.Status
		source    scanner.Source
		n         int
	}
	run := func(finish bool, all ...results) {
		t.Helper()
		run := begin(t, h, question, true)
		for _, r := range all {
			for i := range r.n {
				q := scanner.Query{Name: scanner.Name{ASCII: fmt.Sprintf("%s%s%d", r.source, r.status, i)}, Extension: r.extension}
				if err := run.Keep(scanner.Result{Query: q, Answer: scanner.Answer{Status: r.status, Source: r.source, CheckedAt: time.Now()}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if finish {
			if err := run.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		if err := run.Close(); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, q history.Question, wantDNS, wantAPI int64) {
		t.Helper()
		known, err := h.Lookup(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if dns, api, err := known.TakenBy(t.Context()); err != nil || dns != wantDNS || api != wantAPI {
			t.Errorf("%s: %d by DNS, %d by OVHcloud, %v; want %d, %d", what, dns, api, err, wantDNS, wantAPI)
		}
	}
	check("an empty history", question, 0, 0)
	run(true, results{"fr", scanner.Taken, scanner.API, 7})
	check("a run without DNS", question, 0, 0)
	run(true, results{"fr", scanner.Taken, scanner.DNS, 95}, results{"fr", scanner.Taken, scanner.API, 5}, results{"fr", scanner.Available, scanner.API, 20},
		results{"fr", scanner.Taken, scanner.History, 30}, results{"co.uk", scanner.Taken, scanner.DNS, 5}, results{"shop", scanner.Taken, scanner.API, 40})
	check("a run with DNS", question, 100, 5)
	run(true, results{"fr", scanner.Taken, scanner.API, 7})
	run(false, results{"fr", scanner.Taken, scanner.DNS, 8}, results{"fr", scanner.Taken, scanner.API, 2})
	check("a later one that was stopped", question, 8, 2)
	other := question
	other.Subsidiary = "GB"
	check("another subsidiary", other, 0, 0)
}
