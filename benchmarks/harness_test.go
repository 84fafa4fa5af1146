package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/emulator"
)

// What measures is measured: a harness that cannot say "missed" or "wrong" would praise anything.

func TestGoals(t *testing.T) {
	for _, c := range []struct {
		goal    string
		samples []float64
		met     bool
	}{
		{"", []float64{7}, true},
		{"≤ 1.1", []float64{1.1}, true},
		{"≤ 1.1", []float64{1.11}, false},
		{"≤ 1.1", []float64{9, 1, 1}, true}, // the median counts
		{"≤ 1.1", []float64{9, 9, 1}, false},
		{"≥ 0.995", []float64{0.995}, true},
		{"≥ 0.995", []float64{0.9949}, false},
		{"= 0", []float64{0}, true},
		{"= 0", []float64{1}, false},
		{"1 ± 0.03", []float64{0.9701}, true},
		{"1 ± 0.03", []float64{0.969}, false},
		{"1 ± 0.03", []float64{1.031}, false},
	} {
		var b bench
		b.add("figure", "", c.goal, c.samples...)
		if b.figures[0].Met != c.met || b.figures[0].Goal.String() != c.goal {
			t.Errorf("%v with goal %q, read as %q: met is %v", c.samples, c.goal, b.figures[0].Goal, b.figures[0].Met)
		}
	}
	for _, wrong := range []string{"≤1.1", "< 1", "1", "≤", "fast"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken for a goal", wrong)
				}
			}()
			parseGoal(wrong)
		}()
	}
}

func TestFiguresThatAreNoNumbersAreMissing(t *testing.T) {
	var b bench
	b.add("ratio", "", "≤ 1", math.NaN(), 1)
	b.add("nothing", "", "≤ 1")
	if len(b.figures) != 1 || b.figures[0].Missing == "" || len(b.figures[0].Samples) > 0 {
		t.Errorf("%+v", b.figures)
	}
	for _, write := range []func() error{func() error { return b.print(io.Discard) }, func() error { return b.writeJSON(filepath.Join(t.TempDir(), "x.json")) },
		func() error { return b.writePage(filepath.Join(t.TempDir(), "x.html")) }} {
		if err := write(); err != nil {
			t.Error(err)
		}
	}
}

func TestReportsAreCheckedAgainstTheWorld(t *testing.T) {
	const head = "domain,unicode,name,extension,status\n"
	world := emulator.New(emulator.Options{})
	defer world.Close()
	truth := "name1.fr,,,," + world.Truth("name1.fr") + "\n"
	for _, c := range []struct {
		what, rows string
		want       found
	}{
		{"true", truth, found{domains: 1}},
		{"repeated", truth + truth, found{domains: 1, repeated: 1}},
		{"an error", "name1.fr,,,,error\n", found{domains: 1, errors: 1}},
		{"untrue", strings.Replace(truth, world.Truth("name1.fr"), "unsupported", 1), found{domains: 1, wrong: 1}},
	} {
		path := filepath.Join(t.TempDir(), "report.csv")
		if err := os.WriteFile(path, []byte(head+c.rows), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := check(path)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.what, got, err, c.want)
		}
	}
}

func TestMostWithinASecond(t *testing.T) {
	at := func(milliseconds ...int) []time.Time {
		var list []time.Time
		for _, ms := range milliseconds {
			list = append(list, time.UnixMilli(int64(ms)))
		}
		return list
	}
	for _, c := range []struct {
		at   []time.Time
		want int
	}{
		{nil, 0},
		{at(0), 1},
		{at(0, 1000, 2000), 1}, // once a second
		{at(0, 999, 1998), 2},
		{at(0, 900, 1000, 1100, 1899, 3000), 4}, // across the second's edge
	} {
		if got := maxWithin(time.Second, c.at); got != c.want {
			t.Errorf("%v: %d within a second, want %d", c.at, got, c.want)
		}
	}
}

func TestBackAfterASpell(t *testing.T) {
	at := func(from, step float64, n int) (list []float64) {
		for i := range n {
			list = append(list, from+float64(i)*step)
		}
		return list
	}
	for _, c := range []struct {
		what     string
		answered []float64
		want     float64
	}{
		{"at once", at(5, 0.01, 300), 0},
		{"before it, and then three seconds later", append(at(0, 0.01, 300), at(8, 0.01, 300)...), 3},
		{"slow for three seconds", append(at(5, 0.1, 30), at(8, 0.01, 300)...), 2.9},
		{"hardly anything was left", at(7, 0.01, 20), 2},
		{"never", at(5, 0.1, 300), 21.1},
	} {
		if got := (seen{Answered: c.answered}).back(5, 100); math.Abs(got-c.want) > 0.011 {
			t.Errorf("%s: %.3f s, want %.3f", c.what, got, c.want)
		}
	}
}

func TestModelOfAScan(t *testing.T) {
	for _, c := range []struct {
		what            string
		plan            scanPlan
		requests, hours float64
	}{
		{"the design's example: 10,000 × 10 takes 28 hours", scanPlan{Names: 10_000, Extensions: 10, PerMinute: 60, Keys: 1}, 100_003, 27.8},
		{"four of five known", scanPlan{Names: 10_000, Extensions: 10, Known: 0.8, PerMinute: 60, Keys: 1}, 20_003, 5.56},
		{"DNS first: 0.95 of what is taken", scanPlan{Names: 10_000, Extensions: 10, Taken: 0.8, DNS: true, PerMinute: 60, Keys: 1}, 24_003, 6.67},
		{"four keys: each opens a cart of its own", scanPlan{Names: 10_000, Extensions: 10, PerMinute: 60, Keys: 4}, 100_012, 6.95},
		{"DNS first, of the half that is not known", scanPlan{Names: 10_000, Extensions: 10, Taken: 0.8, DNS: true, Known: 0.5, PerMinute: 60, Keys: 1}, 12_003, 3.338},
	} {
		if got := c.plan.requests(); math.Abs(got-c.requests) > 0.5 {
			t.Errorf("%s: %.0f requests, want %.0f", c.what, got, c.requests)
		}
		if got := c.plan.hours(); math.Abs(got-c.hours) > c.hours/200 {
			t.Errorf("%s: %.3f hours, want %.3f", c.what, got, c.hours)
		}
	}
}

func TestAtScaleIsWhatTheModelSays(t *testing.T) {
	var page bytes.Buffer
	if err := printScale(&page); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("at-scale.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), page.String()); diff != "" {
		t.Errorf("go run ./benchmarks -scale >benchmarks/at-scale.md would change it (-kept +now):\n%s", diff)
	}
}

// Of what govulncheck tells, a vulnerability counts once, and only where something of it is called.
func TestCalledVulnerabilities(t *testing.T) {
	const report = `{"config":{"protocol_version":"v1.0.0"}}
{"osv":{"id":"GO-1"}}
{"finding":{"osv":"GO-1","trace":[{"module":"golang.org/x/image","version":"v0.30.0"}]}}
{"finding":{"osv":"GO-2","trace":[{"module":"golang.org/x/image","package":"x","function":"Decode"},{"module":"tldsweep"}]}}
{"finding":{"osv":"GO-2","trace":[{"module":"golang.org/x/image","package":"x","function":"DecodeConfig"}]}}
`
	if n, err := calledVulnerabilities([]byte(report)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := calledVulnerabilities([]byte(report[:200])); err == nil {
		t.Error("a report that is cut off has no error")
	}
}
