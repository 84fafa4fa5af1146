package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"tldsweep/internal/emulator"
)

// answer makes a call and returns the status and the body as it came.
func (s shop) answer(method, path string, body any) (int, any) {
	s.t.Helper()
	request, err := s.client.NewRequest(method, path, body, true)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, decoded(text)
}

// put adds a domain to a cart with some of its configuration, label=value, and returns the item.
func (s shop) put(cart, domain string, configuration ...string) string {
	s.t.Helper()
	item := cart + "/item/" + id(s.call("POST", cart+"/domain", object{"domain": domain}).(object)["itemId"])
	for _, pair := range configuration {
		label, value, _ := strings.Cut(pair, "=")
		s.call("POST", item+"/configuration", object{"label": label, "value": value})
	}
	return item
}

func TestRefusalsHaveTheWordsOnRecord(t *testing.T) {
	const age = "OWNER_LEGAL_AGE=true"
	late := steady(emulator.Like{})
	late.CheckTimeouts = 1
	for name, test := range map[string]struct {
		options       emulator.Options
		domain        string
		configuration []string
		unassigned    bool
		status        int
		fixture       string
	}{
		"field":                {steady(emulator.Like{}), "reserved-x.fr", []string{age}, false, 400, "checkout-400-field"},
		"product":              {steady(emulator.Like{Refusals: "product"}), "reserved-x.fr", nil, false, 400, "checkout-400-mandatory"},
		"duplicated, field":    {steady(emulator.Like{}), "x.fr", []string{age, age}, false, 400, "checkout-400-duplicated"},
		"duplicated, product":  {steady(emulator.Like{Refusals: "product"}), "x.fr", []string{age, "OWNER_LEGAL_AGE=false"}, false, 400, "checkout-400-duplicated"},
		"a timeout":            {late, "x.fr", []string{age}, false, 400, "checkout-400-timeout"},
		"unassigned":           {steady(emulator.Like{}), "x.fr", []string{age}, true, 400, "checkout-400-unassigned"},
		"unassigned, us":       {steady(like(t, "us")), "x.fr", []string{age}, true, 400, "checkout-400-unassigned"},
		"unassigned, guide":    {steady(like(t, "guide")), "x.fr", []string{age}, true, 403, "checkout-403-not-allowed"},
		"nothing is wrong, us": {steady(like(t, "us")), "x.fr", []string{age}, false, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, test.options)
			cart := "/order/cart/" + s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR"}).(object)["cartId"].(string)
			if !test.unassigned {
				s.call("POST", cart+"/assign", nil)
			}
			s.put(cart, test.domain, test.configuration...)
			status, body := s.answer("GET", cart+"/checkout", nil)
			if status != test.status {
				t.Errorf("%d: %v", status, body)
			}
			if test.fixture == "" {
				return
			}
			recorded := fixture(t, test.fixture).(object)
			if got, want := shape(body), shape(recorded); got != want {
				t.Errorf("the fields are %s, not %s", got, want)
			}
			// Which of several lines is first is chance.
			if got, want := lines(body), lines(recorded); !slices.Equal(got, want) || body.(object)["class"] != recorded["class"] {
				t.Errorf("%v, not %v", body, recorded)
			}
			if len(s.server.Orders()) > 0 {
				t.Error("a dry run has ordered")
			}
		})
	}
}

func lines(refusal any) []string {
	return slices.Sorted(strings.SplitSeq(refusal.(object)["message"].(string), "\n"))
}

// A checkout may hold the owner against the rule of an extension, as the check before it does.
func TestACheckoutMayBreakARule(t *testing.T) {
	options := steady(emulator.Like{})
	options.Rules = []emulator.OwnerRule{{Extension: "fr", Filled: []string{"city"}, LegalForms: []string{"individual", "corporation"}}}
	for name, test := range map[string]struct {
		checked []string // extensions, at the checkout
		owner   object
		status  int
	}{
		"nowhere":            {[]string{"fr"}, object{"legalForm": "other"}, 400},
		"an owner that fits": {[]string{"fr"}, object{"legalForm": "individual", "address": object{"city": "Roubaix"}}, 200},
		"no owner":           {[]string{"fr"}, nil, 200}, // then it is the account
		"not checked":        {[]string{"com"}, object{"legalForm": "other"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			options.CheckoutRules = test.checked
			s := newShop(t, options)
			cart, items := s.fill("FR", "x.fr")
			if test.owner != nil {
				made := s.call("POST", "/domain/contact", test.owner).(object)
				s.call("POST", items[0]+"/configuration", object{"label": "OWNER_CONTACT", "value": "/domain/contact/" + id(made["id"])})
			}
			status, body := s.answer("GET", cart+"/checkout", nil)
			if status != test.status {
				t.Errorf("%d %v", status, body)
			}
			if status == http.StatusOK {
				return
			}
			recorded := fixture(t, "checkout-400-rule").(object)
			for _, v := range []any{body, recorded} {
				details := v.(object)["details"].(object)
				if details["_id"] == "" || details["_date"] == "" {
					t.Errorf("%v", v)
				}
				details["_id"], details["_date"] = "", ""
			}
			if fmt.Sprint(body) != fmt.Sprint(recorded) {
				t.Errorf("%v, not %v", body, recorded)
			}
		})
	}
}

// The order is refused as its dry run is, and nothing is ordered.
func TestAnOrderIsRefusedAsItsDryRun(t *testing.T) {
	s := newShop(t, steady(emulator.Like{Refusals: "product"}))
	cart, _ := s.fill("FR")
	s.refused("POST", cart+"/checkout", nil, "empty")
	s.refused("GET", cart+"/checkout", nil, "empty")
	s.put(cart, "protected-x.co.uk", "OWNER_LEGAL_AGE=true", "ACCEPT_CONDITIONS=true")
	for _, method := range []string{"GET", "POST"} {
		if status, body := s.answer(method, cart+"/checkout", nil); status != 400 || fmt.Sprint(lines(body)) != "[Custom field PROTECTED_CODE is mandatory for product domain-co-uk]" {
			t.Errorf("%s: %d %v", method, status, body)
		}
	}
	// One line a label and product, however many domains lack it.
	s.put(cart, "protected-y.co.uk", "OWNER_LEGAL_AGE=true", "ACCEPT_CONDITIONS=true")
	s.put(cart, "claims-y.fr", "OWNER_LEGAL_AGE=true")
	if _, body := s.answer("POST", cart+"/checkout", nil); fmt.Sprint(lines(body)) !=
		"[Custom field CLAIMS_NOTICE is mandatory for product domain-fr Custom field PROTECTED_CODE is mandatory for product domain-co-uk]" {
		t.Errorf("%v", body)
	}
	if orders := s.server.Orders(); len(orders) > 0 {
		t.Errorf("%+v", orders)
	}
}

func TestARefusalMayNameNothing(t *testing.T) {
	for _, configuration := range [][]string{nil, {"OWNER_LEGAL_AGE=true", "OWNER_LEGAL_AGE=true"}, {"OWNER_LEGAL_AGE=perhaps"}} {
		s := newShop(t, steady(emulator.Like{Refusals: "terse"}))
		cart, _ := s.fill("FR")
		s.put(cart, "x.fr", configuration...)
		if _, body := s.answer("GET", cart+"/checkout", nil); fmt.Sprint(body) != "map[class:Client::BadRequest message:Invalid configuration]" {
			t.Errorf("%v", body)
		}
	}
}

func TestValuesThatTheCheckoutRefuses(t *testing.T) {
	for pair, taken := range map[string]bool{
		"DNS=ns1.example.net;ns2.example.net":            true,
		"DNS=ns1.example.net/192.0.2.1;ns2.example.net":  true,
		"DNS=ns1.example.net; ns2.example.net":           false,
		"DNS=ns1.example.net,ns2.example.net":            false,
		"DNS=ns1.example.net/here":                       false,
		"DNS=":                                           false,
		"OWNER_LEGAL_AGE=false":                          true,
		"OWNER_LEGAL_AGE=yes":                            false,
		"OWNER_LEGAL_AGE=True":                           false,
		"OWNER_CONTACT=/me/contact/11235813":             true,
		"OWNER_CONTACT=/domain/contact/11235813":         true,
		"OWNER_CONTACT=11235813":                         false,
		"OWNER_CONTACT=/me/contact/1":                    false,
		"ADMIN_ACCOUNT=ab12345-ovh":                      true,
		"ADMIN_ACCOUNT=somebody":                         false,
		"TECH_ACCOUNT=ab 12345-ovh":                      false,
		"SHOE_SIZE=42":                                   true, // nobody asked
		"CLAIMS_NOTICE=":                                 true,
		"ANY THING AT ALL=/me/contact/nobody,\nin a row": true,
	} {
		t.Run(pair, func(t *testing.T) {
			for _, refusals := range []string{"field", "product"} {
				s := newShop(t, steady(emulator.Like{Refusals: refusals}))
				cart, _ := s.fill("FR")
				configuration := []string{pair}
				label, _, _ := strings.Cut(pair, "=")
				if label != "OWNER_LEGAL_AGE" {
					configuration = append(configuration, "OWNER_LEGAL_AGE=true")
				}
				s.put(cart, "x.fr", configuration...)
				status, body := s.answer("GET", cart+"/checkout", nil)
				if (status == http.StatusOK) != taken || !taken && !strings.Contains(fmt.Sprint(body), label) {
					t.Errorf("%s: %d %v", refusals, status, body)
				}
			}
		})
	}
	// A label that nobody asked for may also be there twice.
	s := newShop(t, steady(emulator.Like{}))
	cart, _ := s.fill("FR")
	s.put(cart, "x.fr", "OWNER_LEGAL_AGE=true", "SHOE_SIZE=42", "SHOE_SIZE=43")
	s.call("GET", cart+"/checkout", nil)
}

func TestWhatIsWantedDiffersByName(t *testing.T) {
	options := steady(emulator.Like{})
	options.Wants = []emulator.Want{{Label: "REASON", Domains: "x*.fr", Hidden: true}, {Label: "SHOE_SIZE", Domains: "y*.fr"}}
	contact := steady(emulator.Like{})
	contact.OwnerContact, contact.NoLegalAge = true, true
	for domain, test := range map[string]struct {
		options emulator.Options
		missing string // the label that its dry run names
		listed  bool
	}{
		"plain.fr":       {options, "", false},
		"xylophone.fr":   {options, "REASON", false},
		"yard.fr":        {options, "SHOE_SIZE", true},
		"reserved-x.fr":  {options, "REASON", true},
		"protected-x.fr": {options, "PROTECTED_CODE", true},
		"claims-x.fr":    {options, "CLAIMS_NOTICE", true},
		"owned.fr":       {contact, "OWNER_CONTACT", true},
	} {
		t.Run(domain, func(t *testing.T) {
			s := newShop(t, test.options)
			cart, items := s.fill("FR", domain)
			listed := strings.Contains(fmt.Sprint(s.call("GET", items[0]+"/requiredConfiguration", nil)), "label:"+test.missing+" ")
			status, body := s.answer("GET", cart+"/checkout", nil)
			if test.missing == "" {
				if status != http.StatusOK {
					t.Errorf("%d %v", status, body)
				}
				return
			}
			if listed != test.listed {
				t.Errorf("listed is %v", listed)
			}
			if !strings.Contains(fmt.Sprint(body), "'"+test.missing+"'") {
				t.Errorf("%d %v", status, body)
			}
			value := "something"
			if test.missing == "OWNER_CONTACT" {
				value = "/me/contact/11235813"
			}
			s.call("POST", items[0]+"/configuration", object{"label": test.missing, "value": value})
			s.call("GET", cart+"/checkout", nil)
		})
	}
	s := newShop(t, contact)
	cart, _ := s.fill("FR")
	s.put(cart, "owned.fr", "OWNER_CONTACT=/me/contact/11235813")
	s.call("GET", cart+"/checkout", nil)
}

// REASON is listed for every name under some extensions, and most of them do not need it.
func TestWhatIsListedIsNotAlwaysWanted(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	cart, items := s.fill("FR", "plain.fr", "plain.com", "plain.net", "plain.org", "plain.eu", "plain.io", "plain.shop", "plain.online",
		"plain.store", "plain.site", "plain.tech", "plain.app", "plain.dev", "plain.xyz", "plain.pro", "plain.paris")
	listed := 0
	for _, item := range items {
		if strings.Contains(fmt.Sprint(s.call("GET", item+"/requiredConfiguration", nil)), "label:REASON ") {
			listed++
		}
	}
	if listed == 0 || listed == len(items) {
		t.Errorf("it is listed for %d of %d", listed, len(items))
	}
	s.call("GET", cart+"/checkout", nil)
}

func TestChecksTimeOutOnce(t *testing.T) {
	outs := func(options emulator.Options) string {
		d := direct{t, emulator.New(options)}
		cart := "/order/cart/" + d.call("POST", "/order/cart", `{"ovhSubsidiary":"FR"}`).(object)["cartId"].(string)
		d.call("POST", cart+"/assign", "")
		var found strings.Builder
		for n := range 300 {
			item := cart + "/item/" + id(d.call("POST", cart+"/domain", fmt.Sprintf(`{"domain":"name%d.fr"}`, n)).(object)["itemId"])
			d.call("POST", item+"/configuration", `{"label":"OWNER_LEGAL_AGE","value":"true"}`)
			if status, _ := d.answer("GET", cart+"/checkout", ""); status != http.StatusOK {
				fmt.Fprint(&found, n, " ")
				d.call("GET", cart+"/checkout", "") // asked again, it passes
			}
			d.call("DELETE", item, "")
		}
		return found.String()
	}
	usual := emulator.Options{OnlyRegistered: true}
	first, second := outs(usual), outs(usual)
	if n := strings.Count(first, " "); first != second || n < 1 || n > 15 {
		t.Errorf("of 300 dry runs these time out: %s, then %s", first, second)
	}
	if none := outs(steady(emulator.Like{})); none != "" {
		t.Errorf("where none should, these time out: %s", none)
	}
}

// One item's posts may arrive together; all are kept.
func TestParallelConfigurationsAreAllKept(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	_, items := s.fill("FR", "x.fr")
	before := len(s.call("GET", items[0]+"/configuration", nil).([]any))
	var posts sync.WaitGroup
	for n := range 20 {
		client := s.again()
		posts.Go(func() {
			if err := client.Post(items[0]+"/configuration", object{"label": "LABEL", "value": fmt.Sprint(n)}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	posts.Wait()
	if ids := s.call("GET", items[0]+"/configuration", nil).([]any); len(ids) != before+20 {
		t.Errorf("%d of %d", len(ids)-before, 20)
	}
}
