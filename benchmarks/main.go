// Command benchmarks measures tldsweep and what people use instead, in turn, mostly against the emulator in a process of
// its own, and prints a table.
//
//	go run ./benchmarks            everything, within 20 minutes; also as benchmarks.json and benchmarks.html
//	go run ./benchmarks -short     less of everything, in about a minute
//	go run ./benchmarks -run once  one scenario; 'kill|once' two
//	go run ./benchmarks -scale     what a large scan costs, on paper
//
// Each scenario is a function that takes a *bench, which starts servers and programs for it and takes its figures.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// scenario measures something.
type scenario struct {
	name  string
	about string
	run   func(*bench) error
	named bool // runs only with -run
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
	{name: "busy-disk", about: "50/s beside a writer that flushes to the same disk without a pause", run: busyDisk},
	{name: "recovery", about: "--rate 100/s after some seconds in which everything was refused", run: recovery},
	{name: "faults", about: "8 % faults, a server that admits half of --rate", run: faults},
	{name: "waste", about: "--rate 200/s at a server that admits 40/s", run: waste},
	{name: "kill", about: "kills of one scan at random moments, again and again", run: kill},
	{name: "answers", about: "answers per request where 50, 80 and 95 % is taken: DNS first, bad DNS, history", run: answers},
	{name: "scale", about: "the model of what a scan costs, held against one of 1,000,000 pairs", run: checkScale},
	{name: "questions", about: "DNS questions per second to nsd, beside dnsperf and massdns", run: questions},
	{name: "changes", about: "what changed between two runs of 300,000 domains, and what the history weighs", run: changes},
	{name: "page", about: "an HTML page of 100,000 cells in chromium", run: pageOf},
	{name: "quote", about: "300 domains from a report to a quote, at a server that admits no more than the rate, and with five that are refused", run: quote},
	{name: "vulnerabilities", about: "known vulnerabilities that the program calls", run: vulnerabilities},
}

// bench is what a scenario works with.
type bench struct {
	short   bool
	setting setting
	folder  string // for files, removed at the end
	program string // tldsweep, built
	current string // the scenario's name
	files   int    // made in folder
	figures []figure
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
	short := flag.Bool("short", false, "less of everything, in about a minute; goals that so little cannot be held to are left out")
	pattern := flag.String("run", "", "only the scenarios whose whole name matches this regular expression")
	output := flag.String("json", "", "write the figures to this file (default: benchmarks.json, unless -run is given)")
	page := flag.String("page", "", "write them with plots to this HTML file (default: benchmarks.html, unless -run is given)")
	paper := flag.Bool("scale", false, "measure nothing; print what a large scan costs by the model")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("%q is not a flag: a scenario is named by -run", flag.Arg(0))
	}
	if *paper {
		return printScale(os.Stdout)
	}
	matches, err := regexp.Compile("^(?:" + *pattern + ")$")
	if err != nil {
		return err
	}
	var chosen []scenario
	for _, s := range scenarios {
		if *pattern == "" && !s.named || *pattern != "" && matches.MatchString(s.name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no scenario is called %q; there are %s", *pattern, scenarioNames())
	}
	if *pattern == "" {
		*output, *page = cmp.Or(*output, "benchmarks.json"), cmp.Or(*page, "benchmarks.html")
	}
	for _, path := range []string{*output, *page} {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return err // now, and not after 20 minutes
		}
	}
	// Where one of these ends the scans and builds that are under way too, they fail, and all is cleaned up. A second one
	// ends it all at once.
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(interrupted, stop)
	signal.Ignore(syscall.SIGPIPE)
	b := &bench{short: *short, setting: setting{Short: *short}}
	if b.folder, err = os.MkdirTemp("", "tldsweep-benchmarks-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.folder)
	b.program = filepath.Join(b.folder, "tldsweep")
	if err := build(b.program, "tldsweep"); err != nil {
		return err
	}
	if err := b.setting.inspect(b.program); err != nil {
		return err
	}
	failed := b.measureAll(interrupted, chosen)
	for _, f := range b.figures {
		if f.Goal.sign == "=" && !f.Met {
			failed = errors.Join(failed, fmt.Errorf("%s: %s must be %s, and is %s", f.Scenario, f.Name, f.Goal, number(f.Median())))
		}
	}
	if interrupted.Err() != nil {
		// What was written by a whole run is worth more than what there is now.
		return errors.Join(failed, errors.New("interrupted"), b.print(os.Stdout))
	}
	return errors.Join(failed, b.print(os.Stdout), b.writeJSON(*output), b.writePage(*page))
}

// writeJSON writes the figures to a file, if it has a name.
func (b *bench) writeJSON(path string) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(map[string]any{"setting": b.setting, "figures": b.figures}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// measureAll runs one scenario after the other, also where one fails, until it is interrupted.
func (b *bench) measureAll(interrupted context.Context, chosen []scenario) (failed error) {
	for _, s := range chosen {
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, s.about)
		b.current = s.name
		began := time.Now()
		err := s.run(b)
		fmt.Fprintf(os.Stderr, "  took %s\n", time.Since(began).Round(time.Second))
		if interrupted.Err() != nil {
			return failed // what else has failed, has failed of that
		}
		if missing, ok := errors.AsType[*missingError](err); ok {
			b.miss(s.about, missing)
		} else if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return failed
}

func scenarioNames() string {
	var words []string
	for _, s := range scenarios {
		words = append(words, s.name)
	}
	return strings.Join(words, ", ")
}
