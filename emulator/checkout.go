package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// placedOrder is a cart that was checked out. The server's mutex guards it.
type placedOrder struct {
	id          int64
	description string
	domains     []string
	items       []*item // of the domains, in the same order
	bill        map[string]any
	at          time.Time
	total       int64 // cents, with tax
	paid        bool
	looks       int // at its status since it was paid
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
		orders = append(orders, Order{ID: o.id, Domains: slices.Clone(o.domains), Cents: o.total, Paid: o.paid})
	}
	return orders
}

// checkouts serves the bill of a cart and the orders that come of it.
func (s *Server) checkouts() {
	s.cartRoute("GET /order/cart/{id}/summary", anonymous, func(a *answer, _ *http.Request, c openCart) {
		bill, _ := s.bill(c)
		bill["contracts"] = []any{}
		a.json(bill)
	})
	s.cartRoute("GET /order/cart/{id}/checkout", needed, func(a *answer, _ *http.Request, c openCart) {
		if bill, _ := s.bill(c); s.ready(a, c) {
			a.json(bill)
		}
	})
	s.cartRoute("POST /order/cart/{id}/checkout", needed, s.checkout)
	s.route("GET /me/order", needed, s.listOrders)
	s.orderRoute("GET /me/order/{order}", func(a *answer, _ *http.Request, o placedOrder) { a.json(o.wire()) })
	s.orderRoute("GET /me/order/{order}/status", s.orderStatus)
	s.orderRoute("GET /me/order/{order}/details", func(a *answer, _ *http.Request, o placedOrder) {
		ids := []int64{}
		for i := range o.domains {
			ids = append(ids, o.id*100+int64(i))
		}
		a.json(ids)
	})
	s.orderRoute("GET /me/order/{order}/details/{detail}", s.orderDetail)
	s.orderRoute("GET /me/order/{order}/availableRegisteredPaymentMean", func(a *answer, _ *http.Request, _ placedOrder) {
		a.json([]map[string]string{{"paymentMean": "creditCard"}, {"paymentMean": "fidelityAccount"}, {"paymentMean": "ovhAccount"}})
	})
	s.orderRoute("POST /me/order/{order}/payWithRegisteredPaymentMean", s.payWithMean)
	s.orderRoute("GET /me/order/{order}/paymentMethods", func(a *answer, _ *http.Request, _ placedOrder) {
		a.json(map[string]any{
			"available": []any{}, "registered": []int64{paymentMethod},
			"paymentMethods": []map[string]any{s.paymentMethodWire()},
		})
	})
	s.orderRoute("POST /me/order/{order}/pay", s.payWithMethod)
	s.orderRoute("GET /me/order/{order}/details/{detail}/extension", s.orderExtension)
}

// paymentMethod is the account's only one, its default.
const paymentMethod = 7654321

// ready refuses to check out what cannot be.
func (s *Server) ready(a *answer, c openCart) bool {
	switch {
	case !c.assigned:
		a.fail(http.StatusForbidden, "Client::Forbidden", "You are not allowed")
		return false
	case !a.writable(c):
		return false
	case len(c.items) == 0:
		a.fail(http.StatusBadRequest, "Client::BadRequest", "The cart is empty")
		return false
	}
	var missing []string
	for _, i := range c.items {
		if s.isSold(i.domain) {
			a.fail(checkFailedStatus, checkFailedClass, "Some parameters are invalid in the request: Check failed. "+i.domain+" is not available")
			return false
		}
		for _, asked := range s.world.requirements(i.extension, i.forSale) {
			has := slices.ContainsFunc(i.configurations, func(c configuration) bool { return c.Label == asked.Label })
			if asked.Required && !has {
				missing = append(missing, "Custom field "+asked.Label+" is mandatory for product "+i.domain)
			}
		}
	}
	if len(missing) > 0 {
		a.fail(http.StatusBadRequest, "Client::BadRequest", strings.Join(missing, "\n"))
		return false
	}
	return true
}

// bill is order.Order of what is in a cart at today's prices, and its total in cents with tax of 20 in 100.
func (s *Server) bill(c openCart) (bill map[string]any, total int64) {
	currency := currencies[c.subsidiary]
	price := func(cents int64) map[string]any {
		return map[string]any{
			"currencyCode": currency, "priceInUcents": nil,
			"text": string(appendCents(nil, cents, true)) + " " + currency, "value": json100(cents),
		}
	}
	details := []map[string]any{}
	line := func(kind, domain, text string, cents int64) {
		details = append(details, map[string]any{
			"cartItemID": nil, "description": text, "detailType": kind, "domain": domain, "quantity": 1,
			"unitPrice": price(cents), "totalPrice": price(cents), "originalTotalPrice": price(cents),
			"reductionTotalPrice": price(0), "reductions": []any{},
		})
	}
	var sum int64
	for at, i := range c.items {
		name, _, _ := strings.Cut(i.domain, ".")
		now := s.itemOf(i.domain, name, i.extension)
		if now == nil {
			now = i
		}
		whole := now.regular + now.renew*int64(i.years-1)
		// As in the guide's sample: the price is the installation's, most lines are zeros, and no line names its item.
		group := fmt.Sprintf("*%03d", at+1)
		line("INSTALLATION", group+".001", i.domain+" - Zone DNS", 0)
		line("DURATION", group+".001", i.domain+" - Zone DNS", 0)
		line("INSTALLATION", group+".001", "DNS zone", 0)
		request := fmt.Sprintf("%s - .%s demande d'enregistrement - %d an", i.domain, i.extension.name, i.years)
		line("INSTALLATION", group, request, whole)
		line("DURATION", group, request, 0)
		line("INSTALLATION", group, "Domain ."+i.extension.name, 0)
		if now.rebate > 0 {
			line("GIFT", group, "."+strings.ToUpper(i.extension.name)+" Create Prix barre", -now.rebate)
		}
		sum += whole - now.rebate
	}
	tax := (sum*20 + 50) / 100
	return map[string]any{
		"orderId": nil, "url": nil, "details": details,
		"contracts": []map[string]string{
			{"name": "Conditions générales", "url": "https://contracts.example/general.pdf", "content": "…"},
			{"name": "Contrat domaine", "url": "https://contracts.example/domain.pdf", "content": "…"},
		},
		"prices": map[string]any{
			"withoutTax": price(sum), "tax": price(tax), "withTax": price(sum + tax), "reduction": nil, "originalWithoutTax": nil,
		},
	}, sum + tax
}

// json100 is an amount as JSON sends numbers: 5.99, 2.
type json100 int64

func (n json100) MarshalJSON() ([]byte, error) { return appendCents(nil, int64(n), false), nil }

func (s *Server) checkout(a *answer, r *http.Request, c openCart) {
	var body struct{ AutoPayWithPreferredPaymentMethod, WaiveRetractationPeriod bool }
	if !a.body(r, &body, "autoPayWithPreferredPaymentMethod", "waiveRetractationPeriod") || !s.ready(a, c) {
		return
	}
	bill, total := s.bill(c)
	o := &placedOrder{id: s.newID(), description: c.description, bill: bill, at: s.now(), total: total, paid: body.AutoPayWithPreferredPaymentMethod}
	s.mu.Lock()
	open := s.carts[c.id]
	won := open != nil && !open.readOnly // of two at once, one is first
	if won {
		open.readOnly = true
		for _, i := range c.items {
			o.domains, o.items = append(o.domains, i.domain), append(o.items, i)
		}
		if o.paid {
			s.sell(o)
		}
		s.orders = append(s.orders, o)
	}
	s.mu.Unlock()
	if !won {
		a.fail(readOnlyStatus, readOnlyClass, readOnlyMessage)
		return
	}
	bill["orderId"], bill["url"] = o.id, o.url()
	a.json(bill)
}

func (s *Server) listOrders(a *answer, r *http.Request) {
	var bounds [2]time.Time
	for i, name := range []string{"date.from", "date.to"} {
		text := r.URL.Query().Get(name)
		at, ok := parseTime(text)
		if text != "" && !ok {
			a.fail(http.StatusBadRequest, "Client::BadRequest", "Parameter "+name+" isn't formatted correctly")
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

// sell makes an order's domains taken: an order that is not paid reserves nothing. The caller holds the mutex.
func (s *Server) sell(o *placedOrder) {
	for _, domain := range o.domains {
		s.sold[domain] = true
	}
}

func (o *placedOrder) url() string {
	return fmt.Sprintf("https://www.ovh.com/cgi-bin/order/displayOrder.cgi?orderId=%d&orderPassword=xxxx", o.id)
}

func (o *placedOrder) wire() map[string]any {
	prices := o.bill["prices"].(map[string]any)
	return map[string]any{
		"orderId": o.id, "date": wireTime(o.at), "expirationDate": wireTime(o.at.Add(14 * 24 * time.Hour)),
		"retractionDate": nil, "password": "xxxx", "pdfUrl": o.url() + "&type=pdf", "url": o.url(),
		"priceWithTax": prices["withTax"], "priceWithoutTax": prices["withoutTax"], "tax": prices["tax"], "metadatas": nil,
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
			a.fail(http.StatusNotFound, "Client::NotFound", "This service does not exist")
			return
		}
		serve(a, r, found)
	})
}

// orderStatus moves on each time it is looked at, once the order is paid.
func (s *Server) orderStatus(a *answer, _ *http.Request, o placedOrder) {
	if !o.paid {
		a.json("notPaid")
		return
	}
	s.mu.Lock()
	for _, kept := range s.orders {
		if kept.id == o.id {
			kept.looks++
		}
	}
	s.mu.Unlock()
	a.json([]string{"checking", "delivering", "delivered"}[min(o.looks, 2)])
}

// detailOf is which of an order's domains a request is about; a negative number has been answered.
func (a *answer) detailOf(r *http.Request, o placedOrder) (id, at int64) {
	id, err := strconv.ParseInt(r.PathValue("detail"), 10, 64)
	at = id - o.id*100
	if err != nil || at < 0 || at >= int64(len(o.domains)) {
		a.fail(http.StatusNotFound, "Client::NotFound", "This service does not exist")
		return 0, -1
	}
	return id, at
}

func (s *Server) orderDetail(a *answer, r *http.Request, o placedOrder) {
	if id, at := a.detailOf(r, o); at >= 0 {
		line := o.bill["details"].([]map[string]any)[0]
		a.json(map[string]any{
			"orderDetailId": id, "domain": o.domains[at], "description": o.domains[at], "quantity": "1",
			"cancelled": false, "detailType": nil, "totalPrice": line["totalPrice"], "unitPrice": line["unitPrice"],
		})
	}
}

func (s *Server) orderExtension(a *answer, r *http.Request, o placedOrder) {
	if _, at := a.detailOf(r, o); at >= 0 {
		i := o.items[at]
		given := []map[string]string{}
		for _, c := range i.configurations {
			given = append(given, map[string]string{"label": c.Label, "value": c.Value})
		}
		a.json(map[string]any{"order": map[string]any{
			"action": "installation", "type": "plan", "configurations": given,
			"plan": map[string]any{"code": i.extension.name, "duration": "P" + strconv.Itoa(i.years) + "Y", "pricingMode": i.mode, "quantity": 1, "product": map[string]string{"name": "domain"}},
		}})
	}
}

func (s *Server) payWithMean(a *answer, r *http.Request, o placedOrder) {
	var body struct {
		PaymentMean   string
		PaymentMeanID *int64
	}
	if !a.body(r, &body, "paymentMean", "paymentMeanId") {
		return
	}
	switch body.PaymentMean {
	case "fidelityAccount", "ovhAccount":
	case "creditCard", "bankAccount", "paypal":
		if body.PaymentMeanID == nil {
			a.malformed("paymentMeanId")
			return
		}
	default:
		a.malformed("paymentMean")
		return
	}
	s.pay(a, o)
}

func (s *Server) payWithMethod(a *answer, r *http.Request, o placedOrder) {
	var body struct {
		PaymentMethod struct{ ID int64 }
	}
	if !a.body(r, &body, "paymentMethod") {
		return
	}
	if body.PaymentMethod.ID != paymentMethod {
		a.malformed("paymentMethod")
		return
	}
	s.pay(a, o)
}

func (s *Server) pay(a *answer, o placedOrder) {
	if o.paid {
		a.fail(http.StatusConflict, "Client::Conflict", "This order is already paid")
		return
	}
	s.mu.Lock()
	for _, kept := range s.orders {
		if kept.id == o.id {
			kept.paid = true
			s.sell(kept)
		}
	}
	s.mu.Unlock()
	a.json(nil)
}
