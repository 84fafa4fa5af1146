package main

import (
	"context"
	"runtime"
	"syscall"
	"time"
)

// cpu compares what a query costs in all of tldsweep with what it costs in a bare fan-out over go-ovh, in turn in this
// process; the server is in another.
func cpu(b *bench) error {
	const workers = 64
	rounds, n := 20, 4000
	if b.short {
		rounds, n = 6, 2000
	}
	server, err := startProcess(cannedWord)
	if err != nil {
		return err
	}
	defer server.end()
	ours, end, err := whole(context.Background(), server.address, workers)
	if err != nil {
		return err
	}
	defer end()
	theirs, err := bare(server.address, workers)
	if err != nil {
		return err
	}
	var our, their, ratio []float64
	for round := range rounds + 1 {
		o, err := spent(n, ours)
		if err != nil {
			return err
		}
		t, err := spent(n, theirs)
		if err != nil {
			return err
		}
		if round > 0 { // the first warms up
			our, their, ratio = append(our, o), append(their, t), append(ratio, o/t)
		}
	}
	b.add("CPU per query, whole scanner (drifts with the machine)", "µs", "", our...)
	b.add("CPU per query, bare go-ovh fan-out", "µs", "", their...)
	b.add("whole scanner ÷ bare fan-out", "", "≤ 0.85", ratio...)
	return nil
}

// spent is the CPU time of this process per query, in µs, its garbage collected too.
func spent(n int, run func(n int) error) (float64, error) {
	runtime.GC()
	before, err := used()
	if err != nil {
		return 0, err
	}
	if err := run(n); err != nil {
		return 0, err
	}
	runtime.GC()
	after, err := used()
	return float64(after-before) / float64(time.Microsecond) / float64(n), err
}

func used() (time.Duration, error) {
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), err
}
