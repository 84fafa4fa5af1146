package cli

import (
	"errors"
	"fmt"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// reportEnd says how the scan ended.
func (a *program) reportEnd(s *sweep.Scan, count *sweep.Counts, err error) {
	switch interrupted, ok := errors.AsType[app.Interruption](err); {
	case ok:
		a.Console.Note("%v after %s", interrupted, count.Line())
		a.Console.Note("%s", resumption(s.Recorder))
	case err == nil:
		a.Console.Note("%s", count.Line())
		a.warnOf(count.Status[scanner.Failed])
	case s.Recorder != nil && count.Rows > 0:
		a.Console.Note("%s", resumption(s.Recorder))
	}
}

// warnOf says what rows without an answer mean.
func (a *program) warnOf(failed int64) {
	switch failed {
	case 0:
	case 1:
		a.Console.Warning("1 row is an error: its domain may be free or taken; run it again to ask for it")
	default:
		a.Console.Warning("%d rows are errors: their domains may be free or taken; run it again to ask for them", failed)
	}
}

// resumption says what an interrupted run leaves behind.
func resumption(r *sweep.Recorder) string {
	if r == nil {
		return "nothing is kept, since there is no history"
	}
	return fmt.Sprintf("what was answered is kept in %s: the same command goes on from there", r.Path())
}
