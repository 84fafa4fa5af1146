package main

import (
	"errors"
	"fmt"
	"time"

	"tldsweep/emulator"
)

// throughput compares lookups per second, as the server counts them, with those of what people use instead, in turn.
func throughput(b *bench) error {
	latencies, pools, rounds, seconds := []int{0, 20, 100}, []int{1, 16, 64, 256}, 3, 2
	if b.short {
		latencies, pools, rounds, seconds = []int{100}, []int{64}, 1, 2
	}
	for _, latency := range latencies {
		var alone []float64
		for _, workers := range pools {
			seconds := seconds
			if latency == 100 && workers == 64 && !b.short {
				seconds = 10 // the first lookup goes alone, so a run has one turn that counts for little
			}
			if err := b.pool(latency, workers, rounds, seconds, &alone); err != nil {
				return err
			}
		}
	}
	return b.connections()
}

// pool is one latency and one number of workers. alone is what the sequential loop had in each round, measured with the
// first of them.
func (b *bench) pool(latency, workers, rounds, seconds int, alone *[]float64) error {
	delay := time.Duration(latency) * time.Millisecond
	what := fmt.Sprintf("%d ms, %d workers", latency, workers)
	// As many whole turns of the workers as fit into the seconds; without latency, what takes about as long.
	n := 10_000
	if workers == 1 {
		n = 2000
	}
	turn := n
	if latency > 0 {
		turn = seconds * 1000 / latency
		n = turn * workers
	}
	names, err := b.names((n + 9) / 10)
	if err != nil {
		return err
	}
	// counted is what a server sees of one contender, per second. The last answers are still to come when the last
	// request arrives.
	counted := func(ask func(address string) error) (float64, error) {
		server, err := startServer(emulator.Options{Latency: delay, Record: true})
		if err != nil {
			return 0, err
		}
		defer server.end()
		if err := ask(server.address); err != nil {
			return 0, err
		}
		saw, err := server.stop()
		return float64(saw.Lookups) / (saw.Seconds + delay.Seconds()), err
	}
	var ours, naive, pure []float64
	var missing *missingError
	for round := range rounds {
		// One after the other takes as long as it takes, however many workers the others have.
		if len(*alone) <= round {
			rate, err := counted(func(address string) error {
				if latency > 0 {
					return opponent(sequentialWord, address, turn, 1)
				}
				return opponent(sequentialWord, address, 2000, 1)
			})
			if err != nil {
				return err
			}
			*alone = append(*alone, rate)
		}
		our, err := counted(func(address string) error {
			_, err := b.scan(address, "-i", names, "-e", ten, "--rate", "off", "--workers", fmt.Sprint(workers))
			return err
		})
		if err != nil {
			return err
		}
		their, err := counted(func(address string) error { return opponent(fanOutWord, address, n, workers) })
		if err != nil {
			return err
		}
		ours, naive = append(ours, our), append(naive, their)
		load, err := counted(func(address string) error { return b.load(address, workers, seconds) })
		if errors.As(err, &missing) {
			continue
		}
		if err != nil {
			return err
		}
		pure = append(pure, load)
	}
	goals := map[string]string{}
	if latency == 100 && workers == 64 {
		goals = map[string]string{"ideal": b.goal("≥ 0.97"), "alone": b.goal("≥ 62"), "wrk": b.goal("≥ 0.98")}
	}
	b.add(what+": queries per second", "/s", "", ours...)
	if latency > 0 {
		b.add(what+": ÷ ideal", "", goals["ideal"], over(ours, float64(workers)/delay.Seconds())...)
	}
	b.add(what+": ÷ go-ovh one after the other", "", goals["alone"], ratios(ours, *alone)...)
	b.add(what+": ÷ naive fan-out", "", "", ratios(ours, naive)...)
	if missing != nil {
		b.miss(what+": ÷ wrk", missing)
		return nil
	}
	b.add(what+": ÷ wrk", "", goals["wrk"], ratios(ours, pure)...)
	return nil
}

// connections sees that connections are used again when answers jitter, and how it is with the default transport.
func (b *bench) connections() error {
	n, rounds := 500, 3
	if b.short {
		n, rounds = 100, 1
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	beyond := func(ask func(address string) error) (float64, error) {
		server, err := startServer(emulator.Options{Latency: 50 * time.Millisecond, Jitter: 100 * time.Millisecond})
		if err != nil {
			return 0, err
		}
		defer server.end()
		if err := ask(server.address); err != nil {
			return 0, err
		}
		saw, err := server.stop()
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
	b.add("50–150 ms, 64 workers: the same of a naive fan-out", "", "", naive...)
	return nil
}

func ratios(ours, theirs []float64) []float64 {
	list := make([]float64, len(ours))
	for i := range list {
		list[i] = ours[i] / theirs[i]
	}
	return list
}

func over(samples []float64, by float64) []float64 {
	list := make([]float64, len(samples))
	for i, sample := range samples {
		list[i] = sample / by
	}
	return list
}
