package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// checkouts serves the bill of a cart, its dry run and its order.
func (s *Server) checkouts() {
	s.cartRoute("GET /order/cart/{id}/summary", anonymous, func(a *answer, _ *http.Request, c openCart) {
		bill := s.bill(c.subsidiary, s.purchases(c))
		bill["contracts"] = []any{}
		a.json(bill)
	})
	s.cartRoute("GET /order/cart/{id}/checkout", needed, func(a *answer, _ *http.Request, c openCart) {
		if s.ready(a, c) && !s.timesOut(a, c) {
			a.json(s.bill(c.subsidiary, s.purchases(c)))
		}
	})
	s.cartRoute("POST /order/cart/{id}/checkout", needed, s.checkout)
}

// ready refuses to check out what cannot be.
func (s *Server) ready(a *answer, c openCart) bool {
	switch {
	case !c.assigned && s.options.Like.Unassigned == "403":
		a.fail(http.StatusForbidden, "Client::Forbidden", "You are not allowed")
		return false
	case !c.assigned:
		a.fail(http.StatusBadRequest, "Client::BadRequest", "This cart hasn't been assigned yet")
		return false
	case !a.writable(c):
		return false
	case len(c.items) == 0:
		a.fail(http.StatusBadRequest, "Client::BadRequest", "The cart is empty")
		return false
	}
	for _, i := range c.items {
		if s.isSold(i.domain) {
			a.fail(checkFailedStatus, checkFailedClass, "Some parameters are invalid in the request: Check failed. "+i.domain+" is not available")
			return false
		}
	}
	if defects := s.defects(c); len(defects) > 0 {
		a.refuse(defects)
		return false
	}
	for _, i := range c.items {
		if !slices.Contains(s.options.CheckoutRules, i.extension.name) {
			continue
		}
		if broken := s.ruleOf(i.extension).violations(s.ownerOf(i)); len(broken) > 0 {
			a.refuseRule(broken)
			return false
		}
	}
	return true
}

// ownerOf is who will own a domain: the account where its configuration names nobody.
func (s *Server) ownerOf(i *item) contact {
	for _, configured := range i.configurations {
		if c, ok := s.contactAt(configured.Value); ok && configured.Label == "OWNER_CONTACT" {
			return c
		}
	}
	return s.allContacts()[0]
}

// checkTimeouts is the share of dry runs that time out where Options does not say.
const checkTimeouts = 0.02

// timesOut lets a dry run time out now and then. What decides is the domains of the cart alone, so that a test always gets
// the same; asked again, the same cart passes.
func (s *Server) timesOut(a *answer, c openCart) bool {
	rate := s.options.CheckTimeouts
	if rate == 0 {
		rate = checkTimeouts
	}
	var domains []string
	for _, i := range c.items {
		domains = append(domains, i.domain)
	}
	content := strings.Join(domains, " ")
	if s.world.fraction("check-timeout", content) >= rate {
		return false
	}
	s.mu.Lock()
	open := s.carts[c.id]
	again := open == nil || open.timedOut == content
	if !again {
		open.timedOut = content
	}
	s.mu.Unlock()
	return !again && faultKinds["check-timeout"](a, Fault{})
}

func (s *Server) checkout(a *answer, r *http.Request, c openCart) {
	var body struct{ AutoPayWithPreferredPaymentMethod, WaiveRetractationPeriod bool }
	if !a.body(r, &body, "autoPayWithPreferredPaymentMethod", "waiveRetractationPeriod") || !s.ready(a, c) {
		return
	}
	o := &placedOrder{id: s.newID(), subsidiary: c.subsidiary, purchases: s.purchases(c), at: s.now()}
	s.mu.Lock()
	open := s.carts[c.id]
	won := open != nil && !open.readOnly // of two at once, one is first
	if won {
		open.readOnly = true
		s.orders = append(s.orders, o)
	}
	s.mu.Unlock()
	if !won {
		a.fail(readOnlyStatus, readOnlyClass, readOnlyMessage)
		return
	}
	if body.AutoPayWithPreferredPaymentMethod && !s.autoPay(a, o) {
		return
	}
	bill := s.bill(o.subsidiary, o.purchases)
	bill["orderId"], bill["url"] = o.id, o.url(s.password(*o))
	a.json(bill)
}
