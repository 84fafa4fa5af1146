package cart

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"tldsweep/internal/api"
)

// ClaimNotice says that somebody holds a mark of the name. Whoever registers the domain and is not they can lose it, and
// gets no money back. Dates are OVHcloud's text, of no known form.
type ClaimNotice struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Starting string `json:"startingDate"` // empty: not said
	Ending   string `json:"endingDate"`
	Type     string `json:"type"` // "TRADEMARK", "UK"; empty: not said
}

// ReadClaimNotice asks for the notice of a domain.
//
// Route: GET /domain/data/claimNotice?domain=, anonymous. Costs a request, changes nothing. Source: OVHcloud API,
// domain.json.
func ReadClaimNotice(ctx context.Context, client *api.Client, domain string) (*ClaimNotice, error) {
	var notice ClaimNotice
	path := "/domain/data/claimNotice?domain=" + url.QueryEscape(domain)
	receipt, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: path, Into: &notice})
	if err == nil && notice.ID == "" {
		err = decodeError("GET /domain/data/claimNotice", receipt, errors.New("the notice has no id"))
	}
	if err != nil {
		return nil, err
	}
	return &notice, nil
}
