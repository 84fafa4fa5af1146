package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tldsweep/internal/atomicfile"
	"tldsweep/scanner"
)

// summary is a run as one JSON object. Its parts stand one after the other in it.
type summary struct {
	summaryHead
	Settings summarySettings `json:"settings"`
	Started  time.Time       `json:"started"`
	Seconds  float64         `json:"seconds"`
	summaryResults
	summaryRequests
	DNS *summaryDNS `json:"dns,omitempty"` // where DNS was asked
}

type summaryHead struct {
	Schema   int    `json:"schema"` // of this object
	Version  string `json:"tldsweep"`
	State    string `json:"state"`           // finished, interrupted or failed
	Error    string `json:"error,omitempty"` // why it failed
	Emulated bool   `json:"emulated"`        // the answers are made up
}

type summarySettings struct {
	Endpoint   string   `json:"endpoint"`
	Subsidiary string   `json:"subsidiary"`
	Extensions []string `json:"extensions"` // as they were given
	Rate       string   `json:"rate"`
	Workers    int      `json:"workers"`
	History    string   `json:"history"` // the file; empty: off
}

type summaryResults struct {
	Lines    int                      `json:"lines"`    // of the input
	In       int64                    `json:"in"`       // queries; in a finished run as many as all statuses together
	Statuses map[scanner.Status]int64 `json:"statuses"` // results by status, every status named
	Reasons  map[scanner.Reason]int64 `json:"reasons"`  // results by reason, where there is one
	Sources  map[scanner.Source]int64 `json:"sources"`  // results by who answered
	Replayed int64                    `json:"replayed"` // of them, answered before an interruption
	Changed  int64                    `json:"changed"`  // domains with changes since they were last asked for; counted where changes are wanted
}

type summaryRequests struct {
	Requests   int     `json:"requests"`
	Retries    int64   `json:"retries"`   // requests beyond the first for a domain
	Throttled  int     `json:"throttled"` // requests refused as too many, 429
	Paused     float64 `json:"paused_seconds"`
	Waste      float64 `json:"throttled_per_1000_answers"`
	PerRequest float64 `json:"answers_per_request"` // without what was replayed; 0 where nothing was asked
	Rate       float64 `json:"requests_per_second"` // achieved
}

type summaryDNS struct {
	Delegated       int64        `json:"delegated"`
	NotDelegated    int64        `json:"not_delegated"`
	Unanswered      int64        `json:"unanswered"`
	Wildcard        int64        `json:"wildcard"` // their extensions delegate every name
	UnansweredUnder []string     `json:"unanswered_extensions"`
	WildcardUnder   []string     `json:"wildcard_extensions"`
	Undelegated     *undelegated `json:"taken_not_delegated"` // null: no domain was found taken where DNS answers
}

// summarise says what was counted. failure is how the scan ended.
func (s *Scan) summarise(ctx context.Context, count *Counts, failure error) summary {
	sent, answers, seconds := count.Stats(), float64(count.Answers()), time.Since(count.Started).Seconds()
	sum := summary{
		summaryHead: summaryHead{Schema: 1, Version: s.Conclusion.Version, State: "finished", Emulated: s.Endpoint.Emulated},
		Settings: summarySettings{
			Endpoint: s.Endpoint.Client.Endpoint(), Subsidiary: s.Endpoint.Subsidiary, Extensions: s.Extensions,
			Rate: s.Endpoint.Pace.Rate().String(), Workers: s.Sources.Workers, History: s.Recorder.Path(),
		},
		Started: count.Started.UTC(), Seconds: seconds,
		summaryResults: summaryResults{
			Lines: s.Input.Lines(), In: count.Asked.Load(), Statuses: map[scanner.Status]int64{}, Reasons: count.Reason, Sources: count.Source,
			Replayed: count.Replayed, Changed: count.Changes,
		},
		summaryRequests: summaryRequests{Requests: sent.Requests, Retries: count.Retries, Throttled: sent.Throttled, Paused: sent.Paused.Seconds()},
	}
	for _, status := range scanner.Statuses {
		sum.Statuses[status] = count.Status[status]
	}
	if answers > 0 {
		sum.Waste = 1000 * float64(sent.Throttled) / answers
	}
	if sent.Requests > 0 {
		sum.PerRequest = answers / float64(sent.Requests)
		sum.Rate = float64(sent.Requests) / seconds
	}
	sum.DNS = count.dnsSummary()
	switch {
	case isInterrupted(ctx, failure):
		sum.State = "interrupted"
	case failure != nil:
		sum.State, sum.Error = "failed", failure.Error()
	}
	return sum
}

// write puts the summary into a file, whole or not at all. files are those of the process that are not complete, or nil.
func (s summary) write(files *atomicfile.Pending, path string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := files.WriteFile(path, append(text, '\n')); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return nil
}
