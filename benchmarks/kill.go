package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"time"

	"tldsweep/internal/emulator"
)

// kill stops one scan with SIGKILL at random moments, again and again, and lets it end: as fast as it goes, and at a rate.
func kill(b *bench) error {
	n, kills := 4000, 50
	if b.short {
		n, kills = 1000, 10
	}
	const workers = 32
	// It takes some 10 ms until the first lookup, and a whole scan some seconds, so the kills are spread over it.
	killed, twice, err := b.killed(n, kills, 15*time.Millisecond, 115*time.Millisecond, "--rate", "off", "--workers", fmt.Sprint(workers))
	if err != nil {
		return err
	}
	b.add("kills", "", "≥ 1", float64(killed))
	b.add("questions asked twice, per kill ÷ (workers + a write of 512)", "", "≤ 1", float64(twice)/float64(killed)/(workers+512))

	killed, twice, err = b.killed(400, 10, 500*time.Millisecond, 900*time.Millisecond, "--rate", "400/s", "--workers", "8")
	if err != nil {
		return err
	}
	b.add("kills at 400/s, 8 workers", "", "= 10", float64(killed))
	b.add("questions asked twice in all", "", "≤ 200", float64(twice))
	return nil
}

// killed kills one scan of n names under ten extensions up to so many times, each time between least and most after its start,
// then lets it end, and counts as the server sees it how many questions were asked twice.
func (b *bench) killed(n, kills int, least, most time.Duration, flags ...string) (killed, twice int, err error) {
	names, err := b.names(n)
	if err != nil {
		return 0, 0, err
	}
	report := b.freshFile(".csv")
	arguments := append([]string{"-i", names, "-e", ten, "--history", b.freshFile(".db"), "-o", report}, flags...)
	saw, err := observe(emulator.Options{Latency: 2 * time.Millisecond}, func(s *server) error {
		for killed < kills {
			command := b.scanner(s.address, arguments...)
			if err := command.Start(); err != nil {
				return err
			}
			time.Sleep(least + rand.N(most-least))
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
		return 0, 0, err
	}
	rows, err := check(report)
	if err != nil {
		return 0, 0, err
	}
	b.addRows(strings.Join(flags, " ")+": ", rows, n*10)
	return killed, int(saw.Counts.Lookups) - n*10, nil
}
