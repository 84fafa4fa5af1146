package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"tldsweep/internal/emulator"
)

// kill stops one scan with SIGKILL at random moments, again and again, and lets it end.
func kill(b *bench) error {
	n, kills := 4000, 50
	if b.short {
		n, kills = 1000, 10
	}
	const workers = 32
	names, err := b.names(n)
	if err != nil {
		return err
	}
	report := b.freshFile(".csv")
	arguments := []string{"-i", names, "-e", ten, "--rate", "off", "--workers", fmt.Sprint(workers), "--history", b.freshFile(".db"), "-o", report}
	killed := 0
	saw, err := observe(emulator.Options{Latency: 2 * time.Millisecond}, func(s *server) error {
		for killed < kills {
			command := b.scanner(s.address, arguments...)
			if err := command.Start(); err != nil {
				return err
			}
			// It takes some 10 ms until the first lookup, and a whole scan some seconds, so the kills are spread over it.
			time.Sleep(15*time.Millisecond + rand.N(100*time.Millisecond))
			command.Process.Kill()
			err := command.Wait()
			if err == nil {
				return nil // it has ended before
			}
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
				return fmt.Errorf("a scan has failed before it could be killed: %w", err)
			}
			if _, err := os.Stat(report); err == nil {
				return fmt.Errorf("a killed scan has left %s", report)
			}
			killed++
		}
		_, err := b.scan(s.address, arguments...)
		return err
	})
	if err != nil {
		return err
	}
	rows, err := check(report)
	if err != nil {
		return err
	}
	b.add("kills", "", "≥ 1", float64(killed))
	b.addRows("", rows, n*10)
	b.add("questions asked twice, per kill ÷ (workers + a batch of 512)", "", "≤ 1",
		float64(int(saw.Counts.Lookups)-n*10)/float64(killed)/(workers+512))
	return nil
}
