package scanner

import (
	"fmt"
	"slices"
	"strings"

	"tldsweep/internal/cart"
)

// Verdict reads every offer for a domain. The best is what counts: a plain registration, then one at a premium price,
// then what its holder sells to whoever pays, then what is not open to everybody, and of equals the cheapest. Where
// nothing but an offer to do something unknown can be ordered, there is no verdict: Failed.
func Verdict(offers []cart.Offer) Answer {
	best := Answer{Status: Taken, Reason: NoOffer}
	for _, offer := range offers {
		answer := judge(offer)
		above := standing(answer) - standing(best)
		if above > 0 || above == 0 && cheaper(answer.Price, best.Price) {
			best = answer
		}
	}
	return best
}

// standing is how good an answer is; only its order counts.
func standing(a Answer) int {
	switch a.Status {
	case Available:
		return 10
	case Premium:
		return 9
	case Aftermarket:
		return 8
	case Restricted: // from what is open to most to what is open to fewest
		return 7 - slices.Index([]Reason{EarlyAccess, OtherPhase, Sunrise, Restore}, a.Reason)
	case Failed:
		return 3
	}
	return slices.Index([]Reason{NoOffer, TransferOnly, NotOrderable}, a.Reason)
}

// judge is what one offer alone would mean.
func judge(offer cart.Offer) Answer {
	action := actionOf(offer)
	switch {
	case offer.Orderable && strings.Contains(offer.PricingMode, "aftermarket"):
		return priced(offer, Aftermarket, "")
	case action == "transfer" || action == "trade" || action == "update":
		return Answer{Status: Taken, Reason: TransferOnly}
	case !offer.Orderable || action == "none":
		return Answer{Status: Taken, Reason: NotOrderable}
	case action != "create":
		return Answer{Status: Failed, Reason: Decode, Err: fmt.Errorf("OVHcloud offers an action that is not known here: %.40q", action)}
	}
	switch restriction := restrictionOf(offer); {
	case restriction != "":
		return priced(offer, Restricted, restriction)
	case strings.Contains(offer.PricingMode, "premium"):
		return priced(offer, Premium, "")
	default:
		return priced(offer, Available, "")
	}
}

// actionOf is what an offer is for. Answers of 2016 name no action, and some later ones neither: there it is to create,
// unless the offer is named after something else.
func actionOf(offer cart.Offer) string {
	if offer.Action != "" {
		return offer.Action
	}
	last := offer.OfferID[strings.LastIndex(offer.OfferID, "-")+1:]
	mode, _, _ := strings.Cut(offer.PricingMode, "-")
	for _, action := range []string{"transfer", "trade", "update"} {
		if last == action || mode == action {
			return action
		}
	}
	return "create"
}

var phaseWords = strings.NewReplacer("_", "", "-", "", " ", "")

// restrictionOf is why an offer to create is not a plain registration; empty where it is one. Phases are free text.
func restrictionOf(offer cart.Offer) Reason {
	phase := phaseWords.Replace(strings.ToLower(offer.Phase))
	switch {
	case strings.HasPrefix(offer.PricingMode, "restore"), strings.HasSuffix(offer.OfferID, "-restore"):
		return Restore
	case phase == "" || phase == "ga" || phase == "normal": // normal: 2016's word
		return ""
	case strings.Contains(phase, "sunrise"):
		return Sunrise
	case strings.HasPrefix(phase, "earlyaccess"), phase == "eap":
		return EarlyAccess
	default:
		return OtherPhase
	}
}

// priced is the answer of an offer that can be ordered.
func priced(offer cart.Offer, status Status, reason Reason) Answer {
	if offer.Prices.Total == "" && reason == "" {
		reason = NoPrice
	}
	return Answer{
		Status: status, Reason: reason,
		Currency: offer.Prices.Currency, Price: offer.Prices.Total, Renewal: offer.Prices.Renewal,
		Regular: offer.Prices.Regular, Discount: offer.Prices.Discount, Fee: offer.Prices.Fee,
		Duration: offer.Duration, Durations: offer.Durations,
		PricingMode: offer.PricingMode, Phase: offer.Phase, OfferID: offer.OfferID,
	}
}
