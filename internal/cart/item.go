package cart

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"tldsweep/internal/api"
)

// Wanted is a domain to put into a cart. Words are those of the offer that was read; empty ones are not sent, and then
// OVHcloud takes its first offer.
type Wanted struct {
	Domain      string // A-labels
	Duration    string // ISO 8601 in years: "P1Y"
	PlanCode    string // the extension: "fr", "co.uk"
	PricingMode string // "create-default"
	OfferID     string // "fr-create"
}

// Item is a domain in a cart.
type Item struct {
	ID     int64
	Domain string // as OVHcloud repeats it; empty where it does not
}

// wireItem is order.cart.Item of OVHcloud API, order.json. Its prices are not read: the labels of OVHcloud's own sample
// (guide "api-domain-order") contradict each other; the bill is what counts.
type wireItem struct {
	ItemID   int64          `json:"itemId"`
	Settings map[string]any `json:"settings"`
}

func (w wireItem) item() Item {
	domain, _ := w.Settings["domain"].(string)
	return Item{ID: w.ItemID, Domain: domain}
}

// Add puts a domain into the cart, once: where the reply is lost, Items tells whether it is there.
//
// Route: POST /order/cart/{cartId}/domain, signed. Costs a request, changes the cart. A *api.RowError says that the
// domain cannot be ordered. Source: OVHcloud API, order.json.
func (b *Basket) Add(ctx context.Context, wanted Wanted) (Item, api.Receipt, error) {
	body := struct {
		Domain      string `json:"domain"`
		Duration    string `json:"duration,omitempty"`
		PlanCode    string `json:"planCode,omitempty"`
		PricingMode string `json:"pricingMode,omitempty"`
		OfferID     string `json:"offerId,omitempty"`
		Quantity    int    `json:"quantity"`
	}{wanted.Domain, wanted.Duration, wanted.PlanCode, wanted.PricingMode, wanted.OfferID, 1}
	var wire wireItem
	receipt, err := b.client.Do(ctx, api.Call{Method: http.MethodPost, Path: b.path("/domain"), Body: body, Into: &wire, Once: true})
	if err == nil && wire.ItemID == 0 {
		err = &api.WaitError{Failure: api.Failure{Call: "POST " + b.path("/domain"), Kind: api.Decode, Status: http.StatusOK,
			Message: "the answer names no item", Attempts: receipt.Attempts}}
	}
	return wire.item(), receipt, err
}

// Items lists what is in the cart.
//
// Route: GET /order/cart/{cartId}/item, anonymous. Costs a request, changes nothing. Source: OVHcloud API, order.json.
func (b *Basket) Items(ctx context.Context) (ids []int64, err error) {
	_, err = b.client.Do(ctx, api.Call{Method: http.MethodGet, Path: b.path("/item"), Into: &ids})
	return ids, err
}

// ReadItem asks what an item is.
//
// Route: GET /order/cart/{cartId}/item/{itemId}, anonymous. Costs a request, changes nothing. Source: OVHcloud API,
// order.json.
func (b *Basket) ReadItem(ctx context.Context, id int64) (Item, error) {
	var wire wireItem
	_, err := b.client.Do(ctx, api.Call{Method: http.MethodGet, Path: b.itemPath(id, ""), Into: &wire})
	return wire.item(), err
}

// Remove takes an item out of the cart. One that is not there is no error.
//
// Route: DELETE /order/cart/{cartId}/item/{itemId}, anonymous. Costs a request, changes the cart. Source: OVHcloud API,
// order.json.
func (b *Basket) Remove(ctx context.Context, id int64) error {
	_, err := b.client.Do(ctx, api.Call{Method: http.MethodDelete, Path: b.itemPath(id, "")})
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}

func (b *Basket) itemPath(id int64, rest string) string {
	return b.path("/item/" + strconv.FormatInt(id, 10) + rest)
}

// isStatus says whether an error is OVHcloud's final no with an HTTP status.
func isStatus(err error, status int) bool {
	refusal, ok := errors.AsType[*api.RowError](err)
	return ok && refusal.Status == status
}
