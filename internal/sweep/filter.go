package sweep

import (
	"slices"

	"github.com/govalues/decimal"

	"tldsweep/scanner"
)

// Filter says which rows are written. The zero value keeps all.
type Filter struct {
	Statuses []scanner.Status    // rows of these alone; none: of all
	MaxPrice decimal.NullDecimal // rows whose price is known and at most this, whatever its currency
}

// Keeps says whether a row is written. It is safe for concurrent use.
func (f Filter) Keeps(result scanner.Result) bool {
	if len(f.Statuses) > 0 && !slices.Contains(f.Statuses, result.Status) {
		return false
	}
	if !f.MaxPrice.Valid {
		return true
	}
	price, err := decimal.Parse(result.Price)
	return err == nil && price.Cmp(f.MaxPrice.Decimal) <= 0
}
