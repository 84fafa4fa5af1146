package sweep

import (
	"context"
	"time"

	"tldsweep/internal/delegation"
	"tldsweep/scanner"
)

// delegated is the stage that answers what is surely taken, and passes on everything else.
func delegated(checker *delegation.Checker) scanner.Stage {
	return scanner.Stage{Source: scanner.DNS, Workers: checker.Workers(), Answer: func(ctx context.Context, query scanner.Query) (scanner.Answer, error) {
		answer, err := checker.Check(ctx, query.Domain(), query.Extension)
		switch {
		case err != nil:
			return scanner.Answer{}, err
		case answer != delegation.Delegated:
			return scanner.Answer{}, scanner.ErrPass
		}
		return scanner.Answer{Status: scanner.Taken, Reason: scanner.Delegated, CheckedAt: time.Now()}, nil
	}}
}
