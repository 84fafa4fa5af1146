package sweep

import (
	"fmt"

	"github.com/govalues/decimal"

	"tldsweep/scanner"
)

// UnansweredError is a scan that has failed since OVHcloud did not answer: all of the rows that it was asked for are errors, or more
// than Scan.MaxErrors.
type UnansweredError struct {
	Failed int64          // rows that are errors
	Asked  int64          // rows that OVHcloud was asked for
	Reason scanner.Reason // of most of the errors
	Causes string         // how many errors there are of each reason, and one of them in words
	Hint   string         // what to do about that one, where it is known who has answered in OVHcloud's place; else empty

	Printed bool // rows went to stdout
	Unsaved bool // files were asked for, and none was written
}

func (e *UnansweredError) Error() string {
	switch {
	case e.Asked == 1:
		return fmt.Sprintf("OVHcloud was asked for 1 domain and did not answer: %s", e.Causes)
	case e.Failed == e.Asked:
		return fmt.Sprintf("OVHcloud was asked for %d domains and answered for none: %s", e.Asked, e.Causes)
	}
	return fmt.Sprintf("OVHcloud was asked for %d domains and did not answer for %d, which is too many: %s", e.Asked, e.Failed, e.Causes)
}

// ConclusionError is what went wrong at the end of a scan that has finished and whose rows are written.
type ConclusionError struct{ Err error }

func (e *ConclusionError) Error() string { return e.Err.Error() }
func (e *ConclusionError) Unwrap() error { return e.Err }

// unanswered is an *UnansweredError where too many rows are errors. What DNS, the history, the catalogue and this machine knew says
// nothing about how OVHcloud does, so that only rows that it was asked for count: a list that DNS answers for the most part must
// not hide that nobody knows what is free.
func (s *Scan) unanswered(count *Counts) error {
	failed, asked := count.Status[scanner.Failed], count.askedOVHcloud()
	if failed == 0 {
		return nil
	}
	tooMany := failed == asked
	if s.MaxErrors.Valid {
		most, err := s.MaxErrors.Decimal.Mul(decimal.MustNew(asked, 0))
		tooMany = err == nil && decimal.MustNew(100*failed, 0).Cmp(most) > 0 // beyond what a decimal holds everything may be an error
	}
	if !tooMany {
		return nil
	}
	return &UnansweredError{Failed: failed, Asked: asked, Reason: count.mostOften(), Causes: count.Causes(), Hint: count.hint(), Printed: s.Outputs.ToStdout(), Unsaved: s.Outputs.ToFiles()}
}
