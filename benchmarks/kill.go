package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"tldsweep/emulator"
)

// kill stops one scan with SIGKILL at random moments, again and again, and lets it end.
func kill(b *bench) error {
	n, kills := 2000, 50
	if b.short {
		n, kills = 500, 10
	}
	const workers = 32
	server, err := startServer(emulator.Options{Latency: 2 * time.Millisecond})
	if err != nil {
		return err
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	report := filepath.Join(b.folder, "kill.csv")
	arguments := []string{"-i", names, "-e", ten, "--rate", "off", "--workers", fmt.Sprint(workers),
		"--history", filepath.Join(b.folder, "kill.db"), "-o", report}
	killed := 0
	for killed < kills {
		command := b.scanner(server.address, arguments...)
		if err := command.Start(); err != nil {
			return err
		}
		// A whole scan takes some seconds, so that the kills are spread over it.
		time.Sleep(time.Duration(rand.IntN(100_000)) * time.Microsecond * time.Duration(n) / 2000)
		command.Process.Kill()
		if command.Wait() == nil {
			break // it has ended before
		}
		if _, err := os.Stat(report); err == nil {
			return fmt.Errorf("a killed scan has left %s", report)
		}
		killed++
	}
	if _, err := b.scan(server.address, arguments...); err != nil {
		return err
	}
	saw, err := server.stop()
	if err != nil {
		return err
	}
	rows, err := check(report)
	if err != nil {
		return err
	}
	b.add("kills", "", "", float64(killed))
	b.add("rows lost", "", "= 0", float64(n*10-rows.domains))
	b.add("rows repeated", "", "= 0", rows.repeated)
	b.add("verdicts that are wrong", "", "= 0", rows.wrong)
	b.add("questions asked twice, per kill ÷ (workers + a batch of 512)", "", "≤ 1",
		float64(int(saw.Counts.Lookups)-n*10)/float64(killed)/(workers+512))
	return nil
}
