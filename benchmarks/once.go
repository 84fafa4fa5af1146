package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tldsweep/emulator"
)

// once sees that a large scan answers every pair exactly once, truthfully.
func once(b *bench) error {
	n := 10_000
	if b.short {
		n = 1000
	}
	server, err := startServer(emulator.Options{})
	if err != nil {
		return err
	}
	defer server.stdin.Close()
	names, err := b.names(n)
	if err != nil {
		return err
	}
	report := filepath.Join(b.folder, "once.csv")
	used, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", "off", "--workers", "64", "-o", report)
	if err != nil {
		return err
	}
	saw, err := server.stop()
	if err != nil {
		return err
	}
	file, err := os.Open(report)
	if err != nil {
		return err
	}
	defer file.Close()
	// The world is the same in every process.
	world := emulator.New(emulator.Options{})
	defer world.Close()
	rows := csv.NewReader(file)
	rows.ReuseRecord = true
	times := map[string]int{}
	var wrong, repeated float64
	if _, err := rows.Read(); err != nil {
		return err
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		domain, status := row[0], row[4]
		if times[domain]++; times[domain] > 1 {
			repeated++
		}
		if world.Truth(domain) != status {
			wrong++
		}
	}
	b.add("pairs answered ÷ pairs", "", "= 1", float64(len(times))/float64(n*10))
	b.add("rows repeated", "", "= 0", repeated)
	b.add("verdicts that are wrong", "", "= 0", wrong)
	b.add("lookups ÷ pairs", "", "= 1", float64(saw.Counts.Lookups)/float64(n*10))
	b.add("pairs per second (drifts with the machine)", "/s", "", float64(n*10)/used.wall.Seconds())
	fmt.Fprintf(os.Stderr, "  %d pairs in %s\n", n*10, used.wall)
	return nil
}
