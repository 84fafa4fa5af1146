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
	_, written := errors.AsType[*sweep.ConclusionError](err)
	switch interrupted, ok := errors.AsType[app.Interruption](err); {
	case ok && written:
		a.Console.Note("%v after the rows were written: %s", interrupted, count.Line())
	case ok:
		a.Console.Note("%v after %s", interrupted, count.Line())
		a.Console.Note("%s", resumption(s.Recorder))
	case err == nil, written:
		a.Console.Note("%s", count.Line())
		a.warnOf(count)
	case s.Recorder.Keeps() && count.Rows > 0:
		a.Console.Note("%s", resumption(s.Recorder))
	}
}

// warnOf says what rows without an answer mean, and why there are some.
func (a *program) warnOf(count *sweep.Counts) {
	switch failed := count.Status[scanner.Failed]; failed {
	case 0:
	case 1:
		a.Console.Warning("1 row is an error: its domain may be free or taken; run it again to ask for it (%s)", count.Causes())
	default:
		a.Console.Warning("%d rows are errors: their domains may be free or taken; run it again to ask for them (%s)", failed, count.Causes())
	}
}

// resumption says what an interrupted run leaves behind.
func resumption(r *sweep.Recorder) string {
	if !r.Keeps() {
		return "what was answered is not kept: the same command asks it again"
	}
	return fmt.Sprintf("what was answered is kept in %s: the same command goes on from there", r.Path())
}
