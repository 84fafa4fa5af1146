package scanner

import (
	"context"
	"errors"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Lookup is the stage that asks OVHcloud through a cart: one request a domain, and as many more as it takes.
func Lookup(c *cart.Cart, workers int) Stage {
	return Stage{Source: API, Workers: workers, Answer: func(ctx context.Context, query Query) (Answer, error) {
		found, err := c.Lookup(ctx, query.Domain())
		answer, err := answerOf(found, err)
		answer.Attempts, answer.Latency, answer.CheckedAt = found.Attempts, found.Latency, time.Now()
		return answer, err
	}}
}

// answerOf turns what a lookup brought into an answer, or into the error that ends the scan.
func answerOf(found cart.Found, err error) (Answer, error) {
	if err == nil {
		return Verdict(found.Offers), nil
	}
	if errors.Is(err, cart.ErrUnsupported) {
		return Answer{Status: Unsupported, Reason: CheckFailed, Err: err}, nil
	}
	if refusal, ok := errors.AsType[*api.RowError](err); ok {
		return Answer{Status: Failed, Reason: reasonOf(refusal.Kind), Err: err}, nil
	}
	if wait, ok := errors.AsType[*api.WaitError](err); ok {
		return Answer{Status: Failed, Reason: reasonOf(wait.Kind), Again: true, Err: err}, nil
	}
	return Answer{}, err
}

func reasonOf(kind api.Kind) Reason {
	switch kind {
	case api.RateLimited:
		return RateLimited
	case api.Timeout:
		return Timeout
	case api.Network:
		return Network
	case api.Server:
		return Server
	case api.Decode:
		return Decode
	default:
		return Denied
	}
}
