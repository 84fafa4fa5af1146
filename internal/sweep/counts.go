package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/delegation"
	"tldsweep/internal/pace"
	"tldsweep/scanner"
)

// Counts is what a scan did so far. Make one with NewCounts. Its fields belong to the goroutine that takes the results; only
// Asked may be added to by another. Snapshot, Stats, Answers and Line are safe for concurrent use, the other methods not.
type Counts struct {
	mu sync.Mutex // held while Add changes what follows

	Tally
	Started    time.Time
	Extensions int          // how many are asked for; 0: that is not known yet
	Asked      atomic.Int64 // queries that entered the stages
	Changes    int64        // domains that changed since they were last asked for; counted where changes are wanted

	cells    map[cell]int64
	failures map[scanner.Reason]failure // the first error of each reason
	filtered atomic.Int64               // results that the filter did not let into the outputs
	stats    func() pace.Stats
	dns      func() delegation.Stats // nil: DNS is not asked
	queue    *scanner.Queue          // of what waits for OVHcloud; nil: nothing runs ahead
}

// Tally is how many results there are, of which kind.
type Tally struct {
	Rows     int64                    // results that came out
	Replayed int64                    // of them, answered before an interruption
	Retries  int64                    // requests beyond the first for a domain, without those of replayed rows
	Status   map[scanner.Status]int64 // results by status
	Reason   map[scanner.Reason]int64 // results by reason, where there is one
	Source   map[scanner.Source]int64 // results by who answered
}

// failure is an error as it is told.
type failure struct {
	text string // with the domain
	hint string // what to do about it, where the error says so
}

// cell is results of one kind.
type cell struct {
	status    scanner.Status
	source    scanner.Source
	extension string
}

// NewCounts counts from now on. stats says how many requests were sent; it is the Stats of the pace that they are sent at.
func NewCounts(stats func() pace.Stats) *Counts {
	return &Counts{
		Started: time.Now(), stats: stats,
		Tally: Tally{Status: map[scanner.Status]int64{}, Reason: map[scanner.Reason]int64{}, Source: map[scanner.Source]int64{}},
		cells: map[cell]int64{}, failures: map[scanner.Reason]failure{},
	}
}

// Add counts one result.
func (c *Counts) Add(result scanner.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Rows++
	c.Status[result.Status]++
	c.Source[result.Source]++
	c.cells[cell{result.Status, result.Source, result.Extension}]++
	if result.Reason != "" {
		c.Reason[result.Reason]++
	}
	if result.Status == scanner.Failed && c.failures[result.Reason].text == "" {
		first := failure{text: fmt.Sprintf("%s: %v", result.Domain(), result.Err)}
		if wait, ok := errors.AsType[*api.WaitError](result.Err); ok {
			first.hint = wait.Hint
		}
		c.failures[result.Reason] = first
	}
	if result.Replayed {
		c.Replayed++
	} else {
		c.Retries += int64(max(result.Attempts-1, 0))
	}
}

// asking notes how many queries have left, for the balance at the end.
func (c *Counts) asking(queries iter.Seq2[scanner.Query, error]) iter.Seq2[scanner.Query, error] {
	return func(yield func(scanner.Query, error) bool) {
		for query, err := range queries {
			if err == nil {
				c.Asked.Add(1)
			}
			if !yield(query, err) {
				return
			}
		}
	}
}

// Stats is what was sent so far.
func (c *Counts) Stats() pace.Stats { return c.stats() }

// Answers is how many answers this process has had from others: not replayed, not found out on this machine, no errors.
func (c *Counts) Answers() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Rows - c.Replayed - c.Source[scanner.Local] - c.Status[scanner.Failed]
}

// askedOVHcloud is for how many of the rows OVHcloud was asked in this run, with those that were answered before an interruption.
func (c *Counts) askedOVHcloud() (n int64) {
	for key, rows := range c.cells {
		if key.source == scanner.API || key.status == scanner.Failed {
			n += rows
		}
	}
	return n
}

// errorReasons are the reasons of the rows that are errors, the most frequent first.
func (c *Counts) errorReasons() []scanner.Reason {
	return slices.SortedFunc(maps.Keys(c.failures), func(a, b scanner.Reason) int {
		return cmp.Or(cmp.Compare(c.Reason[b], c.Reason[a]), cmp.Compare(a, b))
	})
}

// mostOften is the reason of most of the rows that are errors; there is one.
func (c *Counts) mostOften() scanner.Reason { return c.errorReasons()[0] }

// Causes is how many rows are errors for which reason, and one of the most frequent in words: "12 server, 1 timeout, such as
// rocket.fr: …"; empty where none is.
func (c *Counts) Causes() string {
	var counted []string
	reasons := c.errorReasons()
	for _, reason := range reasons {
		counted = append(counted, fmt.Sprintf("%d %s", c.Reason[reason], reason))
	}
	if len(counted) == 0 {
		return ""
	}
	return strings.Join(counted, ", ") + ", such as " + c.failures[reasons[0]].text
}

// hint is what to do about the error of Causes; empty where the error does not say.
func (c *Counts) hint() string {
	reasons := c.errorReasons()
	if len(reasons) == 0 {
		return ""
	}
	return c.failures[reasons[0]].hint
}

// Balance is an error unless every query that went in came out once. It is for the end of a scan that has finished.
func (c *Counts) Balance() error {
	var sum int64
	for _, n := range c.Status {
		sum += n
	}
	if asked := c.Asked.Load(); asked != sum || asked != c.Rows {
		return fmt.Errorf("%d queries went in but %d results came out: this is a bug in tldsweep", asked, sum)
	}
	return nil
}

// Snapshot is what a scan had done at one moment.
type Snapshot struct {
	Tally
	ToAsk int64 // queries that OVHcloud will be asked for; counted where IsExact
	// IsExact says that all who answer before OVHcloud have: from then on ToAsk only falls. It never comes where nothing runs ahead.
	IsExact bool
}

// Snapshot is what the scan has done until now.
func (c *Counts) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Snapshot{Tally: c.Tally}
	s.Status, s.Reason, s.Source = maps.Clone(c.Status), maps.Clone(c.Reason), maps.Clone(c.Source)
	if s.IsExact = c.queue != nil && c.queue.Filled(); s.IsExact {
		s.ToAsk = c.Asked.Load() - c.Rows
	}
	return s
}

// Line is the whole run in one sentence.
func (c *Counts) Line() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	seen := c.Stats()
	took := time.Since(c.Started)
	domains := "domains"
	if c.Rows == 1 {
		domains = "domain"
	}
	fmt.Fprintf(&b, "%d %s in %s:", c.Rows, domains, took.Round(10*time.Millisecond))
	for _, status := range scanner.Statuses {
		if n := c.Status[status]; n > 0 {
			fmt.Fprintf(&b, " %d %s,", n, status)
		}
	}
	for _, source := range []scanner.Source{scanner.DNS, scanner.History, scanner.Catalogue} {
		if n := c.Source[source]; n > 0 {
			fmt.Fprintf(&b, " %d of them by %s,", n, source)
		}
	}
	if n := c.unansweredByDNS(); n > 0 {
		fmt.Fprintf(&b, " %d not answered by dns,", n)
	}
	if c.Replayed > 0 {
		fmt.Fprintf(&b, " %d of them from before,", c.Replayed)
	}
	if n := c.filtered.Load(); n > 0 {
		fmt.Fprintf(&b, " %d of them filtered out,", n)
	}
	requests := "requests"
	if seen.Requests == 1 {
		requests = "request"
	}
	fmt.Fprintf(&b, " %d %s", seen.Requests, requests)
	if seen.Throttled > 0 {
		fmt.Fprintf(&b, ", %d of them refused as too many", seen.Throttled)
	}
	return b.String()
}
