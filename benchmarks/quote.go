package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tldsweep/emulator"
)

// quote counts what it takes to get from a report to a quote.
func quote(b *bench) error {
	n := 300
	if b.short {
		n = 40
	}
	const rate = 50
	server, err := startServer(emulator.Options{OnlyRegistered: true, Limit: &emulator.Limit{PerSecond: rate, Burst: 5, All: true}})
	if err != nil {
		return err
	}
	defer server.stdin.Close()
	names, err := b.names(n / 10)
	if err != nil {
		return err
	}
	report := filepath.Join(b.folder, "quote.csv")
	if _, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", fmt.Sprintf("%d/s", rate), "--history", "off", "-o", report); err != nil {
		return err
	}
	scanned, err := server.stop()
	if err != nil {
		return err
	}
	answers := filepath.Join(b.folder, "order.toml")
	text := "owner_contact = 11235813\nowner_legal_age = true\naccept_conditions = true\nreason = \"private\"\n"
	if err := os.WriteFile(answers, []byte(text), 0o600); err != nil {
		return err
	}
	// A server of its own, so that all that it sees is the quote's. Its world is the same.
	if server, err = startServer(emulator.Options{OnlyRegistered: true, Limit: &emulator.Limit{PerSecond: rate, Burst: 5, All: true}}); err != nil {
		return err
	}
	defer server.stdin.Close()
	journal := filepath.Join(b.folder, "orders.jsonl")
	used, err := measure(b.tldsweep(server.address, "order", "quote", "-q", "-i", report, "--answers", answers,
		"--rate", fmt.Sprintf("%d/s", rate), "--journal", journal, "-o", filepath.Join(b.folder, "quote.json")))
	if err != nil {
		return err
	}
	saw, err := server.stop()
	if err != nil {
		return err
	}
	if text, err := os.ReadFile(journal); err != nil {
		return err
	} else {
		// Each domain is looked up and added, each answer is given; each extension is asked once what it wants. For all
		// of them: the clock, the account, a cart, its assignment, a look at the contact, and the bill.
		given := bytes.Count(text, []byte(`"event":"intent","act":"configure"`))
		needed := 2*n + given + 10 + 6
		b.add(fmt.Sprintf("requests per domain, %d domains, %.2f answers each", n, float64(given)/float64(n)), "", "", float64(saw.Counts.Requests)/float64(n))
		b.add("requests that are not needed", "", "= 0", float64(saw.Counts.Requests-int64(needed)))
	}
	b.add("429s", "", "= 0", float64(saw.Counts.Throttled))
	b.add("time ÷ (requests ÷ rate)", "", "≤ 1.05", used.wall.Seconds()*rate/float64(saw.Counts.Requests))
	fmt.Fprintf(os.Stderr, "  %d requests in %s, after a scan of %d; at 60 a minute it would be %s\n",
		saw.Counts.Requests, used.wall.Round(time.Millisecond), scanned.Counts.Requests, time.Duration(saw.Counts.Requests)*time.Second)
	return nil
}
