package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"tldsweep/emulator"
)

// What a scan costs, by what was measured. Each is a figure of a scenario; checkScale holds all of them together against
// a scan of a million pairs.
const (
	housekeeping   = 4     // requests of a scan beside its lookups: the clock, two lists, a cart (scenario once)
	fidelity60     = 0.999 // of the rate is had (scenario fidelity)
	delegatedShare = 0.95  // of what is taken, as in the scenario answers; in the world it depends on the extension
	bytesKept      = 122   // of history per pair (scenario changes)
	bytesUnchanged = 1.3   // more for each further run in which nothing changed (scenario changes)
	dnsRate        = 100   // questions a second to one name server, tldsweep's own limit
	dnsShared      = 2     // extensions at most that share their name servers, as com and net do
)

// scanPlan is a scan on paper.
type scanPlan struct {
	Names, Extensions int
	Taken             float64 // share of the pairs
	DNS               bool    // asked first
	Resolver          bool    // of one's own, which has no limit
	Known             float64 // share of the pairs that the history still answers, with --max-age or --recheck
	PerMinute         float64 // requests with one key
	Keys              int     // with a part of the list each; a machine needs one of its own
}

func (p scanPlan) pairs() float64 { return float64(p.Names) * float64(p.Extensions) }

// asked is how many pairs neither the history nor DNS answers.
func (p scanPlan) asked() float64 {
	asked := p.pairs() * (1 - p.Known)
	if p.DNS {
		asked *= 1 - p.Taken*delegatedShare
	}
	return asked
}

// requests of all keys together. A cart lives for a day, so a long scan opens one a day; that is not counted.
func (p scanPlan) requests() float64 { return p.asked() + float64(housekeeping*p.Keys) }

// hours until the last answer: those of the requests, or those of DNS, which is asked at the same time.
func (p scanPlan) hours() float64 {
	hours := p.requests() / float64(p.Keys) / (p.PerMinute * fidelity60) / 60
	if p.DNS && !p.Resolver {
		hours = max(hours, float64(p.Names)*(1-p.Known)*dnsShared/dnsRate/3600)
	}
	return hours
}

func (p scanPlan) answersPerRequest() float64 { return p.pairs() / p.requests() }

// history in bytes after the first run, and what each further one adds where nothing changed.
func (p scanPlan) history() (first, further float64) {
	return p.pairs() * bytesKept, p.pairs() * bytesUnchanged
}

// checkScale holds the model against a scan of a million pairs with everything on, as fast as it allows.
func checkScale(b *bench) error {
	p := scanPlan{Names: 50_000, Extensions: 20, Taken: 0.80, DNS: true, Resolver: true, PerMinute: 4000 * 60, Keys: 1}
	if b.short {
		p.Names, p.PerMinute = 1000, 2000*60
	}
	names, err := b.names(p.Names)
	if err != nil {
		return err
	}
	server, err := startServer(emulator.Options{OnlyRegistered: true, Registered: registered(p.Names, twenty, p.Taken)})
	if err != nil {
		return err
	}
	defer server.end()
	history, told := filepath.Join(b.folder, "scale.db"), filepath.Join(b.folder, "scale.json")
	arguments := []string{"-i", names, "-e", twenty, "--rate", fmt.Sprintf("%.0f/s", p.PerMinute/60), "--resolver", server.dns, "--prefilter", "dns",
		"--history", history, "--summary", told, "-f", "csv"}
	if _, err := b.scan(server.address, arguments...); err != nil {
		return err
	}
	run, err := readSummary(told)
	if err != nil {
		return err
	}
	about, err := os.Stat(history)
	if err != nil {
		return err
	}
	first, _ := p.history()
	what := fmt.Sprintf("%.0f pairs, 80 %% taken, DNS first: ", p.pairs())
	b.add(what+"requests ÷ the model's", "", "1 ± 0.02", float64(run.Requests)/p.requests())
	b.add(what+"time ÷ the model's", "", "1 ± 0.05", run.Seconds/(p.hours()*3600))
	b.add(what+"bytes of history ÷ the model's", "", "≤ 1.05", float64(about.Size())/first)
	return nil
}

//go:embed at-scale.tmpl
var scaleText string

// printScale writes at-scale.md.
func printScale(w io.Writer) error {
	page, err := template.New("at-scale").Funcs(template.FuncMap{
		"million": func() scanPlan {
			return scanPlan{Names: 1_000_000, Extensions: 20, Taken: 0.80, PerMinute: 60, Keys: 1}
		},
		"taken":    func(share float64, p scanPlan) scanPlan { p.Taken = share; return p },
		"dns":      func(p scanPlan) scanPlan { p.DNS = true; return p },
		"known":    func(share float64, p scanPlan) scanPlan { p.Known = share; return p },
		"keys":     func(n int, p scanPlan) scanPlan { p.Keys = n; return p },
		"requests": func(p scanPlan) string { return thousands(p.requests()) },
		"per":      func(p scanPlan) string { return fmt.Sprintf("%.1f", p.answersPerRequest()) },
		"took":     func(p scanPlan) string { return lasts(p.hours()) },
		"rent":     func(p scanPlan) string { return thousands(p.hours() / (24 * 365 / 12) * 5 * float64(p.Keys)) },
		"first":    func(p scanPlan) string { first, _ := p.history(); return fmt.Sprintf("%.2f GB", first/1e9) },
		"further":  func(p scanPlan) string { _, further := p.history(); return fmt.Sprintf("%.0f MB", further/1e6) },
		"within":   func(hours float64, p scanPlan) string { return thousands(within(hours, p)) },
		"shares":   func() []float64 { return []float64{0.50, 0.80, 0.95} },
		"counts":   func() []int { return []int{1, 2, 10, 100, 1000} },
		"bound": func(p scanPlan) string {
			if p.requests()/float64(p.Keys)/p.PerMinute < p.hours()*60*0.9 {
				return "DNS"
			}
			return "requests"
		},
		"percent": func(share float64) string { return fmt.Sprintf("%.0f %%", share*100) },
		"measured": func() map[string]any {
			return map[string]any{"Housekeeping": housekeeping, "Fidelity": fidelity60, "Delegated": delegatedShare, "Kept": bytesKept,
				"Unchanged": bytesUnchanged, "DNSRate": dnsRate, "DNSShared": dnsShared}
		},
	}).Parse(scaleText)
	if err != nil {
		return err
	}
	return page.Execute(w, nil)
}

// within is how many names a scan like p gets through in some hours.
func within(hours float64, p scanPlan) float64 {
	low, high := 0, 1<<40
	for low < high {
		p.Names = (low + high + 1) / 2
		if p.hours() <= hours {
			low = p.Names
		} else {
			high = p.Names - 1
		}
	}
	return float64(low)
}

// lasts is a time in the unit that fits.
func lasts(hours float64) string {
	switch d := time.Duration(hours * float64(time.Hour)); {
	case hours < 2:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	case hours < 72:
		return fmt.Sprintf("%.0f hours", hours)
	case hours < 24*100:
		return fmt.Sprintf("%.0f days", hours/24)
	default:
		return fmt.Sprintf("%.1f years", hours/24/365)
	}
}

// thousands is a whole number with its digits in groups.
func thousands(n float64) string {
	digits := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return strings.TrimSpace(digits)
}
