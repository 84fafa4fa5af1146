package order

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Limits is what an order may be. Amounts are decimal text in the currency of the quote; empty: no limit.
type Limits struct {
	Total   string // of the order, with tax
	Price   string // of each domain, without tax, as a scan shows it
	Day     string // of all orders of 24 hours with this one, with tax
	Premium bool   // premium and aftermarket domains are meant
	Waive   bool   // give up the right to withdraw from the contract
	AutoPay bool   // OVHcloud pays at once with the account's default means
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

// Buy turns a quote into an order. The journal must be exclusive and reconciled. The account must hold none of its domains,
// the cart must still be what the quote says and cost the same, all limits must hold; then confirm
// is called with the bill, and its error ends it. The order is placed once and never asked for again: where the reply is
// lost and the account does not show the order, the error is an *UnknownOutcomeError. Other errors: a *RefusedError; a
// *DearerError, with the order; confirm's; ctx's; the api package's.
//
// It is paid where Limits say so, or where it costs nothing; Placed.Status tells. A payment that is refused leaves the order.
func (s *Shop) Buy(ctx context.Context, q *Quote, limits Limits, confirm func(*cart.Bill) error) (*Placed, error) {
	if err := s.mayOrder(q); err != nil {
		return nil, err
	}
	if limits.AutoPay {
		if err := s.canAutoPay(ctx); err != nil {
			return nil, err
		}
	}
	basket := cart.NewBasket(s.Client, q.Cart)
	bill, err := s.verify(ctx, basket, q)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, q, bill, limits); err != nil {
		return nil, err
	}
	if err := confirm(bill); err != nil {
		return nil, err
	}
	placed, err := s.orderAlone(ctx, basket, q, limits)
	if err != nil || placed == nil {
		return placed, err
	}
	return placed, s.payAtOnce(ctx, placed, limits)
}

// orderAlone places the order while nobody else can order with this account, on any machine. What was looked at before may have changed
// meanwhile, since somebody was thinking, and others may have ordered: so all of it is looked at again.
func (s *Shop) orderAlone(ctx context.Context, basket *cart.Basket, q *Quote, limits Limits) (placed *Placed, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if wrong := unlock(); wrong != nil && placed == nil && err == nil {
			err = wrong
		}
	}()
	bill, err := s.verify(ctx, basket, q)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, q, bill, limits); err != nil {
		return nil, err
	}
	return s.checkout(ctx, basket, q, bill, limits)
}

// mayOrder refuses what was ordered before, as far as the journal knows.
func (s *Shop) mayOrder(q *Quote) error {
	if api.Canonical(q.Endpoint) != s.Client.Server() {
		return refuse("use the endpoint of the quote: --endpoint "+q.Endpoint, "the quote is of %s, not of %s", q.Endpoint, s.Client.Endpoint())
	}
	if q.Account != s.Account {
		return refuse("use the credentials of the quote, or make a new quote", "the quote is of account %s, not of %s", q.Account, s.Account)
	}
	if q.Subsidiary != s.Subsidiary {
		return refuse("use the subsidiary of the quote: --subsidiary "+q.Subsidiary, "the quote is of subsidiary %s, not of %s", q.Subsidiary, s.Subsidiary)
	}
	for _, p := range s.Journal.Placed() {
		if p.Endpoint != s.Client.Server() {
			continue
		}
		if p.Cart == q.Cart {
			return refuse(fmt.Sprintf("see tldsweep order status %d", p.Order), "this quote was ordered already: order %d", p.Order)
		}
		both := slices.DeleteFunc(q.domains(), func(domain string) bool { return !slices.Contains(p.Domains, domain) })
		if p.Account != s.Account && len(both) > 0 {
			return refuse("see with that account's key: tldsweep order status", "account %s has ordered already: %s", p.Account, some(both))
		}
	}
	return nil
}

// requireAbsent refuses domains that the account has, or may have.
func (s *Shop) requireAbsent(ctx context.Context, domains []string) error {
	held, err := s.Holdings(ctx, domains)
	if err != nil {
		return err
	}
	for _, domain := range slices.Sorted(maps.Keys(held)) {
		switch h := held[domain]; {
		case h.Holding == Absent:
		case h.Holding == Unknown && h.Order == 0:
			return refuse("tldsweep doctor --for order says which rights are missing; without them nothing is ordered", "the account may have %s already: %s", domain, h.Why)
		case h.Holding == Unknown:
			return refuse(fmt.Sprintf("see tldsweep order status %d, and the order at OVHcloud", h.Order), "the account may have %s already: %s", domain, h.Why)
		default:
			return refuse("quote the others without it", "the account has %s already: %s", domain, h.Why)
		}
	}
	return nil
}

// canAutoPay refuses to order where the account's default means cannot pay.
func (s *Shop) canAutoPay(ctx context.Context) error {
	const hint = "order without --auto-pay, and pay afterwards: tldsweep order pay"
	method, err := cart.DefaultMethod(ctx, s.Client)
	switch {
	case err != nil:
		return fmt.Errorf("look at the default means of payment: %w", err)
	case method == nil:
		return refuse(hint, "the account has no default means of payment")
	case method.Status != "VALID":
		return refuse(hint, "the account's default means of payment, %s %s, is %s", method.Type, method.Label, method.Status)
	}
	return nil
}

// payAtOnce looks whether an order that is to be paid at once was, and settles one that costs nothing. A refusal of the
// payment leaves the order as it is.
func (s *Shop) payAtOnce(ctx context.Context, placed *Placed, limits Limits) (err error) {
	free := equal(placed.Total, "0")
	if !limits.AutoPay && !free {
		placed.Status = cart.NotPaid
		return nil
	}
	if placed.Status, err = cart.ReadStatus(ctx, s.Client, placed.Order); err != nil {
		return fmt.Errorf("order %d is placed; look whether it is paid: %w", placed.Order, err)
	}
	if placed.Status != cart.NotPaid || !free {
		return nil
	}
	// As OVHcloud's own manager and terraform provider do it.
	err = s.pay(ctx, &cart.Order{ID: placed.Order, WithTax: placed.Total, Currency: placed.Currency}, Means{Mean: "fidelityAccount"})
	if err != nil {
		return fmt.Errorf("order %d is placed, costs nothing, and is not settled yet: %w", placed.Order, err)
	}
	placed.Status, err = cart.ReadStatus(ctx, s.Client, placed.Order)
	return err
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
	if err := s.sealed(q, state); err != nil {
		return nil, err
	}
	if err := s.sameOwners(ctx, q); err != nil {
		return nil, err
	}
	var quoted []int64
	for _, line := range q.Lines {
		quoted = append(quoted, line.Item)
	}
	slices.Sort(quoted)
	if slices.Sort(state.Items); !slices.Equal(quoted, state.Items) {
		return nil, s.discard(ctx, basket, refuse(quoteAgain, "the cart holds other things than the quote says"))
	}
	if err := s.requireAbsent(ctx, q.domains()); err != nil {
		return nil, err
	}
	bill, err := basket.Quote(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the bill: %w", err)
	}
	if !equalMoney(bill.WithTax, bill.Currency, q.WithTax, q.Currency) {
		return nil, s.discard(ctx, basket, refuse(quoteAgain, "the total is %s %s now, and %s %s in the quote", bill.WithTax, bill.Currency, q.WithTax, q.Currency))
	}
	if why := changedOn(bill, q); why != "" {
		return nil, s.discard(ctx, basket, refuse(quoteAgain, "%s", why))
	}
	return bill, nil
}

// changedOn says what is no longer as it was quoted, although the total is.
func changedOn(bill *cart.Bill, q *Quote) string {
	shares, _, err := split(bill, q.owners())
	if err != nil {
		return err.Error()
	}
	for _, line := range q.Lines {
		if now := shares[line.Domain]; now != line.Price && !equal(orZero(now), orZero(line.Price)) {
			return fmt.Sprintf("%s costs %s %s now, and %s in the quote", line.Domain, orZero(now), bill.Currency, orZero(line.Price))
		}
	}
	if contractsOf(bill.Contracts) != contractsOf(q.Contracts) {
		return "the contracts are not those of the quote any more"
	}
	return ""
}

// discard deletes a cart that can no longer be ordered as it was quoted.
func (s *Shop) discard(ctx context.Context, basket *cart.Basket, why error) error {
	if err := s.Abandon(ctx, basket); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// check holds an order against the limits.
func (s *Shop) check(ctx context.Context, q *Quote, bill *cart.Bill, limits Limits) error {
	shares, _, err := split(bill, q.owners())
	if err != nil {
		return err
	}
	for _, line := range q.Lines {
		special := line.Status != "available" || strings.Contains(line.PricingMode, "premium") || strings.Contains(line.PricingMode, "aftermarket")
		if special && !limits.Premium {
			return refuse("if you mean it: --allow-premium", "%s is not at the standard price: %s, %s %s", line.Domain, line.PricingMode, orZero(shares[line.Domain]), bill.Currency)
		}
		if price, known := shares[line.Domain]; limits.Price != "" && (!known || exceeds(price, limits.Price)) {
			return refuse("raise --max-price, or quote without it", "%s costs %s %s, more than --max-price %s", line.Domain, orUnknown(price), bill.Currency, limits.Price)
		}
	}
	if limits.Total != "" && exceeds(bill.WithTax, limits.Total) {
		return refuse("raise --max-total, or quote fewer domains", "the order costs %s %s, more than --max-total %s", bill.WithTax, bill.Currency, limits.Total)
	}
	if limits.Day == "" {
		return nil
	}
	spent, err := s.Spent(ctx, 24*time.Hour, bill.Currency)
	if err != nil {
		return err
	}
	all, ok := sum(spent, bill.WithTax)
	if !ok || exceeds(all, limits.Day) {
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

// checkout places the order, once.
func (s *Shop) checkout(ctx context.Context, basket *cart.Basket, q *Quote, bill *cart.Bill, limits Limits) (*Placed, error) {
	now, err := s.Client.ServerTime(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the server's clock: %w", err)
	}
	intent := Entry{
		At: now.UTC(), Action: Checkout, Endpoint: s.Client.Server(), Account: s.Account, Cart: q.Cart, Domains: q.domains(),
		Currency: bill.Currency, Total: bill.WithTax,
	}
	var placed *cart.Bill
	result, err := s.Journal.perform(intent, func(outcome *Entry) (receipt api.Receipt, err error) {
		placed, receipt, err = basket.Checkout(ctx, limits.AutoPay, limits.Waive)
		if err == nil {
			outcome.Order, outcome.URL, outcome.Total, outcome.Currency = placed.OrderID, placed.URL, placed.WithTax, placed.Currency
		}
		return receipt, err
	}, func() bool {
		state, err := basket.Read(ctx)
		return err == nil && !state.ReadOnly
	})
	switch result {
	case api.NotDone:
		return nil, fmt.Errorf("nothing was ordered: %w", err)
	case api.Unknown:
		unknown := &UnknownOutcomeError{Why: "it is unknown whether the order was placed", After: s.AnswerWithin, Cart: q.Cart, Err: err}
		records := s.Journal.records(Checkout)
		if ctx.Err() != nil || len(records) == 0 {
			return nil, unknown
		}
		if err := s.reconcileCheckout(ctx, records[len(records)-1]); err != nil {
			if better, ok := errors.AsType[*UnknownOutcomeError](err); ok {
				unknown.Why, unknown.After = better.Why, better.After
			}
			return nil, unknown
		}
		if records = s.Journal.records(Checkout); records[len(records)-1].outcome() == api.NotDone {
			return nil, fmt.Errorf("nothing was ordered: %w", err)
		}
		err = nil
	}
	all := s.Journal.Placed()
	if placed != nil && (len(all) == 0 || all[len(all)-1].Order != placed.OrderID) {
		// The outcome could not be written. The order is there all the same.
		return &Placed{Order: placed.OrderID, URL: placed.URL, Total: placed.WithTax, Currency: placed.Currency}, err
	}
	last := all[len(all)-1]
	if err == nil && (exceeds(last.Total, last.Confirmed) || !equal(last.Total, "0") && last.Currency != bill.Currency) {
		err = &DearerError{Order: last.Order, Confirmed: last.Confirmed, Total: last.Total, Currency: last.Currency}
	}
	return &last, err
}

// within says whether an order costs no more than a limit.
func within(order *cart.Order, limit string) bool {
	_, err := decimal.Parse(limit)
	return err == nil && !exceeds(order.WithTax, limit)
}
