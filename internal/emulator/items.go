package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// item is a domain in a cart. Requests see copies; change changes it.
type item struct {
	id              int64
	domain, name    string // "example.co.uk", "example"
	mode            string // pricing mode
	extension       *extension
	years           int
	configurations  []configuration
	renew           int64 // cents, of each year after the first
	regular, rebate int64 // of the first year, before the discount, and the discount
	forSale         bool
}

// items serves what is in a cart.
func (s *Server) items() {
	s.cartRoute("POST /order/cart/{id}/domain", needed, s.addDomain)
	s.cartRoute("GET /order/cart/{id}/item", anonymous, func(a *answer, _ *http.Request, c openCart) { a.json(c.itemIDs()) })
	s.itemRoute("GET /order/cart/{id}/item/{item}", func(a *answer, _ *http.Request, c openCart, i *item) { a.json(s.itemWire(c, i)) })
	s.itemRoute("PUT /order/cart/{id}/item/{item}", s.changeItem)
	s.itemRoute("DELETE /order/cart/{id}/item/{item}", s.dropItem)
}

// itemRoute is cartRoute for the calls about one item.
func (s *Server) itemRoute(pattern string, serve func(*answer, *http.Request, openCart, *item)) {
	s.cartRoute(pattern, anonymous, func(a *answer, r *http.Request, c openCart) {
		id, err := strconv.ParseInt(r.PathValue("item"), 10, 64)
		for _, i := range c.items {
			if err == nil && i.id == id {
				serve(a, r, c, i)
				return
			}
		}
		a.fail(http.StatusNotFound, "Client::NotFound", "The requested object (itemId = "+r.PathValue("item")+") does not exist")
	})
}

// change changes an item where it is kept, and returns a copy of what it has become.
func (s *Server) change(c openCart, i *item, how func(*item)) *item {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open := s.carts[c.id]; open != nil {
		for _, kept := range open.items {
			if kept.id == i.id {
				how(kept)
				return kept.copy()
			}
		}
	}
	return i
}

func (i *item) copy() *item {
	other := *i
	other.configurations = slices.Clone(i.configurations)
	return &other
}

func (c openCart) itemIDs() []int64 {
	ids := []int64{}
	for _, i := range c.items {
		ids = append(ids, i.id)
	}
	return ids
}

func (s *Server) itemWire(c openCart, i *item) map[string]any {
	ids := []int64{}
	for _, configured := range i.configurations {
		ids = append(ids, configured.ID)
	}
	settings := map[string]any{"planCode": i.extension.name, "pricingMode": i.mode, "quantity": 1}
	if s.options.Like.Settings != "described" {
		settings["domain"] = i.domain
	}
	if s.options.Like.Settings == "guide" {
		settings["catalogName"] = "dom-public"
	}
	return map[string]any{
		"cartId": c.id, "itemId": i.id, "productId": "domain", "offerId": nil, "duration": "P" + strconv.Itoa(i.years) + "Y",
		"configurations": ids, "options": []int64{}, "parentItemId": nil, "prices": []any{}, "settings": settings,
	}
}

// writable refuses changes to a cart that was checked out.
func (a *answer) writable(c openCart) bool {
	if c.readOnly {
		a.fail(readOnlyStatus, readOnlyClass, readOnlyMessage)
	}
	return !c.readOnly
}

func (a *answer) malformed(field string) {
	a.fail(http.StatusBadRequest, "Client::BadRequest", "Body parameter "+field+" isn't formated correctly")
}

func (s *Server) addDomain(a *answer, r *http.Request, c openCart) {
	var body struct {
		Domain, Duration, OfferID, PlanCode, PricingMode string
		Quantity                                         *int
	}
	// A published client also sends what it will configure, and the item that it does not have yet.
	if !a.body(r, &body, "domain", "duration", "offerId", "planCode", "pricingMode", "quantity", "configuration", "itemId") || !a.writable(c) {
		return
	}
	domain := strings.ToLower(body.Domain)
	if !isDomain(domain) {
		a.malformed("domain")
		return
	}
	years, ok := s.yearsOf(body.Duration)
	if !ok {
		a.malformed("duration")
		return
	}
	if body.Quantity != nil && *body.Quantity != 1 {
		a.malformed("quantity")
		return
	}
	name, e := s.world.split(domain)
	if e == nil || strings.Contains(name, ".") || body.PlanCode != "" && body.PlanCode != e.name {
		a.fail(checkFailedStatus, checkFailedClass, checkFailedMessage)
		return
	}
	i := s.itemOf(domain, name, e)
	if i == nil || body.PricingMode != "" && body.PricingMode != i.mode && !(s.options.OldPrices && body.PricingMode == oldMode(i.mode)) || s.isSold(domain) {
		a.fail(checkFailedStatus, checkFailedClass, "Some parameters are invalid in the request: Check failed. The domain is not available")
		return
	}
	i.years = years
	i.id = s.newID()
	s.mu.Lock()
	if open := s.carts[c.id]; open != nil {
		open.items = append(slices.Clip(open.items), i.copy())
	}
	s.mu.Unlock()
	a.json(s.itemWire(c, i))
}

// oldMode is a pricing mode as offers of 2016 say it: "premium".
func oldMode(mode string) string {
	action, old, _ := strings.Cut(mode, "-")
	if action == "restore" {
		return mode
	}
	return old
}

// itemOf is what ordering a domain would be, or nil where it cannot be ordered.
func (s *Server) itemOf(domain, name string, e *extension) *item {
	priced := s.priced(e)
	i := &item{domain: domain, name: name, extension: e, mode: "create-default", regular: priced.price, rebate: priced.discount, renew: priced.renew}
	switch s.world.kindOf(domain, name, e) {
	case available:
	case premium:
		i.mode, i.rebate = "create-premium", 0
		i.regular = s.world.premiumPrice(domain)
	case early:
		i.regular, i.rebate = priced.price+s.world.cost(earlyFee), 0
	case lapsed:
		i.mode, i.regular, i.rebate = "restore-default", s.world.cost(restoration), 0
	case aftermarket:
		i.mode, i.forSale, i.rebate = "transfer-aftermarket1", true, 0
		i.regular = s.world.aftermarketPrice(domain)
	case transfer:
		i.mode, i.forSale, i.rebate = "transfer-default", true, 0
	default:
		return nil
	}
	return i
}

// yearsOf reads a duration, one of those that an offer lists. Without one it is a year.
func (s *Server) yearsOf(duration string) (int, bool) {
	if duration == "" {
		return 1, true
	}
	text, ok := strings.CutPrefix(duration, "P")
	text, ok2 := strings.CutSuffix(text, "Y")
	years, err := strconv.Atoi(text)
	most := 10
	if s.options.OldPrices {
		most = 1
	}
	return years, ok && ok2 && err == nil && years >= 1 && years <= most
}

func (s *Server) changeItem(a *answer, r *http.Request, c openCart, i *item) {
	var body struct {
		Duration string
		Quantity *int
	}
	if !a.body(r, &body, "duration", "quantity") || !a.writable(c) {
		return
	}
	years, ok := s.yearsOf(body.Duration)
	if !ok {
		a.malformed("duration")
		return
	}
	if body.Quantity != nil && *body.Quantity != 1 {
		a.malformed("quantity")
		return
	}
	if body.Duration != "" {
		i = s.change(c, i, func(i *item) { i.years = years })
	}
	a.json(s.itemWire(c, i))
}

func (s *Server) dropItem(a *answer, _ *http.Request, c openCart, i *item) {
	if !a.writable(c) {
		return
	}
	s.mu.Lock()
	if open := s.carts[c.id]; open != nil {
		open.items = slices.DeleteFunc(slices.Clone(open.items), func(other *item) bool { return other.id == i.id })
	}
	s.mu.Unlock()
	a.json(nil)
}

func (s *Server) newID() int64 { return 31415926 + s.ids.Add(1) }

// priced is an extension at today's price, which MovePrices moves.
func (s *Server) priced(e *extension) *extension {
	moved := *e
	moved.price += s.moved.Load()
	moved.renew += s.moved.Load()
	return &moved
}

// MovePrices makes every standard price dearer by so many cents, or cheaper.
func (s *Server) MovePrices(cents int64) { s.moved.Add(cents) }

// cost is what something costs, in cents: nothing in a world where everything is free.
func (w *world) cost(cents int64) int64 {
	if w.free {
		return 0
	}
	return cents
}

// premiumPrice and aftermarketPrice are cents.
func (w *world) premiumPrice(domain string) int64 {
	return w.cost(int64(10000 + w.hash("premium", domain)%90*10000))
}

func (w *world) aftermarketPrice(domain string) int64 {
	return w.cost(int64(50000 + w.hash("seller", domain)%200*10000))
}
