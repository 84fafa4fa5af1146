package cli

import (
	"errors"
	"fmt"

	"tldsweep/internal/api"
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
		a.Console.Note("%s", resumption(s, count))
	case isUnread(err):
		a.Console.Note("stdout was closed after %s", count.Line())
		a.Console.Note("%s", resumption(s, count))
	case err == nil, written:
		a.Console.Note("%s", count.Line())
		a.warnOf(count)
	case s.Recorder.Keeps() && hasAnswers(s, count):
		a.Console.Note("%s", resumption(s, count))
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
func resumption(s *sweep.Scan, count *sweep.Counts) string {
	endpoint := s.Endpoint.Client.Endpoint()
	switch {
	case !hasAnswers(s, count):
		return "no domain was answered: the same command starts over"
	case !s.Recorder.Keeps():
		return "what was answered is not kept: the same command asks it again"
	case s.Endpoint.Emulated || api.IsOVHcloud(endpoint):
		return fmt.Sprintf("what was answered is kept in %s: the same command goes on from there", s.Recorder.Path())
	}
	return fmt.Sprintf("what was answered is kept in %s: the same command goes on from there, as long as the endpoint is %s", s.Recorder.Path(), endpoint)
}

// hasAnswers says whether a run has answers that are worth keeping, in this process or from before.
func hasAnswers(s *sweep.Scan, count *sweep.Counts) bool {
	before, _ := s.Recorder.Resumed()
	return before > 0 || count.Answers() > 0
}

// conclusion is what the flags ask for at the end.
func (a *program) conclusion(f scanFlags) sweep.Conclusion {
	c := sweep.Conclusion{
		Summary: f.output.summary, Metrics: f.output.metrics, Version: app.Version(),
		Changes: f.changes.file, CountChanges: f.changes.exitCode, Forget: f.changes.age, Pending: &a.Files,
	}
	if !a.IsEmulated() {
		c.Last = lastSummary()
	}
	if f.changes.onChange != "" {
		c.OnChange = a.onChange(f.changes.onChange)
	}
	return c
}
