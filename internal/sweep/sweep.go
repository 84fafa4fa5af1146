// Package sweep is a scan from list to report: what is asked, who answers, what becomes of the answers, and what is told at the
// end. It knows no command line, so that whatever has a list and a client can scan.
//
// A Scan holds it together. Its parts are made before it is run, each without the others: an Input has the names; an Endpoint is
// OVHcloud, or an emulator of it; Sources are who else may answer; a Recorder keeps the answers in a history, so that a scan that
// was stopped goes on; Outputs is where the rows go, and a Filter which of them do; a Conclusion is what is told of the run:
// summary, metrics and changes. Run does it all and returns the Counts; Plan says what it would ask, and asks OVHcloud nothing.
//
// The stages and their order are in one function, in stages.go. What may go wrong with one domain is a row; what ends a scan is an
// error, and then no file is left that looks whole.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"

	"github.com/govalues/decimal"

	"tldsweep/internal/cart"
	"tldsweep/scanner"
)

// Scan is what is asked, who answers, what becomes of the answers, and what is told at the end. Endpoint, Input and Extensions
// must be given; the zero value of each other field leaves out what it is for. A Scan is for one Run, or for plans, and for one
// goroutine.
type Scan struct {
	Endpoint   Endpoint
	Input      *Input
	Extensions []string // patterns, as extensions.Select takes them; several may be in one, separated by commas
	Sources    Sources

	Recorder *Recorder // keeps the answers, and closes with the scan; nil: they are not kept
	Outputs  *Outputs  // where the rows go, ended with the scan; nil: nowhere
	Filter   Filter    // which of them do
	Ordered  bool      // in the order of the list, not as the answers come

	// MaxErrors is how many percent of the rows that OVHcloud was asked for may be errors. Where more are, the scan has failed; null:
	// where all are.
	MaxErrors decimal.NullDecimal

	Conclusion Conclusion
	Log        *slog.Logger // warnings, and details as debug; nil: nothing is said
	// Progress is called by one goroutine: when it is known what is asked, after each result, and once with ended when no more
	// come. It is not called where nothing could be asked.
	Progress func(count *Counts, ended bool)
}

// Run asks, writes the rows and tells the result. It returns what was counted, also where there is an error. A *ConclusionError is
// what went wrong at the end of a scan that has finished; every other error says why it did not (the cause of ctx's end, where that
// is why, or an *UnansweredError): then the files of Outputs are as they were, no changes are told, and the same question is
// continued where this run ended. Rows without an answer are no error as long as they are not too many; see Counts.Status.
func (s *Scan) Run(ctx context.Context) (*Counts, error) {
	count := NewCounts(s.Endpoint.Pace.Stats)
	if s.Sources.DNS != nil {
		count.dns = s.Sources.DNS.Stats
	}
	err := s.ask(ctx, count)
	if err == nil {
		err = count.Balance()
	}
	if err == nil {
		err = s.unanswered(count)
	}
	// The disk may be full: the run has finished when all rows are on it, and what they replace goes last.
	if err == nil {
		err = s.Outputs.end()
	}
	if err == nil {
		s.Recorder.Finish()
		err = s.Outputs.commit()
	} else {
		s.Outputs.Abandon()
	}
	if err != nil {
		s.Recorder.Close()
		if failed := s.conclude(ctx, count, err); failed != nil {
			s.log().Warn(failed.Error())
		}
		return count, err
	}
	failed := s.tellChanges(ctx, count)
	s.Recorder.Close()
	failed = errors.Join(failed, s.conclude(ctx, count, failed))
	if failed != nil {
		return count, &ConclusionError{failed}
	}
	return count, nil
}

// ask is the whole way: names, queries, stages, results, rows.
func (s *Scan) ask(ctx context.Context, count *Counts) error {
	e := s.Endpoint
	e.asked = s.Recorder.Asked
	chosen, market, err := e.Choose(ctx, s.Extensions, s.log())
	if err != nil {
		return causeOf(ctx, err)
	}
	opened, err := cart.Open(ctx, s.Endpoint.Client, cart.Options{Subsidiary: s.Endpoint.Subsidiary, Description: "tldsweep scan"})
	if err != nil {
		return causeOf(ctx, err)
	}
	// What is asked for and not in the list was withdrawn since, or the list is broken: a lookup tells, or the catalogue does.
	sold := func(extension string) bool { return market.Sells(extension) || slices.Contains(chosen, extension) }
	if !market.Complete() {
		sold = nil // only OVHcloud itself says what it does not sell
	}
	stages := s.stages(market, sold, opened)
	count.Extensions, count.queue = len(chosen), stages[len(stages)-1].Queue
	s.progress(count, false)
	defer s.progress(count, true)

	var seen scanner.Seen
	defer seen.Close()
	queries := count.asking(s.unspilled(scanner.Queries(s.Input.All, chosen, sold, &seen), &seen))
	var order *scanner.Sequencer
	if s.Ordered {
		order = scanner.NewSequencer()
		order.Warn = s.warn
		defer order.Close()
	}
	for result, err := range scanner.Scan(ctx, order.Queries(queries), stages...) {
		if err != nil {
			// What waits for others is written too; why the scan has ended is what to tell.
			_ = s.write(count, order.Rest())
			return causeOf(ctx, err)
		}
		count.Add(result)
		s.Recorder.Keep(result)
		if err := s.write(count, order.Ready(result)); err != nil {
			return err
		}
		s.progress(count, false)
	}
	return nil
}

// unspilled says once where the names that were seen are kept in memory, since no temporary file takes them. seen belongs to whoever
// ranges over the queries.
func (s *Scan) unspilled(queries iter.Seq2[scanner.Query, error], seen *scanner.Seen) iter.Seq2[scanner.Query, error] {
	const hint = "set TMPDIR to a folder that takes files and has room"
	return func(yield func(scanner.Query, error) bool) {
		told := false
		for query, err := range queries {
			if why := seen.Unspilled(); why != nil && !told {
				told = true
				s.log().Warn(fmt.Sprintf("the names seen so far are kept in memory, which grows with the list: %v: %s", why, hint))
			}
			if _, full := errors.AsType[*scanner.NoRoomError](err); full {
				err = &Error{err, hint}
			}
			if !yield(query, err) {
				return
			}
		}
	}
}

// write writes those rows that are wanted, and counts the others.
func (s *Scan) write(count *Counts, rows iter.Seq2[scanner.Result, error]) error {
	for row, err := range rows {
		if err != nil {
			return err
		}
		if !s.Filter.Keeps(row) {
			count.filtered.Add(1)
			continue
		}
		if err := s.Outputs.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scan) warn(err error) { s.log().Warn(err.Error()) }

func (s *Scan) progress(count *Counts, ended bool) {
	if s.Progress != nil {
		s.Progress(count, ended)
	}
}

func (s *Scan) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}

// causeOf is why ctx has ended, where it has: then that is why something failed.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// isInterrupted says whether err is that ctx has ended.
func isInterrupted(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return cause != nil && errors.Is(err, cause)
}
