package scanner

import "time"

// ChangeKind is one way in which what is known of a domain has changed.
type ChangeKind string

// The kinds of change. The first ones are of the status, which a domain has one of; a price can move in several ways at once.
const (
	BecameAvailable   ChangeKind = "became_available"
	WasTaken          ChangeKind = "was_taken"
	BecamePremium     ChangeKind = "became_premium"
	BecameAftermarket ChangeKind = "became_aftermarket" // its holder sells it now
	BecameRestricted  ChangeKind = "became_restricted"
	BecameUnsupported ChangeKind = "became_unsupported"

	PriceMoved     ChangeKind = "price"
	RenewalMoved   ChangeKind = "renewal"
	PromotionBegan ChangeKind = "promotion_began"
	PromotionEnded ChangeKind = "promotion_ended"
)

// ChangeKinds lists every kind.
var ChangeKinds = [...]ChangeKind{BecameAvailable, WasTaken, BecamePremium, BecameAftermarket, BecameRestricted, BecameUnsupported, PriceMoved, RenewalMoved, PromotionBegan, PromotionEnded}

// Change is what was known of a domain before, and what is known now.
type Change struct {
	Query
	Before, Now Answer
	Run         int64     // that saw it first
	Seen        time.Time // when
}

// Kinds is what has changed, in the order of ChangeKinds; none where nothing has that matters to somebody who wants the domain:
// why it is taken, or who said so, does not. From or to an error or an invalid name nothing has changed: these are no answers.
func (c Change) Kinds() []ChangeKind {
	if c.Before.Status == Failed || c.Now.Status == Failed || c.Before.Status == Invalid || c.Now.Status == Invalid {
		return nil
	}
	if c.Before.Status != c.Now.Status {
		kind, known := map[Status]ChangeKind{
			Available: BecameAvailable, Taken: WasTaken, Premium: BecamePremium, Aftermarket: BecameAftermarket, Restricted: BecameRestricted,
			Unsupported: BecameUnsupported,
		}[c.Now.Status]
		if !known {
			return nil // a status of a later version, out of the history
		}
		return []ChangeKind{kind}
	}
	var kinds []ChangeKind
	if !sameAmount(c.Now.Price, c.Before.Price) || c.Now.Currency != c.Before.Currency {
		kinds = append(kinds, PriceMoved)
	}
	if !sameAmount(c.Now.Renewal, c.Before.Renewal) {
		kinds = append(kinds, RenewalMoved)
	}
	switch before, now := isDiscount(c.Before.Discount), isDiscount(c.Now.Discount); {
	case now && !before:
		kinds = append(kinds, PromotionBegan)
	case before && !now:
		kinds = append(kinds, PromotionEnded)
	}
	return kinds
}

func isDiscount(amount string) bool {
	d, known := parseAmount(amount)
	return known && !d.IsZero()
}

// Moved is by how much an amount has become dearer, as decimal text with a sign where it is cheaper; empty where one of
// them is not known or nothing has moved.
func Moved(before, now string) string {
	a, known := parseAmount(before)
	b, too := parseAmount(now)
	if !known || !too {
		return ""
	}
	by, err := b.Sub(a)
	if err != nil || by.IsZero() {
		return ""
	}
	return by.Trim(2).Pad(2).String()
}
