package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"syscall"
	"time"

	"tldsweep/extensions"
	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/ordering"
	"tldsweep/internal/history"
	"tldsweep/internal/order"
	"tldsweep/internal/sweep"
)

// The exit codes, as docs/columns.md lists them.
const (
	exitOK          = 0
	exitFailed      = 1   // the run failed
	exitUsage       = 2   // wrong usage
	exitErrors      = 3   // finished, but some rows are errors, or something was left out of a quote
	exitUnknown     = 6   // what became of an order or a payment is unknown
	exitChanged     = 10  // with --exit-code: something has changed
	exitAsked       = 75  // another process asks the same question, or is ordering
	exitInterrupted = 130 // Ctrl-C
	exitTerminated  = 143 // SIGTERM
)

// errSomeFailed ends a run that finished with rows that are errors; the summary has said so already.
var errSomeFailed = errors.New("some rows are errors")

// errChanged ends a command with --exit-code that has told of changes.
var errChanged = errors.New("something has changed")

// exitCode is the one place where an error becomes a number.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if interrupted, ok := errors.AsType[app.Interruption](err); ok {
		if interrupted.Signal == syscall.SIGTERM {
			return exitTerminated
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
	if _, ok := errors.AsType[*order.UnknownOutcomeError](err); ok {
		return exitUnknown
	}
	switch {
	case errors.Is(err, errSomeFailed), errors.Is(err, ordering.ErrLeftOut):
		return exitErrors
	case errors.Is(err, errChanged):
		return exitChanged
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
		return waitHint(e)
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
		return "what reads stdout has ended; to keep every row, write a file with -o report.csv"
	case errors.Is(err, syscall.ENOSPC):
		return "make room on the disk, then run the same command again"
	case errors.Is(err, fs.ErrNotExist):
		return "check the path; folders are not created"
	case errors.Is(err, fs.ErrPermission):
		return "check who owns the file and its folder"
	case errors.Is(err, context.DeadlineExceeded):
		return "try again later"
	}
	return ""
}

func waitHint(e *api.WaitError) string {
	switch e.Kind {
	case api.RateLimited:
		return "OVHcloud limits requests per key: wait some minutes, or lower --rate"
	case api.Network, api.Timeout:
		return "check the network and --endpoint, then run the same command again"
	default:
		return "OVHcloud has trouble: try again later"
	}
}

// fail prints an error and what to do about it.
func (a *program) fail(err error) {
	_, interrupted := errors.AsType[app.Interruption](err)
	_, ended := errors.AsType[commandEnded](err)
	if interrupted || ended || errors.Is(err, errSomeFailed) || errors.Is(err, ordering.ErrLeftOut) || errors.Is(err, errChanged) {
		return // said where it happened
	}
	a.Console.Failure(fmt.Sprint(err), hint(err))
}
