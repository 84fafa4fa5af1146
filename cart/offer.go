package cart

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/govalues/decimal"
)

// Offer is one thing that OVHcloud proposes for a domain. Words are OVHcloud's own.
type Offer struct {
	Action      string // "create", "transfer", "update", "trade"; empty in answers of 2016
	Orderable   bool   // whether it can be ordered now
	PricingMode string // "create-default", "create-premium", "transfer-aftermarket1", …
	Phase       string // "ga", "normal", "landrush"
	OfferID     string // "fr-create"
	Duration    string // the one that OVHcloud recommends, else the first: "P1Y"
	Prices      Prices
}

// Prices is an offer's price list, without VAT. Amounts are decimal text with at least two decimals; empty: not given.
type Prices struct {
	Currency string // ISO 4217
	Total    string // what the first period costs in all
	Renewal  string // what each later period costs
	Regular  string // the price before the discount
	Discount string // how much is off, as a positive number in both generations
	Fee      string // what the registry adds once
}

// wireOffers decodes ProductInformation[] of OVHcloud API, order.json, both generations.
type wireOffers struct {
	offers []Offer
}

type wireOffer struct {
	Action              word        `json:"action"`
	Orderable           *bool       `json:"orderable"`
	PricingMode         word        `json:"pricingMode"`
	Phase               word        `json:"phase"`
	OfferID             string      `json:"offerId"`
	Duration            [1]word     `json:"duration"` // the first of them
	RecommendedDuration word        `json:"recommendedDuration"`
	Prices              []wirePrice `json:"prices"`
}

type wirePrice struct {
	Label word      `json:"label"`
	Price wireMoney `json:"price"`
}

// wireMoney is order.Price of OVHcloud API, order.json.
type wireMoney struct {
	Currency word   `json:"currencyCode"`
	Value    number `json:"value"`
	Ucents   number `json:"priceInUcents"` // value × 10⁸
}

var (
	errNoList      = errors.New("not a list of offers")
	errNoOrderable = errors.New("an offer that does not say whether it can be ordered")
)

// UnmarshalJSON refuses whatever could be mistaken for "no offer": only a real empty list says that.
func (w *wireOffers) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte("[")) {
		return errNoList
	}
	// Room for what is usual, in one piece; more of it grows.
	var room struct {
		offers [2]wireOffer
		prices [2][5]wirePrice
	}
	wire := room.offers[:]
	for i := range wire {
		wire[i].Prices = room.prices[i][:0]
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if len(wire) == 0 {
		return nil
	}
	w.offers = make([]Offer, len(wire))
	for i := range wire {
		if err := wire[i].into(&w.offers[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *wireOffer) into(offer *Offer) error {
	if w.Orderable == nil {
		return errNoOrderable
	}
	offer.Orderable = *w.Orderable
	offer.Action, offer.PricingMode, offer.Phase, offer.OfferID = string(w.Action), string(w.PricingMode), string(w.Phase), w.OfferID
	offer.Duration = string(cmp.Or(w.RecommendedDuration, w.Duration[0]))
	for _, price := range w.Prices {
		var amount *string
		switch price.Label {
		case "TOTAL":
			amount = &offer.Prices.Total
		case "RENEW":
			amount = &offer.Prices.Renewal
		case "PRICE":
			amount = &offer.Prices.Regular
		case "DISCOUNT":
			amount = &offer.Prices.Discount
		case "FEE":
			amount = &offer.Prices.Fee
		default:
			continue // a label of the future
		}
		text, err := price.Price.amount()
		if err != nil {
			return fmt.Errorf("%s: %w", price.Label, err)
		}
		if text == "" {
			continue
		}
		if price.Label == "DISCOUNT" {
			text = strings.TrimPrefix(text, "-") // negative in 2016, positive since
		}
		*amount = text
		offer.Prices.Currency = string(price.Price.Currency)
	}
	return nil
}

// amount is a price as amounts of money are written, exactly: 2 → 2.00, 5.999 → 5.999; empty where none is given.
func (w *wireMoney) amount() (string, error) {
	amount, scaled := w.Value, false
	if !amount.given {
		amount, scaled = w.Ucents, true
	}
	if !amount.given {
		return "", nil
	}
	value, err := amount.value, amount.err
	if err == nil && scaled {
		value, err = value.Quo(ucents)
	}
	if err != nil {
		return "", fmt.Errorf("an amount that cannot be read: %w", err)
	}
	return value.Trim(2).Pad(2).String(), nil
}

var ucents = decimal.MustParse("100000000")

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

// word is a string of a small vocabulary: the usual ones cost no memory.
type word string

func (w *word) UnmarshalJSON(data []byte) error {
	if len(data) >= 2 && data[0] == '"' {
		if known, ok := vocabulary[string(data[1:len(data)-1])]; ok {
			*w = known
			return nil
		}
	}
	return json.Unmarshal(data, (*string)(w))
}

var vocabulary = func() map[string]word {
	known := map[string]word{}
	for w := range strings.FieldsSeq(`PRICE DISCOUNT FEE RENEW TOTAL create transfer update trade ga normal golive landrush sunrise
		create-default create-premium transfer-default transfer-premium transfer-aftermarket1 transfer-aftermarket2 default premium
		AUD CAD CZK EUR GBP INR MAD PLN SGD TND USD XOF P1Y P2Y P3Y P4Y P5Y P6Y P7Y P8Y P9Y P10Y`) {
		known[w] = word(w)
	}
	return known
}()
