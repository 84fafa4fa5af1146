package report_test

import (
	"slices"
	"testing"

	"tldsweep/report"
)

// What a narrow terminal does not show is named, so that nobody takes it for missing.
func TestWhatATableLeavesOut(t *testing.T) {
	for width, want := range map[int][]string{
		0:  nil,
		72: nil,
		71: {"RENEWAL"},
		59: {"RENEWAL", "NOTE"},
		35: {"PRICE", "RENEWAL", "NOTE"},
		19: {"STATUS", "PRICE", "RENEWAL", "NOTE"},
	} {
		if got := report.LeftOut(width); !slices.Equal(got, want) {
			t.Errorf("%d cells leave out %q, want %q", width, got, want)
		}
	}
	if got := report.LeftOut(60, report.ThreeYears); !slices.Contains(got, "THREE YEARS") {
		t.Errorf("60 cells with a further column leave out %q", got)
	}
}
