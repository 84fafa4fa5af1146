package order

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"tldsweep/internal/bounded"
	"tldsweep/internal/cart"
)

// Quote is what an order would be: the file between the steps. Amounts are decimal text.
type Quote struct {
	Schema      int             `json:"schema"` // 1
	MadeAt      time.Time       `json:"made_at"`
	Expires     time.Time       `json:"expires,omitzero"` // of the cart
	Endpoint    string          `json:"endpoint"`
	Account     string          `json:"account"`
	Subsidiary  string          `json:"subsidiary"`
	Cart        string          `json:"cart"`
	Description string          `json:"description"`
	Currency    string          `json:"currency"`
	WithoutTax  string          `json:"without_tax"`
	Tax         string          `json:"tax"`
	WithTax     string          `json:"with_tax"`
	Lines       []Line          `json:"lines"`
	Other       string          `json:"other,omitempty"`  // of the total without tax, what belongs to no domain
	Owners      []Owner         `json:"owners,omitempty"` // none: OVHcloud makes one of the account
	Dropped     []Dropped       `json:"dropped"`
	Contracts   []cart.Contract `json:"contracts"`
	Unasked     []string        `json:"-"` // labels that have an answer, and that no registry is known to ask for
}

// Line is a domain in a quote.
type Line struct {
	Domain      string `json:"domain"`
	Item        int64  `json:"item"`
	Status      string `json:"status"`
	PricingMode string `json:"pricing_mode"`
	Duration    string `json:"duration"`
	Price       string `json:"price"`   // of the first period, without tax, by the bill; empty where the bill does not say
	Renewal     string `json:"renewal"` // of each later period, without tax, as it was looked up
	Claim       *Claim `json:"claim,omitempty"`
}

// Owner is a contact that becomes the owner of domains of a quote.
type Owner struct {
	Path   string `json:"path"`   // "/me/contact/11235813"
	Name   string `json:"name"`   // for people
	Digest string `json:"digest"` // of all that is known of the contact; empty: the key may not look
}

// Claim is a notice that somebody holds a mark of a domain's name, which the quote accepts. Who registers the domain can lose
// it without refund. Dates are OVHcloud's text.
type Claim struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Starting string `json:"starting,omitempty"`
	Ending   string `json:"ending,omitempty"`
	Type     string `json:"type,omitempty"`
}

// Dropped is a domain that was wanted and is not in a quote.
type Dropped struct {
	Domain string `json:"domain"`
	Why    string `json:"why"`
	Label  string `json:"label,omitempty"` // that wants an answer, or another one
}

const quoteSchema = 1

// largestQuote is how large a quote may be, in bytes. One of ten thousand domains has some 3 MB.
const largestQuote = 64 << 20

// ReadQuote reads a quote that Write wrote.
func ReadQuote(r io.Reader) (*Quote, error) {
	var q Quote
	decoder := json.NewDecoder(bounded.Reader(r, largestQuote))
	if err := decoder.Decode(&q); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			err = fmt.Errorf("%s holds a JSON %s", cmp.Or(wrong.Field, "it"), wrong.Value)
		}
		return nil, fmt.Errorf("not a quote: %w", err)
	}
	switch {
	case q.Schema != quoteSchema:
		return nil, fmt.Errorf("not a quote of this version: its schema is %d, want %d", q.Schema, quoteSchema)
	case q.Cart == "" || q.WithTax == "" || len(q.Lines) == 0:
		return nil, errors.New("not a quote: it names no cart, no total or no domains")
	}
	return &q, nil
}

// Write writes a quote as JSON.
func (q *Quote) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(q)
}

func (q *Quote) domains() []string {
	domains := make([]string, len(q.Lines))
	for i, line := range q.Lines {
		domains[i] = line.Domain
	}
	return domains
}

// digest tells a quote from one that was edited. The description holds it, and is not part of it.
func (q *Quote) digest() string {
	plain := *q
	plain.Description, plain.Unasked = "", nil
	text, err := json.Marshal(plain)
	if err != nil {
		return "" // ours alone
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// seal is how a cart's description says which quote it is of.
func (q *Quote) seal() string { return " #" + q.digest() }

// owners are the domains by their items.
func (q *Quote) owners() map[int64]string {
	owners := make(map[int64]string, len(q.Lines))
	for _, line := range q.Lines {
		owners[line.Item] = line.Domain
	}
	return owners
}
