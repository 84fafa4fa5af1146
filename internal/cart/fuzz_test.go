package cart_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"tldsweep/internal/cart"
)

// Whatever a server sends, only a real empty list is "no offer", and every amount is a decimal.
func FuzzOffers(f *testing.F) {
	f.Add([]byte(`[]`))
	f.Add([]byte(`null`))
	f.Add([]byte("[]\v"))
	f.Add([]byte(`[{"action":"create","orderable":true,"prices":[{"label":"DISCOUNT","price":{"currencyCode":"EUR","value":-1.5}}]}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		body = bytes.TrimSpace(body) // as package api does
		var offers cart.WireOffers
		if offers.UnmarshalJSON(body) != nil {
			return
		}
		if len(offers.Offers()) == 0 && !(bytes.HasPrefix(body, []byte("[")) && strings.Trim(string(body), " \t\r\n[]") == "") {
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

func BenchmarkOffers(b *testing.B) {
	body := []byte(`[{"action":"create","configurations":[],"duration":["P1Y","P2Y"],"offerId":"fr-create","orderable":true,"phase":"ga",
		"prices":[{"label":"PRICE","price":{"currencyCode":"EUR","priceInUcents":null,"text":"7.99 €","value":7.99}},
		{"label":"RENEW","price":{"currencyCode":"EUR","priceInUcents":null,"text":"8.99 €","value":8.99}},
		{"label":"TOTAL","price":{"currencyCode":"EUR","priceInUcents":null,"text":"7.99 €","value":7.99}}],"pricingMode":"create-default"}]`)
	b.ReportAllocs()
	for b.Loop() {
		var offers cart.WireOffers
		if err := offers.UnmarshalJSON(body); err != nil || offers.Offers()[0].Prices.Total != "7.99" {
			b.Fatal(offers.Offers(), err)
		}
	}
}

// Whatever a server sends, a bill has a total, and every amount of it is a decimal.
func FuzzBill(f *testing.F) {
	f.Add([]byte(`{"details":[{"totalPrice":{"value":-2}}],"prices":{"withTax":{"value":5.99},"withoutTax":{"value":4.99},"tax":{"value":1}}}`))
	f.Add([]byte(`{"prices":{"withTax":{"priceInUcents":599000000}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		bill, err := cart.ParseBill(body)
		if err != nil {
			return
		}
		amounts := []string{bill.WithTax, bill.WithoutTax}
		for _, line := range bill.Lines {
			if line.Total != "" {
				amounts = append(amounts, line.Total)
			}
		}
		for _, amount := range amounts {
			if _, err := decimal.Parse(amount); err != nil {
				t.Errorf("%q in %q: %v", amount, body, err)
			}
		}
	})
}
