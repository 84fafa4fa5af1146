package emulator

import (
	"net/http"
	"strings"
)

// packs serves what is sold beside or around a domain: its options, and the packs of one name under several extensions.
func (s *Server) packs() {
	s.cartRoute("GET /order/cart/{id}/domain/options", anonymous, func(a *answer, r *http.Request, c openCart) {
		if _, _, ok := a.sold(r.URL.Query().Get("domain")); !ok {
			return
		}
		// A zone comes with every domain, by itself and for nothing.
		a.json([]map[string]any{{
			"planCode": "zone", "productName": "zone", "productType": "domain", "family": "dns", "exclusive": true, "mandatory": false,
			"prices": []map[string]any{{
				"capacities": []string{"installation", "renew"}, "description": "DNS zone", "duration": "P1Y", "interval": 12,
				"minimumQuantity": 1, "maximumQuantity": 1, "minimumRepeat": 1, "maximumRepeat": nil, "priceInUcents": 0,
				"price":       map[string]any{"currencyCode": currencies[c.subsidiary], "priceInUcents": 0, "text": "0.00 " + currencies[c.subsidiary], "value": 0},
				"pricingMode": "default", "pricingType": "rental",
			}},
		}})
	})
	s.cartRoute("GET /order/cart/{id}/domainPacks", anonymous, func(a *answer, r *http.Request, _ openCart) {
		name, _, ok := a.sold(r.URL.Query().Get("domain"))
		if !ok {
			return
		}
		var domains []map[string]any
		for _, extension := range []string{"fr", "com", "eu"} {
			domain := name + "." + extension
			free := s.world.kindOf(domain, name, s.world.known[extension]) == available && !s.isSold(domain)
			domains = append(domains, map[string]any{"available": free, "domain": domain})
		}
		a.json([]map[string]any{{"planCode": "alldom-standard", "description": map[string]any{"domains": domains}, "prices": []any{}}})
	})
}

// sold takes apart a domain of a query whose extension is sold, or answers with what is wrong with it.
func (a *answer) sold(domain string) (name string, e *extension, ok bool) {
	domain = strings.ToLower(domain)
	if !isDomain(domain) {
		a.fail(badDomainStatus, badDomainClass, badDomainMessage)
		return "", nil, false
	}
	name, e = a.s.world.split(domain)
	switch {
	case e == nil || e.closed:
		a.fail(checkFailedStatus, checkFailedClass, checkFailedMessage)
	case strings.Contains(name, "."): // a subdomain
		a.fail(badDomainStatus, badDomainClass, badDomainMessage)
	default:
		return name, e, true
	}
	return "", nil, false
}
