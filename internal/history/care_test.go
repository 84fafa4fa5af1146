package history_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tldsweep/internal/history"
)

// listed yields domains, and at the end an error where there is one.
func listed(err error, domains ...string) func(func(string, error) bool) {
	return func(yield func(string, error) bool) {
		for _, domain := range domains {
			if !yield(domain, nil) {
				return
			}
		}
		if err != nil {
			yield("", err)
		}
	}
}

// Nothing of a forgotten domain is left in the file and beside it, whatever SQLite has moved about before.
func TestNothingIsLeftOfForgottenDomains(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "history.db")
	h := open(t, path)
	defer h.Close()
	var secret []string
	for i, price := range []string{"5.99", "6.99"} {
		run := begin(t, h, question, false)
		for n := range 2000 {
			name := fmt.Sprintf("rocket%d", (n*7919)%2000)
			if n%10 == 0 {
				name = "secret-" + name
				if i == 0 {
					secret = append(secret, name+".fr")
				}
			}
			keep(t, run, name, full(price))
		}
		if err := errors.Join(run.Finish(), run.Close()); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := h.ForgetDomains(t.Context(), listed(nil, append(secret, "never.fr", secret[0])...))
	if err != nil {
		t.Fatal(err)
	}
	if want := (history.Forgotten{Answers: 400, Domains: 200, Unknown: 1, Overwritten: true}); gone != want {
		t.Errorf("%+v, want %+v", gone, want)
	}
	for name, text := range contents(t, folder) {
		if strings.Contains(text, "secret-") {
			t.Errorf("%s still has one", name)
		}
	}
	if n := count(t, path, "SELECT count(*) FROM answers"); n != 3600 {
		t.Errorf("%d answers are left", n)
	}
	if n := count(t, path, "SELECT count(*) FROM results WHERE answer NOT IN (SELECT id FROM answers)"); n != 0 {
		t.Errorf("%d results have no answer", n)
	}
	if gone, err = h.ForgetDomains(t.Context(), listed(nil, secret...)); err != nil || gone.Answers != 0 || gone.Unknown != 200 {
		t.Errorf("again: %+v, %v", gone, err)
	}
}

// A list that cannot be read to its end deletes nothing.
func TestForgetOfABadList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	scan(t, h, noon, map[string]string{"rocket": "1.00"})
	wrong := errors.New("line 2")
	if gone, err := h.ForgetDomains(t.Context(), listed(wrong, "rocket.fr")); err != wrong || gone != (history.Forgotten{}) {
		t.Errorf("%+v, %v", gone, err)
	}
	if n := count(t, path, "SELECT count(*) FROM answers"); n != 1 {
		t.Errorf("%d answers are left", n)
	}
}

// A copy that is made while answers are written holds what was written before it began, is whole, and is a history.
func TestBackup(t *testing.T) {
	folder := t.TempDir()
	path, to := filepath.Join(folder, "history.db"), filepath.Join(folder, "copy.db")
	h := open(t, path)
	defer h.Close()
	run := begin(t, h, question, false)
	defer run.Close()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				keep(t, run, fmt.Sprint("rocket", i), full("5.99"))
			}
		}
	}()
	for results(t, path) < 1000 {
	}
	err := h.Backup(t.Context(), to)
	close(stop)
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	if about, err := os.Stat(to); err != nil || about.Mode().Perm() != 0o644 && os.Getuid() == 0 {
		t.Errorf("%v, %v", about.Mode(), err)
	}
	copied := open(t, to)
	defer copied.Close()
	if past, err := copied.Lookup(t.Context(), question); err != nil || past.Kept < 1000 {
		t.Errorf("the copy has %+v, %v", past, err)
	}
	if n := count(t, to, "SELECT (SELECT count(*) FROM results) = (SELECT count(*) FROM answers) AND (SELECT count(*) FROM pragma_quick_check) = 1"); n != 1 {
		t.Error("the copy is not whole")
	}

	// What is there is not replaced, and what fails leaves nothing.
	before := contents(t, folder)["copy.db"]
	if err := h.Backup(t.Context(), to); !errors.Is(err, os.ErrExist) || contents(t, folder)["copy.db"] != before {
		t.Errorf("a file that is there: %v", err)
	}
	other := filepath.Join(folder, "other.db")
	ended2, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Backup(ended2, other); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("a part of a copy is left")
	}
}
