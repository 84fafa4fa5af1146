package order

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
)

func newShop(t *testing.T) (*Shop, *emulator.Server) {
	t.Helper()
	return shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1})
}

func shopAt(t testing.TB, options emulator.Options) (*Shop, *emulator.Server) {
	t.Helper()
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client, err := api.New(api.Config{Endpoint: address, Key: &api.Key{
		ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &Shop{Client: client, Journal: open(t, filepath.Join(t.TempDir(), "orders.jsonl")), Account: "ab12345-ovh", Subsidiary: "FR"}, server
}

// prepare makes a quote of domains that may cost so much each.
func prepare(t *testing.T, s *Shop, most string, domains ...string) (*Quote, error) {
	t.Helper()
	opened, err := s.Open(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	basket, _, err := opened.Basket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var picks []Pick
	for _, domain := range domains {
		_, extension, _ := strings.Cut(domain, ".")
		picks = append(picks, Pick{Wanted: cart.Wanted{Domain: domain, Duration: "P1Y", PlanCode: extension, PricingMode: "create-default"}, Status: "available", MaxPrice: most})
	}
	var answers Answers
	for label, value := range map[string]string{"OWNER_CONTACT": "11235813", "OWNER_LEGAL_AGE": "true", "ACCEPT_CONDITIONS": "true", "REASON": "private"} {
		if err := answers.Set(label, value); err != nil {
			t.Fatal(err)
		}
	}
	quote, err := s.Prepare(t.Context(), basket, picks, &answers, nil)
	if err == nil {
		err = s.Seal(t.Context(), quote)
	}
	return quote, err
}

func TestTheBillHasTheLastWordOnPrices(t *testing.T) {
	s, server := newShop(t)
	server.MovePrices(1) // since they were looked up
	quote, err := prepare(t, s, "25.00", "one.fr", "two.shop")
	if err != nil {
		t.Fatal(err)
	}
	want := []Dropped{{Domain: "two.shop", Why: "its price has changed: the bill says 25.01 EUR, not 25.00"}}
	if diff := cmp.Diff(want, quote.Dropped); diff != "" || len(quote.Lines) != 1 || quote.WithoutTax != "6.00" {
		t.Errorf("%s%+v", diff, quote)
	}
}

func TestWhatIsPutIntoACartAfterItsQuoteIsNotBought(t *testing.T) {
	s, server := newShop(t)
	quote, err := prepare(t, s, "100", "one.fr")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cart.NewBasket(s.Client, quote.Cart).Add(t.Context(), cart.Wanted{Domain: "two.fr"}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Buy(t.Context(), quote, Limits{}, func(*cart.Bill) error { return nil })
	if _, refused := errors.AsType[*RefusedError](err); !refused || len(server.Orders()) != 0 {
		t.Errorf("%v, %v", err, server.Orders())
	}
}

func TestAQuoteIsBoughtWhereItWasMade(t *testing.T) {
	s, server := newShop(t)
	for name, change := range map[string]func(*Quote){
		"endpoint": func(q *Quote) { q.Endpoint = "https://elsewhere.example/1.0" },
		"account":  func(q *Quote) { q.Account = "cd67890-ovh" },
		"total":    func(q *Quote) { q.WithTax = "0.01" },
		"currency": func(q *Quote) { q.Currency = "USD" },
		"cart":     func(q *Quote) { q.Cart = "00000000-0000-4000-8000-000000000000" },
	} {
		quote, err := prepare(t, s, "100", "one.fr")
		if err != nil {
			t.Fatal(err)
		}
		change(quote)
		_, err = s.Buy(t.Context(), quote, Limits{}, func(*cart.Bill) error { return nil })
		if _, refused := errors.AsType[*RefusedError](err); !refused {
			t.Errorf("another %s: %v", name, err)
		}
	}
	quote, err := prepare(t, s, "100", "one.fr")
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("not today")
	if _, err := s.Buy(t.Context(), quote, Limits{}, func(*cart.Bill) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if len(server.Orders()) != 0 {
		t.Errorf("%v", server.Orders())
	}
}

// Requests for n domains of e extensions: one to add each, one per answer and domain; for each extension one to ask what
// it wants, and two dry runs, after its first domain and after all; and for all of them five: OVHcloud's time, to open and to assign the
// cart, a look at the owner, and the digest. Not one more: the last dry run is the bill.
func TestNoRequestThatIsNotNeeded(t *testing.T) {
	s, server := newShop(t)
	domains := []string{"a.fr", "b.fr", "c.fr", "d.fr", "e.shop", "f.shop", "g.io"}
	quote, err := prepare(t, s, "100", domains...)
	if err != nil {
		t.Fatal(err)
	}
	configured := int64(0)
	for _, d := range s.Journal.records(Configure) {
		if d.outcome() == api.Done {
			configured++
		}
	}
	common, adding, asking, dryRuns := int64(5), int64(len(domains)), int64(3), int64(2+2+1)
	if got, want := server.Counts().Requests, common+adding+asking+configured+dryRuns; got != want {
		t.Errorf("%d requests for %d domains, want %d", got, len(quote.Lines), want)
	}
}

func TestQuotesAreReadAsTheyAreWritten(t *testing.T) {
	s, _ := newShop(t)
	quote, err := prepare(t, s, "100", "one.fr", "two.shop")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := quote.Write(&text); err != nil {
		t.Fatal(err)
	}
	again, err := ReadQuote(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(quote, again, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "[]", "{}", `{"schema":2,"cart":"c","with_tax":"1","lines":[{}]}`, `{"schema":1,"with_tax":"1","lines":[{}]}`, `{"schema":1,"cart":"c","with_tax":"1"}`} {
		if q, err := ReadQuote(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken for %+v", text, q)
		}
	}
}

func TestMeansOfPayment(t *testing.T) {
	for text, want := range map[string]Means{"7654321": {Method: 7654321}, "fidelityAccount": {Mean: "fidelityAccount"}, "creditCard:42": {Mean: "creditCard", ID: 42}} {
		got, err := ParseMeans(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "a b", "creditCard:", "creditCard:x", "../etc"} {
		if got, err := ParseMeans(text); err == nil {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
}

func TestAnOrderThatBecameDearerIsNotPaid(t *testing.T) {
	fault, err := emulator.ParseFault("dearer:path=POST /order/cart/*/checkout")
	if err != nil {
		t.Fatal(err)
	}
	s, server := shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Faults: []emulator.Fault{fault}})
	quote, err := prepare(t, s, "100", "one.fr")
	if err != nil {
		t.Fatal(err)
	}
	placed, err := s.Buy(t.Context(), quote, Limits{}, func(*cart.Bill) error { return nil })
	dearer, ok := errors.AsType[*DearerError](err)
	if !ok || placed == nil || placed.Order != dearer.Order || dearer.Confirmed != quote.WithTax {
		t.Fatalf("%+v, %v", placed, err)
	}
	_, err = s.Pay(context.Background(), placed.Order, Means{Method: 7654321}, "")
	if _, refused := errors.AsType[*RefusedError](err); !refused || server.Orders()[0].Paid {
		t.Errorf("%v", err)
	}
	if _, err = s.Pay(context.Background(), placed.Order, Means{Method: 7654321}, placed.Total); err != nil || !server.Orders()[0].Paid {
		t.Errorf("%v", err)
	}
}
