package order

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
)

// recordedRows are the rows of an order in a shape that is on record; the README beside them says where.
func recordedRows(t *testing.T, name, plan string) (rows []OrderRow) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "emulator", "testdata", "fixtures", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var wire []struct{ Domain, Description string }
	if err := json.Unmarshal(text, &wire); err != nil {
		t.Fatal(err)
	}
	for _, w := range wire {
		rows = append(rows, OrderRow{Domain: w.Domain, Description: w.Description, Plan: plan})
	}
	return rows
}

func TestWhoseAnOrderIs(t *testing.T) {
	six := []string{"n1.fr", "n2.fr", "n3.fr", "n4.fr", "n5.fr", "n6.fr"}
	nameless := []OrderRow{{Domain: "*001.001", Description: "DNS zone"}, {Domain: "*001", Description: "Domain .fr"}}
	planned := func(plan string, rows ...OrderRow) (with []OrderRow) {
		for _, row := range rows {
			row.Plan = plan
			with = append(with, row)
		}
		return with
	}
	for _, c := range []struct {
		name    string
		rows    []OrderRow
		domains []string
		want    Holding
	}{
		{"six domains, whose first ten rows name nothing", recordedRows(t, "order-details-six-domains", ""), six, Ordered},
		{"five of six", recordedRows(t, "order-details-six-domains", ""), six[:5], Absent},
		{"six and another", recordedRows(t, "order-details-six-domains", ""), append([]string{"n7.fr"}, six...), Absent},
		{"one shared name", recordedRows(t, "order-details-six-domains", ""), []string{"n1.fr", "other.fr"}, Absent},
		{"delivered", recordedRows(t, "order-details-delivered", ""), six, Ordered},
		{"no domain at all", recordedRows(t, "order-details-no-domain", ""), []string{"a.fr", "b.fr"}, Unknown},
		{"no domain, and another extension's plan", recordedRows(t, "order-details-no-domain", "com"), []string{"a.fr", "b.fr"}, Absent},
		{"no domain, and this extension's plan", recordedRows(t, "order-details-no-domain", "fr"), []string{"a.fr", "b.fr"}, Unknown},
		{"the United States", recordedRows(t, "order-details-us", ""), []string{"alpha.com"}, Ordered},
		{"the United States, another name", recordedRows(t, "order-details-us", ""), []string{"beta.com"}, Absent},
		{"a group that names nothing", nameless, []string{"a.fr"}, Unknown},
		{"a group of this extension", planned("fr", nameless...), []string{"a.fr"}, Unknown},
		{"a group of another", planned("com", nameless...), []string{"a.fr"}, Absent},
		{"a zone of its own, and a row that does not say", []OrderRow{{Domain: "*001.001", Plan: "zone"}, {Domain: "*001"}}, []string{"a.fr"}, Unknown},
		{"a server", []OrderRow{{Domain: "*001", Description: "VPS 2025", Plan: "vps-2025"}}, []string{"a.fr"}, Absent},
		{"a name within another", []OrderRow{{Domain: "*001", Description: "b-a.fr - 12 mois"}}, []string{"a.fr"}, Absent},
		{"as people read it", []OrderRow{{Domain: "*001", Description: "Café.fr - 12 mois"}}, []string{"xn--caf-dma.fr"}, Ordered},
		{"an address in a description is nobody's name", []OrderRow{{Domain: "*", Description: "see www.example.com"}}, []string{"a.fr"}, Unknown},
		{"a price is no name", []OrderRow{{Domain: "*", Description: "6.99 EUR"}}, []string{"a.fr"}, Unknown},
	} {
		if got := whose(unitsOf(c.rows), c.domains); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What the account has of a domain is known, or said to be unknown: in every shape of an order's rows, and whatever cannot be read.
func TestWhatTheAccountHolds(t *testing.T) {
	rows := map[string]Holding{"named": Ordered, "star": Ordered, "none": Unknown, "group": Unknown}
	for shape, ordered := range rows {
		s, server := shopAt(t, emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Like: emulator.Like{Rows: shape}})
		quote, err := prepare(t, s, "100", "one.fr", "two.fr")
		if err != nil {
			t.Fatal(err)
		}
		all := []string{"one.fr", "two.fr", "three.fr", "four.shop"}
		if held, err := s.Holdings(t.Context(), all); err != nil || held["one.fr"].Holding != Absent || held["four.shop"].Holding != Absent {
			t.Errorf("%s, before: %v, %v", shape, held, err)
		}
		placed, err := s.Buy(t.Context(), quote, Limits{}, func(*cart.Bill) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		held, err := s.Holdings(t.Context(), all)
		if err != nil || held["one.fr"].Holding != ordered || held["two.fr"].Holding != ordered || held["one.fr"].Order != placed.Order || held["four.shop"].Holding != Absent {
			t.Errorf("%s, ordered: %v, %v", shape, held, err)
		}
		if _, err := s.Pay(t.Context(), placed.Order, Means{Method: 7654321}, ""); err != nil {
			t.Fatal(err)
		}
		for status := cart.OrderStatus(""); status != cart.Delivered; {
			if status, err = cart.ReadStatus(t.Context(), s.Client, placed.Order); err != nil {
				t.Fatal(err)
			}
		}
		before := server.Counts().Requests
		held, err = s.Holdings(t.Context(), all)
		if err != nil || held["one.fr"].Holding != Owned || held["three.fr"].Holding != Absent {
			t.Errorf("%s, delivered: %v, %v", shape, held, err)
		}
		if requests := server.Counts().Requests - before; requests > 5 {
			t.Errorf("%s: %d requests", shape, requests)
		}
	}
}
