package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"

	"tldsweep/internal/emulator"
)

// once sees that a large scan answers every pair exactly once, truthfully.
func once(b *bench) error {
	n := 10_000
	if b.short {
		n = 1000
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	report := b.freshFile(".csv")
	var used cost
	saw, err := observe(emulator.Options{}, func(s *server) error {
		used, err = b.scan(s.address, "-i", names, "-e", ten, "--rate", "off", "--workers", "64", "-o", report)
		return err
	})
	if err != nil {
		return err
	}
	rows, err := check(report)
	if err != nil {
		return err
	}
	b.addRows("", rows, n*10)
	b.add("lookups ÷ pairs", "", "= 1", float64(saw.Counts.Lookups)/float64(n*10))
	b.add("requests beside the lookups", "", fmt.Sprint("= ", housekeeping), float64(saw.Counts.Requests-saw.Counts.Lookups))
	b.add("pairs per second (drifts with the machine)", "/s", "", float64(n*10)/used.wall.Seconds())
	return nil
}

// found is what stands in a report.
type found struct {
	domains                 int // different ones
	repeated, errors, wrong float64
}

// check holds a CSV report against the emulator's world, which is the same in every process.
func check(report string) (found, error) { return checkAgainst(report, emulator.Options{}) }

func checkAgainst(report string, options emulator.Options) (found, error) {
	var f found
	file, err := os.Open(report)
	if err != nil {
		return f, err
	}
	defer file.Close()
	world := emulator.New(options)
	defer world.Close()
	rows := csv.NewReader(file)
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		return f, err
	}
	seen := map[string]bool{}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			f.domains = len(seen)
			return f, nil
		}
		if err != nil {
			return f, err
		}
		domain, status := row[0], row[4]
		switch {
		case seen[domain]:
			f.repeated++
		case status == "error":
			f.errors++
		case world.Truth(domain) != status:
			f.wrong++
		}
		seen[domain] = true
	}
}
