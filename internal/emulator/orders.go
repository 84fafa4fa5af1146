package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// placedOrder is a cart that was checked out. The server's mutex guards it; requests see copies.
type placedOrder struct {
	id         int64
	subsidiary string
	purchases  []purchase // never changed
	at         time.Time
	paid       bool
	paidAt     time.Time
	paidBy     string // billing.PaymentMeanEnum
	looks      int    // at its status since it was paid
	rowLooks   int    // at its rows
}

// Order is an order that was placed, for tests to look at.
type Order struct {
	ID      int64
	Domains []string
	Cents   int64 // with tax
	Paid    bool
}

// Orders returns every order so far, the oldest first.
func (s *Server) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var orders []Order
	for _, o := range s.orders {
		orders = append(orders, Order{ID: o.id, Domains: o.domains(), Cents: o.withTax(), Paid: o.paid})
	}
	return orders
}

func (o *placedOrder) domains() []string {
	var domains []string
	for _, p := range o.purchases {
		domains = append(domains, p.domain)
	}
	return domains
}

// withTax is the total in cents.
func (o *placedOrder) withTax() int64 {
	sum := total(o.purchases)
	return sum + taxed(o.subsidiary, sum)
}

// orderRoutes serve the account's orders.
func (s *Server) orderRoutes() {
	s.route("GET /me/order", needed, s.listOrders)
	s.orderRoute("GET /me/order/{order}", func(a *answer, _ *http.Request, o placedOrder) { a.json(o.wire(s.password(o))) })
	s.orderRoute("GET /me/order/{order}/status", s.orderStatus)
	s.orderRoute("GET /me/order/{order}/followUp", s.followUp)
	s.orderRoute("POST /me/order/{order}/waiveRetraction", func(a *answer, _ *http.Request, _ placedOrder) { a.json(nil) })
	s.rowRoutes()
	s.payments()
}

func (s *Server) listOrders(a *answer, r *http.Request) {
	var bounds [2]time.Time
	for i, name := range []string{"date.from", "date.to"} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		at, ok := parseTime(text)
		if !ok {
			a.malformedParameter(name)
			return
		}
		bounds[i] = at
	}
	ids := []int64{}
	s.mu.Lock()
	for _, o := range s.orders {
		if !o.at.Before(bounds[0]) && (bounds[1].IsZero() || !o.at.After(bounds[1])) {
			ids = append(ids, o.id)
		}
	}
	s.mu.Unlock()
	a.json(ids)
}

// password is what opens and pays an order without a login.
func (s *Server) password(o placedOrder) string {
	return fmt.Sprintf("%06x", s.world.hash("password", strconv.FormatInt(o.id, 10))%(1<<24))
}

func (o *placedOrder) url(password string) string {
	return fmt.Sprintf("https://www.ovh.com/cgi-bin/order/displayOrder.cgi?orderId=%d&orderPassword=%s", o.id, password)
}

// wire is billing.Order. An order of nothing is in points, and nobody has to pay it in time.
func (o *placedOrder) wire(password string) map[string]any {
	m := money{currencies[o.subsidiary], true}
	sum := total(o.purchases)
	var expiration any = wireTime(o.at.Add(14 * 24 * time.Hour))
	if sum == 0 {
		m.currency, expiration = "points", nil
	}
	return map[string]any{
		"orderId": o.id, "date": wireTime(o.at), "expirationDate": expiration, "retractionDate": nil, "metadatas": nil,
		"password": password, "pdfUrl": o.url(password) + "&type=pdf", "url": o.url(password),
		"priceWithoutTax": m.price(sum), "tax": m.price(taxed(o.subsidiary, sum)), "priceWithTax": m.price(o.withTax()),
	}
}

// orderRoute is route for the calls about one order.
func (s *Server) orderRoute(pattern string, serve func(*answer, *http.Request, placedOrder)) {
	s.route(pattern, needed, func(a *answer, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("order"), 10, 64)
		s.mu.Lock()
		at := slices.IndexFunc(s.orders, func(o *placedOrder) bool { return err == nil && o.id == id })
		var found placedOrder
		if at >= 0 {
			found = *s.orders[at]
		}
		s.mu.Unlock()
		if at < 0 {
			a.unknown()
			return
		}
		serve(a, r, found)
	})
}

// changeOrder changes an order where it is kept.
func (s *Server) changeOrder(id int64, how func(*placedOrder)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if o.id == id {
			how(o)
		}
	}
}

// isSold says whether a domain is in an order that is paid and was not cancelled: one that is not paid reserves nothing.
func (s *Server) isSold(domain string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.sold[domain]
	return o != nil && !s.isCancelled(*o)
}

func (s *Server) isCancelled(o placedOrder) bool {
	status := s.statusOf(o)
	return status == "cancelled" || status == "cancelling"
}

// boughtStates is the state of each domain that the account has got by orders, a value of domain.DomainStateEnum.
func (s *Server) boughtStates() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := map[string]string{}
	for domain, o := range s.sold {
		switch s.statusOf(*o) {
		case "delivering":
			states[domain] = "pending_create"
		case "delivered":
			states[domain] = "ok"
		}
	}
	return states
}
