package order

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Shop is an account at OVHcloud together with the journal of what is done to it. It is not safe for concurrent use.
type Shop struct {
	Client       *api.Client
	Journal      *Journal
	Account      string                           // whose orders these are: OVHcloud's name for the account
	Subsidiary   string                           // OVHcloud's, at which it orders: "FR"
	contacts     map[string]cart.Contact          // that were read, by path
	LookBack     time.Duration                    // how far back orders are looked at; 0 means 30 days
	AnswerWithin time.Duration                    // how long an order whose reply is lost may take to show in the account
	Progress     func(doing string, done, of int) // nil: nobody listens
}

func (s *Shop) lookBack() time.Duration { return cmp.Or(s.LookBack, 30*24*time.Hour) }

// Pick is a domain that somebody wants, as it was looked up just now.
type Pick struct {
	cart.Wanted
	Status   string // "available", "premium", "aftermarket"
	Renewal  string
	MaxPrice string // without tax: dearer than that it is not wanted; decimal text
}

// Open opens a cart under a description by which the account finds it again, and binds it to the account.
func (s *Shop) Open(ctx context.Context, description string) (opened *cart.Cart, err error) {
	intent := Entry{Action: Open, Endpoint: s.Client.Server(), Account: s.Account, Detail: description}
	var basket *cart.Basket
	_, err = s.Journal.perform(intent, func(outcome *Entry) (api.Receipt, error) {
		opened, err = cart.Open(ctx, s.Client, cart.Options{Subsidiary: s.Subsidiary, Description: description})
		if err != nil {
			return api.Receipt{Attempts: 1}, err
		}
		if basket, _, err = opened.Basket(ctx); err == nil {
			outcome.Cart = basket.ID()
		}
		return api.Receipt{Attempts: 1}, err
	}, nil)
	if err == nil {
		err = s.Assign(ctx, basket)
	}
	if err != nil && basket != nil {
		err = errors.Join(err, s.Abandon(ctx, basket))
	}
	return opened, err
}

// Assign binds a cart to the account.
func (s *Shop) Assign(ctx context.Context, basket *cart.Basket) error {
	if err := s.repeatable(Entry{Action: Assign, Cart: basket.ID()}, func() error { return basket.Assign(ctx) }); err != nil {
		return fmt.Errorf("assign the cart: %w", err)
	}
	return nil
}

// Abandon deletes a cart that will not be ordered, also where ctx has ended. It must not be called once an order of the cart was
// asked for.
func (s *Shop) Abandon(ctx context.Context, basket *cart.Basket) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonWithin)
	defer cancel()
	if err := s.Drop(ctx, basket); err != nil {
		return fmt.Errorf("cart %s is left, and expires by itself: %w", basket.ID(), err)
	}
	return nil
}

// repeatable is Journal.act for what may be asked for twice.
func (s *Shop) repeatable(intent Entry, do func() error) error {
	intent.Endpoint, intent.Account = s.Client.Server(), s.Account
	_, err := s.Journal.perform(intent, func(*Entry) (api.Receipt, error) { return api.Receipt{Attempts: 1}, do() }, nil)
	return err
}

func (s *Shop) progress(doing string, done, of int) {
	if s.Progress != nil {
		s.Progress(doing, done, of)
	}
}

// Drop deletes a cart.
func (s *Shop) Drop(ctx context.Context, basket *cart.Basket) error {
	return s.repeatable(Entry{Action: Drop, Cart: basket.ID()}, func() error { return basket.Drop(ctx) })
}

const (
	maxTries      = 5
	abandonWithin = 20 * time.Second // somebody waits who wants to leave
)

// retry says whether to ask once more for what was surely not done, after a pause.
func retry(ctx context.Context, err error, tries int) bool {
	wait, passes := errors.AsType[*api.WaitError](err)
	if !passes || tries >= maxTries {
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
