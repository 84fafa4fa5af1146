package emulator

import (
	_ "embed"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// The extensions sold in France in September 2023, 924 of them, in OVHcloud's order: every top-level one, each followed
// by the second-level ones under it. Source: GET /domain/data/extension as kept in Its-Just-Nans/domains, src/extensions.js.
//
//go:embed extensions.txt
var extensionsText string

// highlighted is what GET /domain/extensions/highlighted answers, most important first.
var highlighted = []string{"com", "fr", "net", "org", "eu", "info", "io", "shop", "online", "store", "site", "tech", "app", "dev", "xyz", "pro", "paris", "bzh"}

// closed are extensions that are in the list although nobody can order under them.
var closed = []string{"gov.uk", "mil.pl", "gov.pl"}

// launching are the extensions that are not open to everybody yet, and their phase: who asks is offered that alone.
var launching = map[string]string{"swiss": "sunrise", "theatre": "sunrise", "cars": "early_access", "hockey": "early_access"}

// restoring are extensions under which some domains have lapsed: only a restoration can get them.
var restoring = []string{"yachts", "security"}

// A kind is what a domain of the world is.
type kind int

const (
	available   kind = iota // an offer to create
	premium                 // an offer to create at a premium price
	aftermarket             // an offer to transfer at the seller's price
	noOffer                 // taken: an empty list
	transfer                // taken: an offer to transfer, which is orderable
	locked                  // taken: an offer to create, which is not orderable
	refused                 // the check fails
	early                   // an offer to create in a phase before the general one, with a fee
	lapsed                  // an offer to create at the price of a restoration
)

// Truth is the status that a client must arrive at.
func (k kind) truth() string {
	return [...]string{"available", "premium", "aftermarket", "taken", "taken", "taken", "unsupported", "restricted", "restricted"}[k]
}

// world is what there is: the same question has the same answer in every process with the same seed.
type world struct {
	seed           uint64
	extensions     []string
	known          map[string]*extension
	registered     map[string]bool
	owned          map[string]bool // by the account
	onlyRegistered bool
	noisy          bool // prices of lookups have rounding errors
	free           bool // everything costs nothing
}

// extension is what one extension costs, in cents of the subsidiary's currency.
type extension struct {
	name                   string
	price, renew, discount int64
	closed                 bool
	phases                 int    // offers to create for one domain, one a phase
	phase                  string // the one phase that it is in; empty where it is open to everybody
	restores               bool   // some of its domains have lapsed
	recommended            string // duration that OVHcloud recommends, as JSON
	transferFirst          bool   // an offer to transfer stands before the one to create
}

func newWorld(options Options) *world {
	w := &world{
		seed:           options.Seed,
		known:          map[string]*extension{},
		registered:     map[string]bool{},
		owned:          map[string]bool{},
		onlyRegistered: options.OnlyRegistered,
		noisy:          options.NoisyPrices,
		free:           options.FreeOrders,
	}
	for line := range strings.Lines(extensionsText) {
		name := strings.TrimSpace(line)
		if name == "" {
			continue
		}
		w.extensions = append(w.extensions, name)
		w.known[name] = w.price(name)
	}
	for _, domain := range options.Registered {
		w.registered[domain] = true
	}
	for _, domain := range options.Owned {
		w.owned[domain] = true
	}
	return w
}

// hash is a number that depends on the seed and the words alone.
func (w *world) hash(words ...string) uint64 {
	// FNV-1a, then a mix: a few bits of it must be as good as all.
	h := 14695981039346656037 ^ bits.RotateLeft64(w.seed, 23)
	for _, word := range words {
		for i := range len(word) {
			h = (h ^ uint64(word[i])) * 1099511628211
		}
		h = (h ^ '/') * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// fraction is a number from 0 up to 1, by hash.
func (w *world) fraction(words ...string) float64 { return float64(w.hash(words...)>>11) / (1 << 53) }

// price makes up what an extension costs; the best known cost about what they do.
func (w *world) price(name string) *extension {
	e := &extension{name: name, closed: slices.Contains(closed, name)}
	d := w.hash("price", name)
	usual := map[string]int64{"fr": 799, "com": 1099, "net": 1299, "org": 1199, "eu": 899, "info": 1799, "co.uk": 799, "de": 699}
	if price, ok := usual[name]; ok {
		e.price, e.renew = price, price+100
	} else {
		e.price = int64(499+d%60*100) + int64(d>>8%2)*1
		e.renew = e.price + int64(d>>16%8)*50
	}
	switch {
	case name == "fr":
		e.discount = 200
	case d>>24%5 == 0: // a promotion
		e.discount = e.price / int64(2+d>>32%3)
		if d>>40%2 == 0 {
			e.renew = e.price * 4 // the cheap first year that is not cheap
		}
	}
	if w.free {
		e.price, e.renew, e.discount = 0, 0, 0
	}
	e.phases = 1
	if d>>48%40 == 0 {
		e.phases = 2
	}
	e.transferFirst = d>>56%40 == 0
	e.phase, e.restores = launching[name], slices.Contains(restoring, name)
	e.recommended = `"P1Y"`
	if len(name) > 5 && !slices.Contains(highlighted, name) { // what most people ask for is ordered by the year
		switch w.hash("recommended", name) % 8 {
		case 0:
			e.recommended = `"P2Y"`
		case 1:
			e.recommended = "null"
		}
	}
	return e
}

// split finds the longest extension of the world that a domain ends in.
func (w *world) split(domain string) (name string, e *extension) {
	for rest := domain; ; {
		_, after, more := strings.Cut(rest, ".")
		if !more {
			return "", nil
		}
		if e := w.known[after]; e != nil {
			return strings.TrimSuffix(domain[:len(domain)-len(after)], "."), e
		}
		rest = after
	}
}

// kindOf is what the domain is.
func (w *world) kindOf(domain, name string, e *extension) kind {
	k := w.openKindOf(domain, name, e)
	switch {
	case e.phase != "" && k == available:
		return early
	case e.restores && k == noOffer && !w.owned[domain] && w.hash("lapsed", domain)%4 == 0:
		return lapsed
	}
	return k
}

// openKindOf is what the domain would be under an extension that is open to everybody.
func (w *world) openKindOf(domain, name string, e *extension) kind {
	if e.closed {
		return refused
	}
	d := w.hash("domain", domain)
	takenKind := [...]kind{noOffer, transfer, transfer, noOffer, transfer, noOffer, transfer, noOffer, noOffer, locked}[d>>32%10]
	switch {
	case w.owned[domain]:
		return noOffer
	case w.registered[domain]:
		return takenKind
	case w.onlyRegistered:
		return available
	}
	taken := uint64(55)
	switch {
	case len(name) <= 4:
		taken = 90
	case len(name) > 24:
		taken = 0 // nobody has what a random generator makes up
	}
	switch roll := d % 100; {
	case roll < taken:
		return takenKind
	case d>>8%100 < 3:
		return premium
	case d>>8%100 < 5:
		return aftermarket
	default:
		return available
	}
}

// Truth is the status of a domain in this world: available, premium, aftermarket, restricted, taken, or unsupported.
func (s *Server) Truth(domain string) string {
	name, e := s.world.split(domain)
	if e == nil {
		return refused.truth()
	}
	return s.world.kindOf(domain, name, e).truth()
}

// Price is what the first year of an available domain costs under an extension, without VAT, as decimal text: "5.99".
// It is empty for an extension that the world does not have.
func (s *Server) Price(extension string) string {
	e := s.world.known[extension]
	if e == nil {
		return ""
	}
	return fmt.Sprintf("%d.%02d", (e.price-e.discount)/100, (e.price-e.discount)%100)
}

// currencies is the money of each subsidiary. The real APIs each know their own alone: Europe the first sixteen, Canada
// the next eight, the United States the last.
var currencies = map[string]string{
	"CZ": "EUR", "DE": "EUR", "ES": "EUR", "EU": "EUR", "FI": "EUR", "FR": "EUR", "GB": "GBP", "IE": "EUR",
	"IT": "EUR", "LT": "EUR", "MA": "MAD", "NL": "EUR", "PL": "PLN", "PT": "EUR", "SN": "XOF", "TN": "TND",
	"ASIA": "SGD", "AU": "AUD", "CA": "CAD", "IN": "INR", "QC": "CAD", "SG": "SGD", "WE": "USD", "WS": "USD",
	"US": "USD",
}
