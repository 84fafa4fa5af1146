package sweep_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tldsweep/internal/pace"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// counted are counts of some results: an answer, one that took three requests, one from before, one of this machine's own and
// an error.
func counted(stats pace.Stats) *sweep.Counts {
	count := sweep.NewCounts(func() pace.Stats { return stats })
	for _, answer := range []scanner.Answer{
		{Status: scanner.Available, Source: scanner.API, Attempts: 1},
		{Status: scanner.Taken, Reason: scanner.NoOffer, Source: scanner.API, Attempts: 3},
		{Status: scanner.Taken, Reason: scanner.Delegated, Source: scanner.DNS, Attempts: 5, Replayed: true},
		{Status: scanner.Invalid, Reason: scanner.TooLong, Source: scanner.Local},
		{Status: scanner.Failed, Reason: scanner.Timeout, Source: scanner.API, Attempts: 2},
	} {
		count.Asked.Add(1)
		count.Add(scanner.Result{Answer: answer})
	}
	return count
}

func TestCounts(t *testing.T) {
	count := counted(pace.Stats{Requests: 6, Throttled: 1})
	for _, c := range []struct {
		what      string
		got, want int64
	}{
		{"rows", count.Rows, 5},
		{"replayed rows", count.Replayed, 1},
		{"retries", count.Retries, 2 + 1},
		{"answers of others in this run", count.Answers(), 2},
		{"taken ones", count.Status[scanner.Taken], 2},
		{"delegated ones", count.Reason[scanner.Delegated], 1},
		{"reasons", int64(len(count.Reason)), 4},
		{"rows of the API", count.Source[scanner.API], 3},
	} {
		if c.got != c.want {
			t.Errorf("%d %s, want %d", c.got, c.what, c.want)
		}
	}
	line := regexp.MustCompile(`^5 domains in \S+: 1 available, 2 taken, 1 invalid, 1 error, 1 of them by dns, 1 of them from before, 6 requests, 1 of them refused as too many$`)
	if !line.MatchString(count.Line()) {
		t.Errorf("the line is %q", count.Line())
	}
}

// A query without a result, or a result too many, is told.
func TestCountsBalance(t *testing.T) {
	count := counted(pace.Stats{})
	if err := count.Balance(); err != nil {
		t.Error(err)
	}
	count.Asked.Add(1)
	if err := count.Balance(); err == nil || !strings.Contains(err.Error(), "6 queries went in but 5 results came out") {
		t.Errorf("with a query that is lost: %v", err)
	}
}

// A run that fails does not hide when one did not.
func TestMetricsRememberSuccess(t *testing.T) {
	path := filepath.Join(t.TempDir(), `a "list".prom`)
	written := func(finished bool) string {
		t.Helper()
		if err := counted(pace.Stats{Requests: 4, Throttled: 1}).WriteMetrics(nil, path, finished); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	success := regexp.MustCompile(`(?m)^tldsweep_last_success_timestamp_seconds.* (\S+)$`)
	if text := written(false); success.MatchString(text) {
		t.Errorf("nothing has finished yet\n%s", text)
	}
	first := written(true)
	when := success.FindString(first)
	if when == "" {
		t.Errorf("no success in\n%s", first)
	}
	failed := written(false)
	if success.FindString(failed) != when {
		t.Errorf("want %s in\n%s", when, failed)
	}
	for _, want := range []string{
		`tldsweep_run_success{list="a \"list\""} 0`,
		`tldsweep_run_pairs{list="a \"list\"",status="taken",source="dns"} 1`,
		`tldsweep_run_requests{list="a \"list\""} 4`,
		`tldsweep_run_throttled_requests{list="a \"list\""} 1`,
		`tldsweep_run_answers_per_request_ratio{list="a \"list\""} 0.5`,
	} {
		if !strings.Contains(failed, want+"\n") {
			t.Errorf("no %s in\n%s", want, failed)
		}
	}
}
