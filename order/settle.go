package order

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tldsweep/api"
	"tldsweep/cart"
)

// UnsettledError says that nobody knows yet whether an order was placed, or paid.
type UnsettledError struct {
	Why   string
	After time.Duration // when to look again; 0: it is not a matter of time alone
	Err   error         // what made it so; nil where it was so before
}

func (e *UnsettledError) Error() string {
	if e.Err != nil {
		return e.Why + ": " + e.Err.Error()
	}
	return e.Why
}
func (e *UnsettledError) Unwrap() error { return e.Err }

const (
	clocksApart = time.Hour // by which an account's dates may differ from ours
	tellingMost = 10        // lines of an order that are read to know whose it is
)

// Settle finds out from the account what has become of every order and payment whose outcome the journal does not know,
// as after a crash or a lost reply, and writes it down. The journal must be exclusive. Errors: an *UnsettledError, after
// which nothing must be ordered or paid; ctx's; the api package's. Where all is known it asks nothing.
func (s *Shop) Settle(ctx context.Context) error {
	for _, d := range s.Journal.deeds(Checkout, Pay) {
		if d.came() != api.Unclear || d.Endpoint != s.Client.Endpoint() || d.Account != s.Account {
			continue
		}
		settle := s.settleCheckout
		if d.Act == Pay {
			settle = s.settlePayment
		}
		if err := settle(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) settleCheckout(ctx context.Context, d deed) error {
	found, err := s.findOrder(ctx, d.Entry)
	if err != nil || found {
		return err
	}
	state, err := cart.At(s.Client, d.Cart).Read(ctx)
	switch {
	case isGone(err):
	case err != nil:
		return fmt.Errorf("look at cart %s: %w", d.Cart, err)
	case state.ReadOnly:
		return &UnsettledError{Why: fmt.Sprintf("cart %s of %s was checked out, and the account does not show its order yet", d.Cart, d.At.Local().Format(time.DateTime)), After: s.Patience}
	}
	if wait := s.Patience - time.Since(d.At); wait > 0 {
		return &UnsettledError{Why: fmt.Sprintf("it is too early to tell whether cart %s was ordered at %s", d.Cart, d.At.Local().Format(time.DateTime)), After: wait}
	}
	return s.Journal.settle(d.Entry, api.Undone, Entry{Error: "the account shows no order"})
}

// findOrder looks for the order of a cart among those that the account has had since, and writes down what it finds. An
// order does not name its cart, so it is known by a domain.
func (s *Shop) findOrder(ctx context.Context, intent Entry) (bool, error) {
	ids, err := cart.Orders(ctx, s.Client, intent.At.Add(-clocksApart))
	if err != nil {
		return false, fmt.Errorf("look for the order of cart %s: %w", intent.Cart, err)
	}
	slices.Sort(ids)
	for _, id := range slices.Backward(ids) {
		if slices.ContainsFunc(s.Journal.Placed(), func(p Placed) bool { return p.Order == id }) {
			continue
		}
		order, err := cart.ReadOrder(ctx, s.Client, id)
		if err != nil {
			return false, fmt.Errorf("look at order %d: %w", id, err)
		}
		if !order.Date.IsZero() && order.Date.Before(intent.At.Add(-clocksApart)) {
			break // ids grow with time, and not every server heeds the date that is asked for
		}
		ours, err := s.holds(ctx, id, intent.Domains)
		if err != nil {
			return false, fmt.Errorf("look at order %d: %w", id, err)
		}
		if ours {
			return true, s.Journal.settle(intent, api.Done, Entry{Order: id, URL: order.URL, Total: order.WithTax, Currency: order.Currency})
		}
	}
	return false, nil
}

// holds says whether an order is one of these domains.
func (s *Shop) holds(ctx context.Context, order int64, domains []string) (bool, error) {
	ids, err := cart.Details(ctx, s.Client, order)
	if err != nil {
		return false, err
	}
	names := namesOf(domains)
	for _, id := range ids[:min(len(ids), tellingMost)] {
		line, err := cart.ReadDetail(ctx, s.Client, order, id)
		if err != nil {
			return false, err
		}
		if len(names.in(line.Domain+" "+line.Description)) > 0 {
			return true, nil
		}
	}
	return false, nil
}

func (s *Shop) settlePayment(ctx context.Context, d deed) error {
	status, err := cart.ReadStatus(ctx, s.Client, d.Order)
	if err != nil {
		return fmt.Errorf("look at order %d: %w", d.Order, err)
	}
	switch status {
	case cart.NotPaid:
		if wait := s.Patience - time.Since(d.At); wait > 0 {
			return &UnsettledError{Why: fmt.Sprintf("it is too early to tell whether order %d was paid at %s", d.Order, d.At.Local().Format(time.DateTime)), After: wait}
		}
		return s.Journal.settle(d.Entry, api.Undone, Entry{Order: d.Order, Error: "the order is not paid"})
	case cart.Unknown, "":
		return &UnsettledError{Why: fmt.Sprintf("OVHcloud does not say whether order %d is paid", d.Order), After: s.Patience}
	}
	return s.Journal.settle(d.Entry, api.Done, Entry{Order: d.Order})
}

// isGone says that a thing is not there, which is not the same as that it never was.
func isGone(err error) bool {
	refusal, ok := errors.AsType[*api.RowError](err)
	return ok && refusal.Status == http.StatusNotFound
}
