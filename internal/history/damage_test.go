package history_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// killedWith3000 makes a history as a process leaves it that was killed: most of it is in its log.
func killedWith3000(t *testing.T) (folder string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	run := begin(t, h, question, false)
	for i := range 3000 {
		keep(t, run, fmt.Sprint("rocket", i), full("5.99"))
	}
	for results(t, path) < 3000 {
	}
	folder = t.TempDir()
	copyTo(t, folder, filepath.Dir(path))
	run.Close()
	h.Close()
	return folder
}

// copyTo copies a history, without what holds only while a process lives.
func copyTo(t *testing.T, to, from string) {
	t.Helper()
	for _, name := range []string{"history.db", "history.db-wal"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func needStrace(t *testing.T) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace records the writes, and is not here: apt-get install strace")
	}
	return strace
}

// traced runs this test's binary as another process under strace.
func traced(t *testing.T, environment string, flags ...string) {
	t.Helper()
	command := exec.Command(needStrace(t), append(flags, os.Args[0], "-test.run=^$")...)
	command.Env = append(os.Environ(), environment)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// write is one that a process has made.
type write struct {
	text   []byte
	offset int64
}

var pwrite = regexp.MustCompile(`pwrite64\(\d+, "((?:\\x[0-9a-f]{2})*)", \d+, (\d+)\) = \d+`)

// writesOf are the writes that closing a history makes into its file.
func writesOf(t *testing.T, folder string) (writes []write) {
	t.Helper()
	path, log := filepath.Join(folder, "history.db"), filepath.Join(t.TempDir(), "log")
	traced(t, opensAndCloses+"="+path, "-f", "-qqq", "-xx", "-s", "70000", "-o", log, "-e", "trace=pwrite64", "-P", path)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range pwrite.FindAllSubmatch(text, -1) {
		data, err := hex.DecodeString(strings.ReplaceAll(string(found[1]), `\x`, ""))
		if err != nil {
			t.Fatal(err)
		}
		offset, err := strconv.ParseInt(string(found[2]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		writes = append(writes, write{data, offset})
	}
	return writes
}

// A process that is killed while it moves its log into its file, at any write and in the middle of any, loses nothing: what
// the file lacks is in the log.
func TestKilledInACheckpoint(t *testing.T) {
	needStrace(t)
	killed := killedWith3000(t)
	recorded := t.TempDir()
	copyTo(t, recorded, killed)
	writes := writesOf(t, recorded)
	if len(writes) < 50 {
		t.Fatalf("only %d writes were recorded", len(writes))
	}
	t.Logf("%d writes", len(writes))
	file, err := os.ReadFile(filepath.Join(killed, "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	for done := range len(writes) + 1 {
		for _, torn := range []bool{false, true} {
			if done == len(writes) && torn || done%thin != 0 && done != len(writes) {
				continue
			}
			folder := t.TempDir()
			copyTo(t, folder, killed)
			after := file
			if torn {
				half := writes[done].text[:len(writes[done].text)/2]
				after = applied(after, write{half, writes[done].offset})
			}
			path := filepath.Join(folder, "history.db")
			if err := os.WriteFile(path, after, 0o600); err != nil {
				t.Fatal(err)
			}
			h := open(t, path)
			run := begin(t, h, question, false)
			if h.SetAside != "" || run.Kept != 3000 {
				t.Errorf("after %d writes, half another: %v: %d of 3000 answers are there, set aside: %q", done, torn, run.Kept, h.SetAside)
			}
			run.Close()
			h.Close()
			os.RemoveAll(folder)
		}
		if done < len(writes) {
			file = applied(file, writes[done])
		}
	}
}

func applied(file []byte, w write) []byte {
	after := make([]byte, max(int64(len(file)), w.offset+int64(len(w.text))))
	copy(after, file)
	copy(after[w.offset:], w.text)
	return after
}

// A disk that is full from any write on loses nothing that was there, and damages nothing.
func TestAFullDiskAtEveryWrite(t *testing.T) {
	needStrace(t)
	killed := killedWith3000(t)
	for n, failed := 1, true; failed; n++ {
		folder := t.TempDir()
		copyTo(t, folder, killed)
		path, log := filepath.Join(folder, "history.db"), filepath.Join(folder, "log")
		traced(t, keepsSome+"="+path, "-f", "-qqq", "-o", log, "-P", path, "-P", path+"-wal", "-e", "trace=pwrite64", "-e", fmt.Sprint("inject=pwrite64:error=ENOSPC:when=", n, "+"))
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		failed = bytes.Contains(text, []byte("(INJECTED)"))
		if n == 1 && !failed {
			t.Fatal("no write failed")
		}
		h := open(t, path)
		run := begin(t, h, question, false)
		if h.SetAside != "" || run.Kept < 3000 || !failed && run.Kept != 3003 {
			t.Errorf("full from write %d on: %d answers are there, set aside: %q", n, run.Kept, h.SetAside)
		}
		run.Close()
		h.Close()
		os.RemoveAll(folder)
		if n > 20/thin { // then they are all of the checkpoint at the end
			n += 10
		}
	}
}

// damagedCopies yields a history with one thing wrong in it, each time another: pages of zeros, of noise, swapped, and bits.
func damagedCopies(text []byte, try func(what string, text []byte)) {
	const page = 4096
	cases := 0
	do := func(what string, text []byte) {
		if cases++; cases%thin == 0 {
			try(what, text)
		}
	}
	dice := rand.New(rand.NewPCG(2, 9))
	for at := 0; at+page <= len(text); at += page {
		zeroed, noise := bytes.Clone(text), bytes.Clone(text)
		clear(zeroed[at : at+page])
		do(fmt.Sprintf("page %d of zeros", at/page), zeroed)
		for i := range page {
			noise[at+i] = byte(dice.Uint32())
		}
		do(fmt.Sprintf("page %d of noise", at/page), noise)
		if other := dice.IntN(len(text)/page) * page; at > 0 && other > 0 && other != at {
			swapped := bytes.Clone(text)
			copy(swapped[at:at+page], text[other:])
			copy(swapped[other:other+page], text[at:])
			do(fmt.Sprintf("pages %d and %d swapped", at/page, other/page), swapped)
		}
	}
	for range 200 {
		flipped := bytes.Clone(text)
		at := dice.IntN(len(text))
		flipped[at] ^= 1 << dice.IntN(8)
		do(fmt.Sprintf("a bit of byte %d", at), flipped)
	}
}

// Whatever is wrong in a file: what is read from it is true, or it is an error. What SQLite finds damaged is set aside to the
// byte.
func TestDamageAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	run := begin(t, h, question, false)
	for i := range 300 {
		keep(t, run, fmt.Sprint("rocket", i), full(fmt.Sprintf("%d.99", i)))
	}
	run.Close()
	h.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	aside, refused := 0, 0
	damagedCopies(text, func(what string, text []byte) {
		folder := t.TempDir()
		defer os.RemoveAll(folder)
		path := filepath.Join(folder, "history.db")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := history.Open(t.Context(), path)
		if err != nil {
			refused++
			return
		}
		if h.SetAside == "" {
			readAll(t, h, what)
		}
		h.Close()
		if h.SetAside != "" {
			aside++
			if left, _ := os.ReadFile(h.SetAside); len(left) != len(text) {
				t.Errorf("%s: what was set aside has %d of %d bytes", what, len(left), len(text))
			}
		}
	})
	t.Logf("%d were set aside, %d refused", aside, refused)
	if aside < len(text)/4096/thin {
		t.Errorf("only %d were set aside", aside)
	}
}

func readAll(t *testing.T, h *history.History, what string) {
	t.Helper()
	known, err := h.Lookup(t.Context(), question)
	if err != nil {
		return
	}
	replay := known.Replay()
	for i := range 300 {
		answer, err := replay.Answer(t.Context(), query(fmt.Sprint("rocket", i)))
		if err == nil && (answer.Status != scanner.Available || answer.Price != fmt.Sprintf("%d.99", i) || answer.Renewal != "8.99" || answer.Currency != "EUR") {
			t.Errorf("%s: rocket%d is %+v", what, i, answer)
		}
	}
	run, err := h.FindRun(t.Context(), 1)
	if err != nil {
		return
	}
	for result, err := range h.Results(t.Context(), run) {
		if err != nil {
			return
		}
		if price, ok := strings.CutPrefix(result.Name.ASCII, "rocket"); !ok || result.Price != price+".99" || result.Status != scanner.Available {
			t.Errorf("%s: %s is %+v", what, result.Domain(), result.Answer)
		}
	}
}

// An answer that has changed on the disk is an error that names its domain, and the next one takes its place.
func TestADamagedAnswer(t *testing.T) {
	for _, change := range []string{"price = '5.98'", "status = 'av?ilable'", "status = 'taken'", "checksum = NULL, status = 'free'", "domain = 'rockes.fr'"} {
		path := filepath.Join(t.TempDir(), "history.db")
		h := open(t, path)
		asked := func() (price string, failed error) {
			run := begin(t, h, question, true)
			defer run.Close()
			keep(t, run, "rocket", full("5.99"))
			if err := run.Finish(); err != nil {
				t.Fatal(err)
			}
			if count(t, path, "SELECT count(*) FROM runs") == 1 {
				execute(t, path, "UPDATE answers SET "+change)
			}
			for result, err := range h.Results(t.Context(), history.RunInfo{ID: run.ID()}) {
				return result.Price, err
			}
			return "", errors.New("there is no row")
		}
		_, err := asked()
		if e, ok := errors.AsType[*history.Error](err); !ok || !strings.Contains(e.Error(), "not as it was written") || !strings.Contains(e.Error(), "rocke") {
			t.Errorf("%s: %v", change, err)
		}
		if price, err := asked(); err != nil || price != "5.99" {
			t.Errorf("%s: afterwards it is %s, %v", change, price, err)
		}
		h.Close()
	}
}

// An answer of the future is not young: what made it was wrong about the time.
func TestAnAnswerOfTheFuture(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "history.db"))
	defer h.Close()
	for _, ahead := range []time.Duration{48 * time.Hour, 0} {
		run := begin(t, h, question, true)
		answer := full("5.99")
		answer.CheckedAt = time.Now().Add(ahead)
		keep(t, run, "rocket", answer)
		if err := run.Finish(); err != nil {
			t.Fatal(err)
		}
		run.Close()
		known, err := h.Lookup(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		_, err = known.Recall(map[scanner.Status]time.Duration{scanner.Available: time.Hour}).Answer(t.Context(), query("rocket"))
		if (err == nil) != (ahead == 0) {
			t.Errorf("%s ahead: %v", ahead, err)
		}
	}
}
