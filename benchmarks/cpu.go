package main

import (
	"context"
	"os"
	"runtime"
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
	ours, end, err := whole(context.Background(), server.address, workers, "")
	if err != nil {
		return err
	}
	defer end()
	file := b.freshFile(".db")
	keeping, endKeeping, err := whole(context.Background(), server.address, workers, file)
	if err != nil {
		return err
	}
	defer endKeeping()
	theirs, err := bare(server.address, workers)
	if err != nil {
		return err
	}
	contenders := []func(n int) error{ours, theirs, keeping}
	samples := make([][]float64, len(contenders))
	for round := range rounds + 1 {
		for i := range contenders {
			i = (i + round) % len(contenders)
			if err := os.RemoveAll(file); err != nil { // closed, so there is nothing beside it
				return err
			}
			took, err := spent(n, contenders[i])
			if err != nil {
				return err
			}
			if round > 0 { // the first warms up
				samples[i] = append(samples[i], took)
			}
		}
	}
	b.add("CPU per query, whole pipeline (drifts with the machine)", "µs", "", samples[0]...)
	b.add("CPU per query, bare go-ovh fan-out (drifts with the machine)", "µs", "", samples[1]...)
	b.add("CPU per query, whole pipeline ÷ bare fan-out", "", "≤ 0.85", ratios(samples[0], samples[1])...)
	b.add("CPU per query, whole pipeline with history ÷ bare fan-out", "", "", ratios(samples[2], samples[1])...)
	return nil
}

// spent is the CPU time of this process per query, in µs, its garbage collected too.
func spent(n int, run func(n int) error) (float64, error) {
	runtime.GC()
	before, err := usedCPU()
	if err != nil {
		return 0, err
	}
	if err := run(n); err != nil {
		return 0, err
	}
	runtime.GC()
	after, err := usedCPU()
	return float64(after-before) / float64(time.Microsecond) / float64(n), err
}
