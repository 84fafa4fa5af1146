package scanner

import "time"

// News is one way in which what is known of a domain has changed.
type News string

// The kinds of news. The first ones are of the status, which a domain has one of; a price can move in several ways at once.
const (
	BecameAvailable   News = "became_available"
	WasTaken          News = "was_taken"
	BecamePremium     News = "became_premium"
	BecameAftermarket News = "became_aftermarket" // its holder sells it now
	BecameRestricted  News = "became_restricted"
	BecameUnsupported News = "became_unsupported"

	PriceMoved     News = "price"
	RenewalMoved   News = "renewal"
	PromotionBegan News = "promotion_began"
	PromotionEnded News = "promotion_ended"
)

// AllNews lists every kind of news.
var AllNews = [...]News{BecameAvailable, WasTaken, BecamePremium, BecameAftermarket, BecameRestricted, BecameUnsupported, PriceMoved, RenewalMoved, PromotionBegan, PromotionEnded}

// Change is what was known of a domain before, and what is known now.
type Change struct {
	Query
	Before, Now Answer
	Run         int64     // that saw it first
	Seen        time.Time // when
}

// News is what has changed, in the order of AllNews; none where nothing has that matters to somebody who wants the
// domain: why it is taken, or who said so, is not news. Errors are no answers and never news.
func (c Change) News() []News {
	if c.Before.Status == Failed || c.Now.Status == Failed || c.Before.Status == Invalid || c.Now.Status == Invalid {
		return nil
	}
	if c.Before.Status != c.Now.Status {
		kind, known := map[Status]News{
			Available: BecameAvailable, Taken: WasTaken, Premium: BecamePremium, Aftermarket: BecameAftermarket, Restricted: BecameRestricted,
			Unsupported: BecameUnsupported,
		}[c.Now.Status]
		if !known {
			return nil // a status of a later version, out of the history
		}
		return []News{kind}
	}
	var news []News
	if !sameAmount(c.Now.Price, c.Before.Price) || c.Now.Currency != c.Before.Currency {
		news = append(news, PriceMoved)
	}
	if !sameAmount(c.Now.Renewal, c.Before.Renewal) {
		news = append(news, RenewalMoved)
	}
	switch before, now := isDiscount(c.Before.Discount), isDiscount(c.Now.Discount); {
	case now && !before:
		news = append(news, PromotionBegan)
	case before && !now:
		news = append(news, PromotionEnded)
	}
	return news
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
