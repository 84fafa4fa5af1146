package sweep_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// record begins or continues a run of one question. That anything is warned of fails the test.
func record(t *testing.T, path string, fresh bool) *sweep.Recorder {
	t.Helper()
	r, err := sweep.NewRecorder(t.Context(), path, history.Question{Endpoint: "here", Names: "names", Extensions: []string{"fr"}}, history.RunOptions{Fresh: fresh, Warn: func(line string) { t.Error(line) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func answered(domain string, status scanner.Status) scanner.Result {
	result := row(domain)
	result.Status, result.CheckedAt = status, time.Now()
	return result
}

// ask is the answer of the first stage that has one; its Status is empty where none has.
func ask(t *testing.T, stages []scanner.Stage, domain string) scanner.Answer {
	t.Helper()
	for _, stage := range stages {
		answer, err := stage.Answer(t.Context(), row(domain).Query)
		if !errors.Is(err, scanner.ErrPass) {
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}
	}
	return scanner.Answer{}
}

// A run that was stopped is continued, and its answers are taken; one that finished is asked again.
func TestRecorderGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	first := record(t, path, false)
	if n, _ := first.Resumed(); n != 0 || first.Path() != path || len(first.Stages(nil)) != 0 {
		t.Errorf("a new run has %d answers and %d stages in %s", n, len(first.Stages(nil)), first.Path())
	}
	first.Keep(answered("rocket.fr", scanner.Taken))
	first.Close()
	second := record(t, path, false)
	if n, began := second.Resumed(); n != 1 || began.IsZero() {
		t.Errorf("continued with %d answers of %v", n, began)
	}
	if answer := ask(t, second.Stages(nil), "rocket.fr"); answer.Status != scanner.Taken || !answer.Replayed {
		t.Errorf("the answer from before is %+v", answer)
	}
	if answer := ask(t, second.Stages(nil), "moon.fr"); answer.Status != "" {
		t.Errorf("what was not asked is answered: %+v", answer)
	}
	second.Finish()
	second.Close()
	third := record(t, path, false)
	defer third.Close()
	if n, _ := third.Resumed(); n != 0 {
		t.Errorf("a finished run is continued: %d answers", n)
	}
	if answer := ask(t, third.Stages(map[scanner.Status]time.Duration{scanner.Taken: time.Hour}), "rocket.fr"); answer.Status != scanner.Taken || answer.Replayed {
		t.Errorf("the answer of the earlier run is %+v", answer)
	}
}

func TestRecorderFresh(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	first := record(t, path, false)
	first.Keep(answered("rocket.fr", scanner.Taken))
	first.Close()
	second := record(t, path, true)
	defer second.Close()
	if n, _ := second.Resumed(); n != 0 {
		t.Errorf("begun again with %d answers", n)
	}
}

// While one process asks a question, another is refused, and its history is closed.
func TestRecorderAsksAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	first := record(t, path, false)
	if _, err := sweep.NewRecorder(t.Context(), path, history.Question{Endpoint: "here", Names: "names", Extensions: []string{"fr"}}, history.RunOptions{}); !errors.Is(err, history.ErrRunning) {
		t.Errorf("the error is %v", err)
	}
	first.Close()
	lock := flock.New(path + ".lock")
	if alone, err := lock.TryLock(); err != nil || !alone {
		t.Errorf("the history is still open, %v", err)
	}
	lock.Unlock()
}

// What a run has changed is told once it has finished, and written in the format that is asked for.
func TestRecorderChanges(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "history.db")
	for i, status := range []scanner.Status{scanner.Available, scanner.Taken} {
		r := record(t, path, false)
		r.Keep(answered("rocket.fr", status))
		r.Keep(answered("moon.fr", scanner.Taken))
		r.Finish()
		changes, err := r.Changes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"", filepath.Join(folder, "changes.txt")} {
			if n, err := sweep.WriteChangesFile(nil, file, changes); err != nil || n != int64(i) {
				t.Errorf("run %d: %d changes, %v", i, n, err)
			}
		}
		if text, err := os.ReadFile(filepath.Join(folder, "changes.txt")); err != nil || strings.Contains(string(text), "rocket.fr") != (i == 1) || strings.Contains(string(text), "moon.fr") {
			t.Errorf("run %d: the file holds %q, %v", i, text, err)
		}
		// An hour ahead, so that what was superseded in this very second counts, too.
		if gone, err := r.Forget(t.Context(), -time.Hour); err != nil || gone != int64(i) {
			t.Errorf("run %d: %d answers are forgotten, %v", i, gone, err)
		}
		r.Close()
	}
}

// Changes that cannot all be read leave no file behind.
func TestChangesWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	broken := errors.New("the disk broke")
	_, err := sweep.WriteChangesFile(nil, filepath.Join(folder, "changes.csv"), func(yield func(scanner.Change, error) bool) {
		_ = yield(scanner.Change{}, nil) && yield(scanner.Change{}, broken)
	})
	if left := filesIn(t, folder); !errors.Is(err, broken) || len(left) != 0 {
		t.Errorf("the error is %v, and %q is left", err, left)
	}
}

// Without a history a scan keeps nothing, and there is nothing to compare with.
func TestNoRecorder(t *testing.T) {
	var r *sweep.Recorder
	r.Keep(row("rocket.fr"))
	r.Finish()
	r.Close()
	n, _ := r.Resumed()
	stages := r.Stages(map[scanner.Status]time.Duration{scanner.Taken: time.Hour})
	if n != 0 || r.Path() != "" || len(stages) != 0 {
		t.Errorf("%d answers and %d stages in %q", n, len(stages), r.Path())
	}
	if _, err := r.Changes(context.Background()); err == nil {
		t.Error("there are changes")
	}
}

// A history that cannot be written is warned of once, however often something cannot be kept, and is used as far as it can be
// read.
func TestRecorderOfAHistoryThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	first := record(t, path, false)
	first.Keep(answered("rocket.fr", scanner.Taken))
	first.Close()
	withRecorder := func(warnings *[]string) *sweep.Recorder {
		r, err := sweep.NewRecorder(t.Context(), path, history.Question{Endpoint: "here", Names: "names", Extensions: []string{"fr"}},
			history.RunOptions{Warn: func(line string) { *warnings = append(*warnings, line) }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	// The folder is removed while the scan runs.
	var warnings []string
	r := withRecorder(&warnings)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); r.Keeps() && time.Since(began) < time.Minute; {
		r.Keep(answered("moon.fr", scanner.Taken))
		runtime.Gosched()
	}
	r.Keep(answered("moon.fr", scanner.Taken))
	r.Finish()
	r.Close()
	if len(warnings) != 1 || !strings.Contains(warnings[0], "no answers are kept from here on") || !strings.Contains(warnings[0], "the file was removed or replaced") {
		t.Errorf("the warnings are %q", warnings)
	}
	if _, err := r.Changes(t.Context()); err == nil {
		t.Error("there are changes")
	}
	if _, err := r.Forget(t.Context(), time.Hour); err == nil {
		t.Error("something was forgotten")
	}
}
