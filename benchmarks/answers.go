package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"tldsweep/internal/emulator"
)

// answers counts what a request brings where half, four of five, and nearly all domains are taken: DNS first, then, for
// four of five, with bad DNS and with history.
func answers(b *bench) error {
	n, rate := 1000, 100
	if b.short {
		n, rate = 50, 500
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	scan := func(what string, options emulator.Options, arguments ...string) (run summary, err error) {
		report, told := b.freshFile(".csv"), b.freshFile(".json")
		_, err = observe(options, func(s *server) error {
			arguments := append([]string{"-i", names, "-e", ten, "--resolver", s.dns, "--prefilter", "dns", "-o", report, "--summary", told}, arguments...)
			_, err := b.scan(s.address, arguments...)
			return err
		})
		if err != nil {
			return run, err
		}
		rows, err := checkAgainst(report, options)
		if err != nil {
			return run, err
		}
		b.addRows(what+": ", rows, n*10)
		return readSummary(told)
	}
	for _, taken := range []float64{0.50, 0.80, 0.95} {
		options := emulator.Options{OnlyRegistered: true, Registered: registered(n, ten, taken)}
		what := fmt.Sprintf("DNS first, %.0f %% taken", taken*100)
		pace, goal := "off", ""
		if taken == 0.80 {
			pace, goal = fmt.Sprint(rate, "/s"), b.goal("≥ 4")
		}
		run, err := scan(what, options, "--rate", pace)
		if err != nil {
			return err
		}
		b.add(what+": answers per request", "", goal, float64(n*10)/float64(run.Requests))
		if taken != 0.80 {
			continue
		}
		b.add(fmt.Sprintf("%s, %d requests/s: time ÷ (requests ÷ rate)", what, rate), "", b.goal("≤ 1.05"), run.Seconds/(float64(run.Requests)/float64(rate)))
		bad := options
		bad.DNSLost, bad.DNSServFail, bad.DNSTruncated = 0.05, 0.02, 0.01
		if run, err = scan("bad DNS, 80 % taken", bad, "--rate", "off"); err != nil {
			return err
		}
		b.add("bad DNS, 80 % taken: answers per request", "", "", float64(n*10)/float64(run.Requests))
		if err := b.repeated(names, options, n); err != nil {
			return err
		}
	}
	return nil
}

// registered is the share that is taken of n names under some extensions, the same in every run.
func registered(n int, extensions string, taken float64) []string {
	random := rand.New(rand.NewPCG(4, 2))
	var list []string
	for i := range n {
		for extension := range strings.SplitSeq(extensions, ",") {
			if random.Float64() < taken {
				list = append(list, fmt.Sprintf("name%d.%s", i, extension))
			}
		}
	}
	return list
}

// repeated asks the same question twice, the second time with answers of the first.
func (b *bench) repeated(names string, options emulator.Options, n int) error {
	history, told := b.freshFile(".db"), b.freshFile(".json")
	_, err := observe(options, func(s *server) error {
		for range 2 {
			if _, err := b.scan(s.address, "-i", names, "-e", ten, "--rate", "off", "--history", history, "--max-age", "12h", "--summary", told); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	run, err := readSummary(told)
	if err != nil {
		return err
	}
	b.add("again with history: answers per request", "", b.goal("≥ 100"), float64(n*10)/float64(run.Requests))
	return nil
}
