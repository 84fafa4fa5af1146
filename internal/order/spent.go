package order

import (
	"context"
	"time"

	"tldsweep/internal/cart"
)

// Spent is what the account has ordered in some time, with tax: all orders that are not cancelled and may be of domains, from
// whatever machine, and those of the journal of which nobody knows. What cannot be read is an error, a *RefusedError or ctx's.
func (s *Shop) Spent(ctx context.Context, within time.Duration, currency string) (string, error) {
	unread := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return refuse("tldsweep doctor --for order says which rights are missing; or take max_total out of ovh.conf", "what the account has spent cannot be read: %s", words(err))
	}
	now, err := s.Client.ServerTime(ctx)
	if err != nil {
		return "", unread(err)
	}
	ids, err := cart.Orders(ctx, s.Client, now.Add(-within))
	if err != nil {
		return "", unread(err)
	}
	look := &survey{Shop: s, now: now}
	total := "0.00"
	add := func(amount, in string) error {
		if equal(amount, "0") {
			return nil
		}
		with, ok := sum(total, amount)
		if !ok || in != currency {
			return refuse("take max_total out of ovh.conf, or wait", "%s %s was ordered in the last %s, which cannot be added to %s", amount, in, within, currency)
		}
		total = with
		return nil
	}
	for _, id := range ids {
		status, err := cart.ReadStatus(ctx, s.Client, id)
		if err == nil && status == cart.Cancelled {
			continue
		}
		var order *cart.Order
		if err == nil {
			order, err = cart.ReadOrder(ctx, s.Client, id)
		}
		if err != nil {
			return "", unread(err)
		}
		if !order.Date.IsZero() && now.Sub(order.Date) > within || equal(order.WithTax, "0") || !look.mayBeDomains(ctx, id) {
			continue
		}
		if err := add(order.WithTax, order.Currency); err != nil {
			return "", err
		}
	}
	for _, p := range s.Journal.Placed() {
		if p.Order == 0 && p.Endpoint == s.Client.Server() && now.Sub(p.At) < within {
			if err := add(p.Confirmed, p.Currency); err != nil {
				return "", err
			}
		}
	}
	return total, nil
}
