package emulator_test

import (
	"fmt"
	"net/http"
	"testing"

	"tldsweep/internal/emulator"
)

// order places an order and does not pay it.
func (s shop) order(autopay bool) (status int, body any) {
	s.t.Helper()
	cart, _ := s.fill("FR", "x.fr")
	return s.answer("POST", cart+"/checkout", object{"autoPayWithPreferredPaymentMethod": autopay})
}

func TestWhatCannotBePaidIsStillOrdered(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*emulator.Options)
		autopay int    // what a checkout that pays by itself is answered
		method  string // and what is said when its method is to pay afterwards
		card    string // and a card by its number
	}{
		"refused": {func(o *emulator.Options) { o.PaymentRefused = true }, http.StatusForbidden, "can't be paid with 'CREDIT_CARD'", "can't be paid with 'bankAccount'"},
		"expired": {func(o *emulator.Options) { o.DefaultPayment = "EXPIRED" }, http.StatusOK, "can't be paid with 'CREDIT_CARD'", "can't be paid with 'bankAccount'"},
		"none":    {func(o *emulator.Options) { o.DefaultPayment = "none" }, http.StatusOK, "paymentMethod isn't formated", "can't be paid with 'bankAccount'"},
	} {
		t.Run(name, func(t *testing.T) {
			options := steady(emulator.Like{})
			test.change(&options)
			s := newShop(t, options)
			if status, body := s.order(true); status != test.autopay {
				t.Errorf("%d %v", status, body)
			}
			orders := s.server.Orders()
			if len(orders) != 1 || orders[0].Paid {
				t.Fatalf("%+v", orders)
			}
			order := "/me/order/" + fmt.Sprint(orders[0].ID)
			if got := s.call("GET", order+"/status", nil); got != "notPaid" {
				t.Errorf("it is %v", got)
			}
			s.refused("POST", order+"/pay", object{"paymentMethod": object{"id": 7654321}}, test.method)
			s.refused("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "bankAccount", "paymentMeanId": 1}, test.card)
			s.refused("GET", order+"/payment", nil, "does not exist")
			if s.server.Orders()[0].Paid {
				t.Error("it is paid")
			}
		})
	}
	options := steady(emulator.Like{})
	options.PaymentRefused = true
	s := newShop(t, options)
	_, placed := s.order(false)
	status, body := s.answer("POST", "/me/order/"+id(placed.(object)["orderId"])+"/payWithRegisteredPaymentMean", object{"paymentMean": "bankAccount", "paymentMeanId": 1})
	if recorded := fixture(t, "pay-403"); status != http.StatusForbidden || fmt.Sprint(body) != fmt.Sprint(recorded) {
		t.Errorf("%d %v, not %v", status, body, recorded)
	}
}

func TestPaymentsAreOfTheKindsOnRecord(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	_, placed := s.order(false)
	order := "/me/order/" + id(placed.(object)["orderId"])
	for body, words := range map[string]string{
		"shells": "paymentMean isn't formated", "creditCard": "paymentMeanId isn't formated", "": "paymentMean isn't formated",
		"RUPAY": "can't be paid with 'RUPAY'",
	} {
		s.refused("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": body}, words)
	}
	for _, body := range []object{{}, {"paymentMethod": nil}, {"paymentMethod": object{}}, {"paymentMethod": object{"id": 1}}} {
		s.refused("POST", order+"/pay", body, "paymentMethod isn't formated")
	}
	s.call("POST", order+"/waiveRetraction", nil)
	s.call("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "bankAccount", "paymentMeanId": 1})
	s.refused("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "fidelityAccount"}, "already paid")
	if payment := s.call("GET", order+"/payment", nil).(object); payment["paymentType"] != "withdrawal" {
		t.Errorf("%v", payment)
	}
}

// A total of nothing is in points, and ends paid by itself or with points alone.
func TestFreeOrders(t *testing.T) {
	options := steady(emulator.Like{})
	options.FreeOrders = true
	s := newShop(t, options)
	if price := s.server.Price("fr"); price != "0.00" {
		t.Errorf("it costs %s", price)
	}
	_, placed := s.order(false)
	prices := placed.(object)["prices"].(object)["withTax"].(object)
	if prices["currencyCode"] != "N/A" || number(t, prices) != 0 {
		t.Errorf("%v", prices)
	}
	order := "/me/order/" + id(placed.(object)["orderId"])
	wire, recorded := s.call("GET", order, nil).(object), fixture(t, "order-points").(object)
	for _, field := range []string{"priceWithTax", "priceWithoutTax", "tax", "expirationDate", "retractionDate"} {
		if got, want := without(wire[field], "priceInUcents"), recorded[field]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, not %v", field, got, want)
		}
	}
	delete(wire, "metadatas") // described, and not on record
	if got, want := shape(without(wire, "priceInUcents")), shape(recorded); got != want {
		t.Errorf("the fields are %s, not %s", got, want)
	}
	if means := fmt.Sprint(s.call("GET", order+"/availableRegisteredPaymentMean", nil)); means != "[map[paymentMean:fidelityAccount]]" {
		t.Errorf("it can be paid with %s", means)
	}
	s.refused("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "creditCard", "paymentMeanId": 1}, "can't be paid with 'creditCard'")
	s.refused("POST", order+"/pay", object{"paymentMethod": object{"id": 7654321}}, "can't be paid with 'CREDIT_CARD'")
	if got := s.call("GET", order+"/status", nil); got != "notPaid" {
		t.Errorf("it is %v", got)
	}
	s.call("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "fidelityAccount"})
	s.deliver(order)

	s = newShop(t, options)
	_, placed = s.order(true)
	order = "/me/order/" + id(placed.(object)["orderId"])
	if payment := s.call("GET", order+"/payment", nil).(object); payment["paymentType"] != "free" {
		t.Errorf("%v", payment)
	}
	s.deliver(order)
}
