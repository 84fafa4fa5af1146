package scanner_test

import (
	"testing"

	"tldsweep/scanner"
)

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		name      string
		durations scanner.Durations
		shortest  string
		years     map[int]string // that are listed, as OVHcloud writes them; all others up to ten are not
	}{
		{"none", nil, "", nil},
		{"one", scanner.Durations{"P1Y"}, "P1Y", map[int]string{1: "P1Y"}},
		{"not the first", scanner.Durations{"P2Y", "P10Y", "P1Y"}, "P1Y", map[int]string{1: "P1Y", 2: "P2Y", 10: "P10Y"}},
		{"from two years on", scanner.Durations{"P2Y", "P3Y"}, "P2Y", map[int]string{2: "P2Y", 3: "P3Y"}},
		{"in months", scanner.Durations{"P24M", "P12M"}, "P12M", map[int]string{1: "P12M", 2: "P24M"}},
		{"years after months", scanner.Durations{"P1Y", "P1M", "P18M"}, "P1M", map[int]string{1: "P1Y"}},
		{"the same in two ways", scanner.Durations{"P12M", "P1Y"}, "P12M", map[int]string{1: "P12M"}},
		{"years and months", scanner.Durations{"P1Y12M", "P2Y6M"}, "P1Y12M", map[int]string{2: "P1Y12M"}},
		{"what cannot be read is never the shortest", scanner.Durations{"P1D", "P0Y", "P", "1Y", "PY", "P-1Y", "P1M1Y", "P1Y2", "P1Y1Y", "P9999Y", "", "year", "P3Y"}, "P3Y", map[int]string{3: "P3Y"}},
		{"nothing can be read", scanner.Durations{"P365D", "upfront12"}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.durations.Shortest(); got != c.shortest {
				t.Errorf("the shortest is %q, want %q", got, c.shortest)
			}
			for years := range 11 {
				if got := c.durations.OfYears(years); got != c.years[years] {
					t.Errorf("%d years: %q, want %q", years, got, c.years[years])
				}
				if got, want := c.durations.Lists(years), c.years[years] != ""; got != want {
					t.Errorf("%d years: listed %t, want %t", years, got, want)
				}
			}
		})
	}
}
