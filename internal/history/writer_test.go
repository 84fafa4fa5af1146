package history_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

const (
	keepsForEver   = "TLDSWEEP_TEST_KEEPS_FOR_EVER"
	keepsSome      = "TLDSWEEP_TEST_KEEPS_SOME"
	opensAndCloses = "TLDSWEEP_TEST_OPENS_AND_CLOSES"
)

// TestMain is also the process that a test kills, or whose writes it records.
func TestMain(m *testing.M) {
	if path := os.Getenv(keepsForEver); path != "" {
		keepForEver(path)
	}
	if path := os.Getenv(keepsSome); path != "" {
		keepSome(path)
	}
	if path := os.Getenv(opensAndCloses); path != "" {
		if h, err := history.Open(context.Background(), path); err == nil {
			h.Close()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// keepSome keeps some answers, a write each, and does not mind what goes wrong.
func keepSome(path string) {
	defer os.Exit(0)
	h, err := history.Open(context.Background(), path)
	if err != nil {
		return
	}
	defer h.Close()
	run, err := h.Begin(context.Background(), question, history.RunOptions{})
	if err != nil {
		return
	}
	defer run.Close()
	for i := range 3 {
		_ = run.Keep(scanner.Result{Query: query(fmt.Sprint("more", i)), Answer: full("5.99")})
		time.Sleep(22 * time.Millisecond) // of this process alone; each is to be a write of its own
	}
}

func keepForEver(path string) {
	h, err := history.Open(context.Background(), path)
	if err != nil {
		panic(err)
	}
	run, err := h.Begin(context.Background(), question, history.RunOptions{})
	for i := 0; err == nil; i++ {
		err = run.Keep(scanner.Result{Query: query(fmt.Sprint("name", i)), Answer: full("5.99")})
	}
	panic(err)
}

// What a process has written is there after it was killed, without its having closed anything.
func TestAKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	open(t, path).Close()
	command := exec.Command(os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), keepsForEver+"="+path)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for began := time.Now(); seen < 1000 && time.Since(began) < time.Minute; {
		seen = count(t, path, "SELECT count(*) FROM results")
	}
	command.Process.Kill()
	command.Wait()
	h := open(t, path)
	defer h.Close()
	run := begin(t, h, question, false)
	defer run.Close()
	if seen < 1000 || run.Kept < int64(seen) {
		t.Errorf("%d were written, and %d are there", seen, run.Kept)
	}
}

// inBubble runs a test in virtual time, with a run whose warnings are collected.
func inBubble(t *testing.T, do func(t *testing.T, path string, run *history.Run, warnings func() []string)) {
	path := filepath.Join(t.TempDir(), "history.db")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, path)
		defer h.Close()
		lines := make(chan string, 10)
		run, err := h.Begin(t.Context(), question, history.RunOptions{Warn: func(line string) { lines <- line }})
		if err != nil {
			t.Fatal(err)
		}
		defer run.Close()
		do(t, path, run, func() (all []string) {
			for {
				select {
				case line := <-lines:
					all = append(all, line)
				default:
					return all
				}
			}
		})
	})
}

// hold holds the database as another program does, until release is called.
func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		conn.Close()
		db.Close()
	}
}

func results(t testing.TB, path string) int { return count(t, path, "SELECT count(*) FROM results") }

// A result that comes alone is written two hundredths of a second later.
func TestWrittenSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, path string, run *history.Run, warnings func() []string) {
		for i := range 3 {
			keep(t, run, fmt.Sprint("rocket", i), full("5.99"))
			time.Sleep(19 * time.Millisecond)
			synctest.Wait()
			if n := results(t, path); n != i {
				t.Errorf("%d rows before the time", n)
			}
			time.Sleep(2 * time.Millisecond)
			synctest.Wait()
			if n := results(t, path); n != i+1 {
				t.Errorf("%d rows after two hundredths of a second", n)
			}
		}
	})
}

// While another program holds the database, the scan goes on in memory, says so once, and nothing is lost.
func TestAnotherProgramHoldsTheDatabase(t *testing.T) {
	inBubble(t, func(t *testing.T, path string, run *history.Run, warnings func() []string) {
		release := hold(t, path)
		began := time.Now()
		for i := range 3000 {
			keep(t, run, fmt.Sprint("rocket", i), full("5.99"))
			time.Sleep(10 * time.Millisecond)
			if i == 90 && len(warnings()) > 0 {
				t.Error("it is warned of before a second")
			}
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("the scan was held up: it took %s", took)
		}
		if n := results(t, path); n != 0 {
			t.Errorf("%d rows were written by two at once", n)
		}
		if lines := warnings(); len(lines) != 1 || !strings.Contains(lines[0], "another program holds it since") || !strings.Contains(lines[0], "up to 16384 answers wait in memory") {
			t.Errorf("the warnings are %q", lines)
		}
		release()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if n := results(t, path); n != 3000 {
			t.Errorf("%d of 3000 rows are there", n)
		}
		if lines := warnings(); len(lines) != 1 || !strings.Contains(lines[0], "free again after 30s") {
			t.Errorf("the warnings are %q", lines)
		}
	})
}

// A run can begin while another program holds the database, and is written when it is free.
func TestBegunWhileHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, path)
		defer h.Close()
		release := hold(t, path)
		began := time.Now()
		run := begin(t, h, question, false)
		defer run.Close()
		if took := time.Since(began); took > time.Second || run.ID() != 0 {
			t.Errorf("run %d begun in %s", run.ID(), took)
		}
		keep(t, run, "rocket", full("5.99"))
		time.Sleep(40 * time.Second)
		release()
		if err := run.Finish(); err != nil || run.ID() != 1 || results(t, path) != 1 {
			t.Errorf("run %d has %d rows, %v", run.ID(), results(t, path), err)
		}
	})
}

// Memory is bounded: when it is full, Keep waits, says so, and gives up after a minute.
func TestMemoryIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, path string, run *history.Run, warnings func() []string) {
		release := hold(t, path)
		defer release()
		keep(t, run, "first", full("5.99"))
		time.Sleep(time.Second) // the writer waits with this one
		for i := range history.MostHeld {
			keep(t, run, fmt.Sprint("rocket", i), full("5.99"))
		}
		_ = warnings()
		began := time.Now()
		err := run.Keep(scanner.Result{Query: query("more"), Answer: full("5.99")})
		if e, ok := errors.AsType[*history.Error](err); !ok || !strings.Contains(e.Hint, "another program holds it") {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(began).Round(time.Second); took != time.Minute {
			t.Errorf("Keep waited for %s", took)
		}
		if lines := warnings(); len(lines) == 0 || !strings.Contains(lines[len(lines)-1], "the scan waits for the disk") {
			t.Errorf("the warnings are %q", lines)
		}
		began = time.Now()
		if err := run.Keep(scanner.Result{Query: query("more"), Answer: full("5.99")}); err == nil || time.Since(began) != 0 {
			t.Errorf("after that, Keep takes %s: %v", time.Since(began), err)
		}
	})
}

// At its end a scan waits half a minute for who holds the database, and then says what is lost.
func TestHeldAtTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, path string, run *history.Run, warnings func() []string) {
		defer hold(t, path)()
		keep(t, run, "rocket", full("5.99"))
		began := time.Now()
		if err := run.Finish(); !errors.As(err, new(*history.Error)) {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(began).Round(time.Second); took != 30*time.Second {
			t.Errorf("it waited for %s", took)
		}
	})
}
