package cart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/govalues/decimal"

	"tldsweep/internal/api"
)

// Bill is what a cart or an order costs. Amounts are decimal text, all of them in one currency: nothing costs nothing in any.
type Bill struct {
	Currency   string // ISO 4217; empty where all of it is free
	WithoutTax string
	Tax        string
	WithTax    string
	Lines      []BillLine
	Contracts  []Contract // to accept; empty in a summary

	OrderID int64  // 0: nothing was ordered
	URL     string // opens and pays the order: for the buyer alone; empty: nothing was ordered
}

// BillLine is one line of a bill.
type BillLine struct {
	Item        int64  // of the cart; 0 where OVHcloud does not say
	Group       string // lines of one domain and of what belongs to it: "*001", "*001.001"; or the domain itself, "*", or empty
	Kind        string // "DURATION", "INSTALLATION", "GIFT"
	Description string // in the language of the account: "example.fr - 1 an"
	Total       string // without tax; negative for a discount
}

// Contract is one that an order accepts.
type Contract struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// wireBill is order.Order of OVHcloud API, order.json.
type wireBill struct {
	OrderID   *int64     `json:"orderId"`
	URL       *string    `json:"url"`
	Contracts []Contract `json:"contracts"`
	Details   []struct {
		Item        *int64    `json:"cartItemID"`
		Description string    `json:"description"`
		Kind        *string   `json:"detailType"`
		Domain      string    `json:"domain"`
		Total       wireMoney `json:"totalPrice"`
	} `json:"details"`
	Prices struct {
		WithTax    wireMoney `json:"withTax"`
		WithoutTax wireMoney `json:"withoutTax"`
		Tax        wireMoney `json:"tax"`
	} `json:"prices"`
}

var errNoTotal = errors.New("its total is missing")

func (w *wireBill) bill() (*Bill, error) {
	b := &Bill{Contracts: w.Contracts, OrderID: value(w.OrderID), URL: value(w.URL)}
	var err error
	if b.WithTax, err = b.amount("prices.withTax", w.Prices.WithTax); err != nil {
		return nil, err
	}
	if b.WithoutTax, err = b.amount("prices.withoutTax", w.Prices.WithoutTax); err != nil {
		return nil, err
	}
	if b.Tax, err = b.amount("prices.tax", w.Prices.Tax); err != nil {
		return nil, err
	}
	if b.WithTax == "" || b.WithoutTax == "" {
		return nil, errNoTotal
	}
	if !addUp(b.WithoutTax, b.Tax, b.WithTax) {
		return nil, fmt.Errorf("prices: %s and tax of %s are not %s", b.WithoutTax, b.Tax, b.WithTax)
	}
	for i := range b.Contracts {
		b.Contracts[i].Name = strings.TrimSpace(b.Contracts[i].Name) // some end in a tab
	}
	for i, d := range w.Details {
		total, err := b.amount(fmt.Sprintf("details[%d].totalPrice", i), d.Total)
		if err != nil {
			return nil, err
		}
		b.Lines = append(b.Lines, BillLine{Item: value(d.Item), Group: d.Domain, Kind: value(d.Kind), Description: d.Description, Total: total})
	}
	return b, nil
}

// amount reads one amount of the bill. Its currency is that of whatever is not free: rows that cost nothing come in points.
func (b *Bill) amount(field string, from wireMoney) (string, error) {
	text, err := from.amount()
	if err != nil {
		return "", fmt.Errorf("%s: %w", field, err)
	}
	if text == "" || isZero(text) {
		return text, nil
	}
	if currency := string(from.Currency); b.Currency == "" {
		b.Currency = currency
	} else if currency != b.Currency {
		return "", fmt.Errorf("%s: %s %s on a bill in %s", field, text, currency, b.Currency)
	}
	return text, nil
}

// addUp says whether two amounts make a third, but for a cent that rounding may leave.
func addUp(a, b, sum string) bool {
	var total decimal.Decimal
	for _, amount := range []string{a, cmp.Or(b, "0")} {
		d, err := decimal.Parse(amount)
		if err == nil {
			total, err = total.Add(d)
		}
		if err != nil {
			return false
		}
	}
	want, err := decimal.Parse(sum)
	if err == nil {
		total, err = total.Sub(want)
	}
	return err == nil && total.Abs().Cmp(cent) <= 0
}

var cent = decimal.MustParse("0.01")

func isZero(amount string) bool { return strings.Trim(amount, "-0.") == "" }

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Summary asks what the cart costs, whether it can be ordered or not.
//
// Route: GET /order/cart/{cartId}/summary, anonymous. Costs a request, changes nothing. Source: OVHcloud API, order.json.
func (b *Basket) Summary(ctx context.Context) (*Bill, error) {
	bill, _, err := b.bill(ctx, api.Call{Method: http.MethodGet, Path: b.path("/summary")})
	return bill, err
}

// Quote asks what an order of the cart would be: a dry run, which checks what is configured and who orders.
//
// Route: GET /order/cart/{cartId}/checkout, signed. Costs a request, changes nothing. A *api.RowError says why it cannot
// be ordered. Source: OVHcloud API, order.json.
func (b *Basket) Quote(ctx context.Context) (*Bill, error) {
	bill, _, err := b.bill(ctx, api.Call{Method: http.MethodGet, Path: b.path("/checkout")})
	return bill, err
}

// Checkout turns the cart into an order, once: where the reply is lost, the account tells whether there is an order. autoPay
// pays it at once with the account's default means; otherwise it is not paid. waiveWithdrawal gives up the right to
// withdraw from it: OVHcloud's guide says that a domain needs it, and nobody has recorded a refusal.
//
// Route: POST /order/cart/{cartId}/checkout, signed. Costs a request and makes an order; the cart cannot be used again.
// Source: OVHcloud API, order.json; "waiveRetractationPeriod" is its spelling.
func (b *Basket) Checkout(ctx context.Context, autoPay, waiveWithdrawal bool) (*Bill, api.Receipt, error) {
	body := struct {
		AutoPay bool `json:"autoPayWithPreferredPaymentMethod"`
		Waive   bool `json:"waiveRetractationPeriod"`
	}{autoPay, waiveWithdrawal}
	bill, receipt, err := b.bill(ctx, api.Call{Method: http.MethodPost, Path: b.path("/checkout"), Body: body, Once: true})
	if err == nil && bill.OrderID == 0 {
		err = decodeError("POST "+b.path("/checkout"), receipt, errors.New("the answer names no order"))
	}
	return bill, receipt, err
}

func (b *Basket) bill(ctx context.Context, call api.Call) (*Bill, api.Receipt, error) {
	var wire wireBill
	call.Into = &wire
	receipt, err := b.client.Do(ctx, call)
	if err != nil {
		return nil, receipt, err
	}
	bill, err := wire.bill()
	if err != nil {
		return nil, receipt, decodeError(call.Method+" "+call.Path, receipt, err)
	}
	return bill, receipt, nil
}

// decodeError is the error of an answer that is not what the contract says.
func decodeError(call string, receipt api.Receipt, err error) error {
	return &api.WaitError{Failure: api.Failure{
		Call: call, Kind: api.Decode, Status: http.StatusOK, Message: "unexpected answer: " + err.Error(), Attempts: receipt.Attempts,
	}, Err: err}
}
