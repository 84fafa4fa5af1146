package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
)

// fullAt is a disk that is full when a text begins so.
type fullAt struct{ text string }

func (f fullAt) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b), f.text) {
		return 0, syscall.ENOSPC
	}
	return len(b), nil
}

// An order that is placed and cannot be printed is not one that failed: its number is told, and the exit code is not 1. Where the
// bill before it cannot be printed, nothing is ordered.
func TestAnOrderThatCannotBePrinted(t *testing.T) {
	for _, c := range []struct {
		full   string
		code   int
		orders int
		stderr string
	}{
		{"order ", 3, 1, `error: order \d+ is placed, and stdout did not take it: no space left on device\ntldsweep: hint: do not order again; to see it: tldsweep order status \d+ --url\n$`},
		{"", 1, 0, `error: stdout: no space left on device`},
	} {
		server := serve(t, emulator.Options{})
		folder := t.TempDir()
		t.Setenv("XDG_CONFIG_HOME", folder)
		answers, quote := filepath.Join(folder, "answers.toml"), filepath.Join(folder, "quote.json")
		if err := os.WriteFile(answers, []byte("owner_legal_age = true\naccept_conditions = true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		if code := cli.Main([]string{"order", "quote", "--rate", "off", "rocket.co.uk", "--answers", answers, "-o", quote}, nil, &bytes.Buffer{}, &said); code != 0 {
			t.Fatalf("the quote ends with %d: %s", code, &said)
		}
		said.Reset()
		code := cli.Main([]string{"order", "buy", "--rate", "off", quote, "--yes", "--max-total", "100"}, nil, fullAt{c.full}, &said)
		if orders := len(server.Orders()); code != c.code || orders != c.orders || !regexp.MustCompile(c.stderr).Match(said.Bytes()) {
			t.Errorf("%d orders, exit code %d, and on stderr: %s", orders, code, &said)
		}
	}
}
