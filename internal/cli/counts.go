package cli

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"tldsweep/internal/cli/app"
	"tldsweep/scanner"
)

// counts is what a scan did. Only asked is written by another goroutine than the one that reads the results.
type counts struct {
	started  time.Time
	conn     *app.Connection
	asked    atomic.Int64 // queries that entered the stages
	rows     int64        // results that came out
	replayed int64        // of them, answered before an interruption
	retries  int64        // requests beyond the first for a domain
	status   map[scanner.Status]int64
	reason   map[scanner.Reason]int64
	source   map[scanner.Source]int64
	both     map[statusBySource]int64
	changes  int64 // domains that changed
}

type statusBySource struct {
	status scanner.Status
	source scanner.Source
}

func newCounts(d *app.Connection) *counts {
	return &counts{
		started: time.Now(), conn: d,
		status: map[scanner.Status]int64{}, reason: map[scanner.Reason]int64{}, source: map[scanner.Source]int64{}, both: map[statusBySource]int64{},
	}
}

func (c *counts) add(result scanner.Result) {
	c.rows++
	c.status[result.Status]++
	c.source[result.Source]++
	c.both[statusBySource{result.Status, result.Source}]++
	if result.Reason != "" {
		c.reason[result.Reason]++
	}
	if result.Replayed {
		c.replayed++
	} else {
		c.retries += int64(max(result.Attempts-1, 0))
	}
}

// answers is how many answers this process has had from others: not replayed, not found out on this machine, no errors.
func (c *counts) answers() int64 {
	return c.rows - c.replayed - c.source[scanner.Local] - c.status[scanner.Failed]
}

// balance proves that every query that went in came out once.
func (c *counts) balance() error {
	var sum int64
	for _, n := range c.status {
		sum += n
	}
	if asked := c.asked.Load(); asked != sum || asked != c.rows {
		return fmt.Errorf("%d queries went in but %d results came out: this is a bug in tldsweep", asked, sum)
	}
	return nil
}

// line is the whole run in one sentence.
func (c *counts) line() string {
	var b strings.Builder
	seen := c.conn.Pace.Stats()
	took := time.Since(c.started)
	domains := "domains"
	if c.rows == 1 {
		domains = "domain"
	}
	fmt.Fprintf(&b, "%d %s in %s:", c.rows, domains, took.Round(10*time.Millisecond))
	for _, status := range scanner.Statuses {
		if n := c.status[status]; n > 0 {
			fmt.Fprintf(&b, " %d %s,", n, status)
		}
	}
	for _, source := range []scanner.Source{scanner.DNS, scanner.History, scanner.Catalogue} {
		if n := c.source[source]; n > 0 {
			fmt.Fprintf(&b, " %d of them by %s,", n, source)
		}
	}
	if c.replayed > 0 {
		fmt.Fprintf(&b, " %d of them from before,", c.replayed)
	}
	fmt.Fprintf(&b, " %d requests", seen.Requests)
	if seen.Throttled > 0 {
		fmt.Fprintf(&b, ", %d of them refused as too many", seen.Throttled)
	}
	return b.String()
}
