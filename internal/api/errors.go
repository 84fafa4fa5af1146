package api

import (
	"fmt"
	"strings"
	"time"
)

// Kind says in one word what went wrong with a call. The set is closed.
type Kind string

// The kinds of failure.
const (
	RateLimited Kind = "rate_limited" // 429
	Timeout     Kind = "timeout"      // no answer in time, or the registry behind OVHcloud gave none
	Network     Kind = "network"      // no connection, or one that broke
	Server      Kind = "server"       // 5xx, or a load balancer's page
	Denied      Kind = "denied"       // credentials, rights, a challenge
	Refused     Kind = "refused"      // OVHcloud understood and says no
	Decode      Kind = "decode"       // an answer that is not what the contract says
)

// A Failure is what is known of a call that got no answer: the common part of the three errors, one for each reaction.
type Failure struct {
	Call     string // method and path, without the query
	Kind     Kind
	Status   int      // of HTTP; 0 where no answer came
	Class    string   // OVHcloud's, "Client::NotFound"; empty in old and in foreign bodies
	Code     string   // the older generation's, "NOT_CREDENTIAL"; empty in new ones
	Message  string   // OVHcloud's words, or ours where there are none; several lines are joined by "; "
	Details  []Detail // what OVHcloud says field by field, sorted by field; nil where it does not
	QueryID  string   // for OVHcloud's support
	Attempts int      // requests spent on the call
}

// Detail is what OVHcloud says of one field of what was sent, or of the call. Keys are its own: "owner.city".
type Detail struct{ Field, Text string }

// Explanation is all that OVHcloud says, in one line: the message, then each field.
func (f *Failure) Explanation() string {
	said := f.Message
	for _, detail := range f.Details {
		said += "; " + detail.Field + ": " + detail.Text
	}
	return said
}

// brief is the failure without the call: "500 Internal server error".
func (f *Failure) brief() string {
	if f.Status == 0 {
		return f.Explanation()
	}
	return fmt.Sprintf("%d %s", f.Status, f.Explanation())
}

// text is the failure in one line; no secret was ever part of any field.
func (f *Failure) text() string {
	var b strings.Builder
	b.WriteString(f.Call)
	b.WriteString(": ")
	if f.Status != 0 {
		fmt.Fprintf(&b, "%d ", f.Status)
	}
	b.WriteString(f.Explanation())
	if f.QueryID != "" {
		fmt.Fprintf(&b, " (query id %s)", f.QueryID)
	}
	return b.String()
}

// A WaitError is a failure that passes: the same call may succeed later. It was asked as often as the client asks.
type WaitError struct {
	Failure
	After time.Duration // how long the server asked to wait, 15 minutes at most; 0 where it did not say
	Hint  string        // what to do about it; empty: nothing better than its kind says
	Err   error         // the transport's error; nil where an answer came

	tries  int  // how often a call with this outcome is tried; 0: as often as the client does
	unsent bool // the request did not get as far as the server
	isPage bool // the answer is not OVHcloud's
}

func (e *WaitError) maxTries() int {
	if e.tries > 0 {
		return e.tries
	}
	return maxTries
}

func (e *WaitError) Error() string { return e.text() }

// Unwrap is the transport's error, or nil.
func (e *WaitError) Unwrap() error { return e.Err }

// A StopError is a failure that every further call would share. The run must end.
type StopError struct {
	Failure
	Right bool   // the credentials are good but lack the right to this call
	Hint  string // what to do about it
}

func (e *StopError) Error() string { return e.text() }

// A RowError is a final no to this one call; others may succeed.
type RowError struct {
	Failure
}

func (e *RowError) Error() string { return e.text() }
