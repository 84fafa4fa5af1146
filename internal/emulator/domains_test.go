package emulator_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

// The account holds what it held before, and what it bought and paid.
func TestDomainsOfTheAccount(t *testing.T) {
	s := newShop(t, emulator.Options{OnlyRegistered: true, Owned: []string{"mine.fr", "also.com"}})
	if got := fmt.Sprint(s.call("GET", "/domain", nil)); got != "[also.com mine.fr]" {
		t.Error(got)
	}
	if got := fmt.Sprint(s.call("GET", "/domain?whoisOwner=1", nil)); got != "[]" {
		t.Error(got)
	}
	cart, item := s.cart("example-shop.fr")
	s.call("POST", cart+"/assign", nil)
	s.configure(item)
	placed := s.call("POST", cart+"/checkout", nil).(object)
	order := "/me/order/" + id(placed["orderId"])
	if object := s.call("GET", order+"/associatedObject", nil).(object); object["type"] != nil {
		t.Errorf("not paid: %v", object)
	}
	s.refused("GET", "/domain/example-shop.fr", nil, "does not exist")
	s.call("POST", order+"/payWithRegisteredPaymentMean", object{"paymentMean": "fidelityAccount"})
	for s.call("GET", order+"/status", nil) != "delivered" {
	}
	if got := fmt.Sprint(s.call("GET", "/domain", nil)); got != "[also.com example-shop.fr mine.fr]" {
		t.Error(got)
	}
	if domain := s.call("GET", "/domain/example-shop.fr", nil).(object); domain["state"] != "ok" || domain["domain"] != "example-shop.fr" {
		t.Errorf("%v", domain)
	}
	if object := s.call("GET", order+"/associatedObject", nil).(object); object["type"] != "Bill" {
		t.Errorf("%v", object)
	}
	// Nobody can buy what the account has.
	other := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR"}).(object)
	if offers := s.call("GET", "/order/cart/"+other["cartId"].(string)+"/domain?domain=mine.fr", nil).([]any); len(offers) != 0 {
		t.Errorf("%v", offers)
	}
	if truth := s.server.Truth("mine.fr"); truth != "taken" {
		t.Error(truth)
	}
}

// A refusal of the check has the shape on record, with every field that is wrong. testdata/refused-rule.json has that shape
// by OVHcloud's guide api-domain-order of 2026-02-10 and by refusals of other contacts; its values are invented.
func TestRulesOfOwners(t *testing.T) {
	s := newShop(t, emulator.Options{Rules: []emulator.OwnerRule{{Extension: "shop", Filled: []string{"city", "firstName"}, LegalForms: []string{"individual", "corporation"}}}})
	check := "/domain/configurationRule/check?action=create&domain=rocket."
	grace := func(city, form string) object {
		return object{"owner": object{"firstName": "Grace", "legalForm": form, "address": object{"city": city}}}
	}
	for _, test := range []struct {
		extension string
		body      any
		wrong     string // the fields, sorted
	}{
		{"fr", grace("", "other"), ""},
		{"shop", grace("Paris", "individual"), ""},
		{"shop", nil, ""}, // the account's own contact is all right
		{"shop", grace("Paris", "association"), "owner.legal_form"},
		{"shop", grace("", "association"), "owner.city owner.legal_form"},
		{"shop", object{"owner": object{}}, "owner.city owner.first_name owner.legal_form"},
		{"berlin", grace("", "individual"), "owner.city"},
		{"berlin", grace("Berlin", "other"), ""},
	} {
		text, _ := json.Marshal(test.body)
		if test.body == nil {
			text = nil
		}
		status, body, err := ask(t, &good, "POST", s.client.Endpoint()+check+test.extension, string(text))
		if test.wrong == "" {
			if status != 200 || body != "null" || err != nil {
				t.Errorf("%+v: %d %s %v", test, status, body, err)
			}
			continue
		}
		var refusal, onRecord struct {
			Class, Message string
			Details        map[string]string
		}
		fixture, _ := os.ReadFile("testdata/refused-rule.json")
		if status != 400 || json.Unmarshal([]byte(body), &refusal) != nil || json.Unmarshal(fixture, &onRecord) != nil {
			t.Errorf("%+v: %d %s", test, status, body)
			continue
		}
		var fields []string
		for _, field := range strings.Fields("_date _id _message owner.city owner.first_name owner.legal_form") {
			if refusal.Details[field] != "" {
				fields = append(fields, field)
			}
		}
		if got := strings.Join(fields, " "); got != "_date _id _message "+test.wrong || len(refusal.Details) != len(fields) {
			t.Errorf("%+v: %v", test, refusal.Details)
		}
		if refusal.Class != onRecord.Class || refusal.Details["_message"] != refusal.Message {
			t.Errorf("%s, want the shape of %s", body, fixture)
		}
		if want := onRecord.Details["owner.legal_form"]; refusal.Details["owner.legal_form"] != "" && refusal.Details["owner.legal_form"] != want {
			t.Errorf("%s, want %s", refusal.Details["owner.legal_form"], want)
		}
	}
	s.refused("POST", check+"notsold", nil, "Check failed")
	s.refused("POST", "/domain/configurationRule/check?action=buy&domain=rocket.fr", nil, "action isn't formatted")
	s.refused("POST", check+"fr", object{"owner": object{"legalForm": "pirate"}}, "owner.legalForm isn't formated")
	rule := fmt.Sprint(s.call("GET", "/domain/configurationRule?action=create&domain=rocket.shop", nil))
	if !strings.Contains(rule, "city") || !strings.Contains(rule, "OWNER_CONTACT") {
		t.Error(rule)
	}
}

func TestClaimNotices(t *testing.T) {
	s := newShop(t, emulator.Options{})
	notice := s.call("GET", "/domain/data/claimNotice?domain=claims-rocket.shop", nil).(object)
	if claims := notice["claims"].([]any); notice["id"] == "" || claims[0].(object)["markName"] != "ROCKET" {
		t.Errorf("%v", notice)
	}
	s.refused("GET", "/domain/data/claimNotice?domain=rocket.shop", nil, "does not exist")
}

func TestCouponsAndPacksOfACart(t *testing.T) {
	s := newShop(t, emulator.Options{OnlyRegistered: true, Registered: []string{"rocket.com"}})
	cart, _ := s.cart("example-shop.fr")
	s.call("POST", cart+"/coupon", object{"coupon": "A"})
	s.call("POST", cart+"/coupon", object{"coupon": "A"})
	if got := fmt.Sprint(s.call("POST", cart+"/coupon", object{"coupon": "B"})); got != "[A B]" {
		t.Error(got)
	}
	s.call("DELETE", cart+"/coupon?coupon=A", nil)
	s.refused("DELETE", cart+"/coupon?coupon=A", nil, "does not exist")
	if got := fmt.Sprint(s.call("GET", cart+"/coupon", nil)); got != "[B]" {
		t.Error(got)
	}
	packs := s.call("GET", cart+"/domainPacks?domain=rocket.fr", nil).([]any)
	for _, d := range packs[0].(object)["description"].(object)["domains"].([]any) {
		domain := d.(object)
		if want := domain["domain"] != "rocket.com"; domain["available"] != want {
			t.Errorf("%v", domain)
		}
	}
	options := s.call("GET", cart+"/domain/options?domain=example-shop.fr", nil).([]any)
	if options[0].(object)["planCode"] != "zone" {
		t.Errorf("%v", options)
	}
}

func TestListsOfExtensions(t *testing.T) {
	s := newShop(t, emulator.Options{})
	for query, want := range map[string]string{
		"":                                   "abogado",
		"?orderBy=alphabetical":              "abogado",
		"?orderBy=trending&ovhSubsidiary=FR": "com",
		"?thematics=technology":              "app",
		"?geolocalizations=europe":           "de",
	} {
		if got := s.call("GET", "/domain/extensions"+query, nil).([]any); got[0] != want {
			t.Errorf("%q: %v first of %d, want %s", query, got[0], len(got), want)
		}
	}
	if got := s.call("GET", "/domain/extensions/byCategory?categoryType=thematic", nil).(object); got["geolocalization"] != nil || len(got["thematic"].([]any)) == 0 {
		t.Errorf("%v", got)
	}
}
