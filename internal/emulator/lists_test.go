package emulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

func TestLists(t *testing.T) {
	_, address := start(t, emulator.Options{})
	for _, test := range []struct {
		path string
		by   *login
		n    int
		has  string
	}{
		{"/domain/data/extension?country=FR", nil, 924, "co.uk"},
		{"/domain/extensions?ovhSubsidiary=FR", &good, 924, "co.uk"},
		{"/domain/extensions/highlighted?ovhSubsidiary=FR", &good, 18, "com"},
	} {
		_, body, err := ask(t, test.by, "GET", address+test.path, "")
		var list []string
		if err := errors.Join(err, json.Unmarshal([]byte(body), &list)); err != nil || len(list) != test.n || !strings.Contains(body, `"`+test.has+`"`) {
			t.Errorf("%s: %d %v", test.path, len(list), err)
		}
	}
	if status, _, _ := ask(t, nil, "GET", address+"/domain/extensions", ""); status != 401 {
		t.Errorf("/domain/extensions without a login: %d", status)
	}
	for path, want := range map[string]string{
		"/domain/extensions/pricingAttributes":               `"priceDrop":true`,
		"/domain/extensions/co.uk":                           `"co.uk"`,
		"/domain/extensions/co.uk/registryConfigurations":    `"maxLength":63`,
		"/domain/extensions/nowhere/registryConfigurations":  `does not exist`,
		"/auth/currentCredential":                            `"rules":[{"method":"GET","path":"/*"}`,
		"/me":                                                `"ovhSubsidiary":"FR"`,
		"/order/catalog/public/domain?ovhSubsidiary=nowhere": `ovhSubsidiary isn't formatted correctly`,
	} {
		if _, body, _ := ask(t, &good, "GET", address+path, ""); !strings.Contains(body, want) {
			t.Errorf("%s: %.200s has no %s", path, body, want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	server, address := start(t, emulator.Options{})
	_, body, err := ask(t, nil, "GET", address+"/order/catalog/public/domain?ovhSubsidiary=FR", "")
	var catalogue struct {
		Plans []struct {
			PlanCode string
			Pricings []struct {
				Mode         string
				Capacities   []string
				Interval     int
				IntervalUnit string
				Price        int64
				Promotions   []struct {
					Discount, Total struct{ Value int64 }
				}
			}
		}
	}
	if err := errors.Join(err, json.Unmarshal([]byte(body), &catalogue)); err != nil {
		t.Fatal(err)
	}
	if len(catalogue.Plans) != 922 {
		t.Errorf("%d plans", len(catalogue.Plans))
	}
	firstYears, promoted := 0, 0
	for _, plan := range catalogue.Plans {
		for _, p := range plan.Pricings {
			if p.Mode != "create-default" || p.Capacities[0] != "installation" || p.Interval != 12 || p.IntervalUnit != "month" {
				continue
			}
			firstYears++
			// What is paid is in the promotion where there is one.
			paid := p.Price
			for _, promotion := range p.Promotions {
				promoted++
				if paid = promotion.Total.Value; p.Price-promotion.Discount.Value != paid || promotion.Discount.Value <= 0 {
					t.Errorf("%s: %+v", plan.PlanCode, p)
				}
			}
			if got := fmt.Sprintf("%d.%02d", paid/1e8, paid/1e6%100); got != server.Price(plan.PlanCode) {
				t.Errorf("%s: %s, want %s", plan.PlanCode, got, server.Price(plan.PlanCode))
			}
		}
	}
	if firstYears != len(catalogue.Plans) || promoted < 100 {
		t.Errorf("%d prices of a first year, %d promotions", firstYears, promoted)
	}
}
