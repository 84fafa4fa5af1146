package scanner

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Check is the stage that answers without asking anybody: names that cannot exist, and extensions that OVHcloud does not
// sell. A nil sold leaves every extension to the next stage.
func Check(sold func(extension string) bool) Stage {
	return Stage{Source: Local, Answer: func(_ context.Context, query Query) (Answer, error) {
		if query.Name.Err != nil {
			answer := Answer{Status: Invalid, Reason: BadName, CheckedAt: time.Now(), Err: query.Name.Err}
			if invalid, ok := errors.AsType[*InvalidNameError](query.Name.Err); ok {
				answer.Reason = invalid.Reason
			}
			return answer, nil
		}
		if sold != nil && !sold(query.Extension) {
			return Answer{
				Status: Unsupported, Reason: NotSold, CheckedAt: time.Now(),
				Err: fmt.Errorf(".%s is not in OVHcloud's list of extensions", query.Extension),
			}, nil
		}
		return Answer{}, ErrPass
	}}
}
