package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/history"
)

// longList is from how many lines on the names themselves are what memory is spent on.
const longList = 100_000

// recorder is the history of one scan, or nothing where it is off.
type recorder struct {
	history *history.History
	run     *history.Run
}

// historyOff says whether there is no history.
func (a *program) historyOff(flag string) bool {
	return flag == "off" || flag == "" && a.IsEmulated()
}

// historyFile is the file that --history means; empty means none. A default that cannot be used is a warning, since a
// scan without history is better than none.
func (a *program) historyFile(flag string) string {
	switch {
	case a.historyOff(flag):
		return ""
	case flag != "":
		return flag
	}
	path, err := defaultHistory()
	if err != nil {
		a.Console.Warning("no history is kept, so an interrupted run cannot go on: %v", err)
	}
	return path
}

func defaultHistory() (string, error) {
	folder, err := app.StateFolder()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "history.db"), nil
}

// question is what the scan asks, and how many lines its list has. The input can be read again afterwards.
func (s *settings) question(f scanFlags, conn *app.Connection) (question history.Question, lines int, err error) {
	names, lines, err := s.input.Digest()
	return history.Question{Endpoint: conn.Client.Server(), Subsidiary: conn.Subsidiary, Names: names, Extensions: f.extensions}, lines, err
}

// remember opens the history and finds the run to go on with.
func (a *program) openRecorder(ctx context.Context, f scanFlags, s *settings, conn *app.Connection) (*recorder, error) {
	path := a.historyFile(f.history)
	if path == "" && len(s.ages) > 0 {
		return nil, app.Usage(errors.New("--max-age and --recheck need a history"), "name one with --history FILE")
	}
	if path == "" {
		return &recorder{}, nil
	}
	question, lines, err := s.question(f, conn)
	if err != nil {
		return nil, err
	}
	if lines >= longList && os.Getenv("GOGC") == "" {
		// The set of names is live, and as much garbage again would be waited for. With half as much, collections are
		// still rarer than in a short scan.
		debug.SetGCPercent(50)
	}
	m := &recorder{}
	if m.history, err = history.Open(ctx, path); err != nil {
		if f.history != "" || ctx.Err() != nil {
			return nil, err
		}
		a.Console.Warning("no history is kept, so an interrupted run cannot go on: %v", err)
		return &recorder{}, nil
	}
	if aside := m.history.SetAside; aside != "" {
		a.Console.Warning("the history was damaged; it is now %s, and a new one is begun", aside)
	}
	if m.run, err = m.history.Begin(ctx, question, f.fresh, f.waitLock); err != nil {
		return nil, errors.Join(err, m.history.Close())
	}
	if m.run.Kept > 0 {
		a.Console.Note("going on with the run of %s: %d domains are answered already; --fresh asks them all again",
			m.run.Started.Format(time.DateTime), m.run.Kept)
	}
	return m, nil
}

// finish marks the run as finished where err, which is how the scan ended, is nil.
func (r *recorder) finish(err error) error {
	if r.run == nil || err != nil {
		return err
	}
	return r.run.Finish()
}

// close keeps what is left. err is how the scan ended; a history that fails now is told where nothing else failed.
func (r *recorder) close(err error) error {
	if r.run == nil {
		return err
	}
	closing := errors.Join(r.run.Close(), r.history.Close())
	if err == nil {
		err = closing
	}
	return err
}

// goOn says what an interrupted run leaves behind.
func (r *recorder) resumption() string {
	if r.run == nil {
		return "nothing is kept, since there is no history"
	}
	return fmt.Sprintf("what was answered is kept in %s: the same command goes on from there", r.history.Path())
}
