package emulator_test

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/emulator"
)

// stage has what a drawn request can be about: a cart with a domain in it, an order, and so on. Each is made when it is
// first asked for.
type stage struct {
	t      *testing.T
	server *emulator.Server
	random *rand.Rand
	route  string
	world  []string // every extension that can be ordered

	domain, cart, item, configuration, order string

	wanted, label string // of the request that is drawn: its domain, the label that it is about
}

// ask sends a request as go-ovh would, and not over a connection: there are thousands of them.
func (s *stage) ask(method string, r request) (int, []byte) {
	values := url.Values{}
	for name, value := range r.query {
		values.Set(name, value)
	}
	address := "http://127.0.0.1/1.0" + r.path
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	body := ""
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			s.t.Fatal(err)
		}
		body = string(text)
	}
	sent := httptest.NewRequest(method, address, strings.NewReader(body))
	sent.RequestURI = sent.URL.RequestURI() // as a server reads it
	if !r.bare {
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		sent.Header.Set("X-Ovh-Application", good.application)
		sent.Header.Set("X-Ovh-Consumer", good.consumer)
		sent.Header.Set("X-Ovh-Timestamp", stamp)
		text := strings.Join([]string{good.secret, good.consumer, method, address, body, stamp}, "+")
		sent.Header.Set("X-Ovh-Signature", fmt.Sprintf("$1$%x", sha1.Sum([]byte(text))))
	}
	answer := &recorder{header: http.Header{}}
	s.server.ServeHTTP(answer, sent)
	return answer.status, answer.body.Bytes()
}

// must makes a call that the stage needs. One that passes is made again.
func (s *stage) must(method, path string, body map[string]any, into any) {
	s.t.Helper()
	for try := 0; ; try++ {
		status, text := s.ask(method, request{path: path, body: body})
		if status == http.StatusOK && json.Unmarshal(text, into) == nil {
			return
		}
		if try == 3 || !strings.Contains(string(text), "retry later") {
			s.t.Fatalf("for %s: %s %s %v: %d %s", s.route, method, path, body, status, text)
		}
	}
}

// freeDomain is one that can be ordered: nobody has names that are so long.
func (s *stage) freeDomain() string {
	extensions := []string{"fr", "com", "co.uk", "shop", "academy", "de", "zone", "paris"}
	return fmt.Sprintf("a-long-name-of-nobody-at-all-%d.%s", s.random.Int64(), extensions[s.random.IntN(len(extensions))])
}

func (s *stage) anyDomain() string {
	if s.random.IntN(2) == 0 {
		return s.freeDomain()
	}
	return fmt.Sprintf("rocket%d.%s", s.random.IntN(1000), s.extension())
}

func (s *stage) extension() string { return s.world[s.random.IntN(len(s.world))] }

// openExtensions are those that can be ordered.
func (s *stage) openExtensions() []string {
	var all []string
	s.must("GET", "/domain/data/extension", nil, &all)
	return slices.DeleteFunc(all, func(e string) bool { return e == "gov.uk" || e == "gov.pl" || e == "mil.pl" })
}

// object is what a variable of a path stands for.
func (s *stage) object(name string) string {
	switch name {
	case "id":
		return s.openedCart()
	case "item":
		s.openedCart()
		return s.item
	case "configuration":
		s.openedCart()
		return s.configuration
	case "order":
		return s.placedOrder()
	case "detail":
		var ids []int64
		for len(ids) == 0 {
			s.must("GET", "/me/order/"+s.placedOrder()+"/details", nil, &ids)
		}
		return strconv.FormatInt(ids[s.random.IntN(len(ids))], 10)
	case "contact":
		var ids []int64
		s.must("GET", "/me/contact", nil, &ids)
		return strconv.FormatInt(ids[s.random.IntN(len(ids))], 10)
	case "name":
		return s.extension()
	case "account":
		return "FR"
	case "method":
		var ids []int64
		s.must("GET", "/me/payment/method", nil, &ids)
		return strconv.FormatInt(ids[0], 10)
	case "service":
		order := s.placedOrder()
		for range 3 { // until it is delivered
			var status string
			s.must("GET", "/me/order/"+order+"/status", nil, &status)
		}
		return s.domain
	}
	s.t.Fatalf("%s: the stage has no %s", s.route, name)
	return ""
}

// openedCart is a cart that is ready to be checked out.
func (s *stage) openedCart() string {
	if s.cart != "" {
		return s.cart
	}
	var opened struct{ CartID string }
	s.must("POST", "/order/cart", map[string]any{"ovhSubsidiary": []string{"FR", "GB", "PL", "SN"}[s.random.IntN(4)], "description": "of a stage"}, &opened)
	s.cart = opened.CartID
	path := "/order/cart/" + s.cart
	if !strings.HasSuffix(s.route, "/assign") {
		s.must("POST", path+"/assign", nil, &struct{}{})
	}
	for range 1 + s.random.IntN(3) {
		s.domain = s.freeDomain()
		var item struct{ ItemID int64 }
		s.must("POST", path+"/domain", map[string]any{"domain": s.domain}, &item)
		s.item = strconv.FormatInt(item.ItemID, 10)
		s.configure(path + "/item/" + s.item)
	}
	return s.cart
}

// configure answers everything that a registry may ask.
func (s *stage) configure(item string) {
	var asked []struct {
		Label, Type   string
		AllowedValues []string
	}
	s.must("GET", item+"/requiredConfiguration", nil, &asked)
	var contacts []int64
	s.must("GET", "/me/contact", nil, &contacts)
	for _, q := range asked {
		value := map[string]string{
			"bool": "true", "String": "a word", "Nichandle": "ab12345-ovh", "/me/contact": fmt.Sprintf("/me/contact/%d", contacts[0]),
		}[q.Type]
		switch {
		case q.Label == "DNS":
			value = "ns1.example.net;ns2.example.net"
		case len(q.AllowedValues) > 0:
			value = q.AllowedValues[0]
		}
		var configured struct{ ID int64 }
		s.must("POST", item+"/configuration", map[string]any{"label": q.Label, "value": value}, &configured)
		s.configuration = strconv.FormatInt(configured.ID, 10)
	}
}

// placedOrder is an order, which is paid in one case of two where that is not what the route does.
func (s *stage) placedOrder() string {
	if s.order != "" {
		return s.order
	}
	path := "/order/cart/" + s.openedCart() + "/checkout"
	paid := s.random.IntN(2) == 0 && !strings.HasPrefix(s.route, "POST") || strings.Contains(s.route, "/domain/")
	var placed struct{ OrderID int64 }
	s.must("POST", path, map[string]any{"autoPayWithPreferredPaymentMethod": paid}, &placed)
	s.order = strconv.FormatInt(placed.OrderID, 10)
	return s.order
}

// meant draws a value by what it is called, where one by its type alone would never be right.
func (s *stage) meant(name, kind string) (any, bool) {
	if kind != "nichandle.OvhSubsidiaryEnum" && kind != "string" && kind != "text" && kind != "long" {
		return nil, false
	}
	_, extension, _ := strings.Cut(s.wanted, ".")
	switch name {
	case "domain":
		switch {
		case strings.HasPrefix(s.route, "POST"):
			s.wanted = s.freeDomain()
		case strings.HasSuffix(s.route, "/claimNotice") && s.random.IntN(2) == 0:
			s.wanted = "claims-" + s.freeDomain()
		default:
			s.wanted = s.anyDomain()
		}
		return s.wanted, true
	case "coupon":
		if strings.HasPrefix(s.route, "DELETE") {
			s.must("POST", "/order/cart/"+s.openedCart()+"/coupon", map[string]any{"coupon": "a coupon"}, &[]string{})
		}
		return "a coupon", true
	case "paymentMean":
		return "fidelityAccount", true
	case "ovhSubsidiary":
		if strings.Contains(s.route, "/catalog/") { // a catalogue is long, and the same for all but for its heading
			return []string{"FR", "GB", "SN"}[s.random.IntN(3)], true
		}
	case "whoisOwner":
		return "11235813", true
	case "offerId":
		return extension + "-create", true
	case "planCode":
		return extension, true
	case "pricingMode":
		return "create-default", true
	case "quantity":
		return 1, true
	case "label":
		labels := []string{"OWNER_LEGAL_AGE", "OWNER_CONTACT", "ADMIN_ACCOUNT", "TECH_ACCOUNT", "DNS", "REASON", "SHOE_SIZE"}
		s.label = labels[s.random.IntN(len(labels))]
		return s.label, true
	case "value":
		value, known := map[string]string{
			"OWNER_LEGAL_AGE": "true", "OWNER_CONTACT": "/me/contact/11235813", "DNS": "ns1.example.net;ns2.example.net", "ADMIN_ACCOUNT": "ab12345-ovh",
		}[s.label]
		if !known {
			value = "a word"
		}
		return value, true
	case "id": // of a means of payment
		return json.Number(s.object("method")), true
	}
	return nil, false
}
