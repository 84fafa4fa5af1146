package main

import (
	"fmt"

	"golang.org/x/sync/errgroup"

	"tldsweep/emulator"
)

// fidelity compares the rate that was asked for with what arrives, seen from the server, also after a pause.
func fidelity(b *bench) error {
	rates, seconds, shared := []int{1, 50, 500, 5000}, 10, 20
	if b.short {
		rates, seconds, shared = []int{50, 5000}, 2, 5
	}
	for _, rate := range rates {
		achieved, worst, err := b.ratio(rate, seconds, nil)
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("achieved ÷ asked at %d/s", rate), "", "≥ 0.995", achieved)
		b.add(fmt.Sprintf("worst second at %d/s ÷ (1.01 × rate + 1)", rate), "", "≤ 1", worst)
		// A third of the way the server says 429 once, and to come back in two seconds.
		_, worst, err = b.ratio(rate, seconds, []emulator.Fault{{Kind: "429-seconds", After: rate * seconds / 3, Times: 1, Wait: 2e9}})
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("worst second with a 429 pause at %d/s", rate), "", "≤ 1", worst)
	}
	return b.together(50, shared)
}

// together runs two scans of so many names at once that use one key.
func (b *bench) together(rate, names int) error {
	server, err := startServer(emulator.Options{Record: true})
	if err != nil {
		return err
	}
	var lists [2]string
	for i := range lists {
		if lists[i], err = b.names(names + i); err != nil {
			return err
		}
	}
	var scans errgroup.Group
	for _, list := range lists {
		scans.Go(func() error {
			_, err := b.scan(server.address, "-i", list, "-e", ten, "--rate", fmt.Sprint(rate, "/s"))
			return err
		})
	}
	if err := scans.Wait(); err != nil {
		return err
	}
	saw, err := server.stop()
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("two processes at %d/s: achieved together ÷ %d", rate, rate), "", "≥ 0.95", float64(saw.Lookups-1)/saw.Seconds/float64(rate))
	b.add("two processes: worst second ÷ (1.01 × rate + 2)", "", "≤ 1", float64(saw.WorstSecond)/(1.01*float64(rate)+2))
	return nil
}

// ratio scans for some seconds and returns achieved ÷ asked, and the worst second against the most that is allowed.
func (b *bench) ratio(rate, seconds int, faults []emulator.Fault) (achieved, worst float64, err error) {
	server, err := startServer(emulator.Options{Record: true, Faults: faults})
	if err != nil {
		return 0, 0, err
	}
	names, err := b.names(rate * seconds / 10)
	if err != nil {
		return 0, 0, err
	}
	if _, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", fmt.Sprint(rate, "/s"), "--workers", "64"); err != nil {
		return 0, 0, err
	}
	saw, err := server.stop()
	if err != nil {
		return 0, 0, err
	}
	achieved = float64(saw.Lookups-1) / saw.Seconds / float64(rate)
	return achieved, float64(saw.WorstSecond) / (1.01*float64(rate) + 1), nil
}
