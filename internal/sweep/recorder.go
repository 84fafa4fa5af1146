package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// Recorder keeps the answers of one scan in a history, so that a scan that was stopped goes on, and what changed can be reported.
// Where the history cannot be written, one warning says so, and the scan goes on; what is in the history is used all the same. Make
// one with NewRecorder. Keep is safe for concurrent use, and so are the stages; the rest is not. A nil *Recorder keeps nothing, and
// is no error.
type Recorder struct {
	history  *history.History
	run      *history.Run     // nil: the history can only be read
	answers  *history.Answers // what the history held when the scan began
	warn     func(string)
	lost     atomic.Pointer[error] // why nothing more is kept
	setAside string                // what was warned of
}

// Emulator is what histories know the emulator inside the program by. Its answers are the same in each process, whose port is not.
const Emulator = "emulator"

// Question is what the scan asks, as a history knows it, and how many lines its list has. It reads the input, which can be read
// again afterwards; its errors are the input's.
func (s *Scan) Question() (question history.Question, lines int, err error) {
	names, lines, err := s.Input.Digest()
	server := s.Endpoint.Client.Server()
	if s.Endpoint.Emulated {
		server = Emulator
	}
	return history.Question{Endpoint: server, Subsidiary: s.Endpoint.Subsidiary, Names: names, Extensions: s.Extensions}, lines, err
}

// NewRecorder opens the history in a file, and begins a run of a question or continues the one that did not finish. While another
// process asks the same question it waits as the options say, and then returns history.ErrRunning; what it does where answers are lost
// is its own. A history that cannot be written is no error. Other errors are ctx's and *history.Error.
func NewRecorder(ctx context.Context, path string, question history.Question, options history.RunOptions) (*Recorder, error) {
	if options.Warn == nil {
		options.Warn = func(string) {}
	}
	r := &Recorder{warn: options.Warn}
	options.Lost = r.lose
	err := r.begin(ctx, path, question, options)
	if e, ok := errors.AsType[*history.Error](err); ok && e.Damaged() {
		// It has been moved aside, unless another process uses it.
		err = r.begin(ctx, path, question, options)
	}
	if e, ok := errors.AsType[*history.Error](err); ok && e.Unwritable() {
		r.lose(err)
		err = r.look(ctx, path, question)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// begin opens the history and begins the run.
func (r *Recorder) begin(ctx context.Context, path string, question history.Question, options history.RunOptions) (err error) {
	if r.history, err = history.Open(ctx, path); err != nil {
		return err
	}
	r.warnOfDamage()
	if r.run, err = r.history.Begin(ctx, question, options); err != nil {
		err = errors.Join(err, r.history.Close())
		r.warnOfDamage()
		r.history = nil
		return err
	}
	r.answers = &r.run.Answers
	return nil
}

// look uses a history that can only be read, if there is one.
func (r *Recorder) look(ctx context.Context, path string, question history.Question) error {
	h, err := history.OpenToRead(ctx, path)
	if err != nil {
		return ctx.Err() // why it cannot be written was said
	}
	if r.answers, err = h.Lookup(ctx, question); err != nil {
		_ = h.Close()
		return ctx.Err()
	}
	r.history = h
	return nil
}

func (r *Recorder) warnOfDamage() {
	if moved := r.history.SetAside; moved != r.setAside {
		r.setAside = moved
		r.warn(fmt.Sprintf("the history was damaged; it is now %s, and a new one is begun", moved))
	}
}

// Resumed says how many domains the run had answered before it was stopped, and when it was begun; 0: it is a new one.
func (r *Recorder) Resumed() (answered int64, began time.Time) {
	if r == nil || r.answers == nil {
		return 0, time.Time{}
	}
	return r.answers.Kept, r.answers.Started
}

// Path is the file of the history; empty: there is none.
func (r *Recorder) Path() string {
	if r == nil || r.history == nil {
		return ""
	}
	return r.history.Path()
}

// Stages answer from what is kept: first what this run has answered before it was stopped, then what earlier runs have found
// out that is younger than the age of its status. What cannot be read is asked again, which is warned of once.
func (r *Recorder) Stages(ages map[scanner.Status]time.Duration) (stages []scanner.Stage) {
	if r == nil || r.answers == nil {
		return nil
	}
	if r.answers.Kept > 0 {
		stages = append(stages, r.passing(r.answers.Replay()))
	}
	if len(ages) > 0 {
		stages = append(stages, r.passing(r.answers.Recall(ages)))
	}
	return stages
}

// passing is a stage of the history that passes on what it cannot read.
func (r *Recorder) passing(stage scanner.Stage) scanner.Stage {
	var once sync.Once
	answer := stage.Answer
	stage.Answer = func(ctx context.Context, query scanner.Query) (scanner.Answer, error) {
		a, err := answer(ctx, query)
		if e, ok := errors.AsType[*history.Error](err); ok && ctx.Err() == nil {
			once.Do(func() { r.warn(fmt.Sprintf("what cannot be read from the history is asked again: %v", e)) })
			return scanner.Answer{}, scanner.ErrPass
		}
		return a, err
	}
	return stage
}

// Asked says whether this run or an earlier one has an answer for a domain under an extension. Errors are *history.Error.
func (r *Recorder) Asked(ctx context.Context, extension string) (bool, error) {
	if r == nil || r.answers == nil {
		return false, nil
	}
	return r.answers.Asked(ctx, extension)
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
		r.warn(fmt.Sprintf("no answers are kept from here on, so an interrupted scan asks for them again: %v", err))
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
	if r == nil || r.history == nil {
		return
	}
	if r.run != nil {
		r.lose(r.run.Close())
	}
	r.lose(r.history.Close())
	r.warnOfDamage()
}

var errNoHistory = &Error{errors.New("the answers of this run are not kept, so no changes are known, and nothing is deleted"), "see the warning above why; then run the same command again"}
