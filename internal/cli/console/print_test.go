package console_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
	"time"

	"tldsweep/internal/cli/console"
)

type word string

type shouting string

func (s shouting) String() string { return "HEY " + string(s) }

// Only the format begins lines and cells: no argument does.
func TestFprintf(t *testing.T) {
	var out bytes.Buffer
	_, err := console.Fprintf(&out, "%s\t%s\t%v\t%v\t%d\t%v\t%s\t%v\n", "a\nb", word("c\td"), errors.New("e\x1b[2J"), shouting("f\u202e"), 7, 3*time.Second, "é", netip.Addr{})
	if want := "a b\tc d\te\ufffd[2J\tHEY f\ufffd\t7\t3s\té\tinvalid IP\n"; err != nil || out.String() != want {
		t.Errorf("printed %q, want %q (%v)", out.String(), want, err)
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	err := console.Lines(&out, "fr", "co\nm\x1b]0;title\a", "")
	if want := "fr\nco m\ufffd]0;title\ufffd\n\n"; err != nil || out.String() != want {
		t.Errorf("printed %q, want %q (%v)", out.String(), want, err)
	}
}
