package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// item is a domain in a cart. Requests see copies; change changes it.
type item struct {
	id              int64
	domain, mode    string
	extension       *extension
	years           int
	configurations  []configuration
	renew           int64 // cents, of each year after the first
	regular, rebate int64 // of the first year, before the discount, and the discount
	forSale         bool
}

// configuration is one answer to a question that a registry asks.
type configuration struct {
	ID    int64  `json:"id"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// requirement is a question that a registry asks, ConfigurationRequirements.
type requirement struct {
	Fields        []string `json:"fields"`
	Label         string   `json:"label"`
	Required      bool     `json:"required"`
	Type          string   `json:"type"`
	AllowedValues []string `json:"allowedValues,omitempty"`
}

// requirements differ by extension; a person of legal age owns every domain.
func (w *world) requirements(e *extension, transfer bool) []requirement {
	all := []requirement{
		{Label: "OWNER_LEGAL_AGE", Type: "bool", Required: true},
		{Label: "OWNER_CONTACT", Type: "/me/contact", Required: true, Fields: []string{"firstName", "lastName", "legalForm", "email"}},
		{Label: "ADMIN_ACCOUNT", Type: "Nichandle"},
		{Label: "TECH_ACCOUNT", Type: "Nichandle"},
		{Label: "DNS", Type: "String"},
	}
	if w.dice("conditions", e.name)%4 == 0 {
		all = append(all, requirement{Label: "ACCEPT_CONDITIONS", Type: "bool", Required: true})
	}
	if w.dice("reason", e.name)%8 == 0 {
		all = append(all, requirement{Label: "REASON", Type: "String", Required: true, AllowedValues: []string{"private", "business", "association"}})
	}
	if transfer {
		all = append(all, requirement{Label: "AUTH_INFO", Type: "String", Required: true})
	}
	return all
}

// items serves what is in a cart.
func (s *Server) items() {
	s.cartRoute("POST /order/cart/{id}/domain", needed, s.addDomain)
	s.cartRoute("GET /order/cart/{id}/item", anonymous, func(a *answer, _ *http.Request, c openCart) { a.json(c.itemIDs()) })
	s.itemRoute("GET /order/cart/{id}/item/{item}", func(a *answer, _ *http.Request, c openCart, i *item) { a.json(i.wire(c)) })
	s.itemRoute("PUT /order/cart/{id}/item/{item}", s.changeItem)
	s.itemRoute("DELETE /order/cart/{id}/item/{item}", s.dropItem)
	s.itemRoute("GET /order/cart/{id}/item/{item}/requiredConfiguration", func(a *answer, _ *http.Request, _ openCart, i *item) {
		a.json(s.world.requirements(i.extension, i.forSale))
	})
	s.itemRoute("GET /order/cart/{id}/item/{item}/configuration", s.listConfigurations)
	s.itemRoute("POST /order/cart/{id}/item/{item}/configuration", s.configure)
	s.itemRoute("GET /order/cart/{id}/item/{item}/configuration/{configuration}", s.readConfiguration)
	s.itemRoute("DELETE /order/cart/{id}/item/{item}/configuration/{configuration}", s.dropConfiguration)
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

func (i *item) wire(c openCart) map[string]any {
	ids := []int64{}
	for _, configured := range i.configurations {
		ids = append(ids, configured.ID)
	}
	return map[string]any{
		"cartId": c.id, "itemId": i.id, "productId": "domain", "offerId": nil, "duration": "P" + strconv.Itoa(i.years) + "Y",
		"configurations": ids, "options": []int64{}, "parentItemId": nil, "prices": []any{},
		"settings": map[string]any{"domain": i.domain, "planCode": i.extension.name, "pricingMode": i.mode, "quantity": 1},
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
	years, ok := yearsOf(body.Duration)
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
	if i == nil || body.PricingMode != "" && body.PricingMode != i.mode || s.isSold(domain) {
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
	a.json(i.wire(c))
}

// itemOf is what ordering a domain would be, or nil where it cannot be ordered.
func (s *Server) itemOf(domain, name string, e *extension) *item {
	priced := s.priced(e)
	i := &item{domain: domain, extension: e, mode: "create-default", regular: priced.price, rebate: priced.discount, renew: priced.renew}
	switch s.world.kindOf(domain, name, e) {
	case available:
	case premium:
		i.mode, i.rebate = "create-premium", 0
		i.regular = s.world.premiumPrice(domain)
	case aftermarket:
		i.mode, i.forSale, i.rebate = "transfer-aftermarket1", true, 0
		i.regular = s.world.sellersPrice(domain)
	case transfer:
		i.mode, i.forSale, i.rebate = "transfer-default", true, 0
	default:
		return nil
	}
	return i
}

func yearsOf(duration string) (int, bool) {
	if duration == "" {
		return 1, true
	}
	text, ok := strings.CutPrefix(duration, "P")
	text, ok2 := strings.CutSuffix(text, "Y")
	years, err := strconv.Atoi(text)
	return years, ok && ok2 && err == nil && years >= 1 && years <= 10
}

func (s *Server) changeItem(a *answer, r *http.Request, c openCart, i *item) {
	var body struct {
		Duration string
		Quantity *int
	}
	if !a.body(r, &body, "duration", "quantity") || !a.writable(c) {
		return
	}
	years, ok := yearsOf(body.Duration)
	if !ok {
		a.malformed("duration")
		return
	}
	if body.Duration != "" {
		i = s.change(c, i, func(i *item) { i.years = years })
	}
	a.json(i.wire(c))
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

func (s *Server) listConfigurations(a *answer, r *http.Request, _ openCart, i *item) {
	label := r.URL.Query().Get("label")
	ids := []int64{}
	for _, configured := range i.configurations {
		if label == "" || configured.Label == label {
			ids = append(ids, configured.ID)
		}
	}
	a.json(ids)
}

func (s *Server) configure(a *answer, r *http.Request, c openCart, i *item) {
	var body struct {
		Label string
		Value json.RawMessage
	}
	// Clients are known to repeat the path's ids in the body.
	if !a.body(r, &body, "label", "value", "cartId", "itemId") || !a.writable(c) {
		return
	}
	// Values are strings; a bare true is taken, too.
	var value string
	if json.Unmarshal(body.Value, &value) != nil {
		value = string(body.Value)
	}
	asked := s.world.requirements(i.extension, i.forSale)
	at := slices.IndexFunc(asked, func(q requirement) bool { return q.Label == body.Label })
	switch {
	case at < 0:
		a.malformed("label")
		return
	case !s.takes(asked[at], value):
		a.malformed("value")
		return
	}
	configured := configuration{ID: s.newID(), Label: body.Label, Value: value}
	s.change(c, i, func(i *item) {
		i.configurations = append(slices.DeleteFunc(i.configurations, func(other configuration) bool { return other.Label == body.Label }), configured)
	})
	a.json(configured)
}

// takes says whether a value is of the type that is asked for.
func (s *Server) takes(q requirement, value string) bool {
	switch {
	case value == "":
		return false
	case len(q.AllowedValues) > 0:
		return slices.Contains(q.AllowedValues, value)
	case q.Type == "bool":
		return value == "true" || value == "false"
	case q.Type == "/me/contact":
		for _, resource := range []string{"/me/contact/", "/domain/contact/"} {
			if text, ok := strings.CutPrefix(value, resource); ok {
				id, err := strconv.ParseInt(text, 10, 64)
				return err == nil && s.hasContact(id)
			}
		}
		return false
	}
	return true
}

// configurationOf finds the configuration that a request names, or says that there is none.
func (s *Server) configurationOf(a *answer, r *http.Request, i *item) (configuration, bool) {
	id, err := strconv.ParseInt(r.PathValue("configuration"), 10, 64)
	at := slices.IndexFunc(i.configurations, func(c configuration) bool { return err == nil && c.ID == id })
	var found configuration
	if at >= 0 {
		found = i.configurations[at]
	}
	if at < 0 {
		a.fail(http.StatusNotFound, "Client::NotFound", "The requested object (configurationId = "+r.PathValue("configuration")+") does not exist")
	}
	return found, at >= 0
}

func (s *Server) readConfiguration(a *answer, r *http.Request, _ openCart, i *item) {
	if found, ok := s.configurationOf(a, r, i); ok {
		a.json(found)
	}
}

func (s *Server) dropConfiguration(a *answer, r *http.Request, c openCart, i *item) {
	if !a.writable(c) {
		return
	}
	if found, ok := s.configurationOf(a, r, i); ok {
		s.change(c, i, func(i *item) {
			i.configurations = slices.DeleteFunc(i.configurations, func(other configuration) bool { return other.ID == found.ID })
		})
		a.json(nil)
	}
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

// isSold says whether a domain is in an order that is paid.
func (s *Server) isSold(domain string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sold[domain]
}

// premiumPrice and sellersPrice are cents.
func (w *world) premiumPrice(domain string) int64 {
	return int64(10000 + w.dice("premium", domain)%90*10000)
}
func (w *world) sellersPrice(domain string) int64 {
	return int64(50000 + w.dice("seller", domain)%200*10000)
}
