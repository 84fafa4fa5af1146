package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// Recorder keeps the answers of one scan in a history, so that a scan that was stopped goes on, and what changed can be reported.
// Where the history cannot be written, one warning says so, and the scan goes on without it. Make one with NewRecorder. Keep is
// safe for concurrent use, the rest is not. A nil *Recorder keeps nothing, and is no error.
type Recorder struct {
	history *history.History
	run     *history.Run
	warn    func(string)
	lost    atomic.Pointer[error] // why nothing more is kept
}

// Question is what the scan asks, as a history knows it, and how many lines its list has. It reads the input, which can be read
// again afterwards; its errors are the input's.
func (s *Scan) Question() (question history.Question, lines int, err error) {
	names, lines, err := s.Input.Digest()
	return history.Question{Endpoint: s.Endpoint.Client.Server(), Subsidiary: s.Endpoint.Subsidiary, Names: names, Extensions: s.Extensions}, lines, err
}

// NewRecorder begins a run of a question, or continues the one that did not finish. While another process asks the same question
// it waits as the options say, and then returns history.ErrRunning; other errors are ctx's and *history.Error. The history is the
// recorder's from here on, also where there is an error: it is closed with it.
func NewRecorder(ctx context.Context, h *history.History, question history.Question, options history.RunOptions) (*Recorder, error) {
	if options.Warn == nil {
		options.Warn = func(string) {}
	}
	run, err := h.Begin(ctx, question, options)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &Recorder{history: h, run: run, warn: options.Warn}, nil
}

// Resumed says how many domains the run had answered before it was stopped, and when it was begun; 0: it is a new one.
func (r *Recorder) Resumed() (answered int64, began time.Time) {
	if r == nil {
		return 0, time.Time{}
	}
	return r.run.Kept, r.run.Started
}

// Path is the file of the history; empty: nothing is kept.
func (r *Recorder) Path() string {
	if r == nil {
		return ""
	}
	return r.history.Path()
}

// Stages answer from what is kept: first what this run has answered before it was stopped, then what earlier runs have found
// out that is younger than the age of its status.
func (r *Recorder) Stages(ages map[scanner.Status]time.Duration) (stages []scanner.Stage) {
	if r == nil {
		return nil
	}
	if r.run.Kept > 0 {
		stages = append(stages, r.run.Replay())
	}
	if len(ages) > 0 {
		stages = append(stages, r.run.Recall(ages))
	}
	return stages
}

// Asked says whether this run or an earlier one has an answer for a domain under an extension. Errors are *history.Error.
func (r *Recorder) Asked(ctx context.Context, extension string) (bool, error) {
	if r == nil {
		return false, nil
	}
	return r.run.Asked(ctx, extension)
}

// Keep keeps a result. The first one that cannot be kept is warned of.
func (r *Recorder) Keep(result scanner.Result) {
	if r != nil && r.lost.Load() == nil {
		r.lose(r.run.Keep(result))
	}
}

// lose warns, once, that answers are not kept.
func (r *Recorder) lose(err error) {
	if err != nil && r.lost.CompareAndSwap(nil, &err) {
		r.warn(fmt.Sprintf("from here on no answers are kept, so an interrupted run asks them again: %v", err))
	}
}

// Keeps says whether what was answered is kept.
func (r *Recorder) Keeps() bool { return r != nil && r.lost.Load() == nil }

// Finish marks the run as finished: the same question will be asked again. Nothing may be kept after it. A run whose answers
// could not be kept stays as it is.
func (r *Recorder) Finish() {
	if r.Keeps() {
		r.lose(r.run.Finish())
	}
}

// Changes are what the run has changed from what was known before it, once it has finished.
func (r *Recorder) Changes(ctx context.Context) (iter.Seq2[scanner.Change, error], error) {
	if !r.Keeps() {
		return nil, errNoHistory
	}
	run, err := r.history.FindRun(ctx, r.run.ID())
	if err != nil {
		return nil, err
	}
	return r.history.Changes(ctx, run.ID-1, run), nil
}

// Forget drops the answers that were superseded so long ago, and says how many.
func (r *Recorder) Forget(ctx context.Context, age time.Duration) (gone int64, err error) {
	if !r.Keeps() {
		return 0, errNoHistory
	}
	return r.history.Forget(ctx, time.Now().Add(-age))
}

// Close writes what is left, and closes the history. A run that has not finished can be continued.
func (r *Recorder) Close() {
	if r == nil {
		return
	}
	r.lose(r.run.Close())
	r.lose(r.history.Close())
}

var errNoHistory = errors.New("the answers are not kept, so there is nothing to compare with and nothing to forget")
