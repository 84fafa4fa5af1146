package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"tldsweep/internal/emulator"
)

// quote counts what it takes to get from a report to a quote, where all domains can be ordered, and where some are refused.
func quote(b *bench) error {
	n := 300
	if b.short {
		n = 30
	}
	const rate = 50
	limited := emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Limit: &emulator.Limit{PerSecond: rate, Burst: 5, All: true}}
	names, err := b.names(n / 10)
	if err != nil {
		return err
	}
	report := b.freshFile(".csv")
	if _, err := observe(limited, func(s *server) error {
		_, err := b.scan(s.address, "-i", names, "-e", ten, "--rate", "off", "-o", report)
		return err
	}); err != nil {
		return err
	}
	paced, err := b.quoteOf(limited, report, fmt.Sprintf("%d/s", rate))
	if err != nil {
		return err
	}
	// Each domain is looked up and added, each answer is given. Each extension is asked once whether the owner may have its
	// domains and once what it wants, and has two dry runs. For all of them: OVHcloud's time, the account, a look at the owner, a cart, its
	// assignment, and the quote's digest. Where the machine is slow, a request may have to be asked again, so this is not one of the goals of
	// correctness.
	needed := 2*n + paced.given + 4*10 + 6
	b.add(fmt.Sprintf("requests per domain, %d domains, %.2f answers each", n, float64(paced.given)/float64(n)), "", b.goal("≤ 4.5"), paced.perDomain(n))
	b.add("requests of a quote that are not needed", "", "0 ± 0", float64(paced.saw.Counts.Requests-int64(needed)))
	b.add("429s of a quote", "", "0 ± 0", float64(paced.saw.Counts.Throttled))
	b.add("time of a quote ÷ (requests ÷ rate)", "", "≤ 1.05", paced.used.wall.Seconds()*rate/float64(paced.saw.Counts.Requests))

	// Five that want what nobody answered: one each of five extensions, in the middle of its names.
	var wants []emulator.Want
	extensions := strings.Split(ten, ",")
	for i := range 5 {
		wants = append(wants, emulator.Want{Domains: fmt.Sprintf("name%d.%s", n/20, extensions[i]), Label: "PROTECTED_CODE"})
	}
	for _, variant := range []struct {
		name, goal string
		refusals   string
	}{
		{"the refusal names the label, and their configuration lists it", "≤ 5.5", "field"},
		{"the refusal names nothing: only halving tells", "", "terse"},
	} {
		guilty, err := b.quoteOf(emulator.Options{
			OnlyRegistered: true, CheckTimeouts: -1, Wants: wants, Like: emulator.Like{Refusals: variant.refusals},
		}, report, "off")
		if err != nil {
			return err
		}
		b.add("requests per domain, 5 guilty, "+variant.name, "", b.goal(variant.goal), guilty.perDomain(n))
		b.add("left out, 5 guilty, "+variant.name, "", "= 5", float64(guilty.leftOut))
	}
	return nil
}

// quoted is what a quote took.
type quoted struct {
	used    cost
	saw     seen
	given   int // answers to what registries ask
	leftOut int
}

func (q *quoted) perDomain(n int) float64 { return float64(q.saw.Counts.Requests) / float64(n) }

// quoteOf makes a quote of a report at a server of its own, so that all that it sees is the quote's.
func (b *bench) quoteOf(world emulator.Options, report, rate string) (*quoted, error) {
	answers, journal, file := b.freshFile(".toml"), b.freshFile(".jsonl"), b.freshFile(".json")
	text := "owner_contact = 11235813\nowner_legal_age = true\naccept_conditions = true\nreason = \"private\"\n"
	if err := os.WriteFile(answers, []byte(text), 0o600); err != nil {
		return nil, err
	}
	q := &quoted{}
	var err error
	q.saw, err = observe(world, func(s *server) error {
		q.used, err = measure(b.tldsweep(s.address, "order", "quote", "-q", "-i", report, "--answers", answers,
			"--rate", rate, "--journal", journal, "-o", file))
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 3 {
			return nil // some are left out
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	told, err := os.ReadFile(journal)
	if err != nil {
		return nil, err
	}
	made, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	q.given = bytes.Count(told, []byte(`"event":"intent","act":"configure"`))
	q.leftOut = bytes.Count(made, []byte(`"why":`))
	return q, nil
}
