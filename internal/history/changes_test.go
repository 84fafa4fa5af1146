package history_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// scan is a run that finds these prices; "" is a name that is taken.
func scan(t testing.TB, h *history.History, at time.Time, prices map[string]string) {
	t.Helper()
	run := begin(t, h, question, false)
	for name, price := range prices {
		answer := full(price)
		if price == "" {
			answer = scanner.Answer{Status: scanner.Taken, Reason: scanner.NoOffer, Source: scanner.API}
		}
		answer.CheckedAt = at
		keep(t, run, name, answer)
	}
	if err := errors.Join(run.Finish(), run.Close()); err != nil {
		t.Fatal(err)
	}
}

// told is what Changes says, as text.
func told(t testing.TB, h *history.History, since, until int64) []string {
	t.Helper()
	run, err := h.FindRun(context.Background(), until)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for c, err := range h.Changes(context.Background(), since, run) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %v %s→%s", c.Domain(), c.Kinds(), c.Before.Price, c.Now.Price))
	}
	slices.Sort(all)
	return all
}

var noon = time.Unix(1790000000, 0)

func TestChangesBetweenRuns(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "history.db"))
	defer h.Close()
	scan(t, h, noon, map[string]string{"a": "1.00", "b": "2.00", "c": ""})
	scan(t, h, noon.Add(time.Hour), map[string]string{"a": "1.50", "b": "2.00", "c": ""})
	scan(t, h, noon.Add(2*time.Hour), map[string]string{"a": "1.00", "b": "", "c": "3.00", "d": "4.00"})
	for _, c := range []struct {
		since, until int64
		want         []string
	}{
		{1, 2, []string{"a.fr [price] 1.00→1.50"}},
		{2, 3, []string{"a.fr [price] 1.50→1.00", "b.fr [was_taken] 2.00→", "c.fr [became_available] →3.00"}},
		{1, 3, []string{"b.fr [was_taken] 2.00→", "c.fr [became_available] →3.00"}}, // a changed and changed back, d is new
		{0, 3, nil},
		{3, 3, nil},
	} {
		if diff := cmp.Diff(c.want, told(t, h, c.since, c.until)); diff != "" {
			t.Errorf("from %d to %d: %s", c.since, c.until, diff)
		}
	}
	run, err := h.FindRun(t.Context(), 0)
	if err != nil || run.ID != 3 || run.Rows != 4 {
		t.Errorf("%+v, %v", run, err)
	}
	if before, err := h.RunBefore(t.Context(), run); before != 2 || err != nil {
		t.Errorf("%d, %v", before, err)
	}
	if _, err := h.FindRun(t.Context(), 9); !errors.Is(err, history.ErrNoRun) {
		t.Errorf("%v", err)
	}
	periods, err := h.Timeline(t.Context(), "a.fr")
	if err != nil || len(periods) != 3 || periods[1].Price != "1.50" || !periods[1].From.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v, %v", periods, err)
	}
	var rows []string
	for result, err := range h.Results(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprint(result.Domain(), " ", result.Status, " ", result.Price, " ", result.Source))
	}
	if diff := cmp.Diff([]string{"a.fr available 1.00 api", "b.fr taken  api", "c.fr available 3.00 api", "d.fr available 4.00 api"}, rows); diff != "" {
		t.Error(diff)
	}
}

// The views say the same as the program.
func TestTheViews(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	scan(t, h, noon, map[string]string{"a": "1.00", "b": ""})
	scan(t, h, noon.Add(time.Hour), map[string]string{"a": "1.50", "b": ""})
	h.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got string
	if err := db.QueryRow("SELECT group_concat(domain || ' ' || name || ' ' || extension || ' ' || status || ' ' || price || ' ' || since || ' ' || checked_at, '; ') FROM (SELECT * FROM latest ORDER BY domain)").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "a.fr a fr available 1.50 2026-09-21T15:13:20Z 2026-09-21T15:13:20Z; b.fr b fr taken  2026-09-21T14:13:20Z 2026-09-21T15:13:20Z"; got != want {
		t.Errorf("latest: %s", got)
	}
	if err := db.QueryRow("SELECT group_concat(domain || ' ' || run || ' ' || old_status || ' ' || status || ' ' || old_price || ' ' || price || ' ' || seen_at, '; ') FROM changes").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "a.fr 2 available available 1.00 1.50 2026-09-21T15:13:20Z"; got != want {
		t.Errorf("changes: %s", got)
	}
}

// A history of the first version is brought up to date, and nothing in it is lost.
func TestAnOlderHistoryIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	scan(t, h, noon, map[string]string{"a": "1.00"})
	h.Close()
	execute(t, path, "DROP VIEW latest")
	execute(t, path, "DROP VIEW changes")
	execute(t, path, "ALTER TABLE answers DROP COLUMN checksum")
	execute(t, path, "PRAGMA user_version = 1")
	h = open(t, path)
	defer h.Close()
	if n := count(t, path, "SELECT count(*) FROM latest WHERE price = '1.00'"); n != 1 {
		t.Errorf("%d answers are left", n)
	}
	if n := count(t, path, "PRAGMA user_version"); n != history.Schema {
		t.Errorf("version %d", n)
	}
}

// For any runs, forgetting loses no domain's last answer and nothing that was true after the time.
func TestForgettingLosesNoLastAnswer(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), "history.db")
		h := open(t, path)
		defer h.Close()
		last := map[string]string{}
		runs := rapid.SliceOfN(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"", "1.00", "2.00"}), 0, 3), 1, 8).Draw(r, "runs")
		before := noon.Add(time.Duration(rapid.IntRange(-1, len(runs)).Draw(r, "before")) * time.Hour)
		truth := map[string]string{} // at the time
		for i, prices := range runs {
			at := noon.Add(time.Duration(i) * time.Hour)
			scan(t, h, at, prices)
			for name, price := range prices {
				last[name] = price
				if !at.After(before) {
					truth[name] = price
				}
			}
		}
		if _, err := h.Forget(t.Context(), before); err != nil {
			r.Fatal(err)
		}
		for name, price := range last {
			periods, err := h.Timeline(t.Context(), name+".fr")
			if err != nil || len(periods) == 0 || periods[len(periods)-1].Price != price {
				r.Errorf("%s cost %s at last: %+v, %v", name, price, periods, err)
				continue
			}
			known, was := truth[name]
			if !was {
				continue
			}
			at := slices.IndexFunc(periods, func(s history.Period) bool { return s.From.After(before) })
			if at < 0 {
				at = len(periods)
			}
			if at == 0 || periods[at-1].Price != known {
				r.Errorf("%s cost %s at %s: %+v", name, known, before, periods)
			}
			for _, s := range periods[:max(at-1, 0)] {
				if next := periods[slices.IndexFunc(periods, func(o history.Period) bool { return o.From.Equal(s.From) })+1]; next.From.Before(before) {
					r.Errorf("%s: %+v was superseded before %s and is kept", name, s, before)
				}
			}
		}
		// The run that a report is written from again still has all of its rows that are last answers.
		run, err := h.FindRun(t.Context(), 0)
		if err != nil {
			r.Fatal(err)
		}
		if int(run.Rows) != len(runs[len(runs)-1]) {
			r.Errorf("the last run has %d rows of %d", run.Rows, len(runs[len(runs)-1]))
		}
	})
}

// A history that has forgotten much gives the room back, and keeps every last answer.
func TestAHistoryThatHasForgottenShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	scan(t, h, noon, map[string]string{"a": "1.00"})
	execute(t, path, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
		INSERT INTO answers (place, domain, status, reason, currency, price, renewal, regular, discount, fee, duration, pricing_mode, phase, offer_id, error, first_run, last_run, first_seen, checked)
		SELECT place, 'name' || (i % 100) || '.fr', status, reason, currency, i, renewal, regular, discount, fee, duration, pricing_mode, phase, offer_id, error, 1, 1, first_seen + i, checked + i FROM answers, n`)
	size := func() int64 {
		about, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return about.Size()
	}
	if err := h.Close(); err != nil { // so that all of it is in the file
		t.Fatal(err)
	}
	before := size()
	h = open(t, path)
	gone, err := h.Forget(t.Context(), time.Now())
	if err != nil || gone != 39900 {
		t.Errorf("%d are gone, %v", gone, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if after := size(); after > before/10 {
		t.Errorf("%d bytes became %d", before, after)
	}
	if n := count(t, path, "SELECT count(*) FROM latest"); n != 101 {
		t.Errorf("%d domains are left", n)
	}
}
