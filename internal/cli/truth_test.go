package cli_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
)

// The list of examples: one row per pair, each with the status and the price that the world holds.
func TestScanTellsTheTruth(t *testing.T) {
	server := serve(t, emulator.Options{Seed: 1})
	var stdout, stderr bytes.Buffer
	arguments := []string{"scan", "-q", "--rate", "off", "-f", "jsonl", "-i", "../../examples/names.txt"}
	if code := cli.Main(arguments, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(stdout.Bytes()) {
		var row struct{ Domain, Extension, Status, Price string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if row.Domain == "" {
			continue // the heading
		}
		if seen[row.Domain] {
			t.Errorf("%s comes twice", row.Domain)
		}
		seen[row.Domain] = true
		if truth := server.Truth(row.Domain); row.Status != truth {
			t.Errorf("%s is %s, not %s", row.Domain, truth, row.Status)
		}
		switch price := server.Price(row.Extension); {
		case row.Status == "available" && row.Price != price:
			t.Errorf("%s costs %s, not %q", row.Domain, price, row.Price)
		case row.Status == "taken" && row.Price != "":
			t.Errorf("%s is taken, and costs %s", row.Domain, row.Price)
		}
	}
	if len(seen) != 100*18 {
		t.Errorf("%d rows for 100 names × 18 extensions", len(seen))
	}
}
