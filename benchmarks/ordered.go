package main

import (
	"slices"
	"time"

	"tldsweep/internal/emulator"
)

// ordered compares rows in the order of the list with rows in the order of completion, where answers jitter.
func ordered(b *bench) error {
	jitter := emulator.Options{Latency: time.Millisecond, Jitter: 10 * time.Millisecond}
	work, memory, err := b.sideBySide(jitter, func() []string { return []string{"--ordered"} })
	b.add("CPU in the order of the list ÷ of completion", "", "≤ 1.05", work...)
	b.add("peak memory in the order of the list ÷ of completion", "", "≤ 1.1", memory...)
	return err
}

// kept compares a scan that keeps its answers with one that does not.
func kept(b *bench) error {
	work, memory, err := b.sideBySide(emulator.Options{}, func() []string { return []string{"--history", b.freshFile(".db")} })
	b.add("CPU with history ÷ without", "", "", work...)
	b.add("peak memory with history ÷ without", "", "", memory...)
	return err
}

// sideBySide scans one list with and without more flags, in turn, and returns what the first costs of the second.
func (b *bench) sideBySide(options emulator.Options, flags func() []string) (work, memory []float64, err error) {
	n, rounds := 2000, 6
	if b.short {
		n, rounds = 500, 2
	}
	names, err := b.names(n)
	if err != nil {
		return nil, nil, err
	}
	server, err := startServer(options)
	if err != nil {
		return nil, nil, err
	}
	defer server.end()
	for round := range rounds {
		var with, without cost
		sides := []struct {
			flags []string
			cost  *cost
		}{{flags(), &with}, {nil, &without}}
		if round%2 == 1 {
			slices.Reverse(sides)
		}
		for _, side := range sides {
			arguments := append([]string{"-i", names, "-e", ten, "--rate", "off", "--workers", "64", "-o", b.freshFile(".csv")}, side.flags...)
			if *side.cost, err = b.scan(server.address, arguments...); err != nil {
				return nil, nil, err
			}
		}
		work = append(work, with.cpu.Seconds()/without.cpu.Seconds())
		memory = append(memory, with.peak/without.peak)
	}
	return work, memory, nil
}
