// Command benchmarks measures tldsweep against the emulator, each in a process of its own, and prints a table.
//
//	go run ./benchmarks            everything
//	go run ./benchmarks -short     about a minute
//	go run ./benchmarks -run once  the scenarios that match
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure is one measured quantity, sampled once or more.
type figure struct {
	Scenario string    `json:"scenario"`
	Name     string    `json:"name"`
	Unit     string    `json:"unit"`
	Goal     string    `json:"goal"` // empty where there is none
	Met      bool      `json:"met"`
	Samples  []float64 `json:"samples"` // in the order of measuring
}

func (f figure) median() float64 {
	sorted := slices.Sorted(slices.Values(f.Samples))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// scenario measures something.
type scenario struct {
	name  string
	about string
	run   func(*bench) error
}

var scenarios = []scenario{
	{"once", "10,000 names × 10 extensions, rate off: every pair exactly once", once},
	{"memory", "peak memory as the pairs grow, 64 workers", memory},
	{"endurance", "the same with the history on, up to 5,000,000 pairs", endurance},
	{"fidelity", "the rate as the server sees it, also after a pause", fidelity},
	{"weather", "100,000 pairs, 8 % faults, a server that admits half of --rate", weather},
	{"waste", "--rate 200/s at a server that admits 40/s", waste},
	{"kill", "50 kills of one scan of 20,000 pairs", kill},
	{"answers", "answers per request where 80 % is taken: DNS first, bad DNS, history", answers},
	{"questions", "DNS questions per second to nsd, beside dnsperf", questions},
	{"changes", "what changed between two runs of 1,000,000 domains, and what the history weighs", changes},
	{"page", "an HTML page of 100,000 cells in chromium", pageOf},
	{"quote", "300 domains from a report to a quote, at a server that admits no more than the rate", quote},
	{"latency", "64 workers at 100 ms, and connections under jitter", latency},
}

// bench is what a scenario works with.
type bench struct {
	short   bool
	folder  string // for files, removed at the end
	program string // tldsweep, built
	current string // the scenario's name
	figures []figure
}

// add notes samples of a quantity and whether their median meets the goal, "≤ 1.1" or "≥ 0.97".
func (b *bench) add(name, unit, goal string, samples ...float64) {
	f := figure{Scenario: b.current, Name: name, Unit: unit, Goal: goal, Met: true, Samples: samples}
	var limit float64
	var sign string
	if n, _ := fmt.Sscanf(goal, "%s %g", &sign, &limit); n == 2 {
		f.Met = sign == "≤" && f.median() <= limit || sign == "≥" && f.median() >= limit || sign == "=" && f.median() == limit
	}
	b.figures = append(b.figures, f)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == serverWord {
		serve()
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run() error {
	short := flag.Bool("short", false, "less of everything: about a minute")
	pattern := flag.String("run", "", "only the scenarios whose name matches this regular expression")
	output := flag.String("json", "", "also write the figures to this file")
	flag.Parse()
	matches, err := regexp.Compile(*pattern)
	if err != nil {
		return err
	}
	b := &bench{short: *short}
	if b.folder, err = os.MkdirTemp("", "tldsweep-benchmarks-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.folder)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		os.RemoveAll(b.folder)
		os.Exit(130)
	}()
	b.program = filepath.Join(b.folder, "tldsweep")
	if err := build(b.program); err != nil {
		return err
	}
	var failed error
	for _, s := range scenarios {
		if !matches.MatchString(s.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, s.about)
		b.current = s.name
		if err := s.run(b); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	if err := b.print(); err != nil {
		return err
	}
	if *output != "" {
		text, err := json.MarshalIndent(b.figures, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*output, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return failed
}

func (b *bench) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\tfigure\tmedian\tmin–max\tn\tgoal\t")
	for _, f := range b.figures {
		missed := ""
		if !f.Met {
			missed = "MISSED"
		}
		spread := fmt.Sprintf("%s–%s", number(slices.Min(f.Samples)), number(slices.Max(f.Samples)))
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%d\t%s\t%s\n", f.Scenario, f.Name, number(f.median()), f.Unit, spread, len(f.Samples), f.Goal, missed)
	}
	return w.Flush()
}

func number(f float64) string {
	if f >= 1000 {
		return fmt.Sprintf("%.0f", f)
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", f), "0"), ".")
}
