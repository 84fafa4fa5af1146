package cart

import (
	"bytes"
	"fmt"

	"github.com/govalues/decimal"
)

// wireMoney is order.Price of OVHcloud API, order.json.
type wireMoney struct {
	Currency interned `json:"currencyCode"`
	Value    number   `json:"value"`         // a double, with a double's noise: 19.979999999999997
	Ucents   number   `json:"priceInUcents"` // value × 10⁸, exact; often not given
}

var (
	ucents = decimal.MustParse("100000000")
	// A value that was rounded to cents is still the same amount.
	halfCent = decimal.MustParse("0.005")
)

// meaningful is how many decimal places of a double say something: the rest is noise.
const meaningful = 5

// amount is a price as amounts of money are written: 2 → 2.00, 5.999 → 5.999; empty where none is given. The exact form
// goes before the double. An error names the field.
func (w *wireMoney) amount() (string, error) {
	value, err := w.Value.read("value")
	if err != nil {
		return "", err
	}
	exact, err := w.Ucents.read("priceInUcents")
	if err != nil {
		return "", err
	}
	value = value.Round(meaningful)
	if w.Ucents.given {
		if exact, err = exact.Quo(ucents); err != nil {
			return "", fmt.Errorf("priceInUcents: %w", err)
		}
		if apart, err := exact.SubAbs(value); w.Value.given && (err != nil || halfCent.Less(apart)) {
			return "", fmt.Errorf("priceInUcents says %s where value says %s", decimalText(exact), decimalText(value))
		}
		value = exact
	}
	if !w.Value.given && !w.Ucents.given {
		return "", nil
	}
	return decimalText(value), nil
}

// decimalText is an amount with two decimals, or with more where it has them.
func decimalText(amount decimal.Decimal) string { return amount.Trim(2).Pad(2).String() }

// number is an amount in JSON. One that cannot be read is an error only where it is needed.
type number struct {
	given bool
	value decimal.Decimal
	err   error
}

func (n *number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	n.given = true
	n.value, n.err = decimal.Parse(string(bytes.Trim(data, `"`)))
	return nil
}

// read is the number; zero where it is not given.
func (n *number) read(field string) (decimal.Decimal, error) {
	if n.err != nil {
		return n.value, fmt.Errorf("%s: an amount that cannot be read: %w", field, n.err)
	}
	return n.value, nil
}
