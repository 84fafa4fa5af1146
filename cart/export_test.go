package cart

// WireOffers lets tests decode without a server.
type WireOffers = wireOffers

// Offers is what was decoded.
func (w *wireOffers) Offers() []Offer { return w.offers }
