package main

import (
	"fmt"
	"time"

	"tldsweep/internal/emulator"
)

// recovery measures how soon the rate is back after a spell in which every lookup was refused, seen from the server.
func recovery(b *bench) error {
	const rate = 100
	spell, names := 5*time.Second, 120
	if b.short {
		spell, names = time.Second, 50
	}
	list, err := b.names(names)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		retryAfter, kind string
		wait             time.Duration
	}{{"none", "429", 0}, {"2 s", "429-seconds", 2 * time.Second}} {
		options := emulator.Options{Record: true, Faults: []emulator.Fault{{Kind: c.kind, After: 2 * rate, For: spell, Wait: c.wait}}}
		saw, err := observe(options, func(s *server) error {
			_, err := b.scan(s.address, "-i", list, "-e", ten, "--rate", fmt.Sprint(rate, "/s"), "--workers", "64")
			return err
		})
		if err != nil {
			return err
		}
		// The pause that the server itself asked for last is not ours.
		b.add("seconds until 90 % of 100/s again, Retry-After "+c.retryAfter, "s", b.goal("≤ 5"), saw.back(saw.LastRefused+c.wait.Seconds(), rate))
		b.add("refused in the spell, Retry-After "+c.retryAfter, "", "", float64(saw.Counts.Throttled))
	}
	return nil
}

// back is how many seconds after a time a second began in which 90 % of the rate was answered, or all that was left.
func (s seen) back(since float64, rate int) float64 {
	after := s.Answered[:0:0]
	for _, at := range s.Answered {
		if at >= since {
			after = append(after, at)
		}
	}
	need := min(rate*9/10, len(after))
	for i, at := range after {
		if last := i + need - 1; last >= len(after) || after[last]-at < 1 {
			return at - since
		}
	}
	return 0
}
