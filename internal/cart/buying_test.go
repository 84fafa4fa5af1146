package cart_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
)

func emulated(t *testing.T, options emulator.Options) (*api.Client, *emulator.Server) {
	t.Helper()
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return client(t, address), server
}

func client(t *testing.T, address string) *api.Client {
	t.Helper()
	client, err := api.New(api.Config{Endpoint: address, Key: &api.Key{
		ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every call of the buying half, in the order in which an order makes them.
func TestFromAnOpenCartToADeliveredOrder(t *testing.T) {
	client, server := emulated(t, emulator.Options{OnlyRegistered: true, Registered: []string{"taken.fr"}, Like: emulator.Like{Settings: "named"}})
	ctx := t.Context()
	opened := must[*cart.Cart](t)(cart.Open(ctx, client, cart.Options{Subsidiary: "FR", Description: "mine"}))
	basket, expire, err := opened.Basket(ctx)
	check(t, err)
	if d := time.Until(expire); d < 23*time.Hour || d > 24*time.Hour {
		t.Errorf("the cart lives for %s", d)
	}
	check(t, basket.Assign(ctx))
	check(t, basket.Assign(ctx)) // a conflict is no error
	if ids := must[[]string](t)(cart.Find(ctx, client, "mine")); !slices.Equal(ids, []string{basket.ID()}) {
		t.Errorf("found %v", ids)
	}
	if ids := must[[]string](t)(cart.Find(ctx, client, "somebody else's")); len(ids) != 0 {
		t.Errorf("found %v", ids)
	}

	_, receipt, err := basket.Add(ctx, cart.Wanted{Domain: "taken.fr", Duration: "P1Y"})
	if _, no := errors.AsType[*api.RowError](err); !no || api.OutcomeOf(receipt, err) != api.NotDone {
		t.Errorf("%v", err)
	}
	item, _, err := basket.Add(ctx, cart.Wanted{Domain: "example-shop.fr", Duration: "P1Y", PlanCode: "fr", PricingMode: "create-default", OfferID: "fr-create"})
	check(t, err)
	other, _, err := basket.Add(ctx, cart.Wanted{Domain: "example-shop.shop"})
	check(t, err)
	if ids := must[[]int64](t)(basket.Items(ctx)); !slices.Equal(ids, []int64{item.ID, other.ID}) {
		t.Errorf("items %v", ids)
	}
	if got := must[cart.Item](t)(basket.ReadItem(ctx, item.ID)); got.Domain != "example-shop.fr" {
		t.Errorf("%+v", got)
	}
	check(t, basket.Remove(ctx, other.ID))
	check(t, basket.Remove(ctx, other.ID)) // what is gone is gone
	state := must[*cart.State](t)(basket.Read(ctx))
	if state.Description != "mine" || state.ReadOnly || !slices.Equal(state.Items, []int64{item.ID}) || state.Expire.IsZero() {
		t.Errorf("%+v", state)
	}

	if summary := must[*cart.Bill](t)(basket.Summary(ctx)); summary.WithoutTax != server.Price("fr") || len(summary.Contracts) != 0 {
		t.Errorf("%+v", summary)
	}
	if _, err := basket.Quote(ctx); err == nil || !strings.Contains(err.Error(), "OWNER_LEGAL_AGE") {
		t.Errorf("%v", err)
	}
	contacts := must[[]int64](t)(cart.Contacts(ctx, client))
	values := map[string]string{"OWNER_LEGAL_AGE": "true", "ACCEPT_CONDITIONS": "true", "OWNER_CONTACT": cart.ContactPath(contacts[0])}
	for _, q := range must[[]cart.Requirement](t)(basket.Requirements(ctx, item.ID)) {
		value, ok := values[q.Label]
		if !ok {
			continue
		}
		_, err := basket.Configure(ctx, item.ID, q.Label, value)
		check(t, err)
		if ids := must[[]int64](t)(basket.Configured(ctx, item.ID, q.Label)); len(ids) != 1 {
			t.Errorf("%s is configured as %v", q.Label, ids)
		}
	}
	if ids := must[[]int64](t)(basket.Configured(ctx, item.ID, "DNS")); len(ids) != 0 {
		t.Errorf("DNS is configured as %v", ids)
	}
	quoted := must[*cart.Bill](t)(basket.Quote(ctx))
	if quoted.OrderID != 0 || quoted.URL != "" || len(quoted.Contracts) != 2 || quoted.Currency != "EUR" || len(server.Orders()) != 0 {
		t.Errorf("%+v", quoted)
	}
	ordered, _, err := basket.Checkout(ctx, false, false)
	check(t, err)
	if ordered.OrderID == 0 || ordered.URL == "" || ordered.WithTax != quoted.WithTax {
		t.Errorf("%+v", ordered)
	}
	if state := must[*cart.State](t)(basket.Read(ctx)); !state.ReadOnly {
		t.Error("the cart can be used again")
	}

	if ids := must[[]int64](t)(cart.Orders(ctx, client, time.Now().Add(-time.Hour))); !slices.Equal(ids, []int64{ordered.OrderID}) {
		t.Errorf("orders %v", ids)
	}
	if ids := must[[]int64](t)(cart.Orders(ctx, client, time.Now().Add(time.Hour))); len(ids) != 0 {
		t.Errorf("orders of tomorrow: %v", ids)
	}
	order := must[*cart.Order](t)(cart.ReadOrder(ctx, client, ordered.OrderID))
	if order.WithTax != ordered.WithTax || order.Currency != "EUR" || time.Since(order.Date) > time.Minute || time.Until(order.Expires) < 24*time.Hour {
		t.Errorf("%+v", order)
	}
	lines := must[[]int64](t)(cart.Details(ctx, client, order.ID))
	if line := must[cart.Detail](t)(cart.ReadDetail(ctx, client, order.ID, lines[0])); !strings.HasPrefix(line.Domain, "*001") {
		t.Errorf("%+v", line)
	}
	if plan := must[string](t)(cart.DetailPlan(ctx, client, order.ID, lines[len(lines)-1])); plan != "fr" {
		t.Errorf("a row is of %q", plan)
	}
	if method, err := cart.DefaultMethod(ctx, client); err != nil || method.Status != "VALID" || method.Type != "CREDIT_CARD" {
		t.Errorf("%+v, %v", method, err)
	}
	if means := must[[]string](t)(cart.PaymentMeans(ctx, client, order.ID)); !slices.Contains(means, "creditCard") || !slices.Contains(means, "fidelityAccount") {
		t.Errorf("means %v", means)
	}
	methods := must[[]cart.PaymentMethod](t)(cart.PaymentMethods(ctx, client, order.ID))
	if len(methods) != 1 || !methods[0].Default || methods[0].Type != "CREDIT_CARD" {
		t.Errorf("methods %+v", methods)
	}
	if status := must[cart.OrderStatus](t)(cart.ReadStatus(ctx, client, order.ID)); status != cart.NotPaid {
		t.Errorf("it is %s", status)
	}
	if _, err := cart.PayWithMean(ctx, client, order.ID, "creditCard", 0); err == nil {
		t.Error("paid with no card in particular")
	}
	_, err = cart.Pay(ctx, client, order.ID, methods[0].ID)
	check(t, err)
	if _, err := cart.PayWithMean(ctx, client, order.ID, "fidelityAccount", 0); err == nil {
		t.Error("paid twice")
	}
	for _, want := range []cart.OrderStatus{cart.Checking, cart.Delivering, cart.Delivered} {
		if status := must[cart.OrderStatus](t)(cart.ReadStatus(ctx, client, order.ID)); status != want {
			t.Errorf("it is %s, not %s", status, want)
		}
	}
	if owned := must[[]string](t)(cart.Domains(ctx, client)); !slices.Contains(owned, "example-shop.fr") {
		t.Errorf("the account has %v", owned)
	}
	if state := must[string](t)(cart.DomainState(ctx, client, "example-shop.fr")); state != "ok" {
		t.Errorf("the domain is %s", state)
	}
	check(t, basket.Drop(ctx))
	check(t, basket.Drop(ctx))
}

func TestContacts(t *testing.T) {
	client, _ := emulated(t, emulator.Options{})
	made, _, err := cart.CreateContact(t.Context(), client, cart.Contact{
		"firstName": "Grace", "lastName": "Example", "legalForm": "individual", "email": "grace@example.com", "phone": "+33.1",
		"language": "en_GB", "address": map[string]any{"country": "FR"},
	})
	check(t, err)
	if got := must[cart.Contact](t)(cart.ReadContact(t.Context(), client, made)); got["firstName"] != "Grace" {
		t.Errorf("%v", got)
	}
	_, receipt, err := cart.CreateContact(t.Context(), client, cart.Contact{"firstName": "Grace"})
	if err == nil || !strings.Contains(err.Error(), "lastName") || api.OutcomeOf(receipt, err) != api.NotDone {
		t.Errorf("%v", err)
	}
}

// answering serves one body whatever is asked.
func answering(t *testing.T, body string) *api.Client {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth/time") {
			fmt.Fprint(w, time.Now().Unix())
			return
		}
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return client(t, server.URL+"/1.0")
}

// The guide's sample names neither the item of a line nor what is required, and has a DISCOUNT of its own; the
// specification has all of it.
func TestBillsOfBothKinds(t *testing.T) {
	money := func(value string) string { return `{"currencyCode":"EUR","text":"x","value":` + value + `}` }
	body := `{"contracts":[{"name":"General","url":"https://contracts.example/a","content":"…"}],"orderId":null,"url":null,
	 "details":[
	  {"cartItemID":null,"description":"foo.fr - .fr demande d'enregistrement - 1 an","detailType":"INSTALLATION","domain":"*001","totalPrice":` + money("6.99") + `},
	  {"cartItemID":31415926,"description":"gift","detailType":null,"domain":"*001","totalPrice":` + money("-2") + `}],
	 "prices":{"originalWithoutTax":null,"reduction":null,"tax":` + money("1") + `,"withTax":` + money("5.99") + `,"withoutTax":` + money("4.99") + `}}`
	got := must[*cart.Bill](t)(cart.NewBasket(answering(t, body), "x").Quote(t.Context()))
	want := &cart.Bill{
		Currency: "EUR", WithoutTax: "4.99", Tax: "1.00", WithTax: "5.99",
		Contracts: []cart.Contract{{Name: "General", URL: "https://contracts.example/a"}},
		Lines: []cart.BillLine{
			{Group: "*001", Kind: "INSTALLATION", Description: "foo.fr - .fr demande d'enregistrement - 1 an", Total: "6.99"},
			{Item: 31415926, Group: "*001", Description: "gift", Total: "-2.00"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An order whose answer names none, or no total, may be there: what became of it is unclear.
func TestAnOrderThatSaysNothingIsUnclear(t *testing.T) {
	for _, body := range []string{`null`, `{}`, `{"orderId":7}`, `{"prices":{"withTax":{"value":1},"withoutTax":{"value":1}}}`, `<html>`, `{"orderId":"x"}`} {
		_, receipt, err := cart.NewBasket(answering(t, body), "x").Checkout(t.Context(), false, false)
		if err == nil || api.OutcomeOf(receipt, err) != api.Unknown {
			t.Errorf("%s: %v is %s", body, err, api.OutcomeOf(receipt, err))
		}
	}
}

func TestPaymentMethodsByIDAlone(t *testing.T) {
	got := must[[]cart.PaymentMethod](t)(cart.PaymentMethods(t.Context(), answering(t, `{"available":[],"registered":[7,8],"paymentMethods":[{"paymentMethodId":8,"label":null,"paymentType":"PAYPAL"}]}`), 1))
	if diff := cmp.Diff([]cart.PaymentMethod{{ID: 8, Type: "PAYPAL"}, {ID: 7}}, got); diff != "" {
		t.Error(diff)
	}
}
