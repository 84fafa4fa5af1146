package cart

import (
	"context"
	"net/http"
	"net/url"

	"tldsweep/internal/api"
)

// Domains lists what the account holds, and what it has held: to be listed is not to be owned, see DomainState.
//
// Route: GET /domain, signed. Costs a request, changes nothing. Source: OVHcloud API, domain.json.
func Domains(ctx context.Context, client *api.Client) (domains []string, err error) {
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: "/domain", Into: &domains})
	return domains, err
}

// DomainState asks what has become of a domain of the account, in OVHcloud's words: "ok", "pending_create", "deleted" (domain.json,
// domain.DomainStateEnum). A *api.RowError with status 404 says that the account does not have it.
//
// Route: GET /domain/{serviceName}, signed. Costs a request, changes nothing. Source: OVHcloud API, domain.json.
func DomainState(ctx context.Context, client *api.Client, domain string) (string, error) {
	var wire struct {
		State string `json:"state"`
	}
	_, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: "/domain/" + url.PathEscape(domain), Into: &wire})
	return wire.State, err
}
