package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure is one measured quantity, sampled once or more; or one that could not be measured here.
type figure struct {
	Scenario string    `json:"scenario"`
	Name     string    `json:"name"`
	Unit     string    `json:"unit"`
	Goal     goal      `json:"goal"` // empty where there is none
	Met      bool      `json:"met"`  // by the median
	Samples  []float64 `json:"samples"`
	Missing  string    `json:"missing,omitempty"` // why there are no samples: what to install

	point *point
}

// point is where a figure stands in a plot.
type point struct {
	plot, line string
	x          float64
}

func (f figure) Median() float64   { return median(f.Samples) }
func (f figure) Least() float64    { return slices.Min(f.Samples) }
func (f figure) Greatest() float64 { return slices.Max(f.Samples) }

func median(samples []float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// goal is what a figure is to reach: "≤ 1.1", "≥ 0.97", "1 ± 0.03", or "= 0", which is one of correctness and so holds on
// any machine.
type goal struct {
	sign          string // empty where there is no goal
	limit, spread float64
}

// parseGoal panics on what is none: a goal that cannot be read would always be met.
func parseGoal(text string) (g goal) {
	if text == "" {
		return g
	}
	if n, _ := fmt.Sscanf(text, "%g ± %g", &g.limit, &g.spread); n == 2 {
		g.sign = "±"
	} else if n, _ := fmt.Sscanf(text, "%s %g", &g.sign, &g.limit); n != 2 || !slices.Contains([]string{"≤", "≥", "="}, g.sign) {
		panic("no goal: " + text)
	}
	return g
}

func (g goal) String() string {
	switch g.sign {
	case "":
		return ""
	case "±":
		return fmt.Sprintf("%g ± %g", g.limit, g.spread)
	default:
		return fmt.Sprintf("%s %g", g.sign, g.limit)
	}
}

func (g goal) MarshalJSON() ([]byte, error) { return json.Marshal(g.String()) }

func (g goal) isMet(value float64) bool {
	switch g.sign {
	case "≤":
		return value <= g.limit
	case "≥":
		return value >= g.limit
	case "=":
		return value == g.limit
	case "±":
		return math.Abs(value-g.limit) <= g.spread
	default:
		return true
	}
}

// add notes samples of a quantity, and whether their median meets the goal. Where there are no samples, since the scenario
// has failed, it notes nothing; where one is no number, since this system does not say it, that it is missing.
func (b *bench) add(name, unit, goal string, samples ...float64) *figure {
	f := figure{Scenario: b.current, Name: name, Unit: unit, Goal: parseGoal(goal), Samples: samples}
	for _, sample := range samples {
		if math.IsNaN(sample) || math.IsInf(sample, 0) {
			f.Samples, f.Missing = nil, "cannot be measured on this system"
		}
	}
	if len(samples) == 0 {
		return &f
	}
	f.Met = f.Missing != "" || f.Goal.isMet(median(samples))
	b.figures = append(b.figures, f)
	return &b.figures[len(b.figures)-1]
}

// addRows notes what a scan of so many pairs has made of them.
func (b *bench) addRows(what string, rows found, pairs int) {
	b.add(what+"pairs answered ÷ pairs", "", "= 1", float64(rows.domains)/float64(pairs))
	b.add(what+"rows repeated", "", "= 0", rows.repeated)
	b.add(what+"rows that are errors", "", "= 0", rows.errors)
	b.add(what+"verdicts that are wrong", "", "= 0", rows.wrong)
}

// miss notes a quantity that cannot be measured here.
func (b *bench) miss(name string, missing *missingError) {
	b.figures = append(b.figures, figure{Scenario: b.current, Name: name, Met: true, Missing: missing.Error()})
}

// goal is one that a short run cannot be held to.
func (b *bench) goal(goal string) string {
	if b.short {
		return ""
	}
	return goal
}

func (b *bench) print(out io.Writer) error {
	fmt.Fprintln(out, b.setting)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
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
