package cart

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	jsonv2 "github.com/go-json-experiment/json" // one pass over an answer, where encoding/json takes two; part of Go 1.27
	"github.com/go-json-experiment/json/jsontext"

	"tldsweep/scanner"
)

// Offer is one thing that OVHcloud proposes for a domain. Words are OVHcloud's own.
type Offer struct {
	Action      string            // "create", "transfer", "update", "trade"; empty in answers of 2016
	Orderable   bool              // whether it can be ordered now
	PricingMode string            // "create-default", "create-premium", "transfer-aftermarket1", …
	Phase       string            // "ga", "normal", "landrush"
	OfferID     string            // "fr-create"
	Durations   scanner.Durations // for which it can be ordered
	Duration    string            // the shortest of them, to which the prices belong; empty where none can be read
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
	Action      interned      `json:"action"`
	Orderable   *bool         `json:"orderable"`
	PricingMode interned      `json:"pricingMode"`
	Phase       interned      `json:"phase"`
	OfferID     string        `json:"offerId"`
	Duration    wireDurations `json:"duration"`
	Prices      wirePrices    `json:"prices"`
}

// wirePrices is a list of labelled prices, by label.
type wirePrices struct {
	Prices
	weight int    // of what told the currency
	money  string // the one that is money, of free amounts, too
}

type wirePrice struct {
	Label interned  `json:"label"`
	Price wireMoney `json:"price"`
}

var (
	errNotOffers   = errors.New("not a list of offers")
	errNotList     = errors.New("not a list")
	errNotString   = errors.New("not a string")
	errNegative    = errors.New("a price below zero")
	errTwice       = errors.New("two different amounts")
	errNoOrderable = errors.New("an offer that does not say whether it can be ordered")
)

// UnmarshalJSON refuses whatever could be mistaken for "no offer": only a real empty list says that.
func (w *wireOffers) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte("[")) {
		return errNotOffers
	}
	var room [2]wireOffer // what is usual; more of it grows
	wire := room[:0]
	if err := jsonv2.Unmarshal(data, &wire); err != nil {
		return explain(err, len(data))
	}
	if len(wire) == 0 {
		return nil
	}
	w.offers = make([]Offer, len(wire))
	for i, offer := range wire {
		if offer.Orderable == nil {
			return fmt.Errorf("at /%d/orderable: %w", i, errNoOrderable)
		}
		durations := scanner.Durations(offer.Duration)
		w.offers[i] = Offer{
			Action: string(offer.Action), Orderable: *offer.Orderable, PricingMode: string(offer.PricingMode),
			Phase: string(offer.Phase), OfferID: offer.OfferID, Prices: offer.Prices.Prices,
			Durations: durations, Duration: durations.Shortest(),
		}
	}
	return nil
}

// explain says what is wrong with an answer of so many bytes. The library's own words name types of this program, and
// are not the same in every run.
func explain(err error, size int) error {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("not JSON at byte %d of %d", syntax.ByteOffset, size)
	}
	if semantic, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
		cause := semantic.Err
		if cause == nil {
			kind := cmp.Or(map[jsontext.Kind]string{'[': "list", '{': "object"}[semantic.JSONKind], semantic.JSONKind.String())
			cause = errors.New("an unexpected " + kind)
		}
		return fmt.Errorf("at %s: %w", semantic.JSONPointer, cause)
	}
	return err
}

// at says which value an error is about: the one that was read last.
func at(from *jsontext.Decoder, err error) error {
	return &jsonv2.SemanticError{JSONPointer: from.StackPointer(), Err: err}
}

// UnmarshalJSONFrom reads each price as it comes.
func (w *wirePrices) UnmarshalJSONFrom(from *jsontext.Decoder) error {
	return eachOf(from, func() error {
		var price wirePrice
		if err := jsonv2.UnmarshalDecode(from, &price); err != nil {
			return err
		}
		if err := w.set(&price); err != nil {
			return at(from, fmt.Errorf("%s: %w", price.Label, err))
		}
		return nil
	})
}

func (w *wirePrices) set(price *wirePrice) error {
	var amount *string
	switch price.Label {
	case "TOTAL":
		amount = &w.Total
	case "RENEW":
		amount = &w.Renewal
	case "PRICE":
		amount = &w.Regular
	case "DISCOUNT":
		amount = &w.Discount
	case "FEE":
		amount = &w.Fee
	default:
		return nil // a label of the future
	}
	text, err := price.Price.amount()
	if err != nil || text == "" {
		return err
	}
	if err := w.setCurrency(string(price.Price.Currency), strings.Trim(text, "-0.") == ""); err != nil {
		return err
	}
	if price.Label == "DISCOUNT" {
		text = strings.TrimPrefix(text, "-") // negative in 2016, positive since
	}
	switch {
	case strings.HasPrefix(text, "-") && strings.Trim(text, "-0.") != "":
		return errNegative
	case *amount != "" && *amount != text:
		return errTwice
	}
	*amount = text
	return nil
}

// setCurrency notes the currency of an amount. Nothing is nothing in every currency, also in "points" and "N/A".
func (w *wirePrices) setCurrency(currency string, zero bool) error {
	weight := 3
	switch {
	case zero && (currency == "points" || currency == "N/A"):
		weight = 1
	case zero:
		weight = 2
	case w.weight == weight && w.Currency != currency:
		return fmt.Errorf("an amount in %q beside one in %q", currency, w.Currency)
	}
	if currency != "points" && currency != "N/A" && currency != "" {
		if w.money != "" && w.money != currency {
			return fmt.Errorf("an amount in %q beside one in %q", currency, w.money)
		}
		w.money = currency
	}
	if weight > w.weight {
		w.Currency, w.weight = currency, weight
	}
	return nil
}

// interned is a string of which there are few different ones: the usual ones cost no memory.
type interned string

func (w *interned) UnmarshalJSON(data []byte) (err error) {
	*w, err = readInterned(data)
	return err
}

// readInterned reads a string, or null as the empty one.
func readInterned(data []byte) (interned, error) {
	if len(data) >= 2 && data[0] == '"' {
		if known, ok := usualWords[string(data[1:len(data)-1])]; ok {
			return known, nil
		}
	}
	var unusual string
	if json.Unmarshal(data, &unusual) != nil {
		return "", errNotString
	}
	return interned(unusual), nil
}

// eachOf reads a list by reading each value of it; null is an empty one.
func eachOf(from *jsontext.Decoder, read func() error) error {
	switch token, err := from.ReadToken(); {
	case err != nil:
		return err
	case token.Kind() == 'n':
		return nil
	case token.Kind() != '[':
		return errNotList
	}
	for from.PeekKind() != ']' {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := from.ReadToken()
	return err
}

var usualWords = func() map[string]interned {
	known := map[string]interned{}
	for w := range strings.FieldsSeq(`PRICE DISCOUNT FEE RENEW TOTAL create transfer update trade ga normal golive landrush sunrise
		create-default create-premium transfer-default transfer-premium transfer-aftermarket1 transfer-aftermarket2 default premium
		AUD CAD CZK EUR GBP INR MAD PLN SGD TND USD XOF P1Y P2Y P3Y P4Y P5Y P6Y P7Y P8Y P9Y P10Y`) {
		known[w] = interned(w)
	}
	return known
}()

// wireDurations decodes the durations of an offer.
type wireDurations scanner.Durations

func (w *wireDurations) UnmarshalJSONFrom(from *jsontext.Decoder) error {
	var room [10]string // what is usual, so that the list is made once
	read := room[:0]
	err := eachOf(from, func() error {
		value, err := from.ReadValue()
		if err != nil {
			return err
		}
		duration, err := readInterned(value)
		if err != nil {
			return at(from, err)
		}
		if duration != "" {
			read = append(read, string(duration))
		}
		return nil
	})
	*w = append(wireDurations(nil), read...)
	return err
}
