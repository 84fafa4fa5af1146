package cart

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tldsweep/internal/api"
)

// Basket is a cart that domains are ordered from. Unlike a Cart it is never replaced by another: what is lost with it is
// not bought. It is safe for concurrent use, but OVHcloud does not say that changes of one cart at once are.
//
// Calls that change what must not be changed twice (Add, Configure, Checkout) are made once: where their reply is lost,
// the caller finds out what has become of them before it asks again. All others are asked again where that may help.
// Errors of all of them are ctx's or the api package's.
type Basket struct {
	client *api.Client
	id     string
}

// NewBasket is a cart that was opened before. It asks nothing.
func NewBasket(client *api.Client, id string) *Basket { return &Basket{client, id} }

// ID is OVHcloud's, a UUID in practice.
func (b *Basket) ID() string { return b.id }

// path is that of a call about the cart; rest begins with a slash.
func (b *Basket) path(rest string) string { return "/order/cart/" + url.PathEscape(b.id) + rest }

// State is what OVHcloud says of a cart.
type State struct {
	ID          string
	Description string
	Expire      time.Time // zero: not said
	Items       []int64   // in the order in which they were added, as far as is known
	ReadOnly    bool      // it was checked out
}

// Read asks what has become of the cart; a *api.RowError with status 404 says that it is gone.
//
// Route: GET /order/cart/{cartId}, anonymous. Costs a request, changes nothing. Source: OVHcloud API, order.json.
func (b *Basket) Read(ctx context.Context) (*State, error) {
	var wire struct {
		CartID      string  `json:"cartId"`
		Description string  `json:"description"`
		Expire      string  `json:"expire"`
		Items       []int64 `json:"items"`
		ReadOnly    bool    `json:"readOnly"`
	}
	if _, err := b.client.Do(ctx, api.Call{Method: http.MethodGet, Path: b.path(""), Into: &wire}); err != nil {
		return nil, err
	}
	state := &State{ID: wire.CartID, Description: wire.Description, Items: wire.Items, ReadOnly: wire.ReadOnly}
	// A date of another form is as good as none.
	state.Expire, _ = time.Parse(time.RFC3339, wire.Expire)
	return state, nil
}

// Assign binds the cart to the account, which keeps it and can check it out.
//
// Route: POST /order/cart/{cartId}/assign, signed. Costs a request, changes whose cart it is. A second time it is a
// conflict, which is no error here. Source: OVHcloud API, order.json.
func (b *Basket) Assign(ctx context.Context) error {
	_, err := b.client.Do(ctx, api.Call{Method: http.MethodPost, Path: b.path("/assign")})
	if isStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

// Describe changes the description by which the account finds the cart.
//
// Route: PUT /order/cart/{cartId}, anonymous. Costs a request, changes the cart. Source: OVHcloud API, order.json.
func (b *Basket) Describe(ctx context.Context, description string) error {
	body := struct {
		Description string `json:"description"`
	}{description}
	// It needs no right, so that a key without this one will do.
	_, err := b.client.Do(ctx, api.Call{Method: http.MethodPut, Path: b.path(""), Body: body, Anonymous: true})
	return err
}

// Drop deletes the cart with all that is in it. One that is gone already is no error.
//
// Route: DELETE /order/cart/{cartId}, signed. Costs a request. Source: OVHcloud API, order.json.
func (b *Basket) Drop(ctx context.Context) error {
	_, err := b.client.Do(ctx, api.Call{Method: http.MethodDelete, Path: b.path("")})
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// Find lists the ids of the account's carts that have a description, or of all of them where it is empty. Carts that
// were never assigned are not the account's.
//
// Route: GET /order/cart?description=, signed. Costs a request, changes nothing. Source: OVHcloud API, order.json.
func Find(ctx context.Context, client *api.Client, description string) (ids []string, err error) {
	path := "/order/cart"
	if description != "" {
		path += "?description=" + url.QueryEscape(description)
	}
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: path, Into: &ids})
	return ids, err
}
