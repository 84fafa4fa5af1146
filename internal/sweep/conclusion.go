package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"tldsweep/internal/atomicfile"
	"tldsweep/scanner"
)

// Conclusion is what is told when a scan has ended. The zero value tells nothing.
type Conclusion struct {
	Summary string // a file for the run as one JSON object, however it ended
	Version string // of the program, for the summary
	Last    string // a file for the same object, for bug reports: that it cannot be written is only a detail
	Metrics string // a file for the run's figures, in the form of node_exporter's textfile collector, however it ended

	// What has changed since the domains were last asked for is told where a scan has finished and has a Recorder.
	Changes      string // a file for it, in the format of its suffix
	CountChanges bool   // it is counted also where nothing else here asks for it
	// OnChange is called where something has changed; nil: nothing is. Its error is the scan's.
	OnChange func(context.Context, iter.Seq2[scanner.Change, error]) error
	Forget   time.Duration // answers that were superseded so long ago are dropped; 0: none are

	Pending *atomicfile.Pending // of the process, which discards half-written files where it ends early; may be nil
}

// tellChanges tells what this run has changed to whoever wants to know, and forgets what is old. Where the file cannot be written the
// command is told all the same.
func (s *Scan) tellChanges(ctx context.Context, count *Counts) error {
	c := s.Conclusion
	var all error
	if c.Changes != "" || c.CountChanges || c.OnChange != nil {
		changes, err := s.Recorder.Changes(ctx)
		if err != nil {
			return err
		}
		if count.Changes, err = countChanges(changes); err != nil {
			return err
		}
		if c.Changes != "" {
			_, all = WriteChangesFile(c.Pending, c.Changes, changes)
		}
		if count.Changes > 0 && c.OnChange != nil {
			all = errors.Join(all, c.OnChange(ctx, changes))
		}
	}
	if c.Forget == 0 || all != nil {
		return all // what was not told is not forgotten
	}
	gone, err := s.Recorder.Forget(ctx, c.Forget)
	if err != nil {
		return fmt.Errorf("superseded answers are not deleted: %w", err)
	}
	if gone > 0 {
		s.log().Debug(fmt.Sprintf("%d superseded answers are forgotten", gone))
	}
	return nil
}

// conclude writes summary and metrics. ending is how the scan has ended; the error is what could not be written.
func (s *Scan) conclude(ctx context.Context, count *Counts, ending error) (err error) {
	summary := s.summarise(ctx, count, ending)
	if s.Conclusion.Last != "" {
		if failed := summary.write(s.Conclusion.Pending, s.Conclusion.Last); failed != nil {
			s.log().Debug(fmt.Sprintf("this run is not kept for bug reports: %v", failed))
		}
	}
	if s.Conclusion.Summary != "" {
		err = summary.write(s.Conclusion.Pending, s.Conclusion.Summary)
	}
	if s.Conclusion.Metrics != "" {
		finished := ending == nil && err == nil
		err = errors.Join(err, count.WriteMetrics(s.Conclusion.Pending, s.Conclusion.Metrics, finished))
	}
	return err
}
