package cart

import (
	"errors"
	"fmt"
	"testing"

	"tldsweep/internal/api"
	"tldsweep/scanner"
)

// An error never becomes a verdict.
func TestErrorsAreNoVerdicts(t *testing.T) {
	for kind, want := range map[api.Kind]scanner.Reason{
		api.RateLimited: scanner.RateLimited, api.Timeout: scanner.Timeout, api.Network: scanner.Network,
		api.Server: scanner.Server, api.Denied: scanner.Denied, api.Refused: scanner.Denied, api.Decode: scanner.Decode,
	} {
		for _, err := range []error{
			&api.WaitError{Failure: api.Failure{Kind: kind}},
			fmt.Errorf("wrapped: %w", &api.RowError{Failure: api.Failure{Kind: kind}}),
		} {
			answer, stop := answerOf(Found{}, err)
			if stop != nil || answer.Status != scanner.Failed || answer.Reason != want || answer.Err == nil {
				t.Errorf("%T %s became %+v, %v", err, kind, answer, stop)
			}
		}
	}
	for _, err := range []error{&api.StopError{}, errors.New("unknown")} {
		if answer, stop := answerOf(Found{}, err); !errors.Is(stop, err) || answer.Status != "" {
			t.Errorf("%T became %+v, %v", err, answer, stop)
		}
	}
	if answer, stop := answerOf(Found{}, fmt.Errorf("%w: x", ErrUnsupported)); stop != nil || answer.Status != scanner.Unsupported {
		t.Errorf("unsupported became %+v, %v", answer, stop)
	}
}
