package emulator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ovh/go-ovh/ovh"

	"tldsweep/internal/emulator"
)

// shop is a signed client of the emulator, as somebody else would write it.
type shop struct {
	t      *testing.T
	client *ovh.Client
	server *emulator.Server
	again  func() *ovh.Client // another client: one may not be shared
}

func newShop(t *testing.T, options emulator.Options) shop {
	server, address := start(t, options)
	again := func() *ovh.Client {
		client, err := ovh.NewClient(address, emulator.DefaultApplicationKey, emulator.DefaultApplicationSecret, emulator.DefaultConsumerKey)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	return shop{t, again(), server, again}
}

// call makes a call that must succeed.
func (s shop) call(method, path string, body any) any {
	s.t.Helper()
	var into any
	if err := s.client.CallAPI(method, path, body, &into, true); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return into
}

// refused makes a call that must fail with some words.
func (s shop) refused(method, path string, body any, words string) {
	s.t.Helper()
	err := s.client.CallAPI(method, path, body, nil, true)
	if !strings.Contains(fmt.Sprint(err), words) {
		s.t.Errorf("%s %s: %v, want %s", method, path, err, words)
	}
}

type object = map[string]any

func id(v any) string { return fmt.Sprint(v) }

// cart opens a cart with a domain in it and returns the paths of both.
func (s shop) cart(domain string) (cart, item string) {
	opened := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR", "description": "mine"}).(object)
	cart = "/order/cart/" + opened["cartId"].(string)
	added := s.call("POST", cart+"/domain", object{"domain": domain, "duration": "P1Y"}).(object)
	return cart, cart + "/item/" + id(added["itemId"])
}

// configure sends what every domain needs, whatever the requirements say of being required.
func (s shop) configure(item string) {
	s.t.Helper()
	for _, q := range s.call("GET", item+"/requiredConfiguration", nil).([]any) {
		if label := q.(object)["label"]; label == "OWNER_LEGAL_AGE" || label == "ACCEPT_CONDITIONS" {
			s.call("POST", item+"/configuration", object{"label": label, "value": "true"})
		}
	}
}

func total(bill any) string {
	prices := bill.(object)["prices"].(object)
	return prices["withoutTax"].(object)["text"].(string)
}

func TestAnOrderFromCartToDelivery(t *testing.T) {
	s := newShop(t, emulator.Options{OnlyRegistered: true})
	cart, item := s.cart("example-shop.fr")
	s.call("POST", cart+"/assign", nil)
	s.configure(item)
	bill := s.call("GET", cart+"/checkout", nil)
	if got := total(bill); got != s.server.Price("fr")+" €" || bill.(object)["orderId"] != nil {
		t.Errorf("the bill is %s for %v", got, bill.(object)["orderId"])
	}
	if len(s.server.Orders()) != 0 {
		t.Error("a dry run has ordered")
	}
	s.server.MovePrices(100)
	dearer := s.call("GET", cart+"/checkout", nil)
	if total(dearer) == total(bill) {
		t.Error("the price has not moved")
	}
	placed := s.call("POST", cart+"/checkout", nil).(object)
	order := "/me/order/" + id(placed["orderId"])
	if total(placed) != total(dearer) || placed["url"] == nil {
		t.Errorf("%v", placed)
	}
	s.refused("POST", cart+"/checkout", nil, "read only")
	s.refused("POST", cart+"/domain", object{"domain": "other.fr"}, "read only")
	if c := s.call("GET", cart, nil).(object); c["readOnly"] != true {
		t.Error("the cart can be used again")
	}
	for _, want := range []string{"notPaid", "notPaid"} {
		if got := s.call("GET", order+"/status", nil); got != want {
			t.Errorf("it is %v, not %s", got, want)
		}
	}
	s.refused("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "creditCard"}, "paymentMeanId")
	s.refused("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "shells"}, "paymentMean")
	methods := s.call("GET", "/me/payment/method?default=true", nil).([]any)
	s.call("POST", order+"/pay", object{"paymentMethod": object{"id": methods[0]}})
	s.refused("POST", order+"/pay", object{"paymentMethod": object{"id": methods[0]}}, "already paid")
	for _, want := range []string{"checking", "delivering", "delivered", "delivered"} {
		if got := s.call("GET", order+"/status", nil); got != want {
			t.Errorf("it is %v, not %s", got, want)
		}
	}
	// What is paid is taken.
	other := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR"}).(object)
	s.refused("POST", "/order/cart/"+other["cartId"].(string)+"/domain", object{"domain": "example-shop.fr"}, "not available")
	if orders := s.server.Orders(); len(orders) != 1 || !orders[0].Paid || fmt.Sprint(orders[0].Domains) != "[example-shop.fr]" {
		t.Errorf("%+v", orders)
	}
}

// A reply may be lost although the order was taken: the account then has it, and the cart cannot be used again.
func TestALostReplyToAnOrder(t *testing.T) {
	fault, err := emulator.ParseFault("lost-reply:path=POST /order/cart/*/checkout,times=1")
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(t, emulator.Options{OnlyRegistered: true, Faults: []emulator.Fault{fault}})
	cart, item := s.cart("example-shop.fr")
	s.call("POST", cart+"/assign", nil)
	s.configure(item)
	if err := s.client.Post(cart+"/checkout", nil, nil); err == nil {
		t.Error("the reply was not lost")
	}
	if ids := s.call("GET", "/me/order", nil).([]any); len(ids) != 1 {
		t.Errorf("%v", ids)
	}
	s.refused("POST", cart+"/checkout", nil, "read only")
}

func TestItemsAndTheirConfiguration(t *testing.T) {
	s := newShop(t, emulator.Options{OnlyRegistered: true, Registered: []string{"taken.fr"}})
	cart, item := s.cart("example-shop.fr")
	for body, words := range map[string]string{
		`{"domain":"nowhere.notsold"}`:                                      "Check failed",
		`{"domain":"x"}`:                                                    "domain isn't formated",
		`{"domain":"other.fr","duration":"P11Y"}`:                           "duration isn't formated",
		`{"domain":"other.fr","planCode":"com"}`:                            "Check failed",
		`{"domain":"other.fr","pricingMode":"create-premium"}`:              "Check failed",
		`{"domain":"other.fr","quantity":2}`:                                "quantity isn't formated",
		`{"domain":"other.fr","duration":"P2Y","quantity":1,"surprise":""}`: "Received not described parameters: (surprise)",
	} {
		s.refused("POST", cart+"/domain", json.RawMessage(body), words)
	}
	for body, words := range map[string]string{`{"label":"DNS"}`: "value", `{"value":"x"}`: "label", `{"label":"DNS","value":null}`: "value"} {
		s.refused("POST", item+"/configuration", json.RawMessage(body), "Body parameter "+words+" isn't formated")
	}
	// A client in the wild sends a bare boolean, and the ids once more.
	s.call("POST", item+"/configuration", object{"label": "OWNER_LEGAL_AGE", "value": true, "cartId": "x", "itemId": 1})
	ids := s.call("GET", item+"/configuration?label=OWNER_LEGAL_AGE", nil).([]any)
	if len(ids) != 1 {
		t.Fatalf("%v", ids)
	}
	configuration := item + "/configuration/" + id(ids[0])
	if c := s.call("GET", configuration, nil).(object); c["value"] != "true" {
		t.Errorf("%v", c)
	}
	s.call("DELETE", configuration, nil)
	s.refused("GET", configuration, nil, "does not exist")
	if changed := s.call("PUT", item, object{"duration": "P3Y"}).(object); changed["duration"] != "P3Y" {
		t.Errorf("%v", changed)
	}
	s.refused("PUT", item, object{"duration": "P11Y"}, "duration isn't formated")
	s.refused("PUT", item, object{"quantity": 2}, "quantity isn't formated")
	s.call("POST", cart+"/domain", json.RawMessage(`{"domain":"other.fr","duration":null,"offerId":null,"planCode":null,"pricingMode":null,"quantity":null}`))
	s.call("DELETE", item, nil)
	if items := s.call("GET", cart+"/item", nil).([]any); len(items) != 1 {
		t.Errorf("%v", items)
	}
}

func TestContacts(t *testing.T) {
	s := newShop(t, emulator.Options{})
	s.refused("POST", "/me/contact", object{"firstName": "Grace"}, "lastName isn't formated")
	made := s.call("POST", "/me/contact", object{
		"firstName": "Grace", "lastName": "Example", "legalForm": "individual", "email": "grace@example.com", "phone": "+33.1",
		"language": "en_GB", "address": object{"country": "FR"},
	}).(object)
	if got := s.call("GET", "/me/contact/"+id(made["id"]), nil).(object); got["firstName"] != "Grace" {
		t.Errorf("%v", got)
	}
	if ids := s.call("GET", "/me/contact", nil).([]any); len(ids) != 2 {
		t.Errorf("%v", ids)
	}
}
