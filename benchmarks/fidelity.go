package main

import (
	"fmt"

	"golang.org/x/sync/errgroup"

	"tldsweep/internal/emulator"
)

// fidelity compares the rate that was asked for with what arrives, seen from the server, also after a pause.
func fidelity(b *bench) error {
	rates, seconds, rounds, shared := []int{1, 50, 500, 5000}, 5, 3, 20
	if b.short {
		rates, seconds, rounds, shared = []int{50, 5000}, 1, 1, 5
	}
	for _, rate := range rates {
		n, rounds := max(10, rate*seconds), rounds
		if rate == 1 {
			rounds = 1 // takes long enough
		}
		var achieved, worst []float64
		for range rounds {
			saw, err := b.atRate(rate, n)
			if err != nil {
				return err
			}
			achieved, worst = append(achieved, saw.rate()/float64(rate)), append(worst, worstSecond(saw, rate, 1))
		}
		b.add(fmt.Sprintf("achieved ÷ asked at %d/s", rate), "", b.goal("≥ 0.995"), achieved...)
		b.add(fmt.Sprintf("worst second at %d/s ÷ (1.01 × rate + 1)", rate), "", "≤ 1", worst...)
		// A third of the way the server says 429 once, and to come back in two seconds.
		saw, err := b.atRate(rate, n, emulator.Fault{Kind: "429-seconds", After: n / 3, Times: 1, Wait: 2e9})
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("worst second with a 429 pause at %d/s ÷ (1.01 × rate + 1)", rate), "", "≤ 1", worstSecond(saw, rate, 1))
	}
	var achieved, worst []float64
	for range rounds {
		saw, err := b.together(50, shared)
		if err != nil {
			return err
		}
		achieved, worst = append(achieved, saw.rate()/50), append(worst, worstSecond(saw, 50, 2))
	}
	b.add("two processes at 50/s: achieved together ÷ 50", "", b.goal("≥ 0.95"), achieved...)
	b.add("two processes at 50/s: worst second ÷ (1.01 × 50 + 2)", "", "≤ 1", worst...)
	return nil
}

// worstSecond compares the most lookups within any second with what so many processes may make of a rate.
func worstSecond(saw seen, rate, processes int) float64 {
	return float64(saw.WorstSecond) / (1.01*float64(rate) + float64(processes))
}

// atRate scans n pairs.
func (b *bench) atRate(rate, n int, faults ...emulator.Fault) (seen, error) {
	names, err := b.names(n / 10)
	if err != nil {
		return seen{}, err
	}
	return observe(emulator.Options{Record: true, Faults: faults}, func(s *server) error {
		_, err := b.scan(s.address, "-i", names, "-e", ten, "--rate", fmt.Sprint(rate, "/s"), "--workers", "64")
		return err
	})
}

// together runs two scans of so many names at once that use one key.
func (b *bench) together(rate, names int) (seen, error) {
	return observe(emulator.Options{Record: true}, func(s *server) error {
		var scans errgroup.Group
		for i := range 2 {
			list, err := b.names(names + i)
			if err != nil {
				return err
			}
			scans.Go(func() error {
				_, err := b.scan(s.address, "-i", list, "-e", ten, "--rate", fmt.Sprint(rate, "/s"))
				return err
			})
		}
		return scans.Wait()
	})
}
