package sweep

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tldsweep/internal/atomicfile"
	"tldsweep/internal/bounded"
	"tldsweep/internal/delegation"
	"tldsweep/scanner"
)

// WriteMetrics writes the figures of a run for node_exporter's textfile collector, whole or not at all. finished is whether the
// run has, also with some rows that are errors. All figures carry the name of the file, without its suffix, as label list, so that
// several jobs can be distinguished. When a run finished last is taken over from the file that is there. files are those of the process
// that are not complete, or nil.
func (c *Counts) WriteMetrics(files *atomicfile.Pending, path string, finished bool) error {
	list := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	var b strings.Builder
	metric := func(name, help string, samples ...string) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %[1]s gauge\n", name, help)
		for _, sample := range samples {
			fmt.Fprintf(&b, "%s%s\n", name, sample)
		}
	}
	labels := fmt.Sprintf(`{list=%s}`, quoteLabel(list))
	of := func(value float64) string { return labels + " " + strconv.FormatFloat(value, 'f', -1, 64) }
	seen := c.Stats()
	success := 0.0
	last := lastSuccess(path, labels)
	if finished {
		success, last = 1, float64(time.Now().Unix())
	}
	metric("tldsweep_run_success", "Whether the last run finished: 1 if so, also with some rows that are errors.", of(success))
	if last > 0 {
		metric(successMetric, "When a run finished last.", of(last))
	}
	metric("tldsweep_run_duration_seconds", "How long the last run took.", of(time.Since(c.Started).Seconds()))
	type statusBySource struct {
		status scanner.Status
		source scanner.Source
	}
	both := map[statusBySource]int64{}
	for key, n := range c.cells {
		both[statusBySource{key.status, key.source}] += n
	}
	var pairs []string
	for key, n := range both {
		pairs = append(pairs, fmt.Sprintf(`{list=%s,status=%s,source=%s} %d`, quoteLabel(list), quoteLabel(string(key.status)), quoteLabel(string(key.source)), n))
	}
	slices.Sort(pairs)
	metric("tldsweep_run_pairs", "Names under extensions that the last run answered, by status and by who answered.", pairs...)
	metric("tldsweep_run_changes", "Domains that changed in the last run, counted where changes are wanted.", of(float64(c.Changes)))
	metric("tldsweep_run_requests", "Requests that the last run sent.", of(float64(seen.Requests)))
	metric("tldsweep_run_throttled_requests", "Requests of the last run that were refused as too many, 429.", of(float64(seen.Throttled)))
	perRequest := 0.0
	if seen.Requests > 0 {
		perRequest = float64(c.Answers()) / float64(seen.Requests)
	}
	metric("tldsweep_run_answers_per_request_ratio", "Answers of the last run by its requests; 0 where it sent none.", of(perRequest))
	if c.dns != nil {
		answers := c.dns().Answers
		var samples []string
		for answer, n := range answers {
			name := strings.ReplaceAll(delegation.Answer(answer).String(), " ", "_")
			samples = append(samples, fmt.Sprintf(`{list=%s,answer=%s} %d`, quoteLabel(list), quoteLabel(name), n))
		}
		metric("tldsweep_run_dns_answers", "Answers of DNS in the last run; wildcard: the extension delegates every name.", samples...)
		if u := c.undelegated(); u.Taken > 0 {
			metric("tldsweep_run_taken_not_delegated_ratio", "Share of the taken domains of the last run that DNS does not delegate.", of(u.share()))
		}
	}
	if err := files.WriteFile(path, []byte(b.String())); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

const successMetric = "tldsweep_last_success_timestamp_seconds"

// lastSuccess is what the file says of earlier runs, since a run that fails must not hide when one did not.
func lastSuccess(path, labels string) float64 {
	text, err := bounded.ReadFile(path, largestKept)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), successMetric+labels+" "); ok {
			at, err := strconv.ParseFloat(value, 64)
			if err == nil {
				return at
			}
		}
	}
	return 0
}

func quoteLabel(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(value, "\ufffd")) + `"`
}
