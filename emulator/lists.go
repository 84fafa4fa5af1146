package emulator

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// lists serves /domain and the catalogue.
func (s *Server) lists() {
	s.listRoute("GET /domain/data/extension", anonymous, "country", func() any { return s.world.extensions })
	s.listRoute("GET /domain/extensions", needed, "ovhSubsidiary", func() any { return s.world.extensions })
	s.listRoute("GET /domain/extensions/highlighted", needed, "ovhSubsidiary", func() any { return highlighted })
	s.listRoute("GET /domain/extensions/pricingAttributes", needed, "ovhSubsidiary", s.pricingAttributes)
	s.route("GET /domain/extensions/{name}", needed, s.extension)
	s.route("GET /domain/extensions/{name}/registryConfigurations", needed, s.registryConfigurations)
	s.route("GET /order/catalog/public/domain", anonymous, s.catalogue)
}

// listRoute is route for a list that depends on the subsidiary alone, which may be left out.
func (s *Server) listRoute(pattern string, login login, parameter string, list func() any) {
	s.route(pattern, login, func(a *answer, r *http.Request) {
		if given := r.URL.Query(); given.Has(parameter) && currencies[given.Get(parameter)] == "" {
			a.fail(http.StatusBadRequest, "Client::BadRequest", "Parameter "+parameter+" isn't formatted correctly")
			return
		}
		a.json(list())
	})
}

func (s *Server) pricingAttributes() any {
	attributes := []map[string]any{}
	for _, name := range s.world.extensions {
		attributes = append(attributes, map[string]any{
			"name": name, "brandNew": s.world.dice("new", name)%50 == 0, "priceDrop": s.world.known[name].discount > 0,
		})
	}
	return attributes
}

// known is the extension that a request names, or nil, and then the request is answered.
func (a *answer) known(r *http.Request) *extension {
	e := a.s.world.known[r.PathValue("name")]
	if e == nil {
		a.fail(http.StatusNotFound, "Client::NotFound", "This service does not exist")
	}
	return e
}

func (s *Server) extension(a *answer, r *http.Request) {
	if e := a.known(r); e != nil {
		a.json(map[string]any{"name": e.name, "category": "generic"})
	}
}

func (s *Server) registryConfigurations(a *answer, r *http.Request) {
	if e := a.known(r); e != nil {
		a.json(map[string]any{
			"name": e.name, "minLength": 1, "maxLength": 63, "isIDNSupported": !strings.Contains(e.name, "."),
			"isPremiumSupported": true, "orderDurations": []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		})
	}
}

// catalogue answers with every plan. It is written plan by plan, for the real one has about 30 MB.
func (s *Server) catalogue(a *answer, r *http.Request) {
	subsidiary := r.URL.Query().Get("ovhSubsidiary")
	currency := currencies[subsidiary]
	if currency == "" {
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Parameter ovhSubsidiary isn't formatted correctly")
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
	w := bufio.NewWriterSize(out, 1<<16)
	defer w.Flush()
	w.WriteString(`{"catalogId":4242,"locale":` + string(mustJSON(map[string]any{"currencyCode": currency, "subsidiary": subsidiary, "taxRate": 20})) + `,"plans":[`)
	encoder := json.NewEncoder(w)
	first := true
	for _, name := range s.world.extensions {
		e := s.world.known[name]
		if e.closed {
			continue
		}
		if !first {
			w.WriteByte(',')
		}
		first = false
		if encoder.Encode(e.plan()) != nil {
			return // the client is gone
		}
	}
	w.WriteString(`],"addons":[],"products":[],"planFamilies":[]}`)
}

// placeholder is the price in the catalogue of what only a lookup can price.
const placeholder = 999999_00

// plan is an extension in the catalogue.
func (e *extension) plan() map[string]any {
	var pricings []map[string]any
	add := func(mode, capacity string, phase, years int, cents int64) {
		price := cents * 1_000_000
		pricings = append(pricings, map[string]any{
			"mode": mode, "phase": phase, "capacities": []string{capacity}, "interval": years, "intervalUnit": "year",
			"price": price, "tax": price / 5, "formattedPrice": "", "description": mode, "commitment": 0,
			"quantity": map[string]any{"min": 1, "max": 1}, "repeat": map[string]any{"min": 1, "max": nil},
			"strategy": "tiered", "type": "purchase", "mustBeCompleted": false, "minimumRepeat": 1, "promotions": []any{},
			"engagementConfiguration": nil,
		})
	}
	for years := 1; years <= 10; years++ {
		more := e.renew * int64(years-1)
		add("create-default", "installation", 0, years, e.price-e.discount+more)
		add("create-default", "renew", 1, years, e.renew*int64(years))
		add("transfer-default", "installation", 0, years, e.price+more)
	}
	add("create-premium", "installation", 0, 1, placeholder)
	add("restore-default", "installation", 0, 1, 6000)
	// A plan's prices have no order.
	slices.SortStableFunc(pricings, func(a, b map[string]any) int {
		return strings.Compare(b["mode"].(string), a["mode"].(string))
	})
	return map[string]any{
		"planCode": e.name, "invoiceName": e.name, "product": "domain", "pricingType": "purchase", "consumptionConfiguration": nil,
		"configurations": []any{}, "addonFamilies": []any{}, "blobs": nil, "family": nil, "pricings": pricings,
	}
}
