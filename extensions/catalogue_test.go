package extensions

import (
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
	c, err := decodeCatalogue(strings.NewReader(catalogueText))
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

func TestWhatIsNoCatalogue(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "{}", `{"plans":null}`, `{"plans":[]}`, `{"plans":{}}`, "<html>", catalogueText[:len(catalogueText)-30], catalogueText[:400]} {
		if c, err := decodeCatalogue(strings.NewReader(text)); err == nil {
			t.Errorf("%.40q is %v", text, c)
		}
	}
}

func FuzzCatalogue(f *testing.F) {
	f.Add(catalogueText)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := decodeCatalogue(strings.NewReader(text)); err == nil && len(c.Prices) == 0 {
			t.Errorf("%q is an empty catalogue", text)
		}
	})
}
