package main

import (
	"fmt"
	"os"
	"path/filepath"

	"tldsweep/emulator"
)

// mixed is bad weather: about 8 of 100 requests meet a fault.
var mixed = []emulator.Fault{
	{Kind: "500", Rate: 0.02}, {Kind: "502", Rate: 0.01}, {Kind: "408", Rate: 0.01}, {Kind: "check-timeout", Rate: 0.01},
	{Kind: "reset", Rate: 0.01}, {Kind: "truncated", Rate: 0.005}, {Kind: "wrong-json", Rate: 0.005}, {Kind: "html", Rate: 0.005},
	{Kind: "500-empty", Rate: 0.005},
}

// weather counts wrong verdicts in a large scan with faults, at a server that admits half of what is asked.
func weather(b *bench) error {
	n := 5000
	if b.short {
		n = 100
	}
	server, err := startServer(emulator.Options{Faults: mixed, Limit: &emulator.Limit{PerSecond: 1000, Burst: 100, RetryAfter: "seconds"}})
	if err != nil {
		return err
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	report := filepath.Join(b.folder, "weather.csv")
	used, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", "2000/s", "--workers", "128", "-o", report)
	if err != nil {
		return err
	}
	if _, err := server.stop(); err != nil {
		return err
	}
	rows, err := check(report)
	if err != nil {
		return err
	}
	b.add("pairs answered ÷ pairs", "", "= 1", float64(rows.domains)/float64(n*10))
	b.add("rows repeated", "", "= 0", rows.repeated)
	b.add("rows that are errors", "", "= 0", rows.errors)
	b.add("verdicts that are wrong", "", "= 0", rows.wrong)
	fmt.Fprintf(os.Stderr, "  %d pairs in %s\n", n*10, used.wall)
	return nil
}

// waste counts refused requests, and time, where the server admits 40 a second and 200 are asked for.
func waste(b *bench) error {
	n := 200 // 2,000 answers, 50 s at best
	if b.short {
		n = 20
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	for _, c := range []struct{ retryAfter, goal string }{{"seconds", "≤ 20"}, {"none", "≤ 40"}} {
		server, err := startServer(emulator.Options{Record: true, Limit: &emulator.Limit{PerSecond: 40, Burst: 40, RetryAfter: c.retryAfter}})
		if err != nil {
			return err
		}
		if _, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", "200/s"); err != nil {
			return err
		}
		saw, err := server.stop()
		if err != nil {
			return err
		}
		b.add("429s per 1,000 answers, Retry-After "+c.retryAfter, "", b.goal(c.goal), float64(saw.Counts.Throttled)*1000/float64(n*10))
		b.add("time ÷ ideal, Retry-After "+c.retryAfter, "", "≤ 1.15", saw.Seconds/(float64(n*10)/40))
	}
	return nil
}
