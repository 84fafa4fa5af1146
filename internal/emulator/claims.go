package emulator

import (
	"net/http"
	"strings"
	"time"
)

// claims serves the notice that somebody has a mark of a domain's name. Names that begin with "claims-" have one.
func (s *Server) claims() {
	s.route("GET /domain/data/claimNotice", anonymous, func(a *answer, r *http.Request) {
		name, _, ok := a.sold(r.URL.Query().Get("domain"))
		if !ok {
			return
		}
		if !strings.HasPrefix(name, "claims-") {
			a.unknown()
			return
		}
		mark := strings.ToUpper(strings.TrimPrefix(name, "claims-"))
		holder := map[string]any{
			"name": nil, "organisation": mark + " Example Ltd", "email": nil, "entitlement": "owner", "type": nil,
			"address": map[string]any{
				"streets": []string{"1 Example Street"}, "city": "London", "countryCode": "GB", "postalCode": "E1 1AA", "stateOrProvince": nil,
				"fax": nil, "faxExtension": nil, "voice": nil, "voiceExtension": nil,
			},
		}
		a.json(map[string]any{
			"id": "0a1b2c3d4e", "label": name, "type": "TRADEMARK", "startingDate": wireTime(s.now().Truncate(24 * time.Hour)),
			"endingDate": wireTime(s.now().Truncate(24*time.Hour).AddDate(0, 0, 2)),
			"claims": []map[string]any{{
				"markName": mark, "jurisdiction": "United Kingdom", "jurisdictionCountryCode": "GB", "goodsAndServices": "Examples of every kind",
				"classifications":   []map[string]string{{"number": "42", "description": "Computer services"}},
				"trademarkContacts": []any{}, "trademarkHolders": []any{holder}, "trademarkUDRP": []any{},
				"courtDecisions": []map[string]any{},
			}},
		})
	})
}
