package emulator

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// openCart is a cart of the order API.
type openCart struct {
	id, description, subsidiary string

	expire   time.Time
	assigned bool
	readOnly bool // checked out
	coupons  []string
	items    []*item
	timedOut string // the domains in it when a dry run timed out last
}

// cartRoutes serves /order/cart.
func (s *Server) cartRoutes() {
	lookupLogin := needed
	if s.options.AnonymousLookup {
		lookupLogin = anonymous
	}
	s.route("POST /order/cart", anonymous, s.createCart)
	s.route("GET /order/cart", needed, s.listCarts)
	s.cartRoute("GET /order/cart/{id}", anonymous, func(a *answer, _ *http.Request, c openCart) { a.json(c.wire()) })
	s.cartRoute("PUT /order/cart/{id}", anonymous, s.changeCart)
	s.cartRoute("DELETE /order/cart/{id}", needed, func(a *answer, _ *http.Request, c openCart) {
		s.dropCart(c.id)
		a.json(nil)
	})
	s.cartRoute("POST /order/cart/{id}/assign", needed, s.assignCart)
	s.cartRoute("GET /order/cart/{id}/domain", lookupLogin, s.lookup)
}

// cartRoute is route for the calls about one cart, which it finds, or says that there is none.
func (s *Server) cartRoute(pattern string, login login, serve func(*answer, *http.Request, openCart)) {
	s.route(pattern, login, func(a *answer, r *http.Request) {
		id := r.PathValue("id")
		s.mu.Lock()
		found := s.carts[id]
		var c openCart
		if found != nil && s.now().Before(found.expire) {
			c = *found
			c.items = nil
			for _, i := range found.items {
				c.items = append(c.items, i.copy())
			}
		}
		s.mu.Unlock()
		if c.id == "" {
			a.fail(noCartStatus, noCartClass, fmt.Sprintf(noCartMessage, id))
			return
		}
		serve(a, r, c)
	})
}

// dropCart forgets a cart.
func (s *Server) dropCart(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.carts, id)
}

func (c openCart) wire() map[string]any {
	return map[string]any{
		"cartId": c.id, "description": c.description, "expire": wireTime(c.expire), "items": c.itemIDs(), "readOnly": c.readOnly,
	}
}

func (s *Server) createCart(a *answer, r *http.Request) {
	var body struct{ OvhSubsidiary, Description, Expire string }
	if !a.body(r, &body, "ovhSubsidiary", "description", "expire") {
		return
	}
	if currencies[body.OvhSubsidiary] == "" {
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Body parameter ovhSubsidiary isn't formated correctly")
		return
	}
	life := s.options.CartLife
	if life == 0 {
		life = 24 * time.Hour
	}
	c := &openCart{id: newUUID(), description: body.Description, subsidiary: body.OvhSubsidiary, expire: s.now().Add(life)}
	if body.Expire != "" && !a.expiry(body.Expire, &c.expire) {
		return
	}
	s.mu.Lock()
	s.carts[c.id] = c
	s.mu.Unlock()
	s.counts.carts.Add(1)
	a.json(c.wire())
}

func (s *Server) listCarts(a *answer, r *http.Request) {
	description, filtered := r.URL.Query().Get("description"), r.URL.Query().Has("description")
	ids := []string{}
	s.mu.Lock()
	for id, c := range s.carts {
		if c.assigned && s.now().Before(c.expire) && (!filtered || c.description == description) {
			ids = append(ids, id)
		}
	}
	s.mu.Unlock()
	slices.Sort(ids)
	a.json(ids)
}

func (s *Server) changeCart(a *answer, r *http.Request, c openCart) {
	var body struct{ Description, Expire *string }
	if !a.body(r, &body, "description", "expire") {
		return
	}
	if body.Expire != nil && !a.expiry(*body.Expire, &c.expire) {
		return
	}
	if body.Description != nil {
		c.description = *body.Description
	}
	s.saveCart(c)
	a.json(c.wire())
}

func (s *Server) assignCart(a *answer, _ *http.Request, c openCart) {
	if c.assigned {
		a.fail(http.StatusConflict, "Client::Conflict", "This cart is already assigned")
		return
	}
	c.assigned = true
	s.saveCart(c)
	a.json(nil)
}

// saveCart puts a changed cart back, unless it was dropped meanwhile.
func (s *Server) saveCart(c openCart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.carts[c.id]; kept != nil {
		kept.description, kept.expire, kept.assigned, kept.coupons = c.description, c.expire, c.assigned, c.coupons
	}
}

func (s *Server) lookup(a *answer, _ *http.Request, c openCart) {
	s.counts.lookups.Add(1)
	domain := strings.ToLower(a.domain)
	if !isDomain(domain) {
		a.fail(badDomainStatus, badDomainClass, badDomainMessage)
		return
	}
	name, e := s.world.split(domain)
	if e == nil {
		a.fail(checkFailedStatus, checkFailedClass, checkFailedMessage)
		return
	}
	if strings.Contains(name, ".") { // a subdomain
		a.fail(badDomainStatus, badDomainClass, badDomainMessage)
		return
	}
	kind := s.world.kindOf(domain, name, e)
	if s.isSold(domain) {
		kind = noOffer
	}
	if kind == refused {
		a.fail(checkFailedStatus, checkFailedClass, checkFailedMessage)
		return
	}
	a.send(http.StatusOK, s.world.offers(make([]byte, 0, 3072), domain, s.priced(e), kind, currencies[c.subsidiary], s.options.OldPrices))
}

// isDomain says whether a text is labels of letters, digits and inner hyphens, two or more.
func isDomain(domain string) bool {
	labels := 0
	for label := range strings.SplitSeq(domain, ".") {
		labels++
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return labels > 1 && len(domain) <= 253
}

// body decodes what was sent, or answers with what is wrong with it. No body is an empty one.
func (a *answer) body(r *http.Request, into any, known ...string) bool {
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return false
	}
	if len(text) == 0 {
		return true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Invalid JSON received")
		return false
	}
	var unknown []string
	for field := range fields {
		if !slices.Contains(known, field) {
			unknown = append(unknown, field)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		a.fail(http.StatusBadRequest, "Client::BadRequest",
			"Received not described parameters: ("+strings.Join(unknown, ", ")+") while calling "+a.path)
		return false
	}
	if err := json.Unmarshal(text, into); err != nil {
		field := "body"
		if wrong, ok := err.(*json.UnmarshalTypeError); ok {
			field = wrong.Field
		}
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Body parameter "+field+" isn't formated correctly")
		return false
	}
	return true
}

func (a *answer) expiry(text string, expire *time.Time) bool {
	at, ok := parseTime(text)
	if !ok {
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Body parameter expire isn't formated correctly")
		return false
	}
	*expire = at
	return true
}

func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
