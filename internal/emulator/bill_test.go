package emulator_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path"
	"slices"
	"testing"

	"tldsweep/internal/emulator"
)

func TestBillsHaveTheRowsOnRecord(t *testing.T) {
	for name, test := range map[string]struct {
		like       emulator.Like
		fixture    string
		subsidiary string
		domains    []string
		ids        bool // of items are on the rows
	}{
		"guide": {like(t, "guide"), "bill-guide-two-domains", "FR", []string{"alpha.fr", "beta.fr"}, false},
		"2026":  {like(t, "2026"), "bill-cart-item-ids", "FR", []string{"alpha.fr", "beta.fr"}, true},
		"us":    {like(t, "us"), "bill-us-star", "US", []string{"alpha.fr", "beta.fr"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, steady(test.like))
			cart, items := s.fill(test.subsidiary, test.domains...)
			recorded, bill := fixture(t, test.fixture).(object), s.call("GET", cart+"/checkout", nil)
			if name == "us" { // its bill has domains of .com, which has no discount here
				recorded = renamed(recorded, ".com", ".fr", ".COM", ".FR").(object)
			}
			if name == "2026" { // the description has this field in each amount, and null where there is none
				if got := shape(bill.(object)["prices"].(object)["tax"]); got != "{currencyCode string, priceInUcents null, text string, value number}" {
					t.Error(got)
				}
				bill = without(bill, "priceInUcents")
			}
			if got, want := shape(bill), shape(recorded); got != want {
				t.Errorf("the fields are\n%s, not\n%s", got, want)
			}
			got := columns(bill.(object)["details"], "detailType", "domain", "quantity", "description")
			if want := columns(recorded["details"], "detailType", "domain", "quantity", "description"); got != want {
				t.Errorf("the rows are\n%s\nnot\n%s", got, want)
			}
			rows := bill.(object)["details"].([]any)
			for at, row := range rows {
				var want any
				if test.ids {
					want = path.Base(items[at*len(items)/len(rows)])
				}
				if got := row.(object)["cartItemID"]; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("row %d is of %v, not %v", at, got, want)
				}
			}
			sum := 0.0
			for _, row := range rows {
				sum += number(t, row.(object)["totalPrice"])
			}
			if whole := number(t, bill.(object)["prices"].(object)["withoutTax"]); math.Abs(sum-whole) > 0.001 || whole == 0 {
				t.Errorf("the rows are %v together, not %v", sum, whole)
			}
		})
	}
}

func number(t *testing.T, price any) float64 {
	t.Helper()
	value, err := price.(object)["value"].(json.Number).Float64()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// A bill moves with prices, and says nothing of them in the summary's contracts.
func TestTheBillIsOfToday(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	cart, _ := s.fill("FR", "alpha.fr")
	before := total(s.call("GET", cart+"/checkout", nil))
	s.server.MovePrices(100)
	summary := s.call("GET", cart+"/summary", nil)
	if after := total(summary); before != "5.99 €" || after != "6.99 €" {
		t.Errorf("%s, then %s", before, after)
	}
	if contracts := summary.(object)["contracts"].([]any); len(contracts) != 0 {
		t.Errorf("%v", contracts)
	}
}

// A domain's bill is what its lookup says, of whatever kind the offer is.
func TestTheBillIsWhatTheLookupSaid(t *testing.T) {
	for _, free := range []bool{false, true} {
		d := direct{t, emulator.New(emulator.Options{FreeOrders: free})}
		modes := map[string]int{}
		for n := range 500 {
			domain := fmt.Sprintf("rocket%d.%s", n, []string{"fr", "com", "swiss", "yachts", "shop"}[n%5])
			cart := "/order/cart/" + d.call("POST", "/order/cart", `{"ovhSubsidiary":"FR"}`).(object)["cartId"].(string)
			status, offers := d.answer("GET", cart+"/domain?domain="+domain, "")
			if status != 200 || len(offers.([]any)) == 0 || offers.([]any)[0].(object)["orderable"] != true {
				continue
			}
			mode := d.call("POST", cart+"/domain", `{"domain":"`+domain+`"}`).(object)["settings"].(object)["pricingMode"]
			at := slices.IndexFunc(offers.([]any), func(offer any) bool { return offer.(object)["pricingMode"] == mode })
			if at < 0 {
				t.Errorf("%s is %v, which is not offered: %v", domain, mode, offers)
				continue
			}
			offer := offers.([]any)[at].(object)
			modes[fmt.Sprint(mode, " ", offer["phase"])]++
			said := number(t, offer["prices"].([]any)[4].(object)["price"])
			bill := number(t, d.call("GET", cart+"/summary", "").(object)["prices"].(object)["withoutTax"])
			if bill != said || (bill == 0) != free {
				t.Errorf("%s is %v, and was %v: %v", domain, bill, said, offer)
			}
		}
		if len(modes) < 6 {
			t.Errorf("free is %v: of all kinds of offers there are only %v", free, modes)
		}
	}
}

func TestTax(t *testing.T) {
	for subsidiary, want := range map[string]string{"FR": "1.20 €", "US": "$0.00 USD"} {
		s := newShop(t, steady(emulator.Like{}))
		cart, _ := s.fill(subsidiary, "alpha.fr")
		placed := s.call("POST", cart+"/checkout", nil).(object)
		order := s.call("GET", "/me/order/"+id(placed["orderId"]), nil).(object)
		for _, tax := range []any{placed["prices"].(object)["tax"], order["tax"]} {
			if tax.(object)["text"] != want {
				t.Errorf("%s: %v", subsidiary, tax)
			}
		}
	}
}

func TestSeveralYearsAreOnePrice(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	cart, items := s.fill("FR", "alpha.fr")
	s.call("PUT", items[0], object{"duration": "P3Y"})
	bill := s.call("GET", cart+"/checkout", nil).(object)
	row := bill["details"].([]any)[2].(object)
	// 7.99 for the first year, 8.99 for each of two more, and 2.00 off the first.
	if row["description"] != "alpha.fr - .fr demande d'enregistrement - 36 mois" || row["totalPrice"].(object)["text"] != "25.97 €" || total(bill) != "23.97 €" {
		t.Errorf("%v of %s", row, total(bill))
	}
}
