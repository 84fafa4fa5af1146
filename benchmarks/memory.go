package main

import (
	"fmt"
	"os"

	"tldsweep/emulator"
)

// memory compares the peak of a large scan with that of a small one.
func memory(b *bench) error {
	large := 50_000
	if b.short {
		large = 5000
	}
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
		used, err := b.scan(server.address, "-i", list, "-e", twenty, "--rate", "off", "--workers", "64", "-f", "csv")
		fmt.Fprintf(os.Stderr, "  %d pairs: %.1f MiB\n", names*20, used.peak)
		return used.peak, err
	}
	var small, big, ratio []float64
	for range 3 {
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
	b.add(fmt.Sprintf("peak at %d pairs", large*20), "MiB", "≤ 40", big...)
	b.add("ratio", "", "≤ 1.1", ratio...)
	return nil
}
