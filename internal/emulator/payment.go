package emulator

import (
	"fmt"
	"net/http"
	"slices"
)

// paymentMethod is the account's only one, its default.
const paymentMethod = 7654321

// PaymentStatuses returns what Options.DefaultPayment may hold: me.payment.method.StatusEnum, of which VALID alone pays, and
// "none".
func PaymentStatuses() []string { return append(slices.Clone(methodStatuses), "none") }

// payments serve the ways to pay an order.
func (s *Server) payments() {
	s.orderRoute("GET /me/order/{order}/availableRegisteredPaymentMean", func(a *answer, _ *http.Request, o placedOrder) {
		means := []map[string]string{{"paymentMean": "fidelityAccount"}}
		if o.withTax() > 0 { // nothing is settled with points alone
			means = append(means, map[string]string{"paymentMean": "creditCard"}, map[string]string{"paymentMean": "ovhAccount"})
		}
		a.json(means)
	})
	s.orderRoute("POST /me/order/{order}/payWithRegisteredPaymentMean", s.payWithMean)
	s.orderRoute("GET /me/order/{order}/paymentMethods", func(a *answer, _ *http.Request, _ placedOrder) {
		registered, methods := []int64{}, []map[string]any{}
		if s.methodStatus() != "none" {
			registered, methods = append(registered, paymentMethod), append(methods, s.paymentMethodWire())
		}
		a.json(map[string]any{"available": []any{}, "registered": registered, "paymentMethods": methods})
	})
	s.orderRoute("POST /me/order/{order}/pay", s.payWithMethod)
	s.orderRoute("GET /me/order/{order}/payment", func(a *answer, _ *http.Request, o placedOrder) {
		if !o.paid {
			a.unknown()
			return
		}
		a.json(map[string]any{"paymentDate": wireTime(o.paidAt), "paymentIdentifier": nil, "paymentType": o.paidBy})
	})
}

// methodStatus is the default payment method's, or "none" where there is no method.
func (s *Server) methodStatus() string {
	if s.options.DefaultPayment == "" {
		return "VALID"
	}
	return s.options.DefaultPayment
}

// autoPay pays an order with the default method, where that can be. False means that the request was refused, which
// the order survives.
func (s *Server) autoPay(a *answer, o *placedOrder) bool {
	switch {
	case o.withTax() == 0:
		s.markPaid(o.id, "free")
	case s.methodStatus() != "VALID":
	case s.options.PaymentRefused:
		a.refuseMean("CREDIT_CARD")
		return false
	default:
		s.markPaid(o.id, "creditCard")
	}
	return true
}

// markPaid makes an order paid, and its domains taken. False means that it was paid already.
func (s *Server) markPaid(id int64, by string) bool {
	settled := false
	s.changeOrder(id, func(o *placedOrder) {
		if settled = !o.paid; !settled {
			return
		}
		o.paid, o.paidAt, o.paidBy = true, s.now(), by
		for _, domain := range o.domains() {
			s.sold[domain] = o
		}
	})
	return settled
}

func (a *answer) refuseMean(with string) {
	a.fail(http.StatusForbidden, "Client::Forbidden", fmt.Sprintf("This order can't be paid with '%s'", with))
}

func (s *Server) payWithMean(a *answer, r *http.Request, o placedOrder) {
	var body struct {
		PaymentMean   string
		PaymentMeanID *int64
	}
	if !a.body(r, &body, "paymentMean", "paymentMeanId") {
		return
	}
	card := false
	switch mean := body.PaymentMean; mean {
	case "fidelityAccount":
	case "ovhAccount":
	case "creditCard", "bankAccount", "paypal":
		if body.PaymentMeanID == nil {
			a.malformed("paymentMeanId")
			return
		}
		card = true
	case "CREDIT_CARD", "CURRENT_ACCOUNT", "DEFERRED_PAYMENT_ACCOUNT", "DOMESTIC_CARD", "ENTERPRISE", "INTERNAL_TRUSTED_ACCOUNT",
		"PAYPAL", "RUPAY", "SEPA_DIRECT_DEBIT", "deferredPaymentAccount": // this account has none
		a.refuseMean(mean)
		return
	default:
		a.malformed("paymentMean")
		return
	}
	if o.withTax() == 0 && body.PaymentMean != "fidelityAccount" || card && s.methodStatus() != "VALID" {
		a.refuseMean(body.PaymentMean)
		return
	}
	s.pay(a, o, body.PaymentMean)
}

func (s *Server) payWithMethod(a *answer, r *http.Request, o placedOrder) {
	var body struct {
		PaymentMethod *struct{ ID *int64 }
	}
	if !a.body(r, &body, "paymentMethod") {
		return
	}
	switch {
	case body.PaymentMethod == nil || body.PaymentMethod.ID == nil || *body.PaymentMethod.ID != paymentMethod || s.methodStatus() == "none":
		a.malformed("paymentMethod")
	case o.withTax() == 0 || s.methodStatus() != "VALID":
		a.refuseMean("CREDIT_CARD")
	default:
		s.pay(a, o, "CREDIT_CARD")
	}
}

// paidBy is a means of payment as billing.Payment calls it.
var paidBy = map[string]string{
	"fidelityAccount": "fidelityPoints", "ovhAccount": "ovhAccount", "paypal": "paypal", "bankAccount": "withdrawal",
	"creditCard": "creditCard", "CREDIT_CARD": "creditCard",
}

func (s *Server) pay(a *answer, o placedOrder, with string) {
	switch {
	case s.options.PaymentRefused && !o.paid:
		a.refuseMean(with)
	case !s.markPaid(o.id, paidBy[with]):
		a.fail(http.StatusConflict, "Client::Conflict", "This order is already paid")
	default:
		a.json(nil)
	}
}
