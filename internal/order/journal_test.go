package order

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

// endless repeats a text for ever, and counts.
type endless struct {
	text string
	read int
}

func (e *endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = e.text[(e.read+i)%len(e.text)]
	}
	e.read += len(into)
	return len(into), nil
}

// A line that never ends is none of ours: it is read up to a bound, and could hide an order.
func TestAnEndlessLineOfTheJournal(t *testing.T) {
	for _, start := range []string{"", `{"at":"2026-11-24T00:00:00Z","id":"a","event":"intent","act":"checkout"}` + "\n" + `{"id":"`} {
		forever := &endless{text: "a"}
		var j Journal
		err := j.read(io.MultiReader(strings.NewReader(start), forever))
		if err == nil || !strings.Contains(err.Error(), "cannot be read, so nobody knows what it ordered") || forever.read > longestLine+(1<<20) {
			t.Errorf("%v after %d bytes", err, forever.read)
		}
	}
}

// Of what an order takes for each domain, nothing is asked later: a long journal costs no memory for it.
func TestWhatIsNotAskedIsNotHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.jsonl")
	j := open(t, path)
	for _, act := range []Action{Open, Assign, Add, Configure, Remove, Contact, Seal, Checkout, Pay, Drop} {
		for range 3 {
			if _, err := j.perform(Entry{Action: act, Cart: "c"}, func(*Entry) (api.Receipt, error) { return api.Receipt{Attempts: 1}, nil }, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	j.Close()
	// A line that was torn is taken back, also where the one before is held.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(`{"id":"z","event":"intent","act":"drop"}` + "\n" + `{"id":"y","event":"intent","act":"add"}` + "\n" + `{"event":"torn"}` + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if want := 6*3*2 + 1; len(again.entries) != want || len(again.records(Drop)) != 4 || len(again.records(Checkout)) != 3 {
		t.Errorf("%d entries are held, want %d", len(again.entries), want)
	}
}
