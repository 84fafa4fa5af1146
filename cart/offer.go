package cart

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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
	Action              *string     `json:"action"`
	Orderable           *bool       `json:"orderable"`
	PricingMode         string      `json:"pricingMode"`
	Phase               string      `json:"phase"`
	OfferID             string      `json:"offerId"`
	Duration            []string    `json:"duration"`
	RecommendedDuration string      `json:"recommendedDuration"`
	Prices              []wirePrice `json:"prices"`
}

type wirePrice struct {
	Label string `json:"label"`
	Price struct {
		Currency string      `json:"currencyCode"`
		Value    json.Number `json:"value"`
		Ucents   json.Number `json:"priceInUcents"` // value × 10⁸
	} `json:"price"`
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
	var wire []wireOffer
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
	if w.Action != nil {
		offer.Action = *w.Action
	}
	offer.PricingMode, offer.Phase, offer.OfferID = w.PricingMode, w.Phase, w.OfferID
	offer.Duration = w.RecommendedDuration
	if offer.Duration == "" && len(w.Duration) > 0 {
		offer.Duration = w.Duration[0]
	}
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
		text, err := price.amount()
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
		offer.Prices.Currency = price.Price.Currency
	}
	return nil
}

// amount is a price as amounts of money are written, exactly: 2 → 2.00, 5.999 → 5.999; empty where none is given.
func (w *wirePrice) amount() (string, error) {
	number, scale := w.Price.Value, ""
	if number == "" {
		number, scale = w.Price.Ucents, "e-8"
	}
	if number == "" {
		return "", nil
	}
	amount, err := decimal.Parse(string(number) + scale)
	if err != nil {
		return "", fmt.Errorf("amount %s cannot be read", strconv.Quote(string(number[:min(len(number), 40)])))
	}
	return amount.Trim(2).Pad(2).String(), nil
}
