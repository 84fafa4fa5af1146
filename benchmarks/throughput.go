package main

import (
	"fmt"
	"time"

	"tldsweep/internal/emulator"
)

// throughput compares lookups per second, as the server counts them, with those of what people use instead, in turn.
func throughput(b *bench) error {
	latencies, pools, rounds := []int{0, 20, 100}, []int{1, 16, 64, 256}, 3
	if b.short {
		latencies, pools, rounds = []int{100}, []int{64}, 1
	}
	for _, latency := range latencies {
		var alone []float64
		for range rounds {
			lookups := 2000
			if latency > 0 {
				lookups = 2000 / latency
			}
			rate, err := perSecond(latency, func(address string) error { return opponent(sequentialWord, address, lookups, 1) })
			if err != nil {
				return err
			}
			alone = append(alone, rate)
		}
		for _, workers := range pools {
			if err := b.pool(latency, workers, alone); err != nil {
				return err
			}
		}
	}
	return b.connections()
}

// perSecond is how many lookups a server has had per second of one contender. The last answers are still to come when the
// last request arrives.
func perSecond(latency int, ask func(address string) error) (float64, error) {
	delay := time.Duration(latency) * time.Millisecond
	saw, err := observe(emulator.Options{Latency: delay, Record: true}, func(s *server) error { return ask(s.address) })
	return float64(saw.Lookups) / (saw.Seconds + delay.Seconds()), err
}

// pool compares one number of workers at one latency, in as many rounds as there are samples of alone, the sequential
// loop's rate.
func (b *bench) pool(latency, workers int, alone []float64) error {
	seconds := 1
	switch {
	case latency == 100 && workers == 64 && !b.short:
		seconds = 10 // the first lookup goes alone, so a run has one turn that counts for little
	case latency == 100:
		seconds = 2
	}
	// As many whole turns of the workers as fit into the seconds; without latency, what takes about as long.
	n := 10_000
	switch {
	case latency > 0:
		n = seconds * 1000 / latency * workers
	case workers == 1:
		n = 2000
	}
	names, err := b.names((n + 9) / 10)
	if err != nil {
		return err
	}
	contenders := []struct {
		name string
		ask  func(address string) error
	}{
		{"tldsweep", func(address string) error {
			_, err := b.scan(address, "-i", names, "-e", ten, "--rate", "off", "--workers", fmt.Sprint(workers))
			return err
		}},
		{"naive fan-out", func(address string) error { return opponent(fanOutWord, address, n, workers) }},
		{"wrk", func(address string) error { return b.load(address, workers, seconds) }},
	}
	rates := map[string][]float64{}
	var missing *missingError
	for round := range alone {
		for i := range contenders {
			c := contenders[(i+round)%len(contenders)]
			if c.name == "wrk" {
				if _, err := lookPath("wrk"); err != nil {
					missing = err
					continue
				}
			}
			rate, err := perSecond(latency, c.ask)
			if err != nil {
				return err
			}
			rates[c.name] = append(rates[c.name], rate)
		}
	}
	ours := rates["tldsweep"]
	goals := map[string]string{}
	if latency == 100 && workers == 64 {
		goals = map[string]string{"ideal": b.goal("≥ 0.97"), "alone": b.goal("≥ 62"), "wrk": b.goal("≥ 0.98")}
	}
	what := fmt.Sprintf("%d ms, %d workers: ", latency, workers)
	b.add(what+"queries per second", "/s", "", ours...).point = &point{"queries per second", fmt.Sprintf("%d ms", latency), float64(workers)}
	if latency > 0 {
		b.add(what+"÷ ideal", "", goals["ideal"], over(ours, float64(workers)*1000/float64(latency))...)
	}
	b.add(what+"÷ go-ovh one after the other", "", goals["alone"], ratios(ours, alone)...)
	b.add(what+"÷ naive fan-out", "", "", ratios(ours, rates["naive fan-out"])...)
	if missing != nil {
		b.miss(what+"÷ wrk", missing)
		return nil
	}
	b.add(what+"÷ wrk", "", goals["wrk"], ratios(ours, rates["wrk"])...)
	return nil
}

// connections sees that connections are used again when answers jitter, and how it is with the default transport.
func (b *bench) connections() error {
	n, rounds := 200, 2
	if b.short {
		n, rounds = 50, 1
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	beyond := func(ask func(address string) error) (float64, error) {
		saw, err := observe(emulator.Options{Latency: 50 * time.Millisecond, Jitter: 100 * time.Millisecond}, func(s *server) error { return ask(s.address) })
		return float64(saw.Counts.Connections-64) / float64(saw.Counts.Lookups), err
	}
	var ours, naive []float64
	for range rounds {
		our, err := beyond(func(address string) error {
			_, err := b.scan(address, "-i", names, "-e", ten, "--rate", "off", "--workers", "64")
			return err
		})
		if err != nil {
			return err
		}
		their, err := beyond(func(address string) error { return opponent(fanOutWord, address, n*10, 64) })
		if err != nil {
			return err
		}
		ours, naive = append(ours, our), append(naive, their)
	}
	b.add("50–150 ms, 64 workers: connections beyond 64, per query", "", "≤ 0.01", ours...)
	b.add("50–150 ms, 64 workers: connections beyond 64, per query of a naive fan-out", "", "", naive...)
	return nil
}
