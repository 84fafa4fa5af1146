package cli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
	"tldsweep/internal/order"
)

// Who orders while another process does is told to wait; quotes are made all the same.
func TestOneOrderAtATime(t *testing.T) {
	serve(t, emulator.Options{OnlyRegistered: true})
	journal := filepath.Join(t.TempDir(), "orders.jsonl")
	held, err := order.OpenJournal(journal, true)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	var stdout, stderr bytes.Buffer
	if code := cli.Main([]string{"order", "pay", "1", "--with", "fidelityAccount", "--rate", "off", "--journal", journal}, nil, &stdout, &stderr); code != 75 {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
	if !strings.Contains(stderr.String(), "another tldsweep is ordering or paying") {
		t.Errorf("%s", &stderr)
	}
	stderr.Reset()
	if code := cli.Main([]string{"order", "carts", "--rate", "off", "--journal", journal}, nil, &stdout, &stderr); code != 0 {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}
