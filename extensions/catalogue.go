package extensions

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// Catalogue is what OVHcloud lists for sale, and at what price.
type Catalogue struct {
	Subsidiary string               `json:"subsidiary"`
	Currency   string               `json:"currency"` // ISO 4217
	ReadAt     time.Time            `json:"read_at"`
	Prices     map[string]ListPrice `json:"prices"` // by extension; one that is not here is not sold
}

// ListPrice is what an extension costs by the catalogue: decimal text without VAT, empty where the catalogue does not
// say, as for what only a lookup can price.
type ListPrice struct {
	FirstYear string `json:"first_year,omitempty"`
	Renewal   string `json:"renewal,omitempty"` // of one year
}

// Sells says whether an extension is in the catalogue.
func (c *Catalogue) Sells(extension string) bool {
	_, sold := c.Prices[extension]
	return sold
}

// plan is one extension in the catalogue.
type plan struct {
	PlanCode string    `json:"planCode"`
	Pricings []pricing `json:"pricings"`
}

type pricing struct {
	Mode         string      `json:"mode"`
	Phase        int         `json:"phase"` // 0 is the first; the last one goes on for ever
	Capacities   []string    `json:"capacities"`
	Interval     int         `json:"interval"`
	IntervalUnit string      `json:"intervalUnit"`
	Price        json.Number `json:"price"` // × 10⁸; promotions, which come and go, are beside it and not in it
}

var (
	catalogueUnit = decimal.MustParse("100000000")
	// What is priced like this is priced by a lookup alone.
	placeholderPrice = decimal.MustParse("999999")
)

// DecodeCatalogue reads OVHcloud's catalogue plan by plan: no more than one is held at a time. Subsidiary and ReadAt are the
// caller's to fill in. A catalogue without plans is an error, and so is a plan of more than 4 MB, or a text of that length
// anywhere.
func DecodeCatalogue(r io.Reader) (*Catalogue, error) {
	bounded := &boundedValues{from: r}
	d := json.NewDecoder(bounded)
	bounded.to = d
	c := &Catalogue{Prices: map[string]ListPrice{}}
	listed := false
	err := object(d, func(key string) error {
		switch key {
		case "locale":
			var locale struct {
				CurrencyCode string `json:"currencyCode"`
			}
			err := d.Decode(&locale)
			c.Currency = locale.CurrencyCode
			return err
		case "plans":
			listed = true
			return array(d, func() error {
				var p plan
				if err := d.Decode(&p); err != nil {
					return err
				}
				if extension, ok := normalise(p.PlanCode); ok {
					c.Prices[extension] = p.prices()
				}
				return nil
			})
		}
		return skip(d)
	})
	switch {
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	case !listed || len(c.Prices) == 0:
		return nil, errors.New("a catalogue without plans")
	}
	return c, nil
}

// largestValue is how much of a catalogue is held at most, in bytes. A plan has some 25 kB.
const largestValue = 4 << 20

var errLargeValue = fmt.Errorf("a value of more than %d MB", largestValue>>20)

// boundedValues reads no further where a decoder holds too much of one token or plan.
type boundedValues struct {
	from io.Reader
	to   *json.Decoder
	read int64
}

func (b *boundedValues) Read(into []byte) (int, error) {
	if b.read-b.to.InputOffset() > largestValue {
		return 0, errLargeValue
	}
	n, err := b.from.Read(into)
	b.read += int64(n)
	return n, err
}

// prices are those of a plain registration by the year. What a price is for is told by its capacities; of several for the
// same, the earliest phase counts: what stands in later ones is for other modes, or for later years.
func (p *plan) prices() ListPrice {
	var list ListPrice
	first, renewal := math.MaxInt, math.MaxInt
	for _, pricing := range p.Pricings {
		if pricing.Mode != "create-default" || !pricing.isYearly() {
			continue
		}
		price, err := decimal.Parse(pricing.Price.String())
		if err == nil {
			price, err = price.Quo(catalogueUnit)
		}
		if err != nil || price.Cmp(placeholderPrice) >= 0 {
			continue
		}
		text := price.Trim(2).Pad(2).String()
		switch {
		case slices.Contains(pricing.Capacities, "installation"):
			if pricing.Phase < first {
				list.FirstYear, first = text, pricing.Phase
			}
		case slices.Equal(pricing.Capacities, []string{"renew"}):
			if pricing.Phase < renewal {
				list.Renewal, renewal = text, pricing.Phase
			}
		}
	}
	return list
}

// isYearly says whether a price is for a year. The units that are described are days, hours, months and none; plans with
// years are on record, too.
func (p *pricing) isYearly() bool {
	switch p.IntervalUnit {
	case "month":
		return p.Interval == 12
	case "year":
		return p.Interval == 1
	default:
		return p.IntervalUnit == "none"
	}
}

// object reads an object and calls value for each key, which must read the value.
func object(d *json.Decoder, value func(key string) error) error {
	if err := delimiter(d, '{'); err != nil {
		return err
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		if err := value(token.(string)); err != nil { // the decoder takes no other keys
			return err
		}
	}
	return delimiter(d, '}')
}

func array(d *json.Decoder, element func() error) error {
	if err := delimiter(d, '['); err != nil {
		return err
	}
	for d.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return delimiter(d, ']')
}

func delimiter(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("%v where %v was expected", token, want)
	}
	return nil
}

// skip reads a value token by token, so that a large one is not held.
func skip(d *json.Decoder) error {
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
