package api_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"tldsweep/internal/api"
)

func TestOutcomes(t *testing.T) {
	sent := api.Receipt{Attempts: 1}
	failure := func(status int) api.Failure { return api.Failure{Status: status} }
	for _, c := range []struct {
		name    string
		receipt api.Receipt
		err     error
		want    api.Outcome
	}{
		{"an answer", sent, nil, api.Done},
		{"never sent", api.Receipt{}, context.Canceled, api.NotDone},
		{"no connection", sent, &api.WaitError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, api.NotDone},
		{"a connection that broke", sent, &api.WaitError{Err: &net.OpError{Op: "read", Err: errors.New("reset")}}, api.Unknown},
		{"ended while under way", sent, context.Canceled, api.Unknown},
		{"a final no", sent, &api.RowError{Failure: failure(400)}, api.NotDone},
		{"no right", sent, &api.StopError{Failure: failure(403)}, api.NotDone},
		{"too many", sent, &api.WaitError{Failure: failure(429)}, api.NotDone},
		{"the registry's time-out", sent, &api.WaitError{Failure: failure(400)}, api.NotDone},
		{"a balancer's time-out", sent, &api.WaitError{Failure: failure(408)}, api.Unknown},
		{"a gateway", sent, &api.WaitError{Failure: failure(502)}, api.Unknown},
		{"a fault of the server's", sent, &api.WaitError{Failure: failure(500)}, api.Unknown},
		{"an answer that is none", sent, &api.WaitError{Failure: failure(200)}, api.Unknown},
		{"an answer without end", sent, &api.RowError{}, api.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := api.OutcomeOf(c.receipt, c.err); got != c.want {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
}
