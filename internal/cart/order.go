package cart

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tldsweep/internal/api"
)

// Order is an order of the account.
type Order struct {
	ID       int64
	Date     time.Time // zero: not said
	Expires  time.Time // until when it can be paid; zero: not said
	Currency string    // ISO 4217; empty where nothing is to be paid
	WithTax  string    // what is to be paid, decimal text
	URL      string    // opens and pays the order: for the buyer alone
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
	order := &Order{ID: id, URL: wire.URL}
	if order.WithTax, err = wire.WithTax.amount(); err == nil && order.WithTax == "" {
		err = errNoTotal
	}
	if err != nil {
		return nil, decodeError("GET "+orderPath(id, ""), receipt, err)
	}
	if !isZero(order.WithTax) {
		order.Currency = string(wire.WithTax.Currency)
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

// Detail is a row of an order. A domain has several: its registration, its DNS zone, a discount.
type Detail struct {
	// Domain is the domain, once the order is delivered, or the number of the rows that belong together ("*001", "*001.001"), or
	// "*", or empty.
	Domain      string
	Description string // in the language of the account: "example.fr - 12 mois", "DNS zone"
	Cancelled   bool
}

// ReadDetail asks what a row of an order is.
//
// Route: GET /me/order/{orderId}/details/{orderDetailId}, signed. Costs a request, changes nothing. Source: OVHcloud API,
// me.json.
func ReadDetail(ctx context.Context, client *api.Client, order, detail int64) (row Detail, err error) {
	var wire struct {
		Domain      string `json:"domain"`
		Description string `json:"description"`
		Cancelled   bool   `json:"cancelled"`
	}
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: detailPath(order, detail), Into: &wire})
	return Detail(wire), err
}

func detailPath(order, detail int64) string {
	return orderPath(order, "/details/"+strconv.FormatInt(detail, 10))
}

// DetailPlan asks for the plan that a row of an order is of, which for a domain is its extension: "fr". Empty: not said. A
// *api.RowError with status 404 says that the row has none; in the US it is the usual answer.
//
// Route: GET /me/order/{orderId}/details/{orderDetailId}/extension, signed, beta. Costs a request, changes nothing. Source:
// OVHcloud API, me.json, billing.ItemDetail.
func DetailPlan(ctx context.Context, client *api.Client, order, detail int64) (plan string, err error) {
	var wire struct {
		Order struct {
			Plan struct {
				Code string `json:"code"`
			} `json:"plan"`
		} `json:"order"`
	}
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: detailPath(order, detail) + "/extension", Into: &wire})
	return wire.Order.Plan.Code, err
}

// Step is a step of an order's way, for people: it was seen missing, and wrong, of orders that had arrived.
type Step struct {
	Name   string // "VALIDATING", "DELIVERING"
	Status string // "TODO", "DOING", "DONE", "ERROR"
	Latest string // what happened last: "Order accepted"; empty: nothing yet
}

// FollowUp asks how far an order is, step by step.
//
// Route: GET /me/order/{orderId}/followUp, signed, beta. Costs a request, changes nothing. Source: OVHcloud API, me.json.
func FollowUp(ctx context.Context, client *api.Client, id int64) ([]Step, error) {
	var wire []struct {
		Step    string `json:"step"`
		Status  string `json:"status"`
		History []struct {
			Description string `json:"description"`
			Label       string `json:"label"`
		} `json:"history"`
	}
	if _, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(id, "/followUp"), Into: &wire}); err != nil {
		return nil, err
	}
	steps := make([]Step, len(wire))
	for i, w := range wire {
		steps[i] = Step{Name: w.Step, Status: w.Status}
		if len(w.History) > 0 { // the newest comes first
			steps[i].Latest = cmp.Or(w.History[0].Description, w.History[0].Label)
		}
	}
	return steps, nil
}
