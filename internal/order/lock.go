package order

import (
	"context"
	"fmt"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

const (
	// Carts with this description say that somebody is ordering.
	lockDescription = "tldsweep is ordering"

	// A lock that nobody opens any more holds others up for so long: longer than any order takes.
	lockLife = 15 * time.Minute
)

// lock keeps out whoever else orders with this account, on whatever machine: OVHcloud has no locks, so it is an empty cart with a
// description, which all of them can see. Each puts up its own first and looks then, so of two at once one sees the other
// at least; both may give way. It costs three requests, and one to unlock.
//
// Errors wrap ErrBusy where somebody else is ordering.
func (s *Shop) lock(ctx context.Context) (_ func() error, err error) {
	if err := s.dropLeftLocks(ctx); err != nil {
		return nil, err
	}
	basket, err := s.openLock(ctx)
	if err != nil {
		return nil, fmt.Errorf("keep others from ordering: %w", err)
	}
	unlock := func() error { return s.Abandon(ctx, basket) }
	defer func() {
		if err != nil {
			_ = unlock() // what went wrong is said; the cart expires by itself
		}
	}()
	if err := s.Assign(ctx, basket); err != nil {
		return nil, err
	}
	ids, err := cart.Find(ctx, s.Client, lockDescription)
	if err != nil {
		return nil, fmt.Errorf("look whether somebody else is ordering: %w", err)
	}
	for _, id := range ids {
		if id == basket.ID() {
			continue
		}
		state, err := cart.NewBasket(s.Client, id).Read(ctx)
		switch {
		case isGone(err):
		case err != nil:
			return nil, fmt.Errorf("look whether somebody else is ordering: %w", err)
		case state.Expire.IsZero() || s.Client.Now().Before(state.Expire):
			return nil, fmt.Errorf("%w with this account, on another machine: cart %s says so until %s", ErrBusy, id, state.Expire.Local().Format(time.TimeOnly))
		}
	}
	return unlock, nil
}

func (s *Shop) openLock(ctx context.Context) (basket *cart.Basket, err error) {
	intent := Entry{Action: Open, Endpoint: s.Client.Server(), Account: s.Account, Detail: lockDescription}
	_, err = s.Journal.perform(intent, func(outcome *Entry) (api.Receipt, error) {
		opened, err := cart.Open(ctx, s.Client, cart.Options{Subsidiary: s.Subsidiary, Description: lockDescription, Expire: lockLife})
		if err != nil {
			return api.Receipt{Attempts: 1}, err
		}
		if basket, _, err = opened.Basket(ctx); err == nil {
			outcome.Cart = basket.ID()
		}
		return api.Receipt{Attempts: 1}, err
	}, nil)
	return basket, err
}

// dropLeftLocks takes down what an earlier run of this journal left up. Nobody else has them: the journal is exclusive.
func (s *Shop) dropLeftLocks(ctx context.Context) error {
	dropped := map[string]bool{}
	for _, d := range s.Journal.records(Drop) {
		dropped[d.Cart] = dropped[d.Cart] || d.outcome() == api.Done
	}
	for _, d := range s.Journal.records(Open) {
		left := d.Detail == lockDescription && d.last.Cart != "" && !dropped[d.last.Cart]
		if !left || d.Endpoint != s.Client.Server() || d.Account != s.Account || s.Client.Now().Sub(d.At) > 2*lockLife {
			continue
		}
		if err := s.Drop(ctx, cart.NewBasket(s.Client, d.last.Cart)); err != nil {
			return fmt.Errorf("take down the lock of an earlier run: %w", err)
		}
	}
	return nil
}
