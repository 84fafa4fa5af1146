package main

import (
	"time"

	"tldsweep/emulator"
)

// latency sees how much of the ideal 64 ÷ 0.1 s is had, and that connections are used again when answers jitter.
func latency(b *bench) error {
	n := 1500
	if b.short {
		n = 400
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	var rates, connections []float64
	for range 3 {
		server, err := startServer(emulator.Options{Latency: 100 * time.Millisecond, Record: true})
		if err != nil {
			return err
		}
		if _, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", "off", "--workers", "64"); err != nil {
			return err
		}
		saw, err := server.stop()
		if err != nil {
			return err
		}
		// The last answers are still to come when the last request arrives.
		rates = append(rates, float64(saw.Lookups)/(saw.Seconds+0.1)/640)

		server, err = startServer(emulator.Options{Latency: 50 * time.Millisecond, Jitter: 100 * time.Millisecond})
		if err != nil {
			return err
		}
		if _, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", "off", "--workers", "64"); err != nil {
			return err
		}
		if saw, err = server.stop(); err != nil {
			return err
		}
		connections = append(connections, float64(saw.Counts.Connections-64)/float64(saw.Counts.Lookups))
	}
	b.add("100 ms: queries per second ÷ 640", "", "≥ 0.97", rates...)
	b.add("50–150 ms: connections beyond 64, per query", "", "≤ 0.01", connections...)
	return nil
}
