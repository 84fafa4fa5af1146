package emulator

// money is how a body writes amounts, order.Price.
type money struct {
	currency string
	ucents   bool // the body has priceInUcents, which is null
}

func (m money) price(cents int64) map[string]any {
	price := map[string]any{"currencyCode": m.currency, "text": m.text(cents), "value": json100(cents)}
	if m.ucents {
		price["priceInUcents"] = nil
	}
	return price
}

func (m money) text(cents int64) string {
	amount := string(appendCents(nil, cents, true))
	switch m.currency {
	case "EUR":
		return amount + " €"
	case "USD":
		return "$" + amount + " USD"
	case "points":
		return string(appendCents(nil, cents, false)) + " PTS"
	}
	return amount + " " + m.currency
}

// json100 is an amount as JSON sends numbers: 5.99, 2.
type json100 int64

func (n json100) MarshalJSON() ([]byte, error) { return appendCents(nil, int64(n), false), nil }

// taxed is the tax in cents of an amount: 20 in 100, and none in the United States.
func taxed(subsidiary string, cents int64) int64 {
	if subsidiary == "US" {
		return 0
	}
	return (cents*20 + 50) / 100
}
