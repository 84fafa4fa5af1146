package cart

import "encoding/json"

// WireOffers lets tests decode without a server.
type WireOffers = wireOffers

// Offers is what was decoded.
func (w *wireOffers) Offers() []Offer { return w.offers }

// ParseBill decodes a bill without a server.
func ParseBill(body []byte) (*Bill, error) {
	var wire wireBill
	if err := json.Unmarshal(body, &wire); err != nil {
		return nil, err
	}
	return wire.bill()
}
