package emulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

// offers asks for a domain and returns what comes, without the parts that the test does not look at.
type offers []struct {
	Action, PricingMode, Phase string
	RecommendedDuration        *string
	Duration                   []string
	Prices                     []struct {
		Label string
		Price struct {
			Value         json.Number
			PriceInUcents *int64
		}
	}
}

func lookUp(t *testing.T, cart, domain string) offers {
	t.Helper()
	_, body, err := ask(t, nil, "GET", cart+domain, "")
	var o offers
	if err := errors.Join(err, json.Unmarshal([]byte(body), &o)); err != nil {
		t.Fatalf("%s: %s %v", domain, body, err)
	}
	return o
}

// What is not open to everybody comes as the only offer, and is restricted; what is open elsewhere is as before.
func TestWhatIsNotOpenToEverybody(t *testing.T) {
	for _, old := range []bool{false, true} {
		t.Run(fmt.Sprintf("old prices %t", old), func(t *testing.T) { notOpen(t, old) })
	}
}

func notOpen(t *testing.T, old bool) {
	server, address := start(t, emulator.Options{AnonymousLookup: true, OldPrices: old})
	cart := openCart(t, address)
	for _, test := range []struct{ extension, mode, phase string }{
		{"swiss", "create-default", "sunrise"}, {"hockey", "create-default", "early_access"}, {"yachts", "restore-default", "ga"},
	} {
		restricted := 0
		for i := range 200 {
			domain := fmt.Sprintf("rocket%d.%s", i, test.extension)
			if server.Truth(domain) != "restricted" {
				continue
			}
			restricted++
			action, mode, phase := "create", test.mode, test.phase
			if old { // what is usual had no name then
				action = ""
				mode = strings.TrimSuffix(mode, "create-default")
				phase = strings.Replace(phase, "ga", "normal", 1)
			}
			o := lookUp(t, cart, domain)
			if len(o) != 1 || o[0].Action != action || o[0].PricingMode != mode || o[0].Phase != phase {
				t.Errorf("%s: %+v", domain, o)
			}
			for _, p := range o[0].Prices {
				if fee := test.phase != "ga"; p.Label == "FEE" && fee != (p.Price.Value != "0") {
					t.Errorf("%s: a fee of %s", domain, p.Price.Value)
				}
			}
		}
		if restricted < 10 || test.phase == "ga" && restricted > 100 {
			t.Errorf(".%s: %d of 200 are restricted", test.extension, restricted)
		}
	}
}

func TestRecommendedDurations(t *testing.T) {
	_, address := start(t, emulator.Options{AnonymousLookup: true, OnlyRegistered: true})
	cart := openCart(t, address)
	_, body, _ := ask(t, nil, "GET", address+"/domain/data/extension", "")
	var all []string
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, extension := range all {
		if extension == "gov.uk" || extension == "mil.pl" || extension == "gov.pl" {
			continue
		}
		recommended := "null"
		if r := lookUp(t, cart, "rocket."+extension)[0].RecommendedDuration; r != nil {
			recommended = *r
		}
		counts[recommended]++
		if (extension == "fr" || extension == "com" || extension == "co.uk") && recommended != "P1Y" {
			t.Errorf(".%s: %s", extension, recommended)
		}
	}
	if len(counts) != 3 || counts["P2Y"] < 20 || counts["null"] < 20 {
		t.Errorf("%v", counts)
	}
}

// Noise is less than what rounds to five places, and nobody sees it who does not ask for it.
func TestNoisyPrices(t *testing.T) {
	for _, noisy := range []bool{false, true} {
		server, address := start(t, emulator.Options{AnonymousLookup: true, OnlyRegistered: true, NoisyPrices: noisy})
		cart, seen := openCart(t, address), 0
		for _, p := range lookUp(t, cart, "rocket.fr")[0].Prices {
			value, err := p.Price.Value.Float64()
			if err != nil || math.Abs(value*100-math.Round(value*100)) > 1e-9 {
				t.Errorf("%s %v", p.Price.Value, err)
			}
			if noise := len(p.Price.Value) > 6; noise {
				seen++
				if p.Price.PriceInUcents != nil {
					t.Errorf("%s and %d", p.Price.Value, *p.Price.PriceInUcents)
				}
			}
			if p.Label == "TOTAL" && fmt.Sprintf("%.2f", value) != server.Price("fr") {
				t.Errorf("%s, want %s", p.Price.Value, server.Price("fr"))
			}
		}
		if noisy != (seen > 0) {
			t.Errorf("noisy %t: %d prices with noise", noisy, seen)
		}
	}
}
