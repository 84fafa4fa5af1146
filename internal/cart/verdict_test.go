package cart

import (
	"testing"

	"pgregory.net/rapid"

	"tldsweep/scanner"
)

func TestVerdict(t *testing.T) {
	price := func(total string) Prices { return Prices{Currency: "EUR", Total: total} }
	create := Offer{Action: "create", Orderable: true, PricingMode: "create-default", Prices: price("5.99")}
	transfer := Offer{Action: "transfer", Orderable: true, PricingMode: "transfer-default", Prices: price("4.99")}
	premium := Offer{Action: "create", Orderable: true, PricingMode: "create-premium", Prices: price("500.00")}
	auction := Offer{Action: "transfer", Orderable: true, PricingMode: "transfer-aftermarket1", Prices: price("900.00")}
	lease := Offer{Action: "lease", Orderable: true, Prices: price("1.00")}
	restore := Offer{Action: "create", Orderable: true, PricingMode: "restore-default", Phase: "ga", Prices: price("80.00")}
	phase := func(word, total string) Offer {
		return Offer{Action: "create", Orderable: true, PricingMode: "create-default", Phase: word, Prices: price(total)}
	}
	locked := Offer{Action: "create", PricingMode: "create-default"}
	for _, c := range []struct {
		name   string
		offers []Offer
		status scanner.Status
		reason scanner.Reason
		price  string
	}{
		{"nothing is offered", nil, scanner.Taken, scanner.NoOffer, ""},
		{"to create", []Offer{create}, scanner.Available, "", "5.99"},
		{"2016: no action", []Offer{{Orderable: true, Prices: price("1.99")}}, scanner.Available, "", "1.99"},
		{"2016: no action, not orderable", []Offer{{}}, scanner.Taken, scanner.NotOrderable, ""},
		{"2016: a premium", []Offer{{Orderable: true, PricingMode: "premium", Prices: price("300.00")}}, scanner.Premium, "", "300.00"},
		{"2016: an aftermarket", []Offer{{Orderable: true, PricingMode: "aftermarket2", Prices: price("300.00")}}, scanner.Aftermarket, "", "300.00"},
		{"only a transfer, which is orderable", []Offer{transfer}, scanner.Taken, scanner.TransferOnly, ""},
		{"a transfer first, then to create", []Offer{transfer, create}, scanner.Available, "", "5.99"},
		{"to create, but not now", []Offer{locked}, scanner.Taken, scanner.NotOrderable, ""},
		{"not now, and a transfer", []Offer{locked, transfer}, scanner.Taken, scanner.NotOrderable, ""},
		{"a transfer, and not now", []Offer{transfer, locked}, scanner.Taken, scanner.NotOrderable, ""},
		{"premium", []Offer{premium}, scanner.Premium, "", "500.00"},
		{"a premium transfer is no offer to create", []Offer{{Action: "transfer", Orderable: true, PricingMode: "transfer-premium"}}, scanner.Taken, scanner.TransferOnly, ""},
		{"premium and standard", []Offer{premium, create}, scanner.Available, "", "5.99"},
		{"two phases", []Offer{{Action: "create", Orderable: true, Prices: price("120.00")}, create}, scanner.Available, "", "5.99"},
		{"a known price beats an unknown one", []Offer{{Action: "create", Orderable: true}, create}, scanner.Available, "", "5.99"},
		{"aftermarket", []Offer{auction}, scanner.Aftermarket, "", "900.00"},
		{"aftermarket that is over", []Offer{{Action: "transfer", PricingMode: "transfer-aftermarket1"}}, scanner.Taken, scanner.TransferOnly, ""},
		{"2016: an auction that is over", []Offer{{PricingMode: "transfer-aftermarket1"}}, scanner.Taken, scanner.TransferOnly, ""},
		{"no action, but named after one", []Offer{{Orderable: true, OfferID: "fr-transfer", PricingMode: "default", Prices: price("4.99")}}, scanner.Taken, scanner.TransferOnly, ""},
		{"no action, but a mode of one", []Offer{{Orderable: true, PricingMode: "transfer-default", Prices: price("4.99")}}, scanner.Taken, scanner.TransferOnly, ""},
		{"no action, and named after a trade", []Offer{{Orderable: true, OfferID: "fr-trade", Prices: price("4.99")}}, scanner.Taken, scanner.TransferOnly, ""},
		{"no action, and a number for a name", []Offer{{Orderable: true, OfferID: "0f3a9c77d1e84b25a6c0915be2f4d388", Prices: price("4.99")}}, scanner.Available, "", "4.99"},
		{"an action goes before the name", []Offer{{Action: "create", Orderable: true, OfferID: "fr-transfer", Prices: price("4.99")}}, scanner.Available, "", "4.99"},
		{"an update", []Offer{{Action: "update", Orderable: true}}, scanner.Taken, scanner.TransferOnly, ""},
		{"an action that is none", []Offer{{Action: "none", Orderable: true}}, scanner.Taken, scanner.NotOrderable, ""},
		{"a word of the future", []Offer{lease}, scanner.Failed, scanner.Decode, ""},
		{"a word of the future, by its holder", []Offer{{Action: "lease", Orderable: true, PricingMode: "lease-aftermarket1", Prices: price("1.00")}}, scanner.Failed, scanner.Decode, ""},
		{"an action that is none, by its holder", []Offer{{Action: "none", Orderable: true, PricingMode: "transfer-aftermarket1"}}, scanner.Taken, scanner.NotOrderable, ""},
		{"a word of the future, not to be ordered", []Offer{{Action: "lease"}}, scanner.Taken, scanner.NotOrderable, ""},
		{"a word of the future beside to create", []Offer{lease, create}, scanner.Available, "", "5.99"},
		{"a word of the future beside a sunrise", []Offer{lease, phase("sunrise", "320.00")}, scanner.Restricted, scanner.Sunrise, "320.00"},
		{"a word of the future beside a transfer", []Offer{transfer, lease}, scanner.Failed, scanner.Decode, ""},
		{"the general phase", []Offer{phase("ga", "5.99")}, scanner.Available, "", "5.99"},
		{"2016: the normal phase", []Offer{phase("normal", "5.99")}, scanner.Available, "", "5.99"},
		{"in capitals", []Offer{phase("GA", "5.99")}, scanner.Available, "", "5.99"},
		{"sunrise", []Offer{phase("sunrise", "320.00")}, scanner.Restricted, scanner.Sunrise, "320.00"},
		{"a second sunrise", []Offer{phase("Sunrise-2", "320.00")}, scanner.Restricted, scanner.Sunrise, "320.00"},
		{"early access", []Offer{phase("early_access", "12000.00")}, scanner.Restricted, scanner.EarlyAccess, "12000.00"},
		{"early access of a day", []Offer{phase("early-access-3", "12000.00")}, scanner.Restricted, scanner.EarlyAccess, "12000.00"},
		{"early access, in short", []Offer{phase("EAP", "12000.00")}, scanner.Restricted, scanner.EarlyAccess, "12000.00"},
		{"landrush", []Offer{phase("landrush", "90.00")}, scanner.Restricted, scanner.OtherPhase, "90.00"},
		{"golive", []Offer{phase("golive", "90.00")}, scanner.Restricted, scanner.OtherPhase, "90.00"},
		{"premium in another phase", []Offer{{Action: "create", Orderable: true, PricingMode: "create-premium", Phase: "landrush", Prices: price("90.00")}}, scanner.Restricted, scanner.OtherPhase, "90.00"},
		{"another phase, not to be ordered", []Offer{{Action: "create", Phase: "sunrise"}}, scanner.Taken, scanner.NotOrderable, ""},
		{"a transfer in another phase", []Offer{{Action: "transfer", Orderable: true, Phase: "sunrise"}}, scanner.Taken, scanner.TransferOnly, ""},
		{"to restore", []Offer{restore}, scanner.Restricted, scanner.Restore, "80.00"},
		{"to restore at a premium", []Offer{{Action: "create", Orderable: true, PricingMode: "restore-premium", Prices: price("80.00")}}, scanner.Restricted, scanner.Restore, "80.00"},
		{"to restore, by its name alone", []Offer{{Orderable: true, OfferID: "fr-restore", Prices: price("80.00")}}, scanner.Restricted, scanner.Restore, "80.00"},
		{"a cheaper restriction does not beat to create", []Offer{phase("sunrise", "1.00"), create, restore}, scanner.Available, "", "5.99"},
		{"a cheaper restriction does not beat a premium", []Offer{phase("sunrise", "1.00"), premium}, scanner.Premium, "", "500.00"},
		{"what anybody can buy beats a restriction", []Offer{phase("sunrise", "1.00"), auction}, scanner.Aftermarket, "", "900.00"},
		{"of restrictions, what is open to most", []Offer{restore, phase("sunrise", "1.00"), phase("landrush", "90.00"), phase("eap", "12000.00")}, scanner.Restricted, scanner.EarlyAccess, "12000.00"},
		{"of restrictions of a kind, the cheapest", []Offer{phase("sunrise1", "320.00"), phase("sunrise2", "300.00")}, scanner.Restricted, scanner.Sunrise, "300.00"},
		{"a restriction beats a transfer", []Offer{transfer, phase("sunrise", "320.00")}, scanner.Restricted, scanner.Sunrise, "320.00"},
		{"no price", []Offer{{Action: "create", Orderable: true}}, scanner.Available, scanner.NoPrice, ""},
		{"no price, at a premium", []Offer{{Action: "create", Orderable: true, PricingMode: "create-premium"}}, scanner.Premium, scanner.NoPrice, ""},
		{"no price, by its holder", []Offer{{Action: "transfer", Orderable: true, PricingMode: "transfer-aftermarket1"}}, scanner.Aftermarket, scanner.NoPrice, ""},
		{"no price, restricted", []Offer{phase("sunrise", "")}, scanner.Restricted, scanner.Sunrise, ""},
		{"only what a renewal costs", []Offer{{Action: "create", Orderable: true, Prices: Prices{Currency: "EUR", Renewal: "8.99"}}}, scanner.Available, scanner.NoPrice, ""},
	} {
		answer := Verdict(c.offers)
		if answer.Status != c.status || answer.Reason != c.reason || answer.Price != c.price {
			t.Errorf("%s: %s %q at %q, want %s %q at %q", c.name, answer.Status, answer.Reason, answer.Price, c.status, c.reason, c.price)
		}
		if (answer.Err != nil) != (c.status == scanner.Failed) {
			t.Errorf("%s: %v", c.name, answer.Err)
		}
	}
}

// The order in which offers come decides nothing.
func TestVerdictDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		offers := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) Offer {
			return Offer{
				Action:      rapid.SampledFrom([]string{"", "create", "transfer", "trade", "lease", "none"}).Draw(r, "action"),
				Orderable:   rapid.Bool().Draw(r, "orderable"),
				PricingMode: rapid.SampledFrom([]string{"", "create-default", "create-premium", "transfer-aftermarket1", "restore-default"}).Draw(r, "mode"),
				Phase:       rapid.SampledFrom([]string{"", "ga", "sunrise", "eap", "landrush"}).Draw(r, "phase"),
				Prices:      Prices{Total: rapid.SampledFrom([]string{"", "1.00", "9.99", "100.00"}).Draw(r, "total")},
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
			if offer.Orderable && offer.Action == "create" && offer.PricingMode == "create-default" && offer.Phase == "ga" && a.Status != scanner.Available {
				r.Fatalf("%+v is %s, though there is a plain offer", offers, a.Status)
			}
		}
		if !orderable && a.Status != scanner.Taken {
			r.Fatalf("nothing is orderable, yet %s", a.Status)
		}
	})
}

func BenchmarkVerdict(b *testing.B) {
	offers := []Offer{
		{Action: "transfer", Orderable: true, PricingMode: "transfer-default", Prices: Prices{Currency: "EUR", Total: "4.99"}},
		{Action: "create", Orderable: true, PricingMode: "create-default", Prices: Prices{Currency: "EUR", Total: "5.99"}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if Verdict(offers).Status != scanner.Available {
			b.Fatal("not available")
		}
	}
}
