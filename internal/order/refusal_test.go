package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
)

// picksOf are domains at whatever they cost.
func picksOf(domains []string) (picks []Pick) {
	for _, domain := range domains {
		_, extension, _ := strings.Cut(domain, ".")
		picks = append(picks, Pick{
			Wanted: cart.Wanted{Domain: domain, Duration: "P1Y", PlanCode: extension, PricingMode: "create-default"}, Status: "available", MaxPrice: "1000",
		})
	}
	return picks
}

// quoteOf makes a quote with these answers.
func quoteOf(t testing.TB, s *Shop, domains []string, answers map[string]string, accept AcceptClaim) (*Quote, error) {
	t.Helper()
	opened, err := s.Open(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	basket, _, err := opened.Basket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var a Answers
	for label, value := range answers {
		if err := a.Set(label, value); err != nil {
			t.Fatal(err)
		}
	}
	return s.Prepare(t.Context(), basket, picksOf(domains), &a, accept)
}

// For any domains, any of them guilty, any wording of the refusal and any list of what is required: the quote holds just the
// innocent, and the guilty are named.
func TestAnyGuilty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var domains []string
		for i := range rapid.IntRange(1, 14).Draw(r, "domains") {
			domains = append(domains, fmt.Sprintf("n%d.%s", i, rapid.SampledFrom([]string{"fr", "shop"}).Draw(r, "extension")))
		}
		guilty := map[string]bool{}
		options := emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Like: emulator.Like{
			Refusals: rapid.SampledFrom([]string{"field", "product", "terse"}).Draw(r, "refusals"),
			Required: rapid.SampledFrom([]string{"misleading", "absent", "honest"}).Draw(r, "required"),
		}}
		for _, domain := range domains {
			if rapid.IntRange(0, 3).Draw(r, "guilty") > 0 {
				continue
			}
			guilty[domain] = true
			options.Wants = append(options.Wants, emulator.Want{
				Domains: domain, Label: rapid.SampledFrom([]string{"REASON", "PROTECTED_CODE", "SHOE_SIZE"}).Draw(r, "label"), Hidden: rapid.Bool().Draw(r, "hidden"),
			})
		}
		// After so many refusals in a row at the beginning of an extension, the others are not tried, which is said.
		untried, inRow := map[string]bool{}, map[string]int{}
		for _, domain := range domains {
			_, extension, _ := strings.Cut(domain, ".")
			switch {
			case inRow[extension] == maxRefused:
				untried[domain] = true
			case guilty[domain] && inRow[extension] >= 0:
				inRow[extension]++
			default:
				inRow[extension] = -1
			}
		}
		s, _ := shopAt(t, options)
		quote, err := quoteOf(t, s, domains, map[string]string{"owner_legal_age": "true", "accept_conditions": "true"}, nil)
		var in, out, wantIn []string
		for _, line := range quote.Lines {
			in = append(in, line.Domain)
		}
		for _, dropped := range quote.Dropped {
			out = append(out, dropped.Domain)
			if strings.HasPrefix(dropped.Why, "not tried") != untried[dropped.Domain] {
				r.Errorf("%s: %s", dropped.Domain, dropped.Why)
			}
		}
		for _, domain := range domains {
			if !guilty[domain] && !untried[domain] {
				wantIn = append(wantIn, domain)
			}
		}
		slices.Sort(out)
		if !slices.Equal(in, wantIn) || len(in)+len(slices.Compact(out)) != len(domains) || (err != nil) != (len(wantIn) == 0) {
			r.Errorf("of %v, guilty %v: in are %v, out %v, %v", domains, guilty, in, out, err)
		}
	})
}

// What is wanted of some names alone is given to them where it is answered, whether their lists know it or not.
func TestAnAnswerThatTheListOfTheExtensionLacks(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		for _, wording := range []string{"field", "product"} {
			s, server := shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Like: emulator.Like{Refusals: wording}, Wants: []emulator.Want{
				{Domains: "b.fr", Label: "SHOE_SIZE", Hidden: hidden}, {Domains: "c.fr", Label: "REASON", Hidden: hidden},
			}})
			quote, err := quoteOf(t, s, []string{"a.fr", "b.fr", "c.fr"}, map[string]string{"owner_legal_age": "true", "shoe_size": "42", "reason": "mine"}, nil)
			if err != nil || len(quote.Lines) != 3 || len(quote.Unasked) != 0 {
				t.Errorf("hidden %v, %s: %+v, %v", hidden, wording, quote, err)
			}
			if requests := server.Counts().Requests; requests > 22 {
				t.Errorf("hidden %v, %s: %d requests", hidden, wording, requests)
			}
		}
	}
}

// A refusal names what is missing, with its type and an answer that works.
func TestTheGuiltyAreToldWhatIsMissing(t *testing.T) {
	s, _ := shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Wants: []emulator.Want{{Domains: "b.fr", Label: "REASON"}}})
	quote, err := quoteOf(t, s, []string{"a.fr", "b.fr"}, map[string]string{"owner_legal_age": "true"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Dropped{Domain: "b.fr", Label: "REASON", Why: `OVHcloud wants REASON (String), and there is no answer to it; for example: reason = "name of the company"`}
	if len(quote.Dropped) != 1 || quote.Dropped[0] != want {
		t.Errorf("%+v", quote.Dropped)
	}
}

// A domain that was refused alone is not guilty where something that has passed before no longer does.
func TestSomebodyElseIsGuilty(t *testing.T) {
	s, _ := shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Like: emulator.Like{Refusals: "terse"}})
	domains := []string{"a.fr", "b.fr", "c.shop", "d.shop"}
	s.Progress = func(doing string, done, of int) {
		if done == 3 { // c.shop is in the cart, and a.fr goes to somebody else
			s.Progress = nil
			sell(t, s, "a.fr")
		}
	}
	quote, err := quoteOf(t, s, domains, map[string]string{"owner_legal_age": "true", "accept_conditions": "true"}, nil)
	if err != nil || len(quote.Lines) != 3 || len(quote.Dropped) != 1 || quote.Dropped[0].Domain != "a.fr" {
		t.Errorf("%+v, %v", quote, err)
	}
}

// sell lets somebody else buy a domain.
func sell(t *testing.T, s *Shop, domain string) {
	t.Helper()
	opened, err := cart.Open(t.Context(), s.Client, cart.Options{Subsidiary: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	basket, _, err := opened.Basket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	item, _, err := basket.Add(t.Context(), cart.Wanted{Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := basket.Configure(t.Context(), item.ID, "OWNER_LEGAL_AGE", "true"); err != nil {
		t.Fatal(err)
	}
	if err := basket.Assign(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := basket.Checkout(t.Context(), true, true); err != nil {
		t.Fatal(err)
	}
}

// A trademark claim is shown for its domain alone, and what is not accepted is left out.
func TestClaimsAreConfirmedOneByOne(t *testing.T) {
	for _, accepted := range []bool{true, false} {
		s, _ := shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1})
		var asked []string
		accept := func(domain string, notice *cart.ClaimNotice) bool {
			asked = append(asked, domain)
			return accepted && notice.ID != ""
		}
		quote, err := quoteOf(t, s, []string{"a.shop", "claims-b.shop", "c.shop", "claims-d.shop", "e.shop"}, map[string]string{"owner_legal_age": "true", "accept_conditions": "true"},
			func(_ context.Context, domain string, notice *cart.ClaimNotice) (bool, error) {
				return accept(domain, notice), nil
			})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(asked)
		if fmt.Sprint(asked) != "[claims-b.shop claims-d.shop]" {
			t.Errorf("asked for %v", asked)
		}
		claims := 0
		for _, line := range quote.Lines {
			if line.Claim != nil {
				claims++
			}
		}
		if want := map[bool]int{true: 2, false: 0}[accepted]; claims != want || len(quote.Lines) != 3+want || len(quote.Dropped) != 2-want {
			t.Errorf("accepted %v: %+v", accepted, quote)
		}
	}
}
