package order

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Means is a registered means of payment: of the newer kind where Method is set, else of the older.
type Means struct {
	Method int64  // OVHcloud's id of a payment method
	Mean   string // "creditCard", "fidelityAccount"
	ID     int64  // which one of its kind; 0: there is only one
	About  string // for people
}

func (m Means) String() string {
	switch {
	case m.Method != 0:
		return strconv.FormatInt(m.Method, 10)
	case m.ID != 0:
		return m.Mean + ":" + strconv.FormatInt(m.ID, 10)
	}
	return m.Mean
}

// ParseMeans reads what String writes: "7654321", "fidelityAccount", "creditCard:42".
func ParseMeans(text string) (Means, error) {
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
		return Means{Method: id}, nil
	}
	mean, number, numbered := strings.Cut(text, ":")
	m := Means{Mean: mean}
	if strings.Trim(mean, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" || mean == "" {
		return Means{}, fmt.Errorf("no means of payment: %q", text)
	}
	if numbered {
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil || id <= 0 {
			return Means{}, fmt.Errorf("no means of payment: %q", text)
		}
		m.ID = id
	}
	return m, nil
}

// MeansFor lists what can pay an order, of both kinds. Where OVHcloud does not know one of the two routes, it lists the
// other.
func (s *Shop) MeansFor(ctx context.Context, order int64) ([]Means, error) {
	var all []Means
	methods, err := cart.PaymentMethods(ctx, s.Client, order)
	for _, m := range methods {
		about := strings.Join(strings.Fields(m.Type+" "+m.Label), " ")
		if m.Default {
			about += ", the default"
		}
		all = append(all, Means{Method: m.ID, About: about})
	}
	kinds, wrong := cart.PaymentMeans(ctx, s.Client, order)
	for _, kind := range kinds {
		m := Means{Mean: kind}
		if kind == "bankAccount" || kind == "creditCard" || kind == "paypal" {
			m.About = "write " + kind + ":ID"
		}
		all = append(all, m)
	}
	if err != nil && wrong != nil {
		return nil, fmt.Errorf("ask for the means of payment: %w", err)
	}
	return all, nil
}

// Pay pays an order, once. The journal must be exclusive and reconciled. The order must not be paid yet, and must cost no
// more than was confirmed when it was placed; where most is given (decimal text, with tax), no more than that instead.
// Where the reply is lost and the order does not show the payment, the error is an *UnknownOutcomeError. Other errors: a
// *RefusedError; ctx's; the api package's.
func (s *Shop) Pay(ctx context.Context, order int64, with Means, most string) (*cart.Order, error) {
	currency := "" // any
	if most == "" {
		for _, p := range s.Journal.Placed() {
			if p.Order == order && p.Endpoint == s.Client.Server() {
				most, currency = p.Confirmed, p.Currency
			}
		}
	}
	for _, d := range s.Journal.records(Pay) {
		if d.Order == order && d.Endpoint == s.Client.Server() && d.outcome() == api.Done {
			return nil, refuse(fmt.Sprintf("see tldsweep order status %d", order), "order %d was paid already", order)
		}
	}
	bill, err := cart.ReadOrder(ctx, s.Client, order)
	if isGone(err) {
		return nil, refuse("see tldsweep order status", "the account has no order %d", order)
	}
	if err != nil {
		return nil, fmt.Errorf("look at order %d: %w", order, err)
	}
	if currency != "" && !equal(bill.WithTax, "0") && bill.Currency != currency {
		return nil, refuse("see the order at OVHcloud", "order %d costs %s %s, and %s was confirmed: it is not paid", order, bill.WithTax, bill.Currency, currency)
	}
	if !within(bill, most) {
		if most == "" {
			return nil, refuse(fmt.Sprintf("if you mean it: --max-total %s", bill.WithTax), "order %d of %s %s was not placed from here", order, bill.WithTax, bill.Currency)
		}
		return nil, refuse(fmt.Sprintf("if you mean it: --max-total %s", bill.WithTax), "order %d costs %s %s, more than the %s that was confirmed", order, bill.WithTax, bill.Currency, most)
	}
	status, err := cart.ReadStatus(ctx, s.Client, order)
	if err != nil {
		return nil, fmt.Errorf("look at order %d: %w", order, err)
	}
	if status != cart.NotPaid {
		return nil, refuse(fmt.Sprintf("see tldsweep order status %d", order), "order %d is not to be paid: it is %s", order, status)
	}
	return bill, s.pay(ctx, bill, with)
}

func (s *Shop) pay(ctx context.Context, bill *cart.Order, with Means) error {
	now, err := s.Client.ServerTime(ctx)
	if err != nil {
		return fmt.Errorf("read the server's clock: %w", err)
	}
	intent := Entry{
		At: now.UTC(), Action: Pay, Endpoint: s.Client.Server(), Account: s.Account, Order: bill.ID, Detail: with.String(),
		Currency: bill.Currency, Total: bill.WithTax,
	}
	result, err := s.Journal.perform(intent, func(*Entry) (api.Receipt, error) {
		if with.Method != 0 {
			return cart.Pay(ctx, s.Client, bill.ID, with.Method)
		}
		return cart.PayWithMean(ctx, s.Client, bill.ID, with.Mean, with.ID)
	}, func() bool {
		status, wrong := cart.ReadStatus(ctx, s.Client, bill.ID)
		return wrong == nil && status == cart.NotPaid
	})
	switch result {
	case api.NotDone:
		return &RefusedError{
			Why:  fmt.Sprintf("order %d stays as it is, unpaid: %s", bill.ID, words(err)),
			Hint: fmt.Sprintf("do not order again; pay it with another means (tldsweep order pay %d lists them), or on its page at OVHcloud", bill.ID),
		}
	case api.Unknown:
		records := s.Journal.records(Pay)
		if ctx.Err() == nil && len(records) > 0 && s.reconcilePayment(ctx, records[len(records)-1]) == nil {
			if last := s.Journal.records(Pay); last[len(last)-1].outcome() == api.Done {
				return nil
			}
		}
		return &UnknownOutcomeError{Why: fmt.Sprintf("it is unknown whether order %d was paid", bill.ID), After: s.AnswerWithin, Err: err}
	}
	return err
}
