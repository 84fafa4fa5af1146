package main

import (
	"fmt"
	"os"
	"path/filepath"

	"tldsweep/emulator"
)

// memory compares the peak of a large scan with that of a small one.
func memory(b *bench) error {
	large := 50_000
	if b.short {
		large = 5000
	}
	return b.peaks(3, large, "≤ 40", "≤ 1.1", "off")
}

// endurance is memory with the history on, and more pairs.
func endurance(b *bench) error {
	large := 250_000
	if b.short {
		large = 10_000
	}
	return b.peaks(1, large, "≤ 48", "≤ 1.3", filepath.Join(b.folder, "endurance.db"))
}

// peaks compares scans of 500 and of many names under 20 extensions, some times in turn.
func (b *bench) peaks(times, large int, goal, goalOfRatio, history string) error {
	server, err := startServer(emulator.Options{})
	if err != nil {
		return err
	}
	defer server.stdin.Close()
	peak := func(names int) (float64, error) {
		list, err := b.names(names)
		if err != nil {
			return 0, err
		}
		used, err := b.scan(server.address, "-i", list, "-e", twenty, "--rate", "off", "--workers", "64", "-f", "csv", "--history", history)
		fmt.Fprintf(os.Stderr, "  %d pairs: %.1f MiB in %s\n", names*20, used.peak, used.wall)
		return used.peak, err
	}
	var small, big, ratio []float64
	for range times {
		s, err := peak(500)
		if err != nil {
			return err
		}
		l, err := peak(large)
		if err != nil {
			return err
		}
		small, big, ratio = append(small, s), append(big, l), append(ratio, l/s)
	}
	b.add("peak at 10,000 pairs", "MiB", "", small...)
	b.add(fmt.Sprintf("peak at %d pairs", large*20), "MiB", goal, big...)
	b.add("ratio", "", goalOfRatio, ratio...)
	return nil
}
