package scanner

import (
	"errors"
	"fmt"
	"testing"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// An error never becomes a verdict.
func TestErrorsAreNoVerdicts(t *testing.T) {
	for kind, want := range map[api.Kind]Reason{
		api.RateLimited: RateLimited, api.Timeout: Timeout, api.Network: Network,
		api.Server: Server, api.Denied: Denied, api.Refused: Denied, api.Decode: Decode,
	} {
		for _, err := range []error{
			&api.WaitError{Failure: api.Failure{Kind: kind}},
			fmt.Errorf("wrapped: %w", &api.RowError{Failure: api.Failure{Kind: kind}}),
		} {
			answer, stop := answerOf(cart.Found{}, err)
			if stop != nil || answer.Status != Failed || answer.Reason != want || answer.Err == nil {
				t.Errorf("%T %s became %+v, %v", err, kind, answer, stop)
			}
		}
	}
	for _, err := range []error{&api.StopError{}, errors.New("unknown")} {
		if answer, stop := answerOf(cart.Found{}, err); !errors.Is(stop, err) || answer.Status != "" {
			t.Errorf("%T became %+v, %v", err, answer, stop)
		}
	}
	if answer, stop := answerOf(cart.Found{}, fmt.Errorf("%w: x", cart.ErrUnsupported)); stop != nil || answer.Status != Unsupported {
		t.Errorf("unsupported became %+v, %v", answer, stop)
	}
}
