package main

import "tldsweep/internal/emulator"

// mixed are faults: about 8 of 100 requests meet a fault.
var mixed = []emulator.Fault{
	{Kind: "500", Rate: 0.02}, {Kind: "502", Rate: 0.01}, {Kind: "408", Rate: 0.01}, {Kind: "check-timeout", Rate: 0.01},
	{Kind: "reset", Rate: 0.01}, {Kind: "truncated", Rate: 0.005}, {Kind: "wrong-json", Rate: 0.005}, {Kind: "html", Rate: 0.005},
	{Kind: "500-empty", Rate: 0.005},
}

// faults counts wrong verdicts in a large scan with faults, at a server that admits half of what is asked.
func faults(b *bench) error {
	n := 1000
	if b.short {
		n = 50
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	report := b.freshFile(".csv")
	limit := &emulator.Limit{PerSecond: 1000, Burst: 100, RetryAfter: "seconds"}
	if _, err := observe(emulator.Options{Faults: mixed, Limit: limit}, func(s *server) error {
		_, err := b.scan(s.address, "-i", names, "-e", ten, "--rate", "2000/s", "--workers", "128", "-o", report)
		return err
	}); err != nil {
		return err
	}
	rows, err := check(report)
	if err != nil {
		return err
	}
	b.addRows("", rows, n*10)
	return nil
}

// waste counts refused requests, and time, where the server admits 40 a second, and 40 at once, and 200 are asked for.
func waste(b *bench) error {
	n := 80 // 800 answers, 19 s at best
	if b.short {
		n = 10
	}
	const admitted = 40
	names, err := b.names(n)
	if err != nil {
		return err
	}
	for _, c := range []struct{ retryAfter, goal string }{{"seconds", "≤ 20"}, {"none", "≤ 40"}} {
		saw, err := observe(emulator.Options{Record: true, Limit: &emulator.Limit{PerSecond: admitted, Burst: admitted, RetryAfter: c.retryAfter}}, func(s *server) error {
			_, err := b.scan(s.address, "-i", names, "-e", ten, "--rate", "200/s")
			return err
		})
		if err != nil {
			return err
		}
		b.add("429s per 1,000 answers, Retry-After "+c.retryAfter, "", b.goal(c.goal), float64(saw.Counts.Throttled)*1000/float64(n*10))
		b.add("time ÷ ideal, Retry-After "+c.retryAfter, "", b.goal("≤ 1.15"), saw.Seconds/(float64(n*10-admitted)/admitted))
	}
	return nil
}
