package cart_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"tldsweep/internal/cart"
)

// total is what the total of an offer is read as, from the fields of its price.
func total(fields string) (string, error) {
	var offers cart.WireOffers
	err := offers.UnmarshalJSON(fmt.Appendf(nil, `[{"orderable":true,"prices":[{"label":"TOTAL","price":{"currencyCode":"EUR",%s}}]}]`, fields))
	if err != nil {
		return "", err
	}
	return offers.Offers()[0].Prices.Total, nil
}

func TestAmounts(t *testing.T) {
	for fields, want := range map[string]string{
		`"value":5.99`:               "5.99",
		`"value":5`:                  "5.00",
		`"value":5.9`:                "5.90",
		`"value":5.999`:              "5.999",
		`"value":0.12345`:            "0.12345",
		`"value":19.979999999999997`: "19.98",
		`"value":21.990000000000002`: "21.99",
		`"value":1e-17`:              "0.00",
		`"value":-1e-17`:             "0.00",
		`"value":1.5e3`:              "1500.00",
		`"value":0.30000000000000004440892098500626`:      "0.30", // as exact as a double is printed
		`"value":null,"priceInUcents":599000000`:          "5.99",
		`"priceInUcents":1234567890`:                      "12.3456789",
		`"value":5.99,"priceInUcents":599000000`:          "5.99",
		`"value":12.35,"priceInUcents":1234567890`:        "12.3456789", // the double was rounded
		`"value":19.979999999999997,"priceInUcents":null`: "19.98",
		`"value":0,"priceInUcents":0`:                     "0.00",
		`"text":"5.99 €"`:                                 "",
		`"value":null,"priceInUcents":null`:               "",
	} {
		if got, err := total(fields); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", fields, got, err, want)
		}
	}
	for fields, want := range map[string]string{
		`"value":5.99,"priceInUcents":699000000`: "at /0/prices/0: TOTAL: priceInUcents says 6.99 where value says 5.99",
		`"value":-2.0000000000000004`:            "at /0/prices/0: TOTAL: a price below zero",
		`"value":5.99,"priceInUcents":599`:       "at /0/prices/0: TOTAL: priceInUcents says 0.00000599 where value says 5.99",
		`"value":5.99,"priceInUcents":true`:      "at /0/prices/0: TOTAL: priceInUcents: an amount that cannot be read: parsing decimal: invalid decimal: unexpected character 't'",
		`"value":{},"priceInUcents":599000000`:   "at /0/prices/0: TOTAL: value: an amount that cannot be read: parsing decimal: invalid decimal: unexpected character '{'",
	} {
		if got, err := total(fields); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v, want %s", fields, got, err, want)
		}
	}
}

// The currency is that of what costs something; nothing is free in every currency.
func TestCurrencies(t *testing.T) {
	price := func(label, currency, value string) string {
		return fmt.Sprintf(`{"label":%q,"price":{"currencyCode":%q,"value":%s}}`, label, currency, value)
	}
	for _, c := range []struct {
		prices   string
		currency string
		err      string
	}{
		{price("TOTAL", "EUR", "5") + "," + price("FEE", "points", "0"), "EUR", ""},
		{price("FEE", "N/A", "0") + "," + price("TOTAL", "EUR", "5") + "," + price("RENEW", "EUR", "6"), "EUR", ""},
		{price("FEE", "N/A", "0.000001") + "," + price("TOTAL", "EUR", "5"), "EUR", ""},
		{price("TOTAL", "EUR", "0") + "," + price("FEE", "points", "0"), "EUR", ""},
		{price("FEE", "points", "0") + "," + price("TOTAL", "EUR", "0"), "EUR", ""},
		{price("TOTAL", "points", "0"), "points", ""},
		{price("TOTAL", "points", "7") + "," + price("FEE", "EUR", "0"), "points", ""},
		{price("TOTAL", "EUR", "5") + "," + price("RENEW", "USD", "6"), "", `at /0/prices/1: RENEW: an amount in "USD" beside one in "EUR"`},
		{price("TOTAL", "EUR", "5") + "," + price("FEE", "USD", "0"), "", `at /0/prices/1: FEE: an amount in "USD" beside one in "EUR"`},
		{price("FEE", "USD", "0") + "," + price("TOTAL", "EUR", "5"), "", `at /0/prices/1: TOTAL: an amount in "EUR" beside one in "USD"`},
		{price("TOTAL", "EUR", "5") + "," + price("TOTAL", "EUR", "5"), "EUR", ""},
		{price("TOTAL", "EUR", "5") + "," + price("TOTAL", "EUR", "6"), "", `at /0/prices/1: TOTAL: two different amounts`},
		{price("TOTAL", "EUR", "5") + "," + price("TOTAL", "EUR", "0"), "", `at /0/prices/1: TOTAL: two different amounts`},
		{price("DISCOUNT", "EUR", "-2") + "," + price("DISCOUNT", "EUR", "2"), "EUR", ""},
		{price("RENEW", "EUR", "-2"), "", `at /0/prices/0: RENEW: a price below zero`},
		{price("TOTAL", "EUR", "5") + "," + price("RENEW", "points", "6"), "", `at /0/prices/1: RENEW: an amount in "points" beside one in "EUR"`},
	} {
		var offers cart.WireOffers
		err := offers.UnmarshalJSON([]byte(`[{"orderable":true,"prices":[` + c.prices + `]}]`))
		switch {
		case c.err != "":
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v, want %s", c.prices, err, c.err)
			}
		case err != nil || offers.Offers()[0].Prices.Currency != c.currency:
			t.Errorf("%s: %+v, %v, want %s", c.prices, offers.Offers(), err, c.currency)
		}
	}
}

// Reading an amount changes none of up to five decimals, takes the noise off sums of doubles, and changes nothing when
// it is done twice.
func TestAmountsAreRoundedOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		exact := decimal.MustNew(rapid.Int64Range(0, 1e12).Draw(r, "units"), rapid.IntRange(0, 5).Draw(r, "scale"))
		if got, err := total(`"value":` + exact.String()); err != nil || decimal.MustParse(got).Cmp(exact) != 0 {
			r.Fatalf("%s became %s, %v", exact, got, err)
		}
		a, b := rapid.Int64Range(0, 1e8).Draw(r, "a"), rapid.Int64Range(0, 1e8).Draw(r, "b")
		sum := strconv.FormatFloat(float64(a)/100+float64(b)/100, 'g', -1, 64)
		want := decimal.MustNew(a+b, 2).String()
		if got, err := total(`"value":` + sum); err != nil || got != want {
			r.Fatalf("%s became %s, %v, want %s", sum, got, err, want)
		}
		noise := strconv.FormatFloat(rapid.Float64Range(0, 1e6).Draw(r, "noise"), 'g', -1, 64)
		once, err := total(`"value":` + noise)
		if err != nil {
			r.Fatal(err)
		}
		if twice, err := total(`"value":` + once); err != nil || twice != once {
			r.Fatalf("%s became %s, and that %s, %v", noise, once, twice, err)
		}
	})
}
