package cart

import (
	"context"
	"testing"

	"tldsweep/internal/api"
)

// A server that is down must end the search for a list, and this is where it does: to see it from outside takes as long
// as the client's patience.
func TestWhatPassesDoesNotCloseARoute(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&api.WaitError{Failure: api.Failure{Kind: api.RateLimited, Status: 429}}, false},
		{&api.WaitError{Failure: api.Failure{Kind: api.Network}}, false},
		{&api.WaitError{Failure: api.Failure{Kind: api.Server, Status: 404}}, false},
		{&api.RowError{Failure: api.Failure{Kind: api.Decode, Status: 200}}, false},
		{&api.RowError{Failure: api.Failure{Kind: api.Refused, Status: 404}}, true},
		{&api.StopError{Failure: api.Failure{Kind: api.Denied, Status: 403}}, false},
		{&api.StopError{Failure: api.Failure{Kind: api.Denied, Status: 403}, Right: true}, true},
		{context.Canceled, false},
	} {
		if got := isClosed(test.err); got != test.want {
			t.Errorf("%#v: closed %t, want %t", test.err, got, test.want)
		}
	}
}
