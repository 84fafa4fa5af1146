package cart

import (
	"fmt"
	"slices"
	"strings"

	"tldsweep/scanner"
)

// Verdict reads every offer for a domain. The best is what counts: a plain registration, then one at a premium price,
// then what its holder sells to whoever pays, then what is not open to everybody, and of equals the cheapest. Where
// nothing but an offer to do something unknown can be ordered, there is no verdict: Failed.
func Verdict(offers []Offer) scanner.Answer {
	best := scanner.Answer{Status: scanner.Taken, Reason: scanner.NoOffer}
	for _, offer := range offers {
		answer := judge(offer)
		above := rank(answer) - rank(best)
		if above > 0 || above == 0 && scanner.Cheaper(answer.Price, best.Price) {
			best = answer
		}
	}
	return best
}

// rank is how good an answer is; only its order counts.
func rank(a scanner.Answer) int {
	switch a.Status {
	case scanner.Available:
		return 10
	case scanner.Premium:
		return 9
	case scanner.Aftermarket:
		return 8
	case scanner.Restricted: // from what is open to most to what is open to fewest
		return 7 - slices.Index([]scanner.Reason{scanner.EarlyAccess, scanner.OtherPhase, scanner.Sunrise, scanner.Restore}, a.Reason)
	case scanner.Failed:
		return 3
	}
	return slices.Index([]scanner.Reason{scanner.NoOffer, scanner.TransferOnly, scanner.NotOrderable}, a.Reason)
}

// judge is what one offer alone would mean.
func judge(offer Offer) scanner.Answer {
	action := actionOf(offer)
	switch {
	case offer.Orderable && strings.Contains(offer.PricingMode, "aftermarket") && (action == "transfer" || action == "create"):
		return priced(offer, scanner.Aftermarket, "")
	case action == "transfer" || action == "trade" || action == "update":
		return scanner.Answer{Status: scanner.Taken, Reason: scanner.TransferOnly}
	case !offer.Orderable || action == "none":
		return scanner.Answer{Status: scanner.Taken, Reason: scanner.NotOrderable}
	case action != "create":
		return scanner.Answer{Status: scanner.Failed, Reason: scanner.Decode, Err: fmt.Errorf("OVHcloud offers an action that is not known here: %.40q", action)}
	}
	switch restriction := restrictionOf(offer); {
	case restriction != "":
		return priced(offer, scanner.Restricted, restriction)
	case strings.Contains(offer.PricingMode, "premium"):
		return priced(offer, scanner.Premium, "")
	default:
		return priced(offer, scanner.Available, "")
	}
}

// actionOf is what an offer is for. Answers of 2016 name no action, and some later ones neither: there it is to create,
// unless the offer is named after something else.
func actionOf(offer Offer) string {
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
func restrictionOf(offer Offer) scanner.Reason {
	phase := phaseWords.Replace(strings.ToLower(offer.Phase))
	switch {
	case strings.HasPrefix(offer.PricingMode, "restore"), strings.HasSuffix(offer.OfferID, "-restore"):
		return scanner.Restore
	case phase == "" || phase == "ga" || phase == "normal": // normal: in 2016
		return ""
	case strings.Contains(phase, "sunrise"):
		return scanner.Sunrise
	case strings.HasPrefix(phase, "earlyaccess"), phase == "eap":
		return scanner.EarlyAccess
	default:
		return scanner.OtherPhase
	}
}

// priced is the answer of an offer that can be ordered.
func priced(offer Offer, status scanner.Status, reason scanner.Reason) scanner.Answer {
	if offer.Prices.Total == "" && reason == "" {
		reason = scanner.NoPrice
	}
	return scanner.Answer{
		Status: status, Reason: reason,
		Currency: offer.Prices.Currency, Price: offer.Prices.Total, Renewal: offer.Prices.Renewal,
		Regular: offer.Prices.Regular, Discount: offer.Prices.Discount, Fee: offer.Prices.Fee,
		Duration: offer.Duration, Durations: offer.Durations,
		PricingMode: offer.PricingMode, Phase: offer.Phase, OfferID: offer.OfferID,
	}
}
