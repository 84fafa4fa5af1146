package api

import (
	"errors"
	"net"
	"net/http"
)

// Outcome says what has become of a call that changes something.
type Outcome string

// The outcomes of a call.
const (
	Done    Outcome = "done"    // OVHcloud says so
	NotDone Outcome = "refused" // it was not sent, or OVHcloud says no
	Unknown Outcome = "unknown" // it may have been done: its reply is lost, or says nothing
)

// OutcomeOf says what has become of a call, by what Do returned.
func OutcomeOf(receipt Receipt, err error) Outcome {
	if err == nil {
		return Done
	}
	if receipt.Attempts == 0 {
		return NotDone
	}
	if broken, ok := errors.AsType[*net.OpError](err); ok && broken.Op == "dial" {
		return NotDone
	}
	status := 0
	if row, ok := errors.AsType[*RowError](err); ok {
		status = row.Status
	} else if stop, ok := errors.AsType[*StopError](err); ok {
		status = stop.Status
	} else if wait, ok := errors.AsType[*WaitError](err); ok {
		if wait.unsent {
			return NotDone
		}
		if wait.isPage {
			return Unknown // somebody else has answered: what OVHcloud did is not known
		}
		status = wait.Status
	}
	// A load balancer says 408 when it has heard too little, or waited too long: who knows.
	if status/100 == 4 && status != http.StatusRequestTimeout {
		return NotDone
	}
	return Unknown
}
