// Command benchmarks measures tldsweep against the emulator, each in a process of its own, and prints a table.
//
//	go run ./benchmarks            everything
//	go run ./benchmarks -short     about a minute
//	go run ./benchmarks -run once  the scenarios that match
//	go run ./benchmarks -scale     what a large scan costs, on paper
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one measured quantity, sampled once or more; or one that was not, since an opponent is not installed.
type figure struct {
	Scenario string    `json:"scenario"`
	Name     string    `json:"name"`
	Unit     string    `json:"unit"`
	Goal     string    `json:"goal"` // empty where there is none
	Met      bool      `json:"met"`
	Samples  []float64 `json:"samples"`           // in the order of measuring
	Missing  string    `json:"missing,omitempty"` // what to install; there are no samples then
}

func (f figure) Median() float64   { return median(f.Samples) }
func (f figure) Least() float64    { return slices.Min(f.Samples) }
func (f figure) Greatest() float64 { return slices.Max(f.Samples) }

func median(samples []float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// scenario measures something.
type scenario struct {
	name  string
	about string
	run   func(*bench) error
	named bool // runs only where -run names it
}

var scenarios = []scenario{
	{name: "throughput", about: "lookups per second beside go-ovh one after the other, a naive fan-out, and wrk", run: throughput},
	{name: "cpu", about: "CPU per query beside a bare fan-out over go-ovh, in one process", run: cpu},
	{name: "ordered", about: "rows in the order of the list beside the order of completion", run: ordered},
	{name: "kept", about: "what keeping the answers costs", run: kept},
	{name: "start", about: "until the program says something", run: start},
	{name: "growth", about: "time and memory as the pairs grow, 64 workers, rate off", run: growth},
	{name: "growth-kept", about: "the same with the history on", run: growthKept},
	{name: "endurance", about: "5,000,000 pairs with the history on", run: endurance, named: true},
	{name: "once", about: "10,000 names × 10 extensions, rate off: every pair exactly once", run: once},
	{name: "fidelity", about: "the rate as the server sees it, also after a pause", run: fidelity},
	{name: "weather", about: "8 % faults, a server that admits half of --rate", run: weather},
	{name: "waste", about: "--rate 200/s at a server that admits 40/s", run: waste},
	{name: "kill", about: "50 kills of one scan of 20,000 pairs", run: kill},
	{name: "answers", about: "answers per request where 50, 80 and 95 % is taken: DNS first, bad DNS, history", run: answers},
	{name: "scale", about: "the model of what a scan costs, held against one of 1,000,000 pairs", run: checkScale},
	{name: "questions", about: "DNS questions per second to nsd, beside dnsperf", run: questions},
	{name: "changes", about: "what changed between two runs of 1,000,000 domains, and what the history weighs", run: changes},
	{name: "page", about: "an HTML page of 100,000 cells in chromium", run: pageOf},
	{name: "quote", about: "300 domains from a report to a quote, at a server that admits no more than the rate", run: quote},
}

// bench is what a scenario works with.
type bench struct {
	short   bool
	folder  string // for files, removed at the end
	program string // tldsweep, built
	current string // the scenario's name
	figures []figure
}

// add notes samples of a quantity and whether their median meets the goal: "≤ 1.1", "≥ 0.97", "= 0" or "1 ± 0.03".
func (b *bench) add(name, unit, goal string, samples ...float64) {
	if len(samples) == 0 {
		return // the scenario has failed
	}
	f := figure{Scenario: b.current, Name: name, Unit: unit, Goal: goal, Met: true, Samples: samples}
	var sign string
	var limit, spread float64
	if n, _ := fmt.Sscanf(goal, "%g ± %g", &limit, &spread); n == 2 {
		f.Met = math.Abs(f.Median()-limit) <= spread
	} else if n, _ := fmt.Sscanf(goal, "%s %g", &sign, &limit); n == 2 {
		f.Met = sign == "≤" && f.Median() <= limit || sign == "≥" && f.Median() >= limit || sign == "=" && f.Median() == limit
	}
	b.figures = append(b.figures, f)
}

// goal is one that a short run cannot be held to.
func (b *bench) goal(goal string) string {
	if b.short {
		return ""
	}
	return goal
}

// miss notes a quantity that cannot be had here.
func (b *bench) miss(name string, missing *missingError) {
	b.figures = append(b.figures, figure{Scenario: b.current, Name: name, Missing: missing.Error()})
}

func main() {
	begin := run
	if len(os.Args) > 1 && processes[os.Args[1]] != nil {
		begin = processes[os.Args[1]]
	}
	if err := begin(); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run() error {
	short := flag.Bool("short", false, "less of everything: about a minute")
	pattern := flag.String("run", "", "only the scenarios whose name matches this regular expression")
	output := flag.String("json", "", "also write the figures to this file")
	page := flag.String("page", "", "also write them with plots to this HTML file")
	paper := flag.Bool("scale", false, "measure nothing; print what a large scan costs by the model")
	flag.Parse()
	if *paper {
		return printScale(os.Stdout)
	}
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
	if err := build(b.program, "tldsweep"); err != nil {
		return err
	}
	var failed error
	for _, s := range scenarios {
		if !matches.MatchString(s.name) || s.named && *pattern == "" {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, s.about)
		b.current = s.name
		began := time.Now()
		err := s.run(b)
		fmt.Fprintf(os.Stderr, "  took %s\n", time.Since(began).Round(time.Second))
		if missing, ok := errors.AsType[*missingError](err); ok {
			b.miss(s.about, missing)
		} else if err != nil {
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
	if *page != "" {
		text, err := b.page()
		if err != nil {
			return err
		}
		if err := os.WriteFile(*page, text, 0o644); err != nil {
			return err
		}
	}
	return failed
}

func (b *bench) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\tfigure\tmedian\tmin–max\tn\tgoal\t")
	for _, f := range b.figures {
		if f.Missing != "" {
			fmt.Fprintf(w, "%s\t%s\t%s\t\t\t\t\n", f.Scenario, f.Name, f.Missing)
			continue
		}
		missed := ""
		if !f.Met {
			missed = "MISSED"
		}
		spread := fmt.Sprintf("%s–%s", number(f.Least()), number(f.Greatest()))
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%d\t%s\t%s\n", f.Scenario, f.Name, number(f.Median()), f.Unit, spread, len(f.Samples), f.Goal, missed)
	}
	return w.Flush()
}

func number(f float64) string {
	if f >= 1000 {
		return fmt.Sprintf("%.0f", f)
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", f), "0"), ".")
}
