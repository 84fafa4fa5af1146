package emulator

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// catalogue serves every plan. The real one has about 30 MB.
func (s *Server) catalogue() {
	s.route("GET /order/catalog/public/domain", anonymous, func(a *answer, r *http.Request) {
		subsidiary := r.URL.Query().Get("ovhSubsidiary")
		currency := currencies[subsidiary]
		if currency == "" {
			a.malformedParameter("ovhSubsidiary")
			return
		}
		var out io.Writer = a.w
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			a.header("Content-Encoding", "gzip")
			z := gzip.NewWriter(a.w)
			defer z.Close()
			out = z
		}
		a.WriteHeader(http.StatusOK)
		locale := mustJSON(map[string]any{"currencyCode": currency, "subsidiary": subsidiary, "taxRate": 20})
		// A client that is gone needs no rest of it.
		for _, part := range [][]byte{[]byte(`{"catalogId":4242,"locale":`), locale, s.plans(), []byte(`,"addons":[],"products":[],"planFamilies":[]}`)} {
			if _, err := out.Write(part); err != nil {
				return
			}
		}
	})
}

// writePlans writes ,"plans":[…]. It is the same for all subsidiaries, and long.
func (w *world) writePlans() []byte {
	var b bytes.Buffer
	b.WriteString(`,"plans":[`)
	encoder := json.NewEncoder(&b)
	first := true
	for _, name := range w.extensions {
		e := w.known[name]
		if e.closed {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := encoder.Encode(w.plan(e)); err != nil {
			panic(err) // ours alone
		}
	}
	b.WriteByte(']')
	return b.Bytes()
}

// placeholder is the price in the catalogue of what only a lookup can price.
const placeholder = 999999_00

// ucents is how many of the catalogue's units a cent is.
const ucents = 1_000_000

// product is what the catalogue calls an extension's product.
func (e *extension) product() string { return "domain-" + strings.ReplaceAll(e.name, ".", "-") }

// plan is an extension in the catalogue. Of a promotion the price knows nothing: it stands beside it.
func (w *world) plan(e *extension) map[string]any {
	var pricings []map[string]any
	add := func(mode string, capacities []string, phase, years int, cents int64, promotions ...map[string]any) {
		repeat := map[string]any{"min": 1, "max": 1}
		if slices.Equal(capacities, []string{"renew"}) {
			repeat["max"] = nil
		}
		if promotions == nil {
			promotions = []map[string]any{}
		}
		pricings = append(pricings, map[string]any{
			"mode": mode, "phase": phase, "capacities": capacities, "interval": 12 * years, "intervalUnit": "month",
			"price": cents * ucents, "tax": cents * ucents / 5, "description": mode, "commitment": 0,
			"quantity": map[string]any{"min": 1, "max": 1}, "repeat": repeat,
			"strategy": "tiered", "type": "purchase", "mustBeCompleted": false, "promotions": promotions, "engagementConfiguration": nil,
		})
	}
	// Both are on record for a first year; a renewal is only ever ["renew"].
	first := []string{"installation"}
	if w.hash("capacities", e.name)%4 == 0 {
		first = append(first, "renew")
	}
	for years := 1; years <= 10; years++ {
		more := e.renew * int64(years-1)
		var promotions []map[string]any
		if e.discount > 0 {
			promotions = append(promotions, e.promotion(e.price+more))
		}
		add("create-default", first, 0, years, e.price+more, promotions...)
		add("create-default", []string{"renew"}, 1, years, e.renew*int64(years))
		add("transfer-default", []string{"installation"}, 0, years, e.price+more)
	}
	add("create-premium", []string{"installation"}, 0, 1, placeholder)
	add("restore-default", []string{"installation"}, 1, 1, w.cost(restoration))
	// A plan's prices have no order.
	slices.SortStableFunc(pricings, func(a, b map[string]any) int {
		return strings.Compare(b["mode"].(string), a["mode"].(string))
	})
	return map[string]any{
		"planCode": e.name, "invoiceName": "." + e.name, "product": e.product(), "pricingType": "purchase", "consumptionConfiguration": nil,
		"configurations": []any{}, "addonFamilies": []any{}, "blobs": nil, "family": nil, "pricings": pricings,
	}
}

// promotion is what is taken off a price of so many cents.
func (e *extension) promotion(cents int64) map[string]any {
	amount := func(cents int64) map[string]any {
		return map[string]any{"value": cents * ucents, "tax": cents * ucents / 5}
	}
	return map[string]any{
		"name": "welcome", "description": "." + e.name + " welcome", "context": "standard", "type": "fixed_amount", "value": e.discount * ucents,
		"discount": amount(e.discount), "total": amount(cents - e.discount), "startDate": "2026-01-01T00:00:00+01:00", "endDate": nil,
		"duration": nil, "minimumDuration": nil, "quantity": nil, "globalQuantity": nil, "isGlobalQuantityLimited": false, "tags": nil,
	}
}
