package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/extensions"
	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/ordering"
	"tldsweep/internal/history"
	"tldsweep/internal/order"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// The exit codes; exitCodes says what they mean.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitErrors      = 3
	exitUnknown     = 6
	exitChanged     = 10
	exitAsked       = 75
	exitHungUp      = 129
	exitInterrupted = 130
	exitUnread      = 141
	exitTerminated  = 143
)

// exitCodes is every exit code with its meaning, for tldsweep help exit-codes and, word by word, for docs/columns.md.
var exitCodes = [...]struct {
	code    int
	meaning string
}{
	{exitOK, "done: every query was answered"},
	{exitFailed, "failed: every row that OVHcloud was asked for is an error, or a file or the network failed; an old report stays. Of order: nothing was done"},
	{exitUsage, "wrong usage: a flag, a pattern or an argument that makes no sense; no domain was asked for"},
	{exitErrors, "done, but some rows are errors, or something else that was asked for is missing"},
	{exitUnknown, "the outcome of an order or a payment is unknown: look, do not repeat"},
	{exitChanged, "with --exit-code: something has changed"},
	{exitAsked, "another process runs the same scan, or is ordering"},
	{exitHungUp, "ended by SIGHUP, as when a terminal is closed; what was answered is kept"},
	{exitInterrupted, "interrupted by Ctrl-C; what was answered is kept"},
	{exitUnread, "what reads stdout has ended, as head does; what was answered is kept. Of order: 1"},
	{exitTerminated, "ended by SIGTERM; what was answered is kept"},
}

// exitCodesTopic is what tldsweep help exit-codes shows.
func exitCodesTopic() *cobra.Command {
	var text strings.Builder
	text.WriteString("Exit codes:\n")
	for _, e := range exitCodes {
		fmt.Fprintf(&text, "\n%5d  %s", e.code, e.meaning)
	}
	text.WriteString("\n\nWhere several hold, the first of these counts: ")
	for i, code := range precedence {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprint(&text, code)
	}
	text.WriteString(".\nA command after tldsweep emulate -- ends with its own.")
	return &cobra.Command{Use: "exit-codes", Short: "What each exit code means", Long: text.String()}
}

// errSomeFailed ends a run that finished with rows that are errors; the summary has said so already.
var errSomeFailed = errors.New("some rows are errors")

// errChanged ends a command with --exit-code that has told of changes.
var errChanged = errors.New("something has changed")

// errUnread ends a command quietly since nobody reads its stdout any more, as SIGPIPE ends others.
var errUnread = errors.New("stdout is closed")

// isUnread says whether err is that nobody reads stdout any more, and nothing else.
func isUnread(err error) bool {
	if err == nil {
		return false
	}
	for _, part := range parts(err) {
		write, ok := errors.AsType[*fs.PathError](part)
		if !ok || write.Path != os.Stdout.Name() || !errors.Is(write.Err, syscall.EPIPE) {
			return false
		}
	}
	return true
}

// isOrdering says whether a command is of tldsweep order: what it could not print may be about money.
func isOrdering(command *cobra.Command) bool {
	return command.HasParent() && command.Parent().Name() == "order"
}

// precedence is which exit code counts where several hold: what must not be missed comes first. Those after exitFailed are of
// commands that did what they were asked to, at least in part. commandEnded's, which come alone, are any.
var precedence = []int{
	exitUnknown, exitFailed, exitUsage, exitAsked, exitHungUp, exitInterrupted, exitUnread, exitTerminated, exitErrors, exitChanged,
}

// exitCode is the one place where an error becomes a number.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	code := -1
	for _, part := range parts(err) {
		next := exitCodeOf(part)
		if code < 0 || slices.Index(precedence, next) < slices.Index(precedence, code) {
			code = next
		}
	}
	return code
}

// parts are the errors that errors.Join made one, each on its own. One that fmt.Errorf made of several stays whole: its text is.
func parts(err error) (all []error) {
	if reflect.TypeOf(err) != reflect.TypeOf(errors.Join(err)) {
		return []error{err}
	}
	for _, part := range err.(interface{ Unwrap() []error }).Unwrap() {
		all = append(all, parts(part)...)
	}
	return all
}

// exitCodeOf is the exit code of one error.
func exitCodeOf(err error) int {
	if _, ok := errors.AsType[*order.UnknownOutcomeError](err); ok {
		return exitUnknown
	}
	if interrupted, ok := errors.AsType[app.Interruption](err); ok {
		switch interrupted.Signal {
		case syscall.SIGTERM:
			return exitTerminated
		case syscall.SIGHUP:
			return exitHungUp
		}
		return exitInterrupted
	}
	if ended, ok := errors.AsType[commandEnded](err); ok {
		return ended.code
	}
	if _, ok := errors.AsType[*app.UsageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*extensions.PatternError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*sweep.ConclusionError](err); ok {
		return exitErrors
	}
	if _, ok := errors.AsType[*app.PartialError](err); ok {
		return exitErrors
	}
	switch {
	case errors.Is(err, errSomeFailed), errors.Is(err, ordering.ErrLeftOut):
		return exitErrors
	case errors.Is(err, errChanged):
		return exitChanged
	case errors.Is(err, errUnread):
		return exitUnread
	case errors.Is(err, history.ErrRunning), errors.Is(err, order.ErrBusy):
		return exitAsked
	}
	return exitFailed
}

// hint is the one place that knows what to do about an error; empty where nothing better than the error can be said.
func hint(err error) string {
	if e, ok := errors.AsType[*app.UsageError](err); ok {
		return e.Hint
	}
	if e, ok := errors.AsType[*app.HintedError](err); ok {
		return e.Hint
	}
	if e, ok := errors.AsType[*sweep.Error](err); ok {
		return e.Hint
	}
	if e, ok := errors.AsType[*sweep.UnansweredError](err); ok {
		return unansweredHint(e)
	}
	if e, ok := errors.AsType[*extensions.PatternError](err); ok {
		return e.Hint()
	}
	if e, ok := errors.AsType[*order.RefusedError](err); ok {
		return e.Hint
	}
	if e, ok := errors.AsType[*order.DearerError](err); ok {
		return fmt.Sprintf("it is not paid, and tldsweep will not pay it: let it expire, or look at it at OVHcloud; if you want it all the same: tldsweep order pay %d --max-total %s", e.Order, e.Total)
	}
	if e, ok := errors.AsType[*order.UnknownOutcomeError](err); ok {
		if e.After > 0 {
			return fmt.Sprintf("do not repeat it; wait %s, then: tldsweep order status, which looks into the account. Until then nothing more is ordered", max(e.After.Round(time.Second), time.Second))
		}
		return fmt.Sprintf("do not repeat it; look at your orders at OVHcloud, then say what became of it: tldsweep order reconcile %s --order NUMBER, or --not-placed. Until then nothing more is ordered", e.Cart)
	}
	if e, ok := errors.AsType[*api.StopError](err); ok {
		return e.Hint
	}
	if e, ok := errors.AsType[*api.WaitError](err); ok {
		return cmp.Or(e.Hint, waitHint(e.Kind))
	}
	if e, ok := errors.AsType[*api.RowError](err); ok && e.Status == http.StatusNotFound {
		return "check --endpoint: the URLs of OVHcloud's API end in /1.0"
	}
	if e, ok := errors.AsType[*history.Error](err); ok {
		return e.Hint
	}
	switch {
	case errors.Is(err, history.ErrRunning):
		return "let it finish, or wait for it with --wait-lock 10m"
	case errors.Is(err, order.ErrBusy):
		return "let it finish, then run the same command again"
	case errors.Is(err, order.ErrNothing):
		return "see above why; scan again for today's prices"
	case errors.Is(err, history.ErrNoRun):
		return "tldsweep history lists the runs; a scan with a history makes one"
	case errors.Is(err, api.ErrConfig):
		return "see ovh.conf-dist, or try --endpoint emulator, which needs no credentials"
	case errors.Is(err, syscall.EPIPE):
		return "what reads stdout has ended: let it read to the end"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk, then run the same command again"
	case errors.Is(err, syscall.EFBIG):
		return "this process may not write so large a file: see ulimit -f"
	case errors.Is(err, syscall.EISDIR):
		return "name a file in the folder"
	case errors.Is(err, fs.ErrNotExist):
		return "check the path; folders are not created"
	case errors.Is(err, fs.ErrPermission):
		return "check who owns the file and its folder"
	case errors.Is(err, context.DeadlineExceeded):
		return "try again later"
	}
	return ""
}

// unansweredHint says what to do, and what became of the rows.
func unansweredHint(e *sweep.UnansweredError) string {
	what := "try again later with the same command, which asks only for what is missing"
	switch e.Reason {
	case scanner.RateLimited:
		what = waitHint(api.RateLimited)
	case scanner.Network, scanner.Timeout:
		what = waitHint(api.Network)
	}
	what = cmp.Or(e.Hint, what)
	switch {
	case e.Printed && e.Unsaved:
		what += "; the rows are on stdout already, no file was written; to write them all the same: --max-errors 100%"
	case e.Printed:
		what += "; the rows are on stdout already"
	case e.Unsaved:
		what += "; no file was written, and those that were there stay; to write them all the same: --max-errors 100%"
	}
	return what
}

func waitHint(kind api.Kind) string {
	switch kind {
	case api.RateLimited:
		return "OVHcloud limits requests per key: wait some minutes, or lower --rate"
	case api.Network, api.Timeout:
		return "check the network and --endpoint, then run the same command again"
	default:
		return "OVHcloud has trouble: try again later"
	}
}

// fail prints an error and what to do about it, part by part, without what was said where it happened.
func (a *program) fail(err error) {
	said := parts(err)
	for i, part := range said {
		_, interrupted := errors.AsType[app.Interruption](part)
		_, ended := errors.AsType[commandEnded](part)
		if interrupted || ended || errors.Is(part, errSomeFailed) || errors.Is(part, ordering.ErrLeftOut) || errors.Is(part, errChanged) || errors.Is(part, errUnread) {
			continue
		}
		if conclusion, ok := errors.AsType[*sweep.ConclusionError](part); ok && part == error(conclusion) {
			a.fail(conclusion.Err)
			continue
		}
		if partial, ok := errors.AsType[*app.PartialError](part); ok && part == error(partial) {
			a.fail(partial.Err)
			continue
		}
		if slices.ContainsFunc(said[:i], func(before error) bool { return before.Error() == part.Error() }) {
			continue
		}
		a.Console.Failure(fmt.Sprint(part), hint(part))
	}
}
