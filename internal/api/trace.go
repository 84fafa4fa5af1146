package api

import (
	"errors"
	"time"
)

// Trace is one try of a call, for a bug report. It holds no secret of the credentials, and no query, which has the domain.
type Trace struct {
	Time     time.Time     // at which it began to wait for permission to send
	Call     string        // method and path
	Attempt  int           // the number that its request has among those of the call, from 1
	Attempts int           // requests sent; 0: none was
	Status   int           // of the answer; 0: none came
	Latency  time.Duration // of the last request, where one was sent
	Kind     Kind          // of what went wrong; empty: nothing did, or the program was stopped
	Cause    string        // the same in words; empty: nothing went wrong
}

// tell reports a try to whoever traces.
func (c *Client) tell(begun time.Time, call Call, sentBefore int, receipt Receipt, err error) {
	if c.trace == nil {
		return
	}
	t := Trace{Time: begun, Call: call.name(), Attempt: sentBefore + 1, Attempts: receipt.Attempts - sentBefore}
	if t.Attempts > 0 {
		t.Status, t.Latency = receipt.status, receipt.Latency
	}
	if err = c.secrets.hideIn(err); err != nil {
		t.Cause, t.Kind = c.secrets.Replace(err.Error()), kindOf(err)
	}
	c.trace(t)
}

func kindOf(err error) Kind {
	if wait, ok := errors.AsType[*WaitError](err); ok {
		return wait.Kind
	}
	if stop, ok := errors.AsType[*StopError](err); ok {
		return stop.Kind
	}
	if row, ok := errors.AsType[*RowError](err); ok {
		return row.Kind
	}
	if skewed, ok := errors.AsType[*clockError](err); ok {
		return skewed.Kind
	}
	return ""
}
