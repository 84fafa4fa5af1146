package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

// buy orders domains and pays them, and returns the order's path.
func (s shop) buy(subsidiary string, domains ...string) string {
	s.t.Helper()
	cart, _ := s.fill(subsidiary, domains...)
	placed := s.call("POST", cart+"/checkout", object{"autoPayWithPreferredPaymentMethod": true}).(object)
	return "/me/order/" + id(placed["orderId"])
}

func (s shop) deliver(order string) {
	s.t.Helper()
	for range 5 {
		if s.call("GET", order+"/status", nil) == "delivered" {
			return
		}
	}
	s.t.Fatal("it is never delivered")
}

// rows are all of an order's.
func (s shop) rows(order string) []any {
	s.t.Helper()
	var rows []any
	for _, detail := range s.call("GET", order+"/details", nil).([]any) {
		rows = append(rows, s.call("GET", order+"/details/"+id(detail), nil))
	}
	return rows
}

func TestRowsOfOrdersAreThoseOnRecord(t *testing.T) {
	six := []string{"n1.fr", "n2.fr", "n3.fr", "n4.fr", "n5.fr", "n6.fr"}
	for name, test := range map[string]struct {
		like          emulator.Like
		subsidiary    string
		domains       []string
		before, after string
	}{
		"guide": {like(t, "guide"), "FR", six, "order-details-six-domains", "order-details-delivered"},
		"us":    {like(t, "us"), "US", []string{"alpha.com"}, "order-details-us", "order-details-us"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, steady(test.like))
			order := s.buy(test.subsidiary, test.domains...)
			s.compare(order, test.before)
			s.deliver(order)
			s.compare(order, test.after)
		})
	}
}

func (s shop) compare(order, fixed string) {
	s.t.Helper()
	recorded, rows := fixture(s.t, fixed), any(s.rows(order))
	if got, want := shape(rows), shape(recorded); got != want {
		s.t.Errorf("the fields are\n%s, not\n%s", got, want)
	}
	got := columns(rows, "detailType", "domain", "quantity", "cancelled", "description")
	if want := columns(recorded, "detailType", "domain", "quantity", "cancelled", "description"); got != want {
		s.t.Errorf("the rows are\n%s\nnot\n%s", got, want)
	}
}

// The first rows on record of an order whose rows have no domain are all that is on record of it.
func TestRowsMayHaveNoDomain(t *testing.T) {
	s := newShop(t, steady(like(t, "2016")))
	order := s.buy("FR", "alpha.fr", "beta.fr")
	for _, when := range []string{"before", "after"} {
		rows, recorded := s.rows(order), fixture(t, "order-details-no-domain")
		if got, want := shape(any(rows[:4])), shape(recorded); got != want {
			t.Errorf("%s: the fields are\n%s, not\n%s", when, got, want)
		}
		if got, want := columns(any(rows[:4]), "detailType", "domain", "description"), columns(recorded, "detailType", "domain", "description"); got != want {
			t.Errorf("%s: the rows are\n%s\nnot\n%s", when, got, want)
		}
		for _, row := range rows {
			if _, there := row.(object)["domain"]; there || strings.Contains(row.(object)["description"].(string), "alpha") {
				t.Errorf("%s: %v names a domain", when, row)
			}
		}
		s.deliver(order)
	}
}

// In 2026 nothing but the number of the group says before delivery which rows belong together, and nothing at all which
// name they are of.
func TestGroupsBecomeNames(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	order := s.buy("FR", "n1.fr", "n2.fr", "n3.fr", "n4.fr", "n5.fr", "n6.fr")
	rows := s.rows(order)
	if len(rows) <= 10 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		if strings.Contains(fmt.Sprint(row), "n1.fr") {
			t.Errorf("%v names a domain", row)
		}
	}
	s.deliver(order)
	for at, row := range s.rows(order) {
		before := rows[at].(object)["domain"].(string)
		if want := "n" + before[3:4] + ".fr"; row.(object)["domain"] != want {
			t.Errorf("%s has become %v, not %s", before, row.(object)["domain"], want)
		}
	}
	if got := shape(rows[0]); !strings.Contains(got, "priceInUcents null") {
		t.Errorf("the description has priceInUcents: %s", got)
	}
}

func TestWhatWasOrderedWithARow(t *testing.T) {
	s := newShop(t, steady(emulator.Like{}))
	order := s.buy("FR", "alpha.fr")
	details := s.call("GET", order+"/details", nil).([]any)
	var codes []any
	for _, delivered := range []bool{false, true} {
		if delivered {
			s.deliver(order)
		}
		for _, detail := range details {
			got := s.call("GET", order+"/details/"+id(detail)+"/extension", nil).(object)
			plan := got["order"].(object)["plan"].(object)
			codes = append(codes, plan["code"])
			if plan["code"] == "fr" && fmt.Sprint(got) != fmt.Sprint(fixture(t, "order-detail-extension")) {
				t.Errorf("%v", got)
			}
		}
	}
	if fr := len(slices.DeleteFunc(slices.Clone(codes), func(code any) bool { return code != "fr" })); fr != 6 || len(codes) != 10 {
		t.Errorf("the plans are %v", codes)
	}
	s.refused("GET", order+"/details/9", nil, "does not exist")
	s.refused("GET", order+"/details/"+id(details[0])+"9/extension", nil, "does not exist")

	options := steady(emulator.Like{})
	options.NoRowExtension = true
	s = newShop(t, options)
	order = s.buy("FR", "alpha.fr")
	s.refused("GET", order+"/details/"+id(s.call("GET", order+"/details", nil).([]any)[0])+"/extension", nil, "does not exist")
}

func TestRowsOfAFreshOrderComeLate(t *testing.T) {
	options := steady(emulator.Like{})
	options.DetailsAfter = 2
	s := newShop(t, options)
	order := s.buy("FR", "alpha.fr")
	for look, want := range []int{0, 0, 5, 5} {
		if got := s.call("GET", order+"/details", nil).([]any); len(got) != want {
			t.Errorf("look %d finds %d rows", look, len(got))
		}
	}
}

// Descriptions are in the language of the account.
func TestRowsSpeakTheLanguageOfTheSubsidiary(t *testing.T) {
	for subsidiary, want := range map[string]string{
		"FR": "alpha.fr - .fr demande d'enregistrement - 12 mois", "DE": "alpha.fr - .fr Registrierungsantrag - 12 Monate", "IE": "alpha.fr - .fr registration - 12 months",
	} {
		s := newShop(t, steady(emulator.Like{Rows: "named"}))
		if rows := columns(any(s.rows(s.buy(subsidiary, "alpha.fr"))), "description"); !strings.Contains(rows, want) {
			t.Errorf("%s: %s", subsidiary, rows)
		}
	}
}
