package cart

import (
	"context"
	"errors"
	"time"

	"tldsweep/internal/api"
	"tldsweep/scanner"
)

// Lookup is the stage that asks OVHcloud through a cart: one request a domain, and as many more as it takes.
func Lookup(c *Cart, workers int) scanner.Stage {
	return scanner.Stage{Source: scanner.API, Workers: workers, Answer: func(ctx context.Context, query scanner.Query) (scanner.Answer, error) {
		found, err := c.Lookup(ctx, query.Domain())
		answer, err := answerOf(found, err)
		answer.Attempts, answer.Latency, answer.CheckedAt = found.Attempts, found.Latency, time.Now()
		return answer, err
	}}
}

// answerOf turns what a lookup brought into an answer, or into the error that ends the scan.
func answerOf(found Found, err error) (scanner.Answer, error) {
	if err == nil {
		return Verdict(found.Offers), nil
	}
	if errors.Is(err, ErrUnsupported) {
		return scanner.Answer{Status: scanner.Unsupported, Reason: scanner.CheckFailed, Err: err}, nil
	}
	if refusal, ok := errors.AsType[*api.RowError](err); ok {
		return scanner.Answer{Status: scanner.Failed, Reason: reasonOf(refusal.Kind), Err: err}, nil
	}
	if wait, ok := errors.AsType[*api.WaitError](err); ok {
		return scanner.Answer{Status: scanner.Failed, Reason: reasonOf(wait.Kind), Retryable: true, Err: err}, nil
	}
	return scanner.Answer{}, err
}

func reasonOf(kind api.Kind) scanner.Reason {
	switch kind {
	case api.RateLimited:
		return scanner.RateLimited
	case api.Timeout:
		return scanner.Timeout
	case api.Network:
		return scanner.Network
	case api.Server:
		return scanner.Server
	case api.Decode:
		return scanner.Decode
	default:
		return scanner.Denied
	}
}
