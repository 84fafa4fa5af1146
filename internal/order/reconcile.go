package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// UnknownOutcomeError says that nobody knows yet whether an order was placed, or paid.
type UnknownOutcomeError struct {
	Why   string
	After time.Duration // when to look again; 0: it is not a matter of time, and a person must say: see Reconcile
	Cart  string        // that may have been ordered; empty: it is about a payment
	Err   error         // what made it so; nil where it was so before
}

func (e *UnknownOutcomeError) Error() string {
	if e.Err != nil {
		return e.Why + ": " + e.Err.Error()
	}
	return e.Why
}
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// Reconcile finds out from the account what has become of every order and payment whose outcome the journal does not know,
// as after a crash or a lost reply, and writes it down. The journal must be exclusive. Errors: an *UnknownOutcomeError, after
// which nothing must be ordered or paid; ctx's; the api package's. Where all is known it asks nothing.
func (s *Shop) Reconcile(ctx context.Context) error {
	for _, d := range s.Journal.records(Checkout, Pay) {
		if d.outcome() != api.Unknown || d.Endpoint != s.Client.Server() || d.Account != s.Account {
			continue
		}
		reconcile := s.reconcileCheckout
		if d.Action == Pay {
			reconcile = s.reconcilePayment
		}
		if err := reconcile(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// reconcileCheckout finds out whether a cart was ordered. That it was not is known only from the cart itself: it is there, open,
// and what was sent had its time. That it was is known from an order whose rows name just its domains.
func (s *Shop) reconcileCheckout(ctx context.Context, d record) error {
	now, err := s.Client.ServerTime(ctx)
	if err != nil {
		return fmt.Errorf("read the server's clock: %w", err)
	}
	state, err := cart.NewBasket(s.Client, d.Cart).Read(ctx)
	if err != nil && !isGone(err) {
		return fmt.Errorf("look at cart %s: %w", d.Cart, err)
	}
	if open := err == nil && !state.ReadOnly && (state.Expire.IsZero() || now.Before(state.Expire)); open {
		if wait := s.AnswerWithin - now.Sub(d.At); wait > 0 {
			return &UnknownOutcomeError{Why: fmt.Sprintf("it is too early to tell whether cart %s was ordered at %s", d.Cart, d.At.Local().Format(time.DateTime)), After: min(wait, s.AnswerWithin), Cart: d.Cart}
		}
		return s.Journal.conclude(d.Entry, api.NotDone, Entry{Error: "the cart is still open"})
	}
	found, doubt, err := s.findOrder(ctx, d.Entry, now)
	if err != nil || found {
		return err
	}
	if doubt == "" {
		doubt = "and the account shows no order of it"
	}
	what := "was checked out"
	if isGone(err) || state == nil {
		what = "is gone"
	}
	return &UnknownOutcomeError{Why: fmt.Sprintf("cart %s of %s with %s %s, %s", d.Cart, d.At.Local().Format(time.DateTime), some(d.Domains), what, doubt), Cart: d.Cart}
}

// Declare writes down what a person has found out of a cart whose order nobody can tell: that it is an order of the account, or with
// order 0 that it was not placed. Errors: a *RefusedError; ctx's; the api package's.
func (s *Shop) Declare(ctx context.Context, cartID string, order int64) error {
	records := s.Journal.records(Checkout)
	at := slices.IndexFunc(records, func(d record) bool {
		return d.Cart == cartID && d.outcome() == api.Unknown && d.Endpoint == s.Client.Server() && d.Account == s.Account
	})
	if at < 0 {
		return refuse("see tldsweep order status", "the journal has no cart %s of which it is unknown whether it was ordered", cartID)
	}
	if order == 0 {
		return s.Journal.conclude(records[at].Entry, api.NotDone, Entry{Error: "not placed, as a person says"})
	}
	placed, err := cart.ReadOrder(ctx, s.Client, order)
	if isGone(err) {
		return refuse("see your orders at OVHcloud", "the account has no order %d", order)
	}
	if err != nil {
		return fmt.Errorf("look at order %d: %w", order, err)
	}
	return s.Journal.conclude(records[at].Entry, api.Done, Entry{Order: order, URL: placed.URL, Total: placed.WithTax, Currency: placed.Currency})
}

// some are a few of many domains, for a message.
func some(domains []string) string {
	if len(domains) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(domains[:3], ", "), len(domains)-3)
	}
	return strings.Join(domains, ", ")
}

// findOrder looks for the order of a cart among those that the account has had since, and writes down what it finds. An
// order does not name its cart: it is ours where its rows name all of its domains and no other. Of one that does not say, doubt tells.
func (s *Shop) findOrder(ctx context.Context, intent Entry, now time.Time) (found bool, doubt string, err error) {
	ids, err := cart.Orders(ctx, s.Client, intent.At.Add(-clocksApart))
	if err != nil {
		return false, "", fmt.Errorf("look for the order of cart %s: %w", intent.Cart, err)
	}
	look := &survey{Shop: s, now: now}
	slices.Sort(ids)
	for _, id := range slices.Backward(ids) {
		if slices.ContainsFunc(s.Journal.Placed(), func(p Placed) bool { return p.Order == id }) {
			continue
		}
		order, err := cart.ReadOrder(ctx, s.Client, id)
		if err != nil {
			return false, "", fmt.Errorf("look at order %d: %w", id, err)
		}
		if !order.Date.IsZero() && order.Date.Before(intent.At.Add(-clocksApart)) {
			continue // not every server heeds the date that is asked for
		}
		units, err := look.unitsOf(ctx, id)
		if err != nil {
			if ctx.Err() != nil {
				return false, "", ctx.Err()
			}
			doubt = fmt.Sprintf("and order %d of the account cannot be read (%s)", id, words(err))
			continue
		}
		switch whose(units, intent.Domains) {
		case Ordered:
			return true, "", s.Journal.conclude(intent, api.Done, Entry{Order: id, URL: order.URL, Total: order.WithTax, Currency: order.Currency})
		case Unknown:
			doubt = fmt.Sprintf("and order %d of %s %s may be its order, and does not say", id, order.WithTax, order.Currency)
		}
	}
	return false, doubt, nil
}

// whose says whether an order is just of some domains: Ordered, Absent, or Unknown where its rows do not say.
func whose(units []*unit, domains []string) Holding {
	names := namesOf(domains)
	var named []string
	unnamed := 0
	for _, u := range units {
		ours := u.ours(names)
		switch {
		case len(ours) > 0:
			named = append(named, ours...)
		case len(u.names) > 0:
			return Absent // it is of another domain
		case slices.ContainsFunc(domains, u.mayBe):
			unnamed++
		}
	}
	slices.Sort(named)
	switch named = slices.Compact(named); {
	case len(named) == len(domains):
		return Ordered
	case unnamed > 0:
		return Unknown
	}
	return Absent
}

func (s *Shop) reconcilePayment(ctx context.Context, d record) error {
	now, err := s.Client.ServerTime(ctx)
	if err != nil {
		return fmt.Errorf("read the server's clock: %w", err)
	}
	status, err := cart.ReadStatus(ctx, s.Client, d.Order)
	if err != nil {
		return fmt.Errorf("look at order %d: %w", d.Order, err)
	}
	switch status {
	case cart.NotPaid:
		if wait := s.AnswerWithin - now.Sub(d.At); wait > 0 {
			return &UnknownOutcomeError{Why: fmt.Sprintf("it is too early to tell whether order %d was paid at %s", d.Order, d.At.Local().Format(time.DateTime)), After: min(wait, s.AnswerWithin)}
		}
		return s.Journal.conclude(d.Entry, api.NotDone, Entry{Order: d.Order, Error: "the order is not paid"})
	case cart.Unknown, "":
		return &UnknownOutcomeError{Why: fmt.Sprintf("OVHcloud does not say whether order %d is paid", d.Order), After: s.AnswerWithin}
	}
	return s.Journal.conclude(d.Entry, api.Done, Entry{Order: d.Order})
}
