package cart

import (
	"context"
	"net/http"
	"net/url"

	"tldsweep/internal/api"
)

// Requirement is a question that a registry asks of whoever orders a domain.
type Requirement struct {
	Label   string   // "OWNER_CONTACT"
	Type    string   // "bool", "Integer", "String", "Nichandle", or the path of a resource: "/me/contact"
	Fields  []string // what the resource must have: "firstName", "address.city"
	Allowed []string // the values to choose from; nil: any, or not said
}

// Requirements asks what may be configured of an item. It is mostly the same for all domains of an extension in one pricing
// mode, but for what a registry asks of a single name (a reason for a reserved one, a trademark notice). What must be
// configured it does not tell: "required" was seen wrong in both directions, and is not read. Quote decides.
//
// Route: GET /order/cart/{cartId}/item/{itemId}/requiredConfiguration, anonymous. Costs a request, changes nothing.
// Source: OVHcloud API, order.json.
func (b *Basket) Requirements(ctx context.Context, item int64) ([]Requirement, error) {
	var wire []struct {
		Label   string   `json:"label"`
		Type    string   `json:"type"`
		Fields  []string `json:"fields"`
		Allowed []string `json:"allowedValues"` // seen live, and not in the description
	}
	if _, err := b.client.Do(ctx, api.Call{Method: http.MethodGet, Path: b.itemPath(item, "/requiredConfiguration"), Into: &wire}); err != nil {
		return nil, err
	}
	requirements := make([]Requirement, len(wire))
	for i, w := range wire {
		requirements[i] = Requirement(w)
	}
	return requirements, nil
}

// Configure answers one question about an item, once: where the reply is lost, Configured tells whether it is answered.
// Values are strings whatever their type: "true", "/me/contact/123". The post checks nothing: what is wrong is refused by
// Quote. Answers of one item go one after the other, since OVHcloud does not keep the order of those that come at once.
//
// Route: POST /order/cart/{cartId}/item/{itemId}/configuration, anonymous. Costs a request, changes the cart. Source:
// OVHcloud API, order.json.
func (b *Basket) Configure(ctx context.Context, item int64, label, value string) (api.Receipt, error) {
	body := struct {
		Label string `json:"label"`
		Value string `json:"value"`
	}{label, value}
	return b.client.Do(ctx, api.Call{Method: http.MethodPost, Path: b.itemPath(item, "/configuration"), Body: body, Once: true})
}

// Configured lists the ids of the answers that an item has to one question; none means that it is open.
//
// Route: GET /order/cart/{cartId}/item/{itemId}/configuration?label=, anonymous. Costs a request, changes nothing.
// Source: OVHcloud API, order.json.
func (b *Basket) Configured(ctx context.Context, item int64, label string) (ids []int64, err error) {
	path := b.itemPath(item, "/configuration?label="+url.QueryEscape(label))
	_, err = b.client.Do(ctx, api.Call{Method: http.MethodGet, Path: path, Into: &ids})
	return ids, err
}
