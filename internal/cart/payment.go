package cart

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"tldsweep/internal/api"
)

// PaymentMethod is a means of payment that the account has registered, of the newer kind.
type PaymentMethod struct {
	ID      int64  `json:"paymentMethodId"`
	Type    string `json:"paymentType"` // "CREDIT_CARD", "SEPA_DIRECT_DEBIT"
	Label   string `json:"label"`       // as the account shows it: "XXXX XXXX XXXX 1234"
	Default bool   `json:"default"`
	Status  string `json:"status"` // "VALID" alone can pay; "EXPIRED", "CREATING", … (me.json, payment.method.StatusEnum)
}

// PaymentMethods lists the registered means that can pay an order. Where OVHcloud gives ids alone, so does this.
//
// Route: GET /me/order/{orderId}/paymentMethods, signed, beta. Costs a request, changes nothing. Source: OVHcloud API,
// me.json, billing.order.PaymentMethods.
func PaymentMethods(ctx context.Context, client *api.Client, order int64) ([]PaymentMethod, error) {
	var wire struct {
		Methods    []PaymentMethod `json:"paymentMethods"`
		Registered []int64         `json:"registered"`
	}
	if _, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(order, "/paymentMethods"), Into: &wire}); err != nil {
		return nil, err
	}
	known := map[int64]bool{}
	for _, method := range wire.Methods {
		known[method.ID] = true
	}
	for _, id := range wire.Registered {
		if !known[id] {
			wire.Methods = append(wire.Methods, PaymentMethod{ID: id})
		}
	}
	return wire.Methods, nil
}

// DefaultMethod is the means with which OVHcloud pays by itself; nil: the account has none.
//
// Routes: GET /me/payment/method?default=true, and GET /me/payment/method/{paymentMethodId} where there is one, signed. Cost a
// request each, change nothing. Source: OVHcloud API, me.json.
func DefaultMethod(ctx context.Context, client *api.Client) (*PaymentMethod, error) {
	var ids []int64
	if _, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: "/me/payment/method?default=true", Into: &ids}); err != nil || len(ids) == 0 {
		return nil, err
	}
	var method PaymentMethod
	path := "/me/payment/method/" + strconv.FormatInt(ids[0], 10)
	_, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: path, Into: &method})
	return &method, err
}

// PaymentMeans lists the kinds of means of the older kind that can pay an order: "creditCard", "fidelityAccount".
//
// Route: GET /me/order/{orderId}/availableRegisteredPaymentMean, signed. Costs a request, changes nothing. Source:
// OVHcloud API, me.json.
func PaymentMeans(ctx context.Context, client *api.Client, order int64) ([]string, error) {
	var wire []struct {
		Mean string `json:"paymentMean"`
	}
	if _, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: orderPath(order, "/availableRegisteredPaymentMean"), Into: &wire}); err != nil {
		return nil, err
	}
	means := make([]string, len(wire))
	for i, w := range wire {
		means[i] = w.Mean
	}
	return means, nil
}

// Pay pays an order with a registered means of the newer kind, once: where the reply is lost, ReadStatus tells whether
// it is paid.
//
// Route: POST /me/order/{orderId}/pay, signed, beta. Costs a request and money. Source: OVHcloud API, me.json.
func Pay(ctx context.Context, client *api.Client, order, method int64) (api.Receipt, error) {
	body := json.RawMessage(`{"paymentMethod":{"id":` + strconv.FormatInt(method, 10) + `}}`)
	return client.Do(ctx, api.Call{Method: http.MethodPost, Path: orderPath(order, "/pay"), Body: body, Once: true})
}

// PayWithMean pays an order with a means of the older kind, once. id is which one; 0 sends none, which bankAccount,
// creditCard and paypal do not take.
//
// Route: POST /me/order/{orderId}/payWithRegisteredPaymentMean, signed. Costs a request and money. Source: OVHcloud API,
// me.json.
func PayWithMean(ctx context.Context, client *api.Client, order int64, mean string, id int64) (api.Receipt, error) {
	body := struct {
		Mean string `json:"paymentMean"`
		ID   int64  `json:"paymentMeanId,omitempty"`
	}{mean, id}
	return client.Do(ctx, api.Call{Method: http.MethodPost, Path: orderPath(order, "/payWithRegisteredPaymentMean"), Body: body, Once: true})
}
