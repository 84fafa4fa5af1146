package scanner_test

import (
	"slices"
	"testing"

	"tldsweep/scanner"
)

func TestKindsOfChange(t *testing.T) {
	free := scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: "5.99", Renewal: "8.99", Discount: "0.00"}
	with := func(change func(*scanner.Answer)) scanner.Answer {
		a := free
		change(&a)
		return a
	}
	is := func(status scanner.Status) scanner.Answer { return scanner.Answer{Status: status} }
	listed := map[scanner.ChangeKind]bool{}
	for _, c := range []struct {
		name        string
		before, now scanner.Answer
		want        []scanner.ChangeKind
	}{
		{"nothing", free, free, nil},
		{"free", is(scanner.Taken), free, []scanner.ChangeKind{scanner.BecameAvailable}},
		{"taken", free, is(scanner.Taken), []scanner.ChangeKind{scanner.WasTaken}},
		{"premium", free, is(scanner.Premium), []scanner.ChangeKind{scanner.BecamePremium}},
		{"for sale", is(scanner.Taken), is(scanner.Aftermarket), []scanner.ChangeKind{scanner.BecameAftermarket}},
		{"in another phase", free, is(scanner.Restricted), []scanner.ChangeKind{scanner.BecameRestricted}},
		{"a word of a later version", free, is("reserved"), nil},
		{"no longer sold", free, is(scanner.Unsupported), []scanner.ChangeKind{scanner.BecameUnsupported}},
		{"sold again", is(scanner.Unsupported), free, []scanner.ChangeKind{scanner.BecameAvailable}},
		{"dearer", free, with(func(a *scanner.Answer) { a.Price = "6.99" }), []scanner.ChangeKind{scanner.PriceMoved}},
		{"renewal", free, with(func(a *scanner.Answer) { a.Renewal = "9.99" }), []scanner.ChangeKind{scanner.RenewalMoved}},
		{"a promotion", free, with(func(a *scanner.Answer) { a.Price, a.Discount = "3.99", "2.00" }), []scanner.ChangeKind{scanner.PriceMoved, scanner.PromotionBegan}},
		{"its end", with(func(a *scanner.Answer) { a.Price, a.Discount = "3.99", "2.00" }), free, []scanner.ChangeKind{scanner.PriceMoved, scanner.PromotionEnded}},
		{"noise of an older version", with(func(a *scanner.Answer) {
			a.Price, a.Renewal, a.Discount = "5.9899999999999993", "8.990000000000002", "1e-17"
		}), free, nil},
		{"a price that was not known", with(func(a *scanner.Answer) { a.Price = "" }), free, []scanner.ChangeKind{scanner.PriceMoved}},
		{"another currency", free, with(func(a *scanner.Answer) { a.Currency = "USD" }), []scanner.ChangeKind{scanner.PriceMoved}},
		{"why it is taken", is(scanner.Taken), scanner.Answer{Status: scanner.Taken, Reason: scanner.Delegated}, nil},
		{"an error", free, is(scanner.Failed), nil},
		{"after an error", is(scanner.Failed), free, nil},
		{"an invalid name", free, is(scanner.Invalid), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (scanner.Change{Before: c.before, Now: c.now}).Kinds(); !slices.Equal(got, c.want) {
				t.Errorf("%v, not %v", got, c.want)
			}
			for _, kind := range c.want {
				listed[kind] = true
			}
		})
	}
	for _, kind := range scanner.ChangeKinds {
		if !listed[kind] {
			t.Errorf("%s never comes", kind)
		}
	}
	if len(listed) != len(scanner.ChangeKinds) {
		t.Errorf("ChangeKinds lists %d of %d kinds", len(scanner.ChangeKinds), len(listed))
	}
	for _, c := range [][3]string{{"5.99", "6.99", "1.00"}, {"6.99", "5.99", "-1.00"}, {"1", "1.00", ""}, {"5.9899999999999993", "5.99", ""}, {"", "1", ""}, {"1", "x", ""}} {
		if got := scanner.Moved(c[0], c[1]); got != c[2] {
			t.Errorf("from %s to %s: %q", c[0], c[1], got)
		}
	}
}
