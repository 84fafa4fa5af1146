package main

import (
	"fmt"
	"path/filepath"
	"time"

	"tldsweep/emulator"
)

// ordered compares rows in the order of the list with rows in the order of completion, where answers jitter.
func ordered(b *bench) error {
	jitter := emulator.Options{Latency: time.Millisecond, Jitter: 10 * time.Millisecond}
	work, memory, err := b.sideBySide(jitter, []string{"--ordered", "--history", "off"}, []string{"--history", "off"})
	b.add("CPU in the order of the list ÷ of completion", "", "≤ 1.05", work...)
	b.add("peak memory, the same", "", "≤ 1.1", memory...)
	return err
}

// kept compares a scan that keeps its answers with one that does not.
func kept(b *bench) error {
	work, memory, err := b.sideBySide(emulator.Options{}, []string{"--fresh", "--history", filepath.Join(b.folder, "kept.db")}, []string{"--history", "off"})
	b.add("CPU with history ÷ without", "", "", work...)
	b.add("peak memory, the same", "", "", memory...)
	return err
}

// sideBySide scans one list with two sets of flags, in turn, and returns what the first costs of the second.
func (b *bench) sideBySide(options emulator.Options, flags, than []string) (work, memory []float64, err error) {
	n, rounds := 5000, 7
	if b.short {
		n, rounds = 500, 3
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
		var took [2]cost
		for i, more := range [][]string{flags, than} {
			report := filepath.Join(b.folder, fmt.Sprintf("side-%d-%d.csv", round, i))
			arguments := append([]string{"-i", names, "-e", ten, "--rate", "off", "--workers", "64", "-o", report}, more...)
			if took[i], err = b.scan(server.address, arguments...); err != nil {
				return nil, nil, err
			}
		}
		work = append(work, took[0].cpu.Seconds()/took[1].cpu.Seconds())
		memory = append(memory, took[0].peak/took[1].peak)
	}
	return work, memory, nil
}
