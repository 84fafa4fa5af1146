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
	"tldsweep/internal/sweep"
)

// longList is from how many lines on the names themselves are what memory is spent on.
const longList = 100_000

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

// openRecorder opens the history and finds the run to go on with. It is nil where nothing is kept.
func (a *program) openRecorder(ctx context.Context, f scanFlags, s *settings, conn *app.Connection) (*sweep.Recorder, error) {
	path := a.historyFile(f.history)
	if path == "" && len(s.ages) > 0 {
		return nil, app.Usage(errors.New("--max-age and --recheck need a history"), "name one with --history FILE")
	}
	if path == "" {
		return nil, nil
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
	h, err := history.Open(ctx, path)
	if err != nil {
		if f.history != "" || ctx.Err() != nil {
			return nil, err
		}
		a.Console.Warning("no history is kept, so an interrupted run cannot go on: %v", err)
		return nil, nil
	}
	if h.SetAside != "" {
		a.Console.Warning("the history was damaged; it is now %s, and a new one is begun", h.SetAside)
	}
	recorder, err := sweep.NewRecorder(ctx, h, question, f.fresh, f.waitLock)
	if err != nil {
		return nil, err
	}
	if answered, began := recorder.Resumed(); answered > 0 {
		a.Console.Note("going on with the run of %s: %d domains are answered already; --fresh asks them all again",
			began.Format(time.DateTime), answered)
	}
	return recorder, nil
}

// resumption says what an interrupted run leaves behind.
func resumption(r *sweep.Recorder) string {
	if r == nil {
		return "nothing is kept, since there is no history"
	}
	return fmt.Sprintf("what was answered is kept in %s: the same command goes on from there", r.Path())
}

// openHistory opens a history to look at: the file that is named, or the usual one.
func openHistory(ctx context.Context, path string) (*history.History, error) {
	if path == "" {
		var err error
		if path, err = defaultHistory(); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return nil, app.Hinted(fmt.Errorf("history: %w", err), "a scan makes one; name another with --history FILE")
	}
	return history.Open(ctx, path)
}
