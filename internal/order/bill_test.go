package order

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/cart"
)

func TestWhatEachDomainCosts(t *testing.T) {
	line := func(group, description, total string) cart.BillLine {
		return cart.BillLine{Group: group, Description: description, Total: total}
	}
	of := func(item int64, line cart.BillLine) cart.BillLine { line.Item = item; return line }
	for _, c := range []struct {
		name    string
		domains []string
		lines   []cart.BillLine
		want    map[string]string
		other   string
	}{
		{"the guide's sample", []string{"foo.fr"}, []cart.BillLine{
			line("*001.001", "foo.fr - Zone DNS", "0.00"), line("*001.001", "DNS zone", "0.00"),
			line("*001", "foo.fr - .fr demande d'enregistrement - 1 an", "6.99"), line("*001", "Domain .fr", "0.00"), line("*001", ".FR Create Prix barre", "-2.00"),
		}, map[string]string{"foo.fr": "4.99"}, ""},
		{"two domains, and a zone that costs", []string{"a.fr", "b.co.uk"}, []cart.BillLine{
			line("*001", "a.fr - 1 an", "5.99"), line("*001", "Promotion", "-1.00"), line("*002.001", "DNS zone", "1.20"), line("*002", "b.co.uk - 1 an", "7.99"),
		}, map[string]string{"a.fr": "4.99", "b.co.uk": "9.19"}, ""},
		{"groups that are domains", []string{"a.fr", "b.fr"}, []cart.BillLine{line("a.fr", "registration", "1"), line("b.fr", "registration", "2.5")},
			map[string]string{"a.fr": "1.00", "b.fr": "2.50"}, ""},
		{"a group that names two goes by its lines", []string{"a.fr", "b.fr"}, []cart.BillLine{line("*001", "a.fr", "1"), line("*001", "b.fr", "2")},
			map[string]string{"a.fr": "1.00", "b.fr": "2.00"}, ""},
		{"a domain within another", []string{"a.fr", "b-a.fr", "a.fr.com"}, []cart.BillLine{line("*001", "b-a.fr - 1 an", "1"), line("*002", "a.fr.com - 1 an", "2"), line("*003", "A.FR.", "4")},
			map[string]string{"a.fr": "4.00", "b-a.fr": "1.00", "a.fr.com": "2.00"}, ""},
		{"as people read it", []string{"xn--caf-dma.fr"}, []cart.BillLine{line("*001", "café.fr - 1 an", "3.00")}, map[string]string{"xn--caf-dma.fr": "3.00"}, ""},
		{"what belongs to nobody", []string{"a.fr"}, []cart.BillLine{line("*001", "a.fr", "1.00"), line("*009", "handling", "2.00")}, map[string]string{"a.fr": "1.00"}, "2.00"},
		{"items go before all else", []string{"a.fr", "b.fr"}, []cart.BillLine{
			of(1, line("*001", "b.fr - 12 mois", "1.00")), of(2, line("*001", "Domain .fr", "2.00")), of(9, line("*002", "hosting", "4.00")),
		}, map[string]string{"a.fr": "1.00", "b.fr": "2.00"}, "4.00"},
		{"in the US all rows are one group, which says nothing", []string{"a.com", "b.com"}, []cart.BillLine{
			line("*", "a.com - .com registration - 1 year", "6.99"), line("*", "Domain .com", "0.00"), line("*", ".COM Create discount", "-2.00"), line("*", "b.com - 1 year", "6.99"),
		}, map[string]string{"a.com": "6.99", "b.com": "6.99"}, "-2.00"},
		{"a group of two domains says nothing of its other rows", []string{"a.fr", "b.fr"}, []cart.BillLine{
			line("*001", "a.fr", "1"), line("*001", "b.fr", "2"), line("*001", "Promotion", "-1"),
		}, map[string]string{"a.fr": "1.00", "b.fr": "2.00"}, "-1.00"},
		{"nothing said", []string{"a.fr", "b.fr"}, []cart.BillLine{line("", "domains", "3.00")}, map[string]string{}, "3.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			owners := map[int64]string{}
			for i, domain := range c.domains {
				owners[int64(i+1)] = domain
			}
			got, other, err := split(&cart.Bill{Lines: c.lines}, owners)
			if err != nil || other != c.other {
				t.Errorf("others %q, %v", other, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, _, err := split(&cart.Bill{Lines: []cart.BillLine{line("*001", "a.fr", "much")}}, map[int64]string{1: "a.fr"}); err == nil {
		t.Error("much is no amount")
	}
}

func TestAmountsThatCannotBeReadAreTooMuch(t *testing.T) {
	for _, c := range []struct {
		amount, than string
		want         bool
	}{{"1.00", "1", false}, {"1.01", "1", true}, {"0.99", "1", false}, {"", "1", true}, {"1", "", true}, {"x", "1", true}} {
		if got := exceeds(c.amount, c.than); got != c.want {
			t.Errorf("%q is more than %q: %v", c.amount, c.than, got)
		}
	}
}
