package main

import (
	"bytes"
	"fmt"
	"os"

	"tldsweep/emulator"
)

// quote counts what it takes to get from a report to a quote.
func quote(b *bench) error {
	n := 100
	if b.short {
		n = 20
	}
	const rate = 50
	world := emulator.Options{OnlyRegistered: true, Limit: &emulator.Limit{PerSecond: rate, Burst: 5, All: true}}
	names, err := b.names(n / 10)
	if err != nil {
		return err
	}
	report, answers, journal := b.freshFile(".csv"), b.freshFile(".toml"), b.freshFile(".jsonl")
	if _, err := observe(world, func(s *server) error {
		_, err := b.scan(s.address, "-i", names, "-e", ten, "--rate", fmt.Sprintf("%d/s", rate), "-o", report)
		return err
	}); err != nil {
		return err
	}
	text := "owner_contact = 11235813\nowner_legal_age = true\naccept_conditions = true\nreason = \"private\"\n"
	if err := os.WriteFile(answers, []byte(text), 0o600); err != nil {
		return err
	}
	// A server of its own, so that all that it sees is the quote's. Its world is the same.
	var used cost
	saw, err := observe(world, func(s *server) error {
		used, err = measure(b.tldsweep(s.address, "order", "quote", "-q", "-i", report, "--answers", answers,
			"--rate", fmt.Sprintf("%d/s", rate), "--journal", journal, "-o", b.freshFile(".json")))
		return err
	})
	if err != nil {
		return err
	}
	told, err := os.ReadFile(journal)
	if err != nil {
		return err
	}
	// Each domain is looked up and added, each answer is given; each extension is asked once what it wants. For all of
	// them: the clock, the account, a cart, its assignment, a look at the contact, and the bill. Where the machine is slow,
	// a request may have to be asked again, so this is not one of the goals of correctness.
	given := bytes.Count(told, []byte(`"event":"intent","act":"configure"`))
	needed := 2*n + given + 10 + 6
	b.add(fmt.Sprintf("requests per domain, %d domains, %.2f answers each", n, float64(given)/float64(n)), "", "", float64(saw.Counts.Requests)/float64(n))
	b.add("requests of a quote that are not needed", "", "0 ± 0", float64(saw.Counts.Requests-int64(needed)))
	b.add("429s of a quote", "", "0 ± 0", float64(saw.Counts.Throttled))
	b.add("time of a quote ÷ (requests ÷ rate)", "", "≤ 1.05", used.wall.Seconds()*rate/float64(saw.Counts.Requests))
	return nil
}
