package history_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

var question = history.Question{Endpoint: "https://eu.api.ovh.com/1.0", Subsidiary: "FR", Names: "names", Extensions: []string{"fr", "com"}}

func open(t testing.TB, path string) *history.History {
	t.Helper()
	h, err := history.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func begin(t testing.TB, h *history.History, q history.Question, fresh bool) *history.Run {
	t.Helper()
	run, err := h.Begin(context.Background(), q, history.RunOptions{Fresh: fresh})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func query(name string) scanner.Query {
	return scanner.Query{Name: scanner.Name{ASCII: name, Unicode: name}, Extension: "fr"}
}

// full is an answer with everything in it that is kept.
func full(price string) scanner.Answer {
	return scanner.Answer{
		Status: scanner.Available, Currency: "EUR", Price: price, Renewal: "8.99", Regular: "7.99", Discount: "2.00", Fee: "0.00",
		Duration: "P1Y", PricingMode: "create-default", Phase: "ga", OfferID: "fr-create", Attempts: 2, Latency: 108 * time.Millisecond,
		CheckedAt: time.Unix(1790000000, 0), Source: scanner.API,
	}
}

func keep(t testing.TB, run *history.Run, name string, answer scanner.Answer) {
	t.Helper()
	if err := run.Keep(scanner.Result{Query: query(name), Answer: answer}); err != nil {
		t.Fatal(err)
	}
}

func TestARunThatDidNotFinishIsContinued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	run := begin(t, h, question, false)
	taken := scanner.Answer{Status: scanner.Unsupported, Reason: scanner.CheckFailed, Err: errors.New("Check failed"), Source: scanner.API, CheckedAt: time.Unix(1790000001, 0)}
	keep(t, run, "rocket", full("5.99"))
	keep(t, run, "moon", taken)
	keep(t, run, "sun", scanner.Answer{Status: scanner.Failed, Reason: scanner.Network, Err: errors.New("reset"), Source: scanner.API})
	keep(t, run, "foo bar", scanner.Answer{Status: scanner.Invalid, Reason: scanner.BadName, Source: scanner.Local})
	if err := errors.Join(run.Close(), h.Close()); err != nil {
		t.Fatal(err)
	}

	h = open(t, path)
	defer h.Close()
	other := question
	other.Subsidiary = "GB"
	if run := begin(t, h, other, false); run.Kept != 0 {
		t.Errorf("another subsidiary has %d answers", run.Kept)
	}
	reordered := question
	reordered.Extensions = []string{"com, FR"}
	run = begin(t, h, reordered, false)
	if run.Kept != 2 {
		t.Errorf("%d answers are kept, want 2", run.Kept)
	}
	stage := run.Replay()
	for name, want := range map[string]scanner.Answer{"rocket": full("5.99"), "moon": taken} {
		want.Replayed = true
		got, err := stage.Answer(t.Context(), query(name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })); diff != "" {
			t.Errorf("%s: (-kept +replayed)\n%s", name, diff)
		}
	}
	for _, name := range []string{"sun", "foo bar", "never"} {
		if got, err := stage.Answer(t.Context(), query(name)); err != scanner.ErrPass {
			t.Errorf("%s: %+v %v, want to pass", name, got, err)
		}
	}
	if past, err := h.Lookup(t.Context(), question); err != nil || past.Kept != 2 {
		t.Errorf("a look finds %+v %v", past, err)
	}
	if err := errors.Join(run.Finish(), run.Close()); err != nil {
		t.Fatal(err)
	}
	// A finished run is not replayed.
	run = begin(t, h, question, false)
	defer run.Close()
	if run.Kept != 0 {
		t.Errorf("after the end, %d answers are kept", run.Kept)
	}
}

func TestFreshStartsAgain(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "history.db"))
	defer h.Close()
	run := begin(t, h, question, false)
	keep(t, run, "rocket", full("5.99"))
	run.Close()
	run = begin(t, h, question, true)
	if run.Kept != 0 {
		t.Errorf("%d kept", run.Kept)
	}
	run.Close()
	// And what was before stays forgotten.
	run = begin(t, h, question, false)
	defer run.Close()
	if run.Kept != 0 {
		t.Errorf("%d kept", run.Kept)
	}
}

func TestAStaleRunIsNotContinued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	run := begin(t, h, question, false)
	keep(t, run, "rocket", full("5.99"))
	run.Close()
	for _, test := range []struct {
		days int
		kept int64
	}{{6, 1}, {8, 0}} {
		execute(t, path, "UPDATE runs SET active = ?", time.Now().Add(-time.Duration(test.days)*24*time.Hour).Unix())
		run := begin(t, h, question, false)
		if run.Kept != test.kept {
			t.Errorf("after %d days %d are kept, want %d", test.days, run.Kept, test.kept)
		}
		run.Close()
	}
}

// execute speaks SQL to the file, as anybody may.
func execute(t testing.TB, path, statement string, arguments ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement, arguments...); err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, path, statement string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(statement).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnUnchangedAnswerIsStoredOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	for i, price := range []string{"5.99", "5.99", "6.99", "5.99"} {
		run := begin(t, h, question, false)
		answer := full(price)
		answer.CheckedAt = answer.CheckedAt.Add(time.Duration(i) * 24 * time.Hour)
		keep(t, run, "rocket", answer)
		if err := errors.Join(run.Finish(), run.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, path, "SELECT count(*) FROM answers"); n != 3 {
		t.Errorf("%d answers, want 3: what it was, what it became, what it is again", n)
	}
	if n := count(t, path, "SELECT checked - first_seen FROM answers WHERE id = 1"); n != 24*60*60 {
		t.Errorf("the first one was confirmed %d s after it was seen", n)
	}
	if n := count(t, path, "SELECT count(*) FROM results"); n != 1 {
		t.Errorf("%d results are left, want those of the last run", n)
	}
}

func TestAnswersOfEarlierRunsAreRecalledByAge(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "history.db"))
	defer h.Close()
	run := begin(t, h, question, false)
	available, taken := full("5.99"), scanner.Answer{Status: scanner.Taken, Reason: scanner.NoOffer, Source: scanner.API}
	available.CheckedAt = time.Now().Add(-2 * time.Hour)
	taken.CheckedAt = time.Now().Add(-48 * time.Hour)
	keep(t, run, "rocket", available)
	keep(t, run, "moon", taken)
	if err := errors.Join(run.Finish(), run.Close()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		ages         map[scanner.Status]time.Duration
		rocket, moon bool
	}{
		{map[scanner.Status]time.Duration{}, false, false},
		{map[scanner.Status]time.Duration{scanner.Available: time.Hour, scanner.Taken: 24 * time.Hour}, false, false},
		{map[scanner.Status]time.Duration{scanner.Available: 3 * time.Hour}, true, false},
		{map[scanner.Status]time.Duration{scanner.Taken: 72 * time.Hour}, false, true},
	} {
		other := question
		other.Names = "another list"
		run := begin(t, h, other, true)
		stage := run.Recall(test.ages)
		for name, want := range map[string]bool{"rocket": test.rocket, "moon": test.moon, "sun": false} {
			answer, err := stage.Answer(t.Context(), query(name))
			if (err == nil) != want || err != nil && err != scanner.ErrPass {
				t.Errorf("%v: %s: %+v %v", test.ages, name, answer, err)
			}
			if name == "rocket" && want && (answer.Price != "5.99" || answer.CheckedAt.Unix() != available.CheckedAt.Unix() || answer.Attempts != 0) {
				t.Errorf("%+v", answer)
			}
		}
		run.Close()
	}
	elsewhere := question
	elsewhere.Subsidiary = "GB"
	run = begin(t, h, elsewhere, false)
	defer run.Close()
	if _, err := run.Recall(map[scanner.Status]time.Duration{scanner.Available: time.Hour * 1000}).Answer(t.Context(), query("rocket")); err != scanner.ErrPass {
		t.Errorf("an answer of another subsidiary is recalled: %v", err)
	}
}

func TestTheSameQuestionTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	one, other := open(t, path), open(t, path)
	defer one.Close()
	defer other.Close()
	run := begin(t, one, question, false)
	if _, err := other.Begin(t.Context(), question, history.RunOptions{}); err != history.ErrRunning {
		t.Errorf("%v, want ErrRunning", err)
	}
	different := question
	different.Names = "others"
	side := begin(t, other, different, false)
	keep(t, side, "rocket", full("5.99"))
	keep(t, run, "rocket", full("5.99"))
	if err := errors.Join(side.Finish(), side.Close()); err != nil {
		t.Error(err)
	}
	begun := make(chan error)
	go func() {
		run, err := other.Begin(context.Background(), question, history.RunOptions{Wait: time.Minute})
		if err == nil {
			err = run.Close()
		}
		begun <- err
	}()
	if err := errors.Join(run.Finish(), run.Close()); err != nil {
		t.Error(err)
	}
	if err := <-begun; err != nil {
		t.Errorf("after waiting: %v", err)
	}
	if files, _ := filepath.Glob(path + ".*.lock"); len(files) > 1 {
		t.Errorf("left behind: %v", files)
	}
}

// A full disk stops the run with an error that says what to do, and what was written before is there afterwards.
func TestAFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	run := begin(t, h, question, false)
	var failed error
	for i := 0; failed == nil && i < 100_000; i++ {
		if i == 5000 {
			for began := time.Now(); results(t, path) < 5000 && time.Since(began) < time.Minute; {
			}
			run.LimitPages(t, 0)
		}
		failed = run.Keep(scanner.Result{Query: query(fmt.Sprint("rocket", i)), Answer: full("5.99")})
	}
	e, ok := errors.AsType[*history.Error](failed)
	if !ok || !strings.Contains(e.Hint, "make room") {
		t.Fatalf("%v", failed)
	}
	if err := run.Close(); err == nil {
		t.Error("closing says nothing of what was lost")
	}
	run = begin(t, h, question, false)
	defer run.Close()
	if run.Kept < 5000 {
		t.Errorf("%d are kept", run.Kept)
	}
	keep(t, run, "another", full("5.99"))
}

func TestDamagedFiles(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "history.db")
	h := open(t, whole)
	run := begin(t, h, question, false)
	for i := range 1000 {
		keep(t, run, fmt.Sprint("rocket", i), full("5.99"))
	}
	if err := errors.Join(run.Close(), h.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what  string
		text  []byte
		error string // empty: it opens
		moved bool
	}{
		{"empty", nil, "", false},
		{"whole", text, "", false},
		{"the end is missing", text[:len(text)/2], "", true},
		{"a torn page", text[:len(text)-100], "", true},
		{"less than a header", text[:50], "", true},
		{"a list of names", []byte("rocket\nmoon\n"), "something else", false},
		{"another database", bytes.Replace(text, []byte("tlds"), []byte("mine"), 1), "something else", false},
	} {
		path := filepath.Join(t.TempDir(), "history.db")
		if err := os.WriteFile(path, test.text, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := history.Open(t.Context(), path)
		if test.error != "" {
			if e, ok := errors.AsType[*history.Error](err); !ok || !strings.Contains(e.Error(), test.error) || e.Hint == "" {
				t.Errorf("%s: %v", test.what, err)
			}
			if left, _ := os.ReadFile(path); !bytes.Equal(left, test.text) {
				t.Errorf("%s: the file was changed", test.what)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.what, err)
			continue
		}
		if (h.SetAside != "") != test.moved {
			t.Errorf("%s: set aside %q", test.what, h.SetAside)
		}
		if left, _ := os.ReadFile(h.SetAside); test.moved && !bytes.Equal(left, test.text) {
			t.Errorf("%s: what was set aside is not what was there", test.what)
		}
		run := begin(t, h, question, false)
		keep(t, run, "moon", full("5.99"))
		if err := errors.Join(run.Finish(), run.Close(), h.Close()); err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
	}
}

// No version of ours writes a number below zero: the file is damaged there, or somebody else's.
func TestAVersionBelowZeroIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	open(t, path).Close()
	execute(t, path, "PRAGMA user_version = -503316478")
	if _, err := history.Open(t.Context(), path); !errors.As(err, new(*history.Error)) {
		t.Errorf("%v", err)
	}
}

func TestANewerHistoryIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	open(t, path).Close()
	execute(t, path, fmt.Sprint("PRAGMA user_version = ", history.Schema+1))
	_, err := history.Open(t.Context(), path)
	if e, ok := errors.AsType[*history.Error](err); !ok || !strings.Contains(e.Hint, "update tldsweep") {
		t.Errorf("%v", err)
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	_, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "nowhere", "history.db"))
	if _, ok := errors.AsType[*history.Error](err); !ok {
		t.Errorf("%v", err)
	}
}

// Whatever a file holds, it opens or is refused with an error; it does not panic or hang.
func FuzzOpen(f *testing.F) {
	whole := filepath.Join(f.TempDir(), "history.db")
	h := open(f, whole)
	run := begin(f, h, question, false)
	keep(f, run, "rocket", full("5.99"))
	if err := errors.Join(run.Close(), h.Close()); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte(nil))
	f.Add(uint32(4096), []byte("CREATE TABLE"))
	f.Add(uint32(100), []byte{0xff, 0xff, 0xff})
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, offset uint32, patch []byte) {
		damaged := bytes.Clone(text)
		at := int(offset % uint32(len(damaged)))
		damaged = append(damaged[:at], append(patch, damaged[min(at+len(patch), len(damaged)):]...)...)
		path := filepath.Join(folder, fmt.Sprint(os.Getpid()))
		for _, suffix := range []string{"-wal", "-shm", ".lock"} {
			os.Remove(path + suffix)
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := history.Open(t.Context(), path)
		if err != nil {
			return
		}
		defer h.Close()
		if h.SetAside != "" {
			os.Remove(h.SetAside)
		}
		run, err := h.Begin(t.Context(), question, history.RunOptions{})
		if err != nil {
			return
		}
		defer run.Close()
		run.Replay().Answer(t.Context(), query("rocket"))
		run.Keep(scanner.Result{Query: query("moon"), Answer: full("5.99")})
		run.Finish()
	})
}

// What an answer costs until it is on the disk, in batches.
func BenchmarkKeep(b *testing.B) {
	h := open(b, filepath.Join(b.TempDir(), "history.db"))
	run := begin(b, h, question, false)
	b.ReportAllocs()
	for i := range b.N {
		keep(b, run, fmt.Sprint("name", i), full("5.99"))
	}
	if err := run.Finish(); err != nil {
		b.Fatal(err)
	}
	if err := run.Close(); err != nil {
		b.Fatal(err)
	}
}
