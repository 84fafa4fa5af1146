package console_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
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

// Lines and JSON objects are safe alike.
func TestMessages(t *testing.T) {
	for format, want := range map[string]string{
		"text": "tldsweep: error: a b\ufffd31m \ufffdc\ntldsweep: hint: d\ufffd\n",
		"json": "\"level\":\"ERROR\",\"msg\":\"a b\ufffd31m \ufffdc\",\"hint\":\"d\ufffd\"}\n",
	} {
		var out bytes.Buffer
		console.New(&out, format, false, false).Failure("a\nb\u009b31m \u202ec", "d\x1b")
		if got := out.String(); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
}
