package scanner

import "github.com/govalues/decimal"

// meaningful is to how many decimal places amounts are compared. Below are the noise of floats, and the roundings of
// those who had the same amount before.
const meaningful = 5

// parseAmount reads decimal text as it is compared; false for what is not known.
func parseAmount(text string) (decimal.Decimal, bool) {
	amount, err := decimal.Parse(text)
	return amount.Round(meaningful), err == nil
}

// Cheaper says whether a is a smaller amount than b; an unknown amount is not cheaper than a known one.
func Cheaper(a, b string) bool {
	x, known := parseAmount(a)
	if !known {
		return false
	}
	y, known := parseAmount(b)
	return !known || x.Less(y)
}

// sameAmount says whether two amounts are the same, or both are unknown.
func sameAmount(a, b string) bool {
	if a == b {
		return true
	}
	x, known := parseAmount(a)
	y, too := parseAmount(b)
	return known && too && x.Equal(y)
}
