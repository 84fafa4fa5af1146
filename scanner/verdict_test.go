package scanner

import (
	"testing"

	"pgregory.net/rapid"

	"tldsweep/internal/cart"
)

func TestVerdict(t *testing.T) {
	price := func(total string) cart.Prices { return cart.Prices{Currency: "EUR", Total: total} }
	create := cart.Offer{Action: "create", Orderable: true, PricingMode: "create-default", Prices: price("5.99")}
	transfer := cart.Offer{Action: "transfer", Orderable: true, PricingMode: "transfer-default", Prices: price("4.99")}
	premium := cart.Offer{Action: "create", Orderable: true, PricingMode: "create-premium", Prices: price("500.00")}
	auction := cart.Offer{Action: "transfer", Orderable: true, PricingMode: "transfer-aftermarket1", Prices: price("900.00")}
	lease := cart.Offer{Action: "lease", Orderable: true, Prices: price("1.00")}
	restore := cart.Offer{Action: "create", Orderable: true, PricingMode: "restore-default", Phase: "ga", Prices: price("80.00")}
	phase := func(word, total string) cart.Offer {
		return cart.Offer{Action: "create", Orderable: true, PricingMode: "create-default", Phase: word, Prices: price(total)}
	}
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
		{"2016: an auction that is over", []cart.Offer{{PricingMode: "transfer-aftermarket1"}}, Taken, TransferOnly, ""},
		{"no action, but named after one", []cart.Offer{{Orderable: true, OfferID: "fr-transfer", PricingMode: "default", Prices: price("4.99")}}, Taken, TransferOnly, ""},
		{"no action, but a mode of one", []cart.Offer{{Orderable: true, PricingMode: "transfer-default", Prices: price("4.99")}}, Taken, TransferOnly, ""},
		{"no action, and named after a trade", []cart.Offer{{Orderable: true, OfferID: "fr-trade", Prices: price("4.99")}}, Taken, TransferOnly, ""},
		{"no action, and a number for a name", []cart.Offer{{Orderable: true, OfferID: "0f3a9c77d1e84b25a6c0915be2f4d388", Prices: price("4.99")}}, Available, "", "4.99"},
		{"an action goes before the name", []cart.Offer{{Action: "create", Orderable: true, OfferID: "fr-transfer", Prices: price("4.99")}}, Available, "", "4.99"},
		{"an update", []cart.Offer{{Action: "update", Orderable: true}}, Taken, TransferOnly, ""},
		{"an action that is none", []cart.Offer{{Action: "none", Orderable: true}}, Taken, NotOrderable, ""},
		{"a word of the future", []cart.Offer{lease}, Failed, Decode, ""},
		{"a word of the future, not to be ordered", []cart.Offer{{Action: "lease"}}, Taken, NotOrderable, ""},
		{"a word of the future beside to create", []cart.Offer{lease, create}, Available, "", "5.99"},
		{"a word of the future beside a sunrise", []cart.Offer{lease, phase("sunrise", "320.00")}, Restricted, Sunrise, "320.00"},
		{"a word of the future beside a transfer", []cart.Offer{transfer, lease}, Failed, Decode, ""},
		{"the general phase", []cart.Offer{phase("ga", "5.99")}, Available, "", "5.99"},
		{"2016: the normal phase", []cart.Offer{phase("normal", "5.99")}, Available, "", "5.99"},
		{"in capitals", []cart.Offer{phase("GA", "5.99")}, Available, "", "5.99"},
		{"sunrise", []cart.Offer{phase("sunrise", "320.00")}, Restricted, Sunrise, "320.00"},
		{"a second sunrise", []cart.Offer{phase("Sunrise-2", "320.00")}, Restricted, Sunrise, "320.00"},
		{"early access", []cart.Offer{phase("early_access", "12000.00")}, Restricted, EarlyAccess, "12000.00"},
		{"early access of a day", []cart.Offer{phase("early-access-3", "12000.00")}, Restricted, EarlyAccess, "12000.00"},
		{"early access, in short", []cart.Offer{phase("EAP", "12000.00")}, Restricted, EarlyAccess, "12000.00"},
		{"landrush", []cart.Offer{phase("landrush", "90.00")}, Restricted, OtherPhase, "90.00"},
		{"golive", []cart.Offer{phase("golive", "90.00")}, Restricted, OtherPhase, "90.00"},
		{"premium in another phase", []cart.Offer{{Action: "create", Orderable: true, PricingMode: "create-premium", Phase: "landrush", Prices: price("90.00")}}, Restricted, OtherPhase, "90.00"},
		{"another phase, not to be ordered", []cart.Offer{{Action: "create", Phase: "sunrise"}}, Taken, NotOrderable, ""},
		{"a transfer in another phase", []cart.Offer{{Action: "transfer", Orderable: true, Phase: "sunrise"}}, Taken, TransferOnly, ""},
		{"to restore", []cart.Offer{restore}, Restricted, Restore, "80.00"},
		{"to restore at a premium", []cart.Offer{{Action: "create", Orderable: true, PricingMode: "restore-premium", Prices: price("80.00")}}, Restricted, Restore, "80.00"},
		{"to restore, by its name alone", []cart.Offer{{Orderable: true, OfferID: "fr-restore", Prices: price("80.00")}}, Restricted, Restore, "80.00"},
		{"a cheaper restriction does not beat to create", []cart.Offer{phase("sunrise", "1.00"), create, restore}, Available, "", "5.99"},
		{"a cheaper restriction does not beat a premium", []cart.Offer{phase("sunrise", "1.00"), premium}, Premium, "", "500.00"},
		{"what anybody can buy beats a restriction", []cart.Offer{phase("sunrise", "1.00"), auction}, Aftermarket, "", "900.00"},
		{"of restrictions, what is open to most", []cart.Offer{restore, phase("sunrise", "1.00"), phase("landrush", "90.00"), phase("eap", "12000.00")}, Restricted, EarlyAccess, "12000.00"},
		{"of restrictions of a kind, the cheapest", []cart.Offer{phase("sunrise1", "320.00"), phase("sunrise2", "300.00")}, Restricted, Sunrise, "300.00"},
		{"a restriction beats a transfer", []cart.Offer{transfer, phase("sunrise", "320.00")}, Restricted, Sunrise, "320.00"},
		{"no price", []cart.Offer{{Action: "create", Orderable: true}}, Available, NoPrice, ""},
		{"no price, at a premium", []cart.Offer{{Action: "create", Orderable: true, PricingMode: "create-premium"}}, Premium, NoPrice, ""},
		{"no price, by its holder", []cart.Offer{{Action: "transfer", Orderable: true, PricingMode: "transfer-aftermarket1"}}, Aftermarket, NoPrice, ""},
		{"no price, restricted", []cart.Offer{phase("sunrise", "")}, Restricted, Sunrise, ""},
		{"only what a renewal costs", []cart.Offer{{Action: "create", Orderable: true, Prices: cart.Prices{Currency: "EUR", Renewal: "8.99"}}}, Available, NoPrice, ""},
	} {
		answer := Verdict(c.offers)
		if answer.Status != c.status || answer.Reason != c.reason || answer.Price != c.price {
			t.Errorf("%s: %s %q at %q, want %s %q at %q", c.name, answer.Status, answer.Reason, answer.Price, c.status, c.reason, c.price)
		}
		if (answer.Err != nil) != (c.status == Failed) {
			t.Errorf("%s: %v", c.name, answer.Err)
		}
	}
}

// The order in which offers come decides nothing.
func TestVerdictDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		offers := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) cart.Offer {
			return cart.Offer{
				Action:      rapid.SampledFrom([]string{"", "create", "transfer", "trade", "lease", "none"}).Draw(r, "action"),
				Orderable:   rapid.Bool().Draw(r, "orderable"),
				PricingMode: rapid.SampledFrom([]string{"", "create-default", "create-premium", "transfer-aftermarket1", "restore-default"}).Draw(r, "mode"),
				Phase:       rapid.SampledFrom([]string{"", "ga", "sunrise", "eap", "landrush"}).Draw(r, "phase"),
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
			if offer.Orderable && offer.Action == "create" && offer.PricingMode == "create-default" && offer.Phase == "ga" && a.Status != Available {
				r.Fatalf("%+v is %s, though there is a plain offer", offers, a.Status)
			}
		}
		if !orderable && a.Status != Taken {
			r.Fatalf("nothing is orderable, yet %s", a.Status)
		}
	})
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
