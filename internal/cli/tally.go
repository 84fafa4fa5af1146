package cli

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"tldsweep/scanner"
)

// tally counts what a scan did. Only asked is written by another goroutine than the one that reads the results.
type tally struct {
	started  time.Time
	door     *door
	asked    atomic.Int64 // queries that entered the stages
	rows     int64        // results that came out
	replayed int64        // of them, answered before an interruption
	retries  int64        // requests beyond the first for a domain
	status   map[scanner.Status]int64
	reason   map[scanner.Reason]int64
	source   map[scanner.Source]int64
	both     map[statusBySource]int64
	news     int64 // domains that changed
}

type statusBySource struct {
	status scanner.Status
	source scanner.Source
}

func newTally(d *door) *tally {
	return &tally{
		started: time.Now(), door: d,
		status: map[scanner.Status]int64{}, reason: map[scanner.Reason]int64{}, source: map[scanner.Source]int64{}, both: map[statusBySource]int64{},
	}
}

func (t *tally) add(result scanner.Result) {
	t.rows++
	t.status[result.Status]++
	t.source[result.Source]++
	t.both[statusBySource{result.Status, result.Source}]++
	if result.Reason != "" {
		t.reason[result.Reason]++
	}
	if result.Replayed {
		t.replayed++
	} else {
		t.retries += int64(max(result.Attempts-1, 0))
	}
}

// answers is how many answers this process has had from others: not replayed, not found out on this machine, no errors.
func (t *tally) answers() int64 {
	return t.rows - t.replayed - t.source[scanner.Local] - t.status[scanner.Failed]
}

// balance proves that every query that went in came out once.
func (t *tally) balance() error {
	var sum int64
	for _, n := range t.status {
		sum += n
	}
	if asked := t.asked.Load(); asked != sum || asked != t.rows {
		return fmt.Errorf("%d queries went in but %d results came out: this is a bug in tldsweep", asked, sum)
	}
	return nil
}

// line is the whole run in one sentence.
func (t *tally) line() string {
	var b strings.Builder
	seen := t.door.pace.Stats()
	took := time.Since(t.started)
	domains := "domains"
	if t.rows == 1 {
		domains = "domain"
	}
	fmt.Fprintf(&b, "%d %s in %s:", t.rows, domains, took.Round(10*time.Millisecond))
	for _, status := range scanner.Statuses {
		if n := t.status[status]; n > 0 {
			fmt.Fprintf(&b, " %d %s,", n, status)
		}
	}
	for _, source := range []scanner.Source{scanner.DNS, scanner.History, scanner.Catalogue} {
		if n := t.source[source]; n > 0 {
			fmt.Fprintf(&b, " %d of them by %s,", n, source)
		}
	}
	if t.replayed > 0 {
		fmt.Fprintf(&b, " %d of them from before,", t.replayed)
	}
	fmt.Fprintf(&b, " %d requests", seen.Requests)
	if seen.Throttled > 0 {
		fmt.Fprintf(&b, ", %d of them refused as too many", seen.Throttled)
	}
	return b.String()
}
