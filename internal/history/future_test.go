package history_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// at is full, answered at a time.
func at(price string, when time.Time) scanner.Answer {
	a := full(price)
	a.CheckedAt = when.Truncate(time.Second)
	return a
}

// An answer of the future has no age: it is neither young enough to be taken, nor is an interrupted run continued with it. Once it
// is asked again, it is of the present.
func TestAnswersOfTheFuture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	now := time.Now()
	run := begin(t, h, question, false)
	keep(t, run, "past", at("5.99", now.Add(-time.Hour)))
	keep(t, run, "future", at("5.99", now.Add(365*24*time.Hour)))
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	run = begin(t, h, question, false)
	if run.Kept != 1 {
		t.Errorf("%d are kept, not the one of the past", run.Kept)
	}
	ages := map[scanner.Status]time.Duration{scanner.Available: 24 * time.Hour}
	for _, stage := range []scanner.Stage{run.Replay(), run.Recall(ages)} {
		if _, err := stage.Answer(t.Context(), query("past")); err != nil {
			t.Errorf("the answer of the past: %v", err)
		}
		if a, err := stage.Answer(t.Context(), query("future")); err != scanner.ErrPass {
			t.Errorf("the answer of the future is taken: %v %v", a, err)
		}
	}
	keep(t, run, "future", at("5.99", now))
	if err := errors.Join(run.Finish(), run.Close()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, path, "SELECT count(*) FROM answers WHERE checked > unixepoch() OR first_seen > unixepoch() OR first_seen > checked"); n != 0 {
		t.Errorf("%d answers are of the future still", n)
	}
	if past, err := h.Lookup(t.Context(), question); err != nil {
		t.Error(err)
	} else if _, err := past.Recall(ages).Answer(t.Context(), query("future")); err != nil {
		t.Errorf("what was asked again is not young: %v", err)
	}
}

// A run that was active in the future is as old as the last of its answers that is not.
func TestARunOfTheFuture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	for _, c := range []struct {
		days int
		kept int64
	}{{6, 1}, {8, 0}} {
		run := begin(t, h, question, true)
		keep(t, run, "rocket", at("5.99", time.Now().Add(-time.Duration(c.days)*24*time.Hour)))
		run.Close()
		execute(t, path, "UPDATE runs SET active = unixepoch() + 1000000")
		if past, err := h.Lookup(t.Context(), question); err != nil || past.Kept != c.kept {
			t.Errorf("after %d days: %+v, %v, want %d", c.days, past, err, c.kept)
		}
	}
}

// What changed since a time is not hidden by a run that seems to have begun later than it.
func TestChangesSinceWithARunOfTheFuture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	for range 3 {
		run := begin(t, h, question, false)
		if err := errors.Join(run.Finish(), run.Close()); err != nil {
			t.Fatal(err)
		}
	}
	day := int64(24 * 60 * 60)
	now := time.Now().Unix()
	for id, started := range map[int]int64{1: now - 10*day, 2: now + 365*day, 3: now - day} {
		execute(t, path, "UPDATE runs SET started = ? WHERE id = ?", started, id)
	}
	last, err := h.FindRun(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := h.RunAt(t.Context(), last, time.Unix(now-7*day, 0)); err != nil || id != 1 {
		t.Errorf("a week ago run %d was the last, %v", id, err)
	}
}

// Where the folder of the history is removed, this is said within two seconds, also while nothing is answered, once, and what is kept
// afterwards is an error.
func TestTheFolderIsRemoved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h := open(t, filepath.Join(folder, "history.db"))
		defer h.Close()
		lost := make(chan error, 10)
		run, err := h.Begin(t.Context(), question, history.RunOptions{Lost: func(err error) { lost <- err }})
		if err != nil {
			t.Fatal(err)
		}
		keep(t, run, "rocket", at("5.99", time.Now()))
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(lost) > 0 {
			t.Fatalf("lost: %v", <-lost)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(lost) != 1 {
			t.Fatalf("it is said %d times", len(lost))
		}
		err = <-lost
		if e, ok := errors.AsType[*history.Error](err); !ok || !strings.Contains(e.Error(), "removed or replaced") || e.Hint == "" {
			t.Errorf("%v", err)
		}
		if kept := run.Keep(scanner.Result{Query: query("moon"), Answer: at("5.99", time.Now())}); kept != err {
			t.Errorf("what is kept then: %v", kept)
		}
		if run.Finish() == nil || run.Close() == nil {
			t.Error("the run ends as if its answers were kept")
		}
		if len(lost) > 0 {
			t.Errorf("it is said again: %v", <-lost)
		}
	})
}

// Where it is removed after the last answer, the end says so.
func TestTheFileIsRemovedAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	run := begin(t, h, question, false)
	keep(t, run, "rocket", full("5.99"))
	for results(t, path) == 0 {
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := run.Finish(); err == nil {
		t.Error("nothing is said")
	}
	run.Close()
}
