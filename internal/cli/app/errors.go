package app

import (
	"context"
	"errors"
	"os"

	"tldsweep/internal/order"
)

// UsageError is a command line that cannot be meant.
type UsageError struct {
	Err  error
	Hint string
}

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// HintedError is a failure together with the next thing to do.
type HintedError struct {
	Err  error
	Hint string
}

func (e *HintedError) Error() string { return e.Err.Error() }
func (e *HintedError) Unwrap() error { return e.Err }

// PartialError is what went wrong after most of what was asked for was done: an order is placed, and its payment was refused.
type PartialError struct{ Err error }

func (e *PartialError) Error() string { return e.Err.Error() }
func (e *PartialError) Unwrap() error { return e.Err }

// Interruption is the signal that ended the run, as the cause of a context.
type Interruption struct{ Signal os.Signal }

func (e Interruption) Error() string { return "interrupted" }

// Usage is a *UsageError.
func Usage(err error, hint string) error { return &UsageError{err, hint} }

// Hinted is a *HintedError.
func Hinted(err error, hint string) error { return &HintedError{err, hint} }

// CauseOf is the signal that ended ctx, where that is why something failed. That the outcome of an order is unknown says more.
func CauseOf(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*order.UnknownOutcomeError](err); ok {
		return err
	}
	if interrupted, ok := errors.AsType[Interruption](context.Cause(ctx)); ok {
		return interrupted
	}
	return err
}
