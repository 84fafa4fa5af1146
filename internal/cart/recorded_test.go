package cart_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// recorded is a body in a shape that is on record; the README beside it says where.
func recorded(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "emulator", "testdata", "fixtures", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// playing serves one body with a status, whatever is asked.
func playing(t *testing.T, status int, body string) *api.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth/time") {
			fmt.Fprint(w, "1700000000")
			return
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return client(t, server.URL)
}

func TestBillsOnRecord(t *testing.T) {
	row := func(item int64, group, kind, description, total string) cart.BillLine {
		return cart.BillLine{Item: item, Group: group, Kind: kind, Description: description, Total: total}
	}
	european := func(alpha, beta int64) (rows []cart.BillLine) {
		for i, name := range []string{"alpha.fr", "beta.fr"} {
			group, item := fmt.Sprintf("*%03d", i+1), []int64{alpha, beta}[i]
			rows = append(rows,
				row(item, group+".001", "DURATION", name+" - Zone DNS", "0.00"), row(item, group+".001", "INSTALLATION", "DNS zone", "0.00"),
				row(item, group, "DURATION", name+" - .fr demande d'enregistrement - 12 mois", "6.99"),
				row(item, group, "INSTALLATION", "Domain .fr", "0.00"), row(item, group, "GIFT", ".FR Create Prix barre", "-2.00"))
		}
		return rows
	}
	var american []cart.BillLine
	for _, name := range []string{"alpha.com", "beta.com"} {
		american = append(american, row(0, "*", "", name+" - .com registration - 1 year", "6.99"), row(0, "*", "", "Domain .com", "0.00"), row(0, "*", "", ".COM Create discount", "-2.00"))
	}
	contracts := []cart.Contract{{Name: "Conditions", URL: "https://contracts.example/a.pdf"}}
	for name, want := range map[string]*cart.Bill{
		"bill-guide-two-domains": {Currency: "EUR", WithoutTax: "9.98", Tax: "2.00", WithTax: "11.98", Lines: european(0, 0), Contracts: contracts},
		"bill-cart-item-ids":     {Currency: "EUR", WithoutTax: "9.98", Tax: "2.00", WithTax: "11.98", Lines: european(401, 402), Contracts: contracts},
		"bill-us-star":           {Currency: "USD", WithoutTax: "9.98", Tax: "0.00", WithTax: "9.98", Lines: american, Contracts: contracts},
	} {
		got, err := cart.NewBasket(playing(t, 200, recorded(t, name)), "c").Quote(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v%s", name, err, diff)
		}
	}
}

// Nothing costs nothing in any currency, and money of two currencies is no bill.
func TestCurrenciesOfABill(t *testing.T) {
	amount := func(currency string, value any) string {
		return fmt.Sprintf(`{"currencyCode":%q,"text":"","value":%v}`, currency, value)
	}
	bill := func(total, row string) string {
		return fmt.Sprintf(`{"orderId":null,"url":null,"contracts":[{"name":"With a tab\t","url":"u","content":""}],"prices":{"withTax":%s,"withoutTax":%[1]s,"tax":%s},"details":[{"description":"x","domain":"*001","totalPrice":%s}]}`,
			total, amount("points", 0), row)
	}
	for _, c := range []struct{ total, row, currency, wrong string }{
		{amount("EUR", 5), amount("points", 0), "EUR", ""},
		{amount("points", 0), amount("N/A", 0), "", ""},
		{amount("EUR", 5), amount("USD", 5), "", "details[0].totalPrice: 5.00 USD on a bill in EUR"},
		{amount("EUR", 5), amount("points", 5), "", "details[0].totalPrice: 5.00 points on a bill in EUR"},
		{amount("EUR", `"much"`), amount("EUR", 5), "", "prices.withTax: "},
		{`{}`, amount("EUR", 5), "", "its total is missing"},
	} {
		got, err := cart.NewBasket(playing(t, 200, strings.ReplaceAll(bill(c.total, c.row), "\t", `\t`)), "c").Quote(t.Context())
		switch {
		case c.wrong != "":
			if wait, ok := errors.AsType[*api.WaitError](err); !ok || wait.Kind != api.Decode || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s and %s: %v, want %s", c.total, c.row, err, c.wrong)
			}
		case err != nil || got.Currency != c.currency || got.Contracts[0].Name != "With a tab":
			t.Errorf("%s and %s: %+v, %v", c.total, c.row, got, err)
		}
	}
}

func TestOrdersOnRecord(t *testing.T) {
	order, err := cart.ReadOrder(t.Context(), playing(t, 200, recorded(t, "order-points")), 231000222)
	if err != nil || order.WithTax != "0.00" || order.Currency != "" || order.Date.IsZero() || !order.Expires.IsZero() {
		t.Errorf("%+v, %v", order, err)
	}
	if plan, err := cart.DetailPlan(t.Context(), playing(t, 200, recorded(t, "order-detail-extension")), 1, 2); err != nil || plan != "fr" {
		t.Errorf("%q, %v", plan, err)
	}
	steps, err := cart.FollowUp(t.Context(), playing(t, 200, recorded(t, "follow-up")), 1)
	want := []cart.Step{{"VALIDATING", "DONE", "Order accepted"}, {"VALIDATED", "DONE", ""}, {"DELIVERING", "DOING", "Delivery started"}, {"AVAILABLE", "TODO", ""}}
	if diff := cmp.Diff(want, steps); err != nil || diff != "" {
		t.Errorf("%v%s", err, diff)
	}
	if steps, err := cart.FollowUp(t.Context(), playing(t, 200, recorded(t, "follow-up-todo")), 1); err != nil || len(steps) != 4 || steps[3].Latest != "" {
		t.Errorf("%+v, %v", steps, err)
	}
}

func TestRequirementsOnRecord(t *testing.T) {
	for name, want := range map[string][]cart.Requirement{
		"required-configuration-guide": {
			{Label: "OWNER_LEGAL_AGE", Type: "bool"}, {Label: "OWNER_CONTACT", Type: "/me/contact"},
			{Label: "ADMIN_ACCOUNT", Type: "Nichandle"}, {Label: "TECH_ACCOUNT", Type: "Nichandle"}, {Label: "DNS", Type: "String"},
		},
		"required-configuration-2026": {
			{Label: "OWNER_LEGAL_AGE", Type: "bool", Fields: []string{}, Allowed: []string{"true", "false"}},
			{Label: "OWNER_CONTACT", Type: "/me/contact", Fields: []string{"firstName", "lastName", "legalForm", "email"}},
			{Label: "ADMIN_ACCOUNT", Type: "Nichandle", Fields: []string{}}, {Label: "DNS", Type: "String", Fields: []string{}},
		},
	} {
		got, err := cart.NewBasket(playing(t, 200, recorded(t, name)), "c").Requirements(t.Context(), 1)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v%s", name, err, diff)
		}
	}
}

// A refusal is told whole, whatever its fields.
func TestRefusalsOnRecord(t *testing.T) {
	for name, want := range map[string]string{
		"checkout-400-mandatory":  "Custom field REASON is mandatory for product domain-fr; Custom field OWNER_LEGAL_AGE is mandatory for product domain-fr",
		"checkout-400-duplicated": "Custom field OWNER_LEGAL_AGE is duplicated for product domain-fr",
		"checkout-400-field":      "in customFields there must be a field with name 'REASON'",
		"checkout-400-unassigned": "This cart hasn't been assigned yet",
		"checkout-400-rule":       "2 constraints of rules are not respected; _date: 2026-11-25 10:11:12.123456789 +0000 UTC; _id: aB3xY; owner.city: must not be empty; owner.legal_form: must be one of individual, corporation",
	} {
		_, err := cart.NewBasket(playing(t, 400, recorded(t, name)), "c").Quote(t.Context())
		refusal, ok := errors.AsType[*api.RowError](err)
		if !ok || refusal.Explanation() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for name, want := range map[string]string{"checkout-403-not-allowed": "You are not allowed", "pay-403": "This order can't be paid with 'bankAccount'"} {
		_, err := cart.Pay(t.Context(), playing(t, 403, recorded(t, name)), 1, 2)
		if stop, ok := errors.AsType[*api.StopError](err); !ok || stop.Explanation() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	// It passes: a later dry run may be content.
	_, receipt, err := cart.NewBasket(playing(t, 400, recorded(t, "checkout-400-timeout")), "c").Checkout(t.Context(), false, false)
	if _, passes := errors.AsType[*api.WaitError](err); !passes || receipt.Attempts != 1 {
		t.Errorf("%v after %d", err, receipt.Attempts)
	}
}
