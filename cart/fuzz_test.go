package cart_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"tldsweep/cart"
)

// Whatever a server sends, only a real empty list is "no offer", and every amount is a decimal.
func FuzzOffers(f *testing.F) {
	f.Add([]byte(`[]`))
	f.Add([]byte(`null`))
	f.Add([]byte(`[{"action":"create","orderable":true,"prices":[{"label":"DISCOUNT","price":{"currencyCode":"EUR","value":-1.5}}]}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var offers cart.WireOffers
		if json.Unmarshal(body, &offers) != nil {
			return
		}
		if len(offers.Offers()) == 0 && !(bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) && strings.Trim(string(body), " \t\r\n[]") == "") {
			t.Errorf("%q was taken for no offer", body)
		}
		for _, offer := range offers.Offers() {
			for _, amount := range []string{offer.Prices.Total, offer.Prices.Renewal, offer.Prices.Regular, offer.Prices.Discount, offer.Prices.Fee} {
				if amount == "" {
					continue
				}
				if _, err := decimal.Parse(amount); err != nil {
					t.Errorf("%q in %q: %v", amount, body, err)
				}
			}
			if strings.HasPrefix(offer.Prices.Discount, "-") {
				t.Errorf("discount %q", offer.Prices.Discount)
			}
		}
	})
}
