package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"tldsweep/api"
	"tldsweep/cart"
)

// Limits is what an order may be. Amounts are decimal text in the currency of the quote; empty: no limit.
type Limits struct {
	Total   string // of the order, with tax
	Price   string // of each domain, without tax, as a scan shows it
	Day     string // of all orders of 24 hours with this one, with tax
	Premium bool   // premium and aftermarket domains are meant
	Waive   bool   // give up the right to withdraw from the contract
}

// RefusedError says why an order or a payment is not made, and what can be done. Nothing was changed.
type RefusedError struct {
	Why  string
	Hint string
}

func (e *RefusedError) Error() string { return e.Why }

func refuse(hint, format string, args ...any) error {
	return &RefusedError{Why: fmt.Sprintf(format, args...), Hint: hint}
}

// DearerError says that an order was placed at more than was confirmed: its price moved while it was ordered. It is not
// paid, and Pay will not pay it.
type DearerError struct {
	Order                      int64
	Confirmed, Total, Currency string
}

func (e *DearerError) Error() string {
	return fmt.Sprintf("order %d costs %s %s, and %s was confirmed: its price moved while it was ordered", e.Order, e.Total, e.Currency, e.Confirmed)
}

const quoteAgain = "make a new quote: tldsweep order quote"

// Buy turns a quote into an order, which is not paid. The journal must be exclusive and settled. The cart must still be
// what the quote says and cost the same, all limits must hold, none of its domains may be in another order; then confirm
// is called with the bill, and its error ends it. The order is placed once and never asked for again: where the reply is
// lost and the account does not show the order, the error is an *UnsettledError. Other errors: a *RefusedError; a
// *DearerError, with the order; confirm's; ctx's; the api package's.
func (s *Shop) Buy(ctx context.Context, q *Quote, limits Limits, confirm func(*cart.Bill) error) (*Placed, error) {
	if err := s.mayOrder(ctx, q); err != nil {
		return nil, err
	}
	basket := cart.At(s.Client, q.Cart)
	bill, err := s.verify(ctx, basket, q)
	if err != nil {
		return nil, err
	}
	if err := s.check(q, bill, limits); err != nil {
		return nil, err
	}
	asked := time.Now()
	if err := confirm(bill); err != nil {
		return nil, err
	}
	if time.Since(asked) > 2*time.Second { // somebody was thinking, and prices move
		if bill, err = s.verify(ctx, basket, q); err != nil {
			return nil, err
		}
	}
	return s.checkout(ctx, basket, q, bill, limits)
}

// mayOrder refuses what was ordered before.
func (s *Shop) mayOrder(ctx context.Context, q *Quote) error {
	if q.Endpoint != s.Client.Endpoint() {
		return refuse("use the endpoint of the quote: --endpoint "+q.Endpoint, "the quote is of %s, not of %s", q.Endpoint, s.Client.Endpoint())
	}
	if q.Account != s.Account {
		return refuse("use the credentials of the quote, or make a new quote", "the quote is of account %s, not of %s", q.Account, s.Account)
	}
	for _, p := range s.Journal.Placed() {
		if p.Endpoint != q.Endpoint {
			continue
		}
		if p.Cart == q.Cart {
			return refuse(fmt.Sprintf("see tldsweep order status %d", p.Order), "this quote was ordered already: order %d", p.Order)
		}
		both := slices.DeleteFunc(q.domains(), func(domain string) bool { return !slices.Contains(p.Domains, domain) })
		if len(both) == 0 {
			continue
		}
		dead, err := s.isDead(ctx, p)
		if err != nil {
			return err
		}
		if p.Order == 0 {
			return refuse("let that account's key run tldsweep order status first", "account %s may have ordered already, nobody knows: %s", p.Account, strings.Join(both, ", "))
		}
		if !dead {
			return refuse(fmt.Sprintf("see tldsweep order status %d; quote the others without them", p.Order), "in order %d already: %s", p.Order, strings.Join(both, ", "))
		}
	}
	return nil
}

// isDead says whether an order will never be delivered, so that its domains may be ordered again.
func (s *Shop) isDead(ctx context.Context, p Placed) (bool, error) {
	if p.Order == 0 || p.Account != s.Account {
		return false, nil
	}
	status, err := cart.ReadStatus(ctx, s.Client, p.Order)
	if err != nil {
		return false, fmt.Errorf("look at order %d: %w", p.Order, err)
	}
	switch status {
	case cart.Cancelled:
		return true, nil
	case cart.NotPaid:
		order, err := cart.ReadOrder(ctx, s.Client, p.Order)
		if err != nil {
			return false, fmt.Errorf("look at order %d: %w", p.Order, err)
		}
		return !order.Expires.IsZero() && time.Since(order.Expires) > clocksApart, nil
	}
	return false, nil
}

// verify asks whether the cart is what the quote says, at the price that it says.
func (s *Shop) verify(ctx context.Context, basket *cart.Basket, q *Quote) (*cart.Bill, error) {
	state, err := basket.Read(ctx)
	if isGone(err) {
		return nil, refuse(quoteAgain, "the cart of this quote is gone: carts live for a day")
	}
	if err != nil {
		return nil, fmt.Errorf("look at the cart: %w", err)
	}
	if state.ReadOnly {
		return nil, refuse("see tldsweep order status, and your orders at OVHcloud", "the cart of this quote was ordered already")
	}
	var quoted []int64
	for _, line := range q.Lines {
		quoted = append(quoted, line.Item)
	}
	slices.Sort(quoted)
	if slices.Sort(state.Items); !slices.Equal(quoted, state.Items) {
		return nil, refuse(quoteAgain, "the cart holds other things than the quote says")
	}
	bill, err := basket.Quote(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the bill: %w", err)
	}
	if bill.Currency != q.Currency || !same(bill.WithTax, q.WithTax) {
		return nil, refuse(quoteAgain, "the total is %s %s now, and %s %s in the quote", bill.WithTax, bill.Currency, q.WithTax, q.Currency)
	}
	return bill, nil
}

// check holds an order against the limits.
func (s *Shop) check(q *Quote, bill *cart.Bill, limits Limits) error {
	shares, _, err := split(bill, q.domains())
	if err != nil {
		return err
	}
	for _, line := range q.Lines {
		special := line.Status != "available" || strings.Contains(line.PricingMode, "premium") || strings.Contains(line.PricingMode, "aftermarket")
		if special && !limits.Premium {
			return refuse("if you mean it: --allow-premium", "%s is not at the standard price: %s, %s %s", line.Domain, line.PricingMode, orZero(shares[line.Domain]), bill.Currency)
		}
		if price, known := shares[line.Domain]; limits.Price != "" && (!known || more(price, limits.Price)) {
			return refuse("raise --max-price, or quote without it", "%s costs %s %s, more than --max-price %s", line.Domain, orUnknown(price), bill.Currency, limits.Price)
		}
	}
	if limits.Total != "" && more(bill.WithTax, limits.Total) {
		return refuse("raise --max-total, or quote fewer domains", "the order costs %s %s, more than --max-total %s", bill.WithTax, bill.Currency, limits.Total)
	}
	if limits.Day == "" {
		return nil
	}
	spent := s.spent(24 * time.Hour)
	all, ok := sum(spent, bill.WithTax)
	if !ok || more(all, limits.Day) {
		return refuse("raise max_total in section [tldsweep] of ovh.conf, or wait", "with %s %s of the last 24 hours this order makes %s %s, more than max_total = %s", spent, bill.Currency, all, bill.Currency, limits.Day)
	}
	return nil
}

func orUnknown(amount string) string {
	if amount == "" {
		return "an unknown amount of"
	}
	return amount
}

// spent is the total of the orders of a time, also of those of which nobody knows whether they were placed.
func (s *Shop) spent(since time.Duration) string {
	total := "0.00"
	for _, p := range s.Journal.Placed() {
		if p.Endpoint != s.Client.Endpoint() || time.Since(p.At) > since {
			continue
		}
		amount := p.Confirmed
		if p.Total != "" && more(p.Total, amount) {
			amount = p.Total
		}
		if with, ok := sum(total, amount); ok {
			total = with
		}
	}
	return total
}

// checkout places the order, once.
func (s *Shop) checkout(ctx context.Context, basket *cart.Basket, q *Quote, bill *cart.Bill, limits Limits) (*Placed, error) {
	intent := Entry{
		Act: Checkout, Endpoint: s.Client.Endpoint(), Account: s.Account, Cart: q.Cart, Domains: q.domains(),
		Currency: bill.Currency, Total: bill.WithTax,
	}
	var placed *cart.Bill
	came, err := s.Journal.act(intent, func(outcome *Entry) (receipt api.Receipt, err error) {
		placed, receipt, err = basket.Checkout(ctx, limits.Waive)
		if err == nil {
			outcome.Order, outcome.URL, outcome.Total, outcome.Currency = placed.OrderID, placed.URL, placed.WithTax, placed.Currency
		}
		return receipt, err
	})
	switch came {
	case api.Undone:
		return nil, fmt.Errorf("nothing was ordered: %w", err)
	case api.Unclear:
		unsettled := &UnsettledError{Why: "it is unknown whether the order was placed", After: s.Patience, Err: err}
		if deeds := s.Journal.deeds(Checkout); ctx.Err() == nil && len(deeds) > 0 {
			if found, wrong := s.findOrder(ctx, deeds[len(deeds)-1].Entry); wrong != nil || !found {
				return nil, unsettled
			}
		} else {
			return nil, unsettled
		}
		err = nil
	}
	all := s.Journal.Placed()
	if placed != nil && (len(all) == 0 || all[len(all)-1].Order != placed.OrderID) {
		// The outcome could not be written. The order is there all the same.
		return &Placed{Order: placed.OrderID, URL: placed.URL, Total: placed.WithTax, Currency: placed.Currency}, err
	}
	last := all[len(all)-1]
	if err == nil && (last.Currency != bill.Currency || more(last.Total, last.Confirmed)) {
		err = &DearerError{Order: last.Order, Confirmed: last.Confirmed, Total: last.Total, Currency: last.Currency}
	}
	return &last, err
}

// afford says whether an order costs no more than a limit.
func afford(order *cart.Order, limit string) bool {
	_, err := decimal.Parse(limit)
	return err == nil && !more(order.WithTax, limit)
}
