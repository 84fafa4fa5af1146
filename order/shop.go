package order

import (
	"context"
	"errors"
	"time"

	"tldsweep/api"
	"tldsweep/cart"
)

// Shop is an account at OVHcloud together with the journal of what is done to it. It is not safe for concurrent use.
type Shop struct {
	Client   *api.Client
	Journal  *Journal
	Account  string                           // whose orders these are: OVHcloud's name for the account
	Patience time.Duration                    // how long an order whose reply is lost may take to show in the account
	Progress func(doing string, done, of int) // nil: nobody listens
}

// Pick is a domain that somebody wants, as it was looked up just now.
type Pick struct {
	cart.Wanted
	Status  string // "available", "premium", "aftermarket"
	Renewal string
	Most    string // without tax: dearer than that it is not wanted; decimal text
}

// Open opens a cart under a description by which the account finds it again.
func (s *Shop) Open(ctx context.Context, subsidiary, description string) (opened *cart.Cart, err error) {
	intent := Entry{Act: Open, Endpoint: s.Client.Endpoint(), Account: s.Account, Detail: description}
	_, err = s.Journal.act(intent, func(outcome *Entry) (api.Receipt, error) {
		opened, err = cart.Open(ctx, s.Client, cart.Options{Subsidiary: subsidiary, Description: description})
		if err != nil {
			return api.Receipt{Attempts: 1}, err
		}
		basket, _, err := opened.Basket(ctx)
		if err == nil {
			outcome.Cart = basket.ID()
		}
		return api.Receipt{Attempts: 1}, err
	})
	return opened, err
}

// redo is Journal.act for what may be asked for twice.
func (s *Shop) redo(intent Entry, do func() error) error {
	intent.Endpoint, intent.Account = s.Client.Endpoint(), s.Account
	_, err := s.Journal.act(intent, func(*Entry) (api.Receipt, error) { return api.Receipt{Attempts: 1}, do() })
	return err
}

func (s *Shop) tell(doing string, done, of int) {
	if s.Progress != nil {
		s.Progress(doing, done, of)
	}
}

// Drop deletes a cart.
func (s *Shop) Drop(ctx context.Context, basket *cart.Basket) error {
	return s.redo(Entry{Act: Drop, Cart: basket.ID()}, func() error { return basket.Drop(ctx) })
}

const mostTries = 5

// again says whether to ask once more for what was surely not done, after a pause.
func again(ctx context.Context, err error, tries int) bool {
	wait, passes := errors.AsType[*api.WaitError](err)
	if !passes || tries >= mostTries {
		return false
	}
	pause := max(wait.After, time.Second<<(tries-1))
	if wait.Kind == api.RateLimited {
		pause = 0 // the pace waits
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
