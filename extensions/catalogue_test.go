package extensions

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const catalogueText = `{"catalogId":4242,"locale":{"currencyCode":"EUR","subsidiary":"FR","taxRate":20},
 "addons":[{"planCode":"zone","pricings":[{"x":[{}]}]}],
 "plans":[
 {"planCode":"fr","invoiceName":"fr","pricings":[
  {"mode":"create-default","phase":0,"capacities":["installation"],"interval":1,"intervalUnit":"year","price":599000000,"tax":119800000},
  {"mode":"create-default","phase":0,"capacities":["installation"],"interval":2,"intervalUnit":"year","price":1498000000},
  {"mode":"create-default","phase":1,"capacities":["renew"],"interval":1,"intervalUnit":"year","price":899000000},
  {"mode":"transfer-default","phase":0,"capacities":["installation"],"interval":1,"intervalUnit":"year","price":1}]},
 {"planCode":"luxury","pricings":[
  {"mode":"create-default","capacities":["installation"],"interval":1,"intervalUnit":"year","price":99999900000000}]},
 {"planCode":"co.uk","pricings":[]}],"products":[],"planFamilies":[]}`

func TestCatalogueIsRead(t *testing.T) {
	c, err := DecodeCatalogue(strings.NewReader(catalogueText))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]ListPrice{"fr": {"5.99", "8.99"}, "luxury": {}, "co.uk": {}}
	if diff := cmp.Diff(want, c.Prices); diff != "" || c.Currency != "EUR" {
		t.Errorf("%s (-want +got)\n%s", c.Currency, diff)
	}
	if !c.Sells("luxury") || c.Sells("gov.uk") {
		t.Error("what is sold is not what has a plan")
	}
}

func TestPricesOfAPlan(t *testing.T) {
	entry := func(capacities string, phase, interval int, unit, price string) string {
		return fmt.Sprintf(`{"mode":"create-default","phase":%d,"capacities":%s,"interval":%d,"intervalUnit":%q,"price":%s}`, phase, capacities, interval, unit, price)
	}
	const install, renew, both = `["installation"]`, `["renew"]`, `["installation","renew"]`
	for name, c := range map[string]struct {
		pricings []string
		want     ListPrice
	}{
		"in months":               {[]string{entry(install, 0, 12, "month", "499000000"), entry(renew, 1, 12, "month", "699000000")}, ListPrice{"4.99", "6.99"}},
		"in years":                {[]string{entry(install, 0, 1, "year", "499000000"), entry(renew, 1, 1, "year", "699000000")}, ListPrice{"4.99", "6.99"}},
		"without an interval":     {[]string{entry(install, 0, 0, "none", "499000000"), entry(renew, 1, 1, "none", "699000000")}, ListPrice{"4.99", "6.99"}},
		"for other times":         {[]string{entry(install, 0, 24, "month", "1"), entry(install, 0, 1, "month", "1"), entry(install, 0, 2, "year", "1"), entry(install, 0, 365, "day", "1")}, ListPrice{}},
		"one for both":            {[]string{entry(both, 0, 12, "month", "499000000")}, ListPrice{"4.99", ""}},
		"one for both, and later": {[]string{entry(both, 0, 12, "month", "499000000"), entry(renew, 1, 12, "month", "699000000")}, ListPrice{"4.99", "6.99"}},
		"capacity before phase":   {[]string{entry(renew, 0, 12, "month", "699000000"), entry(install, 1, 12, "month", "499000000")}, ListPrice{"4.99", "6.99"}},
		"the earliest phase":      {[]string{entry(install, 2, 12, "month", "1"), entry(install, 0, 12, "month", "499000000"), entry(install, 1, 12, "month", "2"), entry(renew, 2, 12, "month", "3"), entry(renew, 1, 12, "month", "699000000")}, ListPrice{"4.99", "6.99"}},
		"other capacities":        {[]string{entry(`["renew","consumption"]`, 0, 12, "month", "1"), entry(`["detach"]`, 0, 12, "month", "1"), entry(`null`, 0, 12, "month", "1")}, ListPrice{}},
		"a placeholder":           {[]string{entry(install, 0, 12, "month", "99999900000000"), entry(renew, 1, 12, "month", "699000000")}, ListPrice{"", "6.99"}},
		"no price":                {[]string{entry(install, 0, 12, "month", "null")}, ListPrice{}},
		"another mode":            {[]string{strings.ReplaceAll(entry(install, 0, 12, "month", "1"), "create", "restore")}, ListPrice{}},
		"a promotion":             {[]string{strings.TrimSuffix(entry(install, 0, 12, "month", "699000000"), "}") + `,"promotions":[{"name":"x","value":200000000,"total":{"value":499000000}}]}`}, ListPrice{"6.99", ""}},
	} {
		text := `{"plans":[{"planCode":"fr","pricings":[` + strings.Join(c.pricings, ",") + `]}]}`
		catalogue, err := DecodeCatalogue(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, catalogue.Prices["fr"]); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestWhatIsNoCatalogue(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "{}", `{"plans":null}`, `{"plans":[]}`, `{"plans":{}}`, "<html>", catalogueText[:len(catalogueText)-30], catalogueText[:400]} {
		if c, err := DecodeCatalogue(strings.NewReader(text)); err == nil {
			t.Errorf("%.40q is %v", text, c)
		}
	}
}

// endless says the same without end, and counts how much of it is read.
type endless struct {
	text string
	read int
}

func (e *endless) Read(into []byte) (int, error) {
	n := 0
	for n < len(into) {
		n += copy(into[n:], e.text[(e.read+n)%len(e.text):])
	}
	e.read += n
	return n, nil
}

// What has no end is not held for long, wherever it stands.
func TestACatalogueIsBounded(t *testing.T) {
	for start, again := range map[string]string{
		`{"locale":{"currencyCode":"`: "x",
		`{"`:                          "x",
		`{"other":"`:                  "x",
		`{"other":1`:                  "1",
		`{"plans":[{"planCode":"`:     "x",
		`{"plans":[{"planCode":"fr","pricings":[{}`: ",{}",
		`{"plans":[`: " ",
	} {
		tail := &endless{text: again}
		if c, err := DecodeCatalogue(io.MultiReader(strings.NewReader(start), tail)); err == nil || tail.read > 20<<20 {
			t.Errorf("%s%s… is %v, %v, after %d bytes", start, again, c, err, tail.read)
		}
	}
	// What is long as a whole is read.
	plan := `{"planCode":"fr","pricings":[],"blobs":"` + strings.Repeat("x", 100_000) + `"}`
	if _, err := DecodeCatalogue(strings.NewReader(`{"plans":[` + strings.Repeat(plan+",", 200) + plan + "]}")); err != nil {
		t.Error(err)
	}
}

func FuzzCatalogue(f *testing.F) {
	f.Add(catalogueText)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := DecodeCatalogue(strings.NewReader(text)); err == nil && len(c.Prices) == 0 {
			t.Errorf("%q is an empty catalogue", text)
		}
	})
}
