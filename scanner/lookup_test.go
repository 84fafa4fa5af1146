package scanner

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tldsweep/api"
	"tldsweep/cart"
)

func TestVerdict(t *testing.T) {
	price := func(total string) cart.Prices { return cart.Prices{Currency: "EUR", Total: total} }
	create := cart.Offer{Action: "create", Orderable: true, PricingMode: "create-default", Prices: price("5.99")}
	transfer := cart.Offer{Action: "transfer", Orderable: true, PricingMode: "transfer-default", Prices: price("4.99")}
	premium := cart.Offer{Action: "create", Orderable: true, PricingMode: "create-premium", Prices: price("500.00")}
	auction := cart.Offer{Action: "transfer", Orderable: true, PricingMode: "transfer-aftermarket1", Prices: price("900.00")}
	locked := cart.Offer{Action: "create", PricingMode: "create-default"}
	for _, c := range []struct {
		name   string
		offers []cart.Offer
		status Status
		reason Reason
		price  string
	}{
		{"nothing is offered", nil, Taken, NoOffer, ""},
		{"to create", []cart.Offer{create}, Available, "", "5.99"},
		{"2016: no action", []cart.Offer{{Orderable: true, Prices: price("1.99")}}, Available, "", "1.99"},
		{"2016: no action, not orderable", []cart.Offer{{}}, Taken, NotOrderable, ""},
		{"2016: a premium", []cart.Offer{{Orderable: true, PricingMode: "premium", Prices: price("300.00")}}, Premium, "", "300.00"},
		{"2016: an aftermarket", []cart.Offer{{Orderable: true, PricingMode: "aftermarket2", Prices: price("300.00")}}, Aftermarket, "", "300.00"},
		{"only a transfer, which is orderable", []cart.Offer{transfer}, Taken, TransferOnly, ""},
		{"a transfer first, then to create", []cart.Offer{transfer, create}, Available, "", "5.99"},
		{"to create, but not now", []cart.Offer{locked}, Taken, NotOrderable, ""},
		{"not now, and a transfer", []cart.Offer{locked, transfer}, Taken, NotOrderable, ""},
		{"a transfer, and not now", []cart.Offer{transfer, locked}, Taken, NotOrderable, ""},
		{"premium", []cart.Offer{premium}, Premium, "", "500.00"},
		{"a premium transfer is no offer to create", []cart.Offer{{Action: "transfer", Orderable: true, PricingMode: "transfer-premium"}}, Taken, TransferOnly, ""},
		{"premium and standard", []cart.Offer{premium, create}, Available, "", "5.99"},
		{"two phases", []cart.Offer{{Action: "create", Orderable: true, Prices: price("120.00")}, create}, Available, "", "5.99"},
		{"a known price beats an unknown one", []cart.Offer{{Action: "create", Orderable: true}, create}, Available, "", "5.99"},
		{"aftermarket", []cart.Offer{auction}, Aftermarket, "", "900.00"},
		{"aftermarket that is over", []cart.Offer{{Action: "transfer", PricingMode: "transfer-aftermarket1"}}, Taken, TransferOnly, ""},
		{"a word of the future", []cart.Offer{{Action: "lease", Orderable: true, Prices: price("1.00")}}, Taken, TransferOnly, ""},
	} {
		answer := Verdict(c.offers)
		if answer.Status != c.status || answer.Reason != c.reason || answer.Price != c.price {
			t.Errorf("%s: %s %q at %q, want %s %q at %q", c.name, answer.Status, answer.Reason, answer.Price, c.status, c.reason, c.price)
		}
	}
}

// The order in which offers come decides nothing.
func TestVerdictDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		offers := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) cart.Offer {
			return cart.Offer{
				Action:      rapid.SampledFrom([]string{"", "create", "transfer", "trade"}).Draw(r, "action"),
				Orderable:   rapid.Bool().Draw(r, "orderable"),
				PricingMode: rapid.SampledFrom([]string{"", "create-default", "create-premium", "transfer-aftermarket1"}).Draw(r, "mode"),
				Prices:      cart.Prices{Total: rapid.SampledFrom([]string{"", "1.00", "9.99", "100.00"}).Draw(r, "total")},
			}
		}), 0, 5).Draw(r, "offers")
		shuffled := rapid.Permutation(offers).Draw(r, "shuffled")
		a, b := Verdict(offers), Verdict(shuffled)
		if a.Status != b.Status || a.Price != b.Price || a.Reason != b.Reason {
			r.Fatalf("%+v is %v %v %v, but %+v is %v %v %v", offers, a.Status, a.Reason, a.Price, shuffled, b.Status, b.Reason, b.Price)
		}
		orderable := false
		for _, offer := range offers {
			orderable = orderable || offer.Orderable
		}
		if !orderable && a.Status != Taken {
			r.Fatalf("nothing is orderable, yet %s", a.Status)
		}
	})
}

// An error never becomes a verdict.
func TestErrorsAreNoVerdicts(t *testing.T) {
	for kind, want := range map[api.Kind]Reason{
		api.RateLimited: RateLimited, api.Timeout: Timeout, api.Network: Network,
		api.Server: Server, api.Denied: Denied, api.Refused: Denied, api.Decode: Decode,
	} {
		for _, err := range []error{
			&api.WaitError{Failure: api.Failure{Kind: kind}},
			fmt.Errorf("wrapped: %w", &api.RowError{Failure: api.Failure{Kind: kind}}),
		} {
			answer, stop := answerOf(cart.Found{}, err)
			if stop != nil || answer.Status != Failed || answer.Reason != want || answer.Err == nil {
				t.Errorf("%T %s became %+v, %v", err, kind, answer, stop)
			}
		}
	}
	for _, err := range []error{&api.StopError{}, errors.New("unknown")} {
		if answer, stop := answerOf(cart.Found{}, err); !errors.Is(stop, err) || answer.Status != "" {
			t.Errorf("%T became %+v, %v", err, answer, stop)
		}
	}
	if answer, stop := answerOf(cart.Found{}, fmt.Errorf("%w: x", cart.ErrUnsupported)); stop != nil || answer.Status != Unsupported {
		t.Errorf("unsupported became %+v, %v", answer, stop)
	}
}

func BenchmarkVerdict(b *testing.B) {
	offers := []cart.Offer{
		{Action: "transfer", Orderable: true, PricingMode: "transfer-default", Prices: cart.Prices{Currency: "EUR", Total: "4.99"}},
		{Action: "create", Orderable: true, PricingMode: "create-default", Prices: cart.Prices{Currency: "EUR", Total: "5.99"}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if Verdict(offers).Status != Available {
			b.Fatal("not available")
		}
	}
}
