package main

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"text/template"

	"tldsweep/internal/emulator"
)

// What a scan costs, by what was measured and, where it says so, assumed.
const (
	housekeeping   = 3     // requests of a scan beside its lookups: OVHcloud's time, what is sold, a cart (scenario once)
	fidelity60     = 0.999 // of the rate is reached (scenario fidelity)
	delegatedShare = 0.95  // of what is taken; assumed, as the emulator has it, for it depends on the extension
	bytesKept      = 122   // of history per pair (scenario changes)
	bytesAgain     = 32    // more when all is found the same for the first time (scenario changes)
	bytesUnchanged = 1.3   // more each time after that (scenario changes)
)

// scanPlan is a scan on paper.
type scanPlan struct {
	Names, Extensions int
	Taken             float64 // share of the pairs, and of those that the history does not answer
	DNS               bool    // asked first
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

// hours until the last answer, each key in a process of its own. DNS is asked at the same time, and never waited for: at a
// rate of fair use it has to answer some questions a second.
func (p scanPlan) hours() float64 {
	return p.requests() / float64(p.Keys) / (p.PerMinute * fidelity60) / 60
}

func (p scanPlan) answersPerRequest() float64 { return p.pairs() / p.requests() }

// history in bytes after the first run, and what the second and each further one add where nothing changed.
func (p scanPlan) history() (first, second, further float64) {
	return p.pairs() * bytesKept, p.pairs() * bytesAgain, p.pairs() * bytesUnchanged
}

// checkScale holds the model against a scan of a million pairs with everything on, as fast as it allows.
func checkScale(b *bench) error {
	p := scanPlan{Names: 50_000, Extensions: 20, Taken: 0.80, DNS: true, PerMinute: 3000 * 60, Keys: 1}
	if b.short {
		p.Names, p.PerMinute = 1000, 2000*60
	}
	names, err := b.names(p.Names)
	if err != nil {
		return err
	}
	history, told := b.freshFile(".db"), b.freshFile(".json")
	var used cost
	_, err = observe(emulator.Options{OnlyRegistered: true, Registered: registered(p.Names, twenty, p.Taken)}, func(s *server) error {
		used, err = b.scan(s.address, "-i", names, "-e", twenty, "--rate", fmt.Sprintf("%.0f/s", p.PerMinute/60), "--resolver", s.dns, "--prefilter", "dns",
			"--history", history, "--summary", told, "-f", "csv")
		return err
	})
	if err != nil {
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
	first, _, _ := p.history()
	what := fmt.Sprintf("%.0f pairs, 80 %% taken, DNS first: ", p.pairs())
	b.add(what+"requests ÷ the model's", "", "1 ± 0.02", float64(run.Requests)/p.requests())
	b.add(what+"time ÷ the model's", "", "1 ± 0.05", run.Seconds/(p.hours()*3600))
	b.add(what+"bytes of history ÷ the model's", "", "≤ 1.05", float64(about.Size())/first)
	b.add(what+"peak memory", "MiB", "≤ 48", used.peak)
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
		"rent": func(p scanPlan) string {
			rent := p.hours() / (24 * 365 / 12) * 5 * float64(p.Keys)
			if rent < 1 {
				return "< 1"
			}
			return thousands(rent)
		},
		"first":     func(p scanPlan) string { first, _, _ := p.history(); return fmt.Sprintf("%.2f GB", first/1e9) },
		"second":    func(p scanPlan) string { _, second, _ := p.history(); return fmt.Sprintf("%.2f GB", second/1e9) },
		"further":   func(p scanPlan) string { _, _, further := p.history(); return fmt.Sprintf("%.0f MB", further/1e6) },
		"within":    func(hours float64, p scanPlan) string { return thousands(roughly(within(hours, p))) },
		"shares":    func() []float64 { return []float64{0.50, 0.80, 0.95} },
		"counts":    func() []int { return []int{1, 2, 10, 100, 1000} },
		"questions": func(p scanPlan) string { return fmt.Sprintf("%.1f", p.pairs()/(p.hours()*3600)) },
		"percent":   func(share float64) string { return fmt.Sprintf("%.0f %%", share*100) },
		"measured": func() map[string]any {
			return map[string]any{"Housekeeping": housekeeping, "Fidelity": fidelity60, "Delegated": delegatedShare, "Kept": bytesKept,
				"Again": bytesAgain, "Unchanged": bytesUnchanged}
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
	days := hours / 24
	switch {
	case hours < 3:
		return fmt.Sprintf("%.0f minutes", hours*60)
	case hours < 10:
		return fmt.Sprintf("%.1f hours", hours)
	case days < 3:
		return fmt.Sprintf("%.0f hours", hours)
	case days < 10:
		return fmt.Sprintf("%.1f days", days)
	case days < 3*365:
		return fmt.Sprintf("%.0f days", days)
	default:
		return fmt.Sprintf("%.0f years", days/365)
	}
}

// roughly is a number with three digits that count.
func roughly(n float64) float64 {
	unit := math.Pow10(max(int(math.Log10(n))-2, 0))
	return math.Round(n/unit) * unit
}

// thousands is a whole number with its digits in groups.
func thousands(n float64) string {
	digits := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
