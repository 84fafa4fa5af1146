package sweep

import (
	"context"
	"fmt"
	"iter"
	"time"

	"tldsweep/scanner"
)

// Conclusion is what is told when a scan has ended. The zero value tells nothing.
type Conclusion struct {
	Summary string // a file for the run as one JSON object, however it ended
	Version string // of the program, for the summary
	Metrics string // a file for the run's figures, in the form of node_exporter's textfile collector, however it ended

	// What has changed since the domains were last asked for is told where a scan has finished and has a Recorder.
	Changes      string // a file for it, in the format of its suffix
	CountChanges bool   // it is counted also where nothing else here asks for it
	// OnChange is called where something has changed; nil: nothing is. Its error is the scan's.
	OnChange func(context.Context, iter.Seq2[scanner.Change, error]) error
	Forget   time.Duration // answers that were superseded so long ago are dropped; 0: none are
}

// tellChanges tells what this run has changed to whoever wants to know, and forgets what is old.
func (s *Scan) tellChanges(ctx context.Context, count *Counts) error {
	c := s.Conclusion
	if s.Recorder == nil {
		return nil
	}
	if c.Changes != "" || c.CountChanges || c.OnChange != nil {
		changes, err := s.Recorder.Changes(ctx)
		if err != nil {
			return err
		}
		if count.Changes, err = WriteChangesFile(c.Changes, changes); err != nil {
			return err
		}
		if count.Changes > 0 && c.OnChange != nil {
			if err := c.OnChange(ctx, changes); err != nil {
				return err
			}
		}
	}
	if c.Forget == 0 {
		return nil
	}
	gone, err := s.Recorder.Forget(ctx, c.Forget)
	if gone > 0 {
		s.log().Debug(fmt.Sprintf("%d superseded answers are forgotten", gone))
	}
	return err
}

// conclude writes summary and metrics. err is how the scan ended; what fails here is told where nothing else failed.
func (s *Scan) conclude(ctx context.Context, count *Counts, err error) error {
	if s.Conclusion.Summary != "" {
		if wrong := s.summarise(ctx, count, err).write(s.Conclusion.Summary); err == nil {
			err = wrong
		}
	}
	if s.Conclusion.Metrics != "" {
		if wrong := count.WriteMetrics(s.Conclusion.Metrics, err == nil); err == nil {
			err = wrong
		}
	}
	return err
}
