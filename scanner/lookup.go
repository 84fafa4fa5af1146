package scanner

import (
	"context"
	"errors"
	"strings"
	"time"

	"tldsweep/api"
	"tldsweep/cart"
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

// Verdict reads every offer for a domain. An offer to create it beats all others, the standard one a premium one, a
// cheaper one a dearer one.
func Verdict(offers []cart.Offer) Answer {
	best := Answer{Status: Taken, Reason: NoOffer}
	for _, offer := range offers {
		status, reason := judge(offer)
		if rank(status) > rank(best.Status) || status == best.Status && status != Taken && cheaper(offer.Prices.Total, best.Price) {
			best = Answer{
				Status: status, Reason: reason,
				Currency: offer.Prices.Currency, Price: offer.Prices.Total, Renewal: offer.Prices.Renewal,
				Regular: offer.Prices.Regular, Discount: offer.Prices.Discount, Fee: offer.Prices.Fee,
				Duration: offer.Duration, Durations: offer.Durations, PricingMode: offer.PricingMode, Phase: offer.Phase, OfferID: offer.OfferID,
			}
		} else if status == Taken && best.Status == Taken && best.Reason != NotOrderable {
			best.Reason = reason
		}
	}
	return best
}

func judge(offer cart.Offer) (Status, Reason) {
	// 2016's answers name no action: there, orderable alone decides.
	create := offer.Action == "create" || offer.Action == ""
	switch {
	case offer.Orderable && strings.Contains(offer.PricingMode, "aftermarket"):
		return Aftermarket, ""
	case offer.Orderable && create && strings.Contains(offer.PricingMode, "premium"):
		return Premium, ""
	case offer.Orderable && create:
		return Available, ""
	case create:
		return Taken, NotOrderable
	default:
		return Taken, TransferOnly
	}
}

func rank(status Status) int {
	switch status {
	case Available:
		return 3
	case Premium:
		return 2
	case Aftermarket:
		return 1
	default:
		return 0
	}
}
