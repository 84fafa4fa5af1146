package order

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tldsweep/internal/api"
)

func open(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := OpenJournal(path, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func TestNoIntentNoRequest(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "orders.jsonl"))
	j.file.Close()
	result, err := j.perform(Entry{Action: Checkout}, func(*Entry) (api.Receipt, error) {
		t.Error("asked without an intent")
		return api.Receipt{}, nil
	}, nil)
	if err == nil || result != api.NotDone {
		t.Errorf("%s, %v", result, err)
	}
}

func TestTheIntentIsOnTheDiskBeforeTheRequest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.jsonl")
	j := open(t, path)
	_, err := j.perform(Entry{Action: Checkout, Cart: "c"}, func(outcome *Entry) (api.Receipt, error) {
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte(`"event":"intent","act":"checkout","cart":"c"`)) {
			t.Errorf("the journal holds %q, %v", text, err)
		}
		outcome.Order = 7
		return api.Receipt{Attempts: 1}, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if about, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", about.Mode(), err)
	}
	j.Close()
	if placed := open(t, path).Placed(); len(placed) != 1 || placed[0].Order != 7 {
		t.Errorf("%+v", placed)
	}
}

func TestOneDecidesAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.jsonl")
	first := open(t, path)
	if _, err := OpenJournal(path, true); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	if reader, err := OpenJournal(path, false); err != nil {
		t.Error(err)
	} else {
		reader.Close()
	}
	first.Close()
	open(t, path)
}

func TestJournalsThatAreDamaged(t *testing.T) {
	const intent = `{"at":"2026-11-24T00:00:00Z","id":"a","event":"intent","act":"checkout","cart":"c","total":"1.00"}` + "\n"
	const done = `{"at":"2026-11-24T00:00:01Z","id":"a","event":"done","act":"checkout","order":7,"total":"1.00"}` + "\n"
	const torn = `{"at":"2026-11-24T00:00:02Z","id":"","event":"torn"}` + "\n"
	for _, c := range []struct {
		name, text string
		orders     int // -1: it cannot be used
	}{
		{"empty", "", 0},
		{"whole", intent + done, 1},
		{"an intent without an outcome", intent, 1},
		{"refused", intent + `{"id":"a","event":"refused"}` + "\n", 0},
		{"settled as not done", intent + `{"id":"a","event":"unknown"}` + "\n" + `{"id":"a","event":"refused"}` + "\n", 0},
		{"a cut last line", intent + done + intent[:20], 1},
		{"a cut line that is known to be", intent[:20] + "\n" + torn + intent + done, 1},
		{"an empty line that is known to be", intent + "\n" + torn + done, 1},
		{"a line that lacks but its end, and is known to", intent + torn, 0},
		{"a cut line, and later another that is known to be", intent[:20] + "\n" + intent + intent[:20] + "\n" + torn, -1},
		{"a cut line in the middle", intent[:20] + "\n" + intent + done, -1},
		{"garbage", "\x00\x01\n", -1},
		{"a foreign file", "[1,2]\n", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "orders.jsonl")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := OpenJournal(path, true)
			if c.orders < 0 {
				if err == nil {
					t.Error("it was used")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			if placed := j.Placed(); len(placed) != c.orders {
				t.Errorf("%+v", placed)
			}
		})
	}
}

// Whatever a journal holds, opening it either fails or leaves a journal that can be written and read again.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"id":"a","event":"intent","act":"checkout"}` + "\n" + `{"id":"a","ev`))
	f.Add([]byte("\n\n{}\n"))
	f.Add([]byte(`{"id":"a","event":"intent","act":"checkout"}`)) // torn at the end of the line
	path := filepath.Join(f.TempDir(), "orders.jsonl")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(path, false)
		if err != nil {
			return
		}
		before := len(j.Placed())
		if err := j.append(Entry{ID: "fuzz", Event: Intent, Action: Checkout}); err != nil {
			t.Fatal(err)
		}
		j.Close()
		again, err := OpenJournal(path, false)
		if err != nil {
			t.Fatalf("after %q: %v", text, err)
		}
		defer again.Close()
		if n := len(again.Placed()); n < before || n > before+1 {
			t.Errorf("%d orders became %d", before, n)
		}
	})
}
