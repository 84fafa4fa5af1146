package cart

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tldsweep/api"
)

// Order is an order of the account.
type Order struct {
	ID       int64
	Date     time.Time // zero: not said
	Expires  time.Time // until when it can be paid; zero: not said
	Currency string    // ISO 4217
	WithTax  string    // what is to be paid, decimal text
	URL      string
}

func orderPath(id int64, rest string) string { return "/me/order/" + strconv.FormatInt(id, 10) + rest }

// Orders lists the ids of the account's orders from a time on, in no known order.
//
// Route: GET /me/order?date.from=, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json.
func Orders(ctx context.Context, client *api.Client, from time.Time) (ids []int64, err error) {
	path := "/me/order?date.from=" + url.QueryEscape(from.UTC().Format(time.RFC3339))
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: path, Into: &ids})
	return ids, err
}

// ReadOrder asks what an order is.
//
// Route: GET /me/order/{orderId}, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json.
func ReadOrder(ctx context.Context, client *api.Client, id int64) (*Order, error) {
	var wire struct {
		Date    string    `json:"date"`
		Expires string    `json:"expirationDate"`
		URL     string    `json:"url"`
		WithTax wireMoney `json:"priceWithTax"`
	}
	receipt, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(id, ""), Into: &wire})
	if err != nil {
		return nil, err
	}
	order := &Order{ID: id, URL: wire.URL, Currency: string(wire.WithTax.Currency)}
	if order.WithTax, err = wire.WithTax.amount(); err != nil {
		return nil, unread("GET "+orderPath(id, ""), receipt, err)
	}
	// Dates of another form are as good as none.
	order.Date, _ = time.Parse(time.RFC3339, wire.Date)
	order.Expires, _ = time.Parse(time.RFC3339, wire.Expires)
	return order, nil
}

// OrderStatus is how far an order is.
type OrderStatus string

// The statuses of an order. Source: OVHcloud API, me.json, billing.order.OrderStatusEnum.
const (
	NotPaid            OrderStatus = "notPaid"
	Checking           OrderStatus = "checking"
	Delivering         OrderStatus = "delivering"
	Delivered          OrderStatus = "delivered"
	DocumentsRequested OrderStatus = "documentsRequested"
	Cancelling         OrderStatus = "cancelling"
	Cancelled          OrderStatus = "cancelled"
	Unknown            OrderStatus = "unknown"
)

// ReadStatus asks how far an order is.
//
// Route: GET /me/order/{orderId}/status, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json.
func ReadStatus(ctx context.Context, client *api.Client, id int64) (status OrderStatus, err error) {
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(id, "/status"), Into: &status})
	return status, err
}

// Details lists the ids of an order's lines.
//
// Route: GET /me/order/{orderId}/details, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json.
func Details(ctx context.Context, client *api.Client, id int64) (ids []int64, err error) {
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(id, "/details"), Into: &ids})
	return ids, err
}

// Detail is a line of an order.
type Detail struct {
	Domain      string // the domain, or the number of a group of lines: "*001"
	Description string // "example.fr - 1 an"
}

// ReadDetail asks what a line of an order is.
//
// Route: GET /me/order/{orderId}/details/{orderDetailId}, signed. Costs a request, changes nothing. Source: OVHcloud API,
// me.json.
func ReadDetail(ctx context.Context, client *api.Client, order, detail int64) (line Detail, err error) {
	var wire struct {
		Domain      string `json:"domain"`
		Description string `json:"description"`
	}
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(order, "/details/"+strconv.FormatInt(detail, 10)), Into: &wire})
	return Detail(wire), err
}
