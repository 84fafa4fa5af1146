package cart

import (
	"context"
	"net/http"
	"net/url"

	"tldsweep/internal/api"
)

// CheckOwner asks whether somebody may register a domain, by the registry's rules; the owner is all that is known of
// them. It needs no cart. A *api.RowError with Details says, field by field, what does not fit.
//
// Route: POST /domain/configurationRule/check?action=create&domain=, signed. Costs a request, changes nothing. Source:
// OVHcloud API, domain.json, and its guide "api-domain-rules".
func CheckOwner(ctx context.Context, client *api.Client, domain string, owner Contact) error {
	body := struct {
		Owner Contact `json:"owner"`
	}{owner}
	path := "/domain/configurationRule/check?action=create&domain=" + url.QueryEscape(domain)
	_, err := client.Do(ctx, api.Call{Method: http.MethodPost, Path: path, Body: body})
	return err
}
