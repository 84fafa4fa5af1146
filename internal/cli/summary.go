package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/renameio/v2/maybe"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// summary is a run as one JSON object.
type summary struct {
	Schema   int    `json:"schema"` // of this object
	Version  string `json:"tldsweep"`
	State    string `json:"state"`           // finished, interrupted or failed
	Error    string `json:"error,omitempty"` // why it failed
	Emulated bool   `json:"emulated"`        // the answers are made up

	Settings struct {
		Endpoint   string   `json:"endpoint"`
		Subsidiary string   `json:"subsidiary"`
		Extensions []string `json:"extensions"` // as they were given
		Rate       string   `json:"rate"`
		Workers    int      `json:"workers"`
		History    string   `json:"history"` // the file; empty: off
	} `json:"settings"`

	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`

	Lines      int                      `json:"lines"`    // of the input
	In         int64                    `json:"in"`       // queries; in a finished run as many as all statuses together
	Statuses   map[scanner.Status]int64 `json:"statuses"` // results by status, every status named
	Reasons    map[scanner.Reason]int64 `json:"reasons"`  // results by reason, where there is one
	Sources    map[scanner.Source]int64 `json:"sources"`  // results by who answered
	Replayed   int64                    `json:"replayed"` // of them, answered before an interruption
	Changed    int64                    `json:"changed"`  // domains with changes since they were last asked for; counted where changes are wanted
	Requests   int                      `json:"requests"`
	Retries    int64                    `json:"retries"`   // requests beyond the first for a domain
	Throttled  int                      `json:"throttled"` // requests refused as too many, 429
	Paused     float64                  `json:"paused_seconds"`
	Waste      float64                  `json:"throttled_per_1000_answers"`
	PerRequest float64                  `json:"answers_per_request"` // without what was replayed; 0 where nothing was asked
	Rate       float64                  `json:"requests_per_second"` // achieved
}

// summarise says what was counted.
func summarise(c *sweep.Counts, conn *app.Connection, f scanFlags, s *settings, history string, failure error) summary {
	seen := c.Stats()
	answers := float64(c.Answers())
	sum := summary{
		Schema: 1, Version: app.Version(), State: "finished", Emulated: conn.Emulated,
		Started: c.Started.UTC(), Seconds: time.Since(c.Started).Seconds(),
		Lines: s.input.Lines(), In: c.Asked.Load(), Statuses: map[scanner.Status]int64{}, Reasons: c.Reason, Sources: c.Source,
		Replayed: c.Replayed, Changed: c.Changes, Requests: seen.Requests, Retries: c.Retries, Throttled: seen.Throttled, Paused: seen.Paused.Seconds(),
	}
	for _, status := range scanner.Statuses {
		sum.Statuses[status] = c.Status[status]
	}
	sum.Settings.Endpoint, sum.Settings.Subsidiary = conn.Client.Endpoint(), conn.Subsidiary
	sum.Settings.Extensions, sum.Settings.Rate = f.extensions, s.rate.String()
	sum.Settings.Workers, sum.Settings.History = s.workers, history
	if answers > 0 {
		sum.Waste = 1000 * float64(seen.Throttled) / answers
	}
	if seen.Requests > 0 {
		sum.PerRequest = answers / float64(seen.Requests)
		sum.Rate = float64(seen.Requests) / sum.Seconds
	}
	switch code := exitCode(failure); {
	case code == exitInterrupted || code == exitTerminated:
		sum.State = "interrupted"
	case failure != nil && !isFinished(failure):
		sum.State, sum.Error = "failed", failure.Error()
	}
	return sum
}

// write puts the summary into a file, whole or not at all.
func (s summary) write(path string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := maybe.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return nil
}
