// Package cart is OVHcloud's cart and what surrounds it: what is sold, what the account holds and orders, how it pays. A call of the
// API is a function or method here, with its route and source in its comment.
//
// A Cart looks domains up, and opens itself again when it expires; Verdict judges the offers that a lookup finds, and Lookup makes
// a stage of both for a scan. A Basket is a cart that domains are ordered from: Add, Configure, Quote, Checkout. Sold, Featured and
// ReadCatalogue tell what OVHcloud sells. Everything else is about the account: Orders, Domains, Contacts, PaymentMethods.
package cart

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"tldsweep/internal/api"
)

const (
	// A cart is replaced this long before it expires, so that no request meets a dead one.
	renewBefore = 5 * time.Minute

	// A server that forgets cart after cart, with no lookup in between, will not stop doing so.
	maxReopenings = 5

	// So many lookups that are refused in a row may be for all of them, and not for these domains.
	maxRefusals = 3

	// A lookup's answer has some 4 kB.
	largestAnswer = 256 << 10

	// The other lookups wait so long for the first: it may be asked again for minutes, for reasons of its own domain.
	firstLookupWait = 3 * time.Second
)

// Options says what kind of cart to open.
type Options struct {
	Subsidiary  string        // OVHcloud's, case-sensitive: "FR". It fixes prices and currency
	Description string        // by which the account finds the cart again; may be empty
	Expire      time.Duration // from now on the server's clock; 0 leaves it to OVHcloud (a day)
}

// Cart is an open cart, which opens itself again when it expires or is lost. It is safe for concurrent use.
type Cart struct {
	client  *api.Client
	options Options

	// opening is held by whoever opens the cart or reads which one is open; a channel, since waiting for it must end
	// with the waiter's context.
	opening    chan struct{}
	id         string
	expire     time.Time // zero: unknown
	reopenings int       // since the last answered lookup

	// The first lookup holds first, and the others go when it has been answered: what is refused to one is refused to
	// all, and should cost one request and not as many as there are workers.
	first     chan struct{}
	firstDone atomic.Bool
	refused   error // to all lookups, for those that waited; whoever holds first may look

	control  atomic.Pointer[string] // a domain that a lookup has answered; nil: none has
	refusals atomic.Int32           // in a row, of lookups
}

// Open opens a cart.
//
// Route: POST /order/cart, anonymous. Costs a request, changes nothing but that a cart is there. Source: OVHcloud API,
// order.json. Errors are the api package's.
func Open(ctx context.Context, client *api.Client, options Options) (*Cart, error) {
	c := &Cart{client: client, options: options, opening: make(chan struct{}, 1), first: make(chan struct{}, 1)}
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// open replaces the open cart. The caller holds opening, or is the only one to know c.
func (c *Cart) open(ctx context.Context) error {
	body := struct {
		Subsidiary  string `json:"ovhSubsidiary"`
		Description string `json:"description,omitempty"`
		Expire      string `json:"expire,omitempty"`
	}{Subsidiary: c.options.Subsidiary, Description: c.options.Description}
	if c.options.Expire > 0 {
		now, err := c.client.ServerTime(ctx)
		if err != nil {
			return fmt.Errorf("open a cart: %w", err)
		}
		body.Expire = now.Add(c.options.Expire).UTC().Format(time.RFC3339)
	}
	var opened struct {
		CartID string `json:"cartId"`
		Expire string `json:"expire"`
	}
	receipt, err := c.client.Do(ctx, api.Call{Method: http.MethodPost, Path: "/order/cart", Body: body, Into: &opened})
	if err != nil {
		return fmt.Errorf("open a cart: %w", err)
	}
	if opened.CartID == "" {
		return fmt.Errorf("open a cart: %w", &api.RowError{Failure: api.Failure{
			Call: "POST /order/cart", Kind: api.Decode, Message: "the answer names no cart", Attempts: receipt.Attempts,
		}})
	}
	c.id = opened.CartID
	// A date that cannot be read costs a 404 later, not a scan now.
	c.expire, _ = time.Parse(time.RFC3339, opened.Expire)
	return nil
}

// Basket is the cart that is open now, to put into it what was looked up, and until when it lives (zero: not said). From
// then on it is the caller's: a Cart that looks up more may replace its own by another.
func (c *Cart) Basket(ctx context.Context) (*Basket, time.Time, error) {
	id, err := c.current(ctx, "")
	if err != nil {
		return nil, time.Time{}, err
	}
	c.opening <- struct{}{}
	defer func() { <-c.opening }()
	return NewBasket(c.client, id), c.expire, nil
}

// current is the id of a cart that is open and not the lost one, which is replaced once for all who lost it.
func (c *Cart) current(ctx context.Context, lost string) (string, error) {
	select {
	case c.opening <- struct{}{}:
		defer func() { <-c.opening }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	expiring := !c.expire.IsZero() && c.expire.Sub(c.client.Now()) < renewBefore && c.reopenings == 0
	if c.id != lost && !expiring {
		return c.id, nil
	}
	if c.reopenings == maxReopenings {
		if err := c.stillThere(ctx); err != nil {
			return "", err
		}
		return c.id, nil
	}
	c.reopenings++
	if err := c.open(ctx); err != nil {
		return "", err
	}
	return c.id, nil
}

// stillThere asks for the cart itself, since a domain that is not found is told in the same way as a cart that is lost. The caller
// holds opening.
//
// Route: GET /order/cart/{cartId}, signed. Costs a request, changes nothing. Source: OVHcloud API, order.json.
func (c *Cart) stillThere(ctx context.Context) error {
	_, err := c.client.Do(ctx, api.Call{Method: http.MethodGet, Path: "/order/cart/" + url.PathEscape(c.id)})
	if refusal, ok := errors.AsType[*api.RowError](err); ok && cartGone(refusal) {
		return &api.StopError{
			Failure: api.Failure{Call: "POST /order/cart", Kind: api.Server, Message: fmt.Sprintf("OVHcloud lost %d carts in a row", maxReopenings)},
			Hint:    "try again later; if it stays so, check --endpoint",
		}
	}
	return err
}

// answered notes that carts work, the open one or the one before.
func (c *Cart) answered(ctx context.Context, domain string) {
	c.refusals.Store(0)
	if c.control.Load() == nil {
		c.control.CompareAndSwap(nil, &domain)
	}
	select {
	case c.opening <- struct{}{}:
		c.reopenings = 0
		<-c.opening
	case <-ctx.Done():
	}
}

// ErrUnsupported says that OVHcloud refuses to check a domain for good: it does not sell the extension, or does not
// manage the name. Errors that wrap it are verdicts, not failures.
var ErrUnsupported = errors.New("OVHcloud does not check it")

// Found is what a lookup brought.
type Found struct {
	Offers []Offer // every one; none means that the domain is taken
	api.Receipt
}

// Lookup asks what OVHcloud offers for a domain, in lower-case A-labels. An error wraps ErrUnsupported, or is ctx's or
// one of the api package's: a *api.StopError says that all lookups are refused, and a *api.RowError that this one is. The Receipt
// counts what was spent on the domain in any case.
//
// Route: GET /order/cart/{cartId}/domain?domain=, signed since 2024. Costs a request, changes nothing. Source: OVHcloud
// API, order.json.
func (c *Cart) Lookup(ctx context.Context, domain string) (Found, error) {
	if c.firstDone.Load() {
		return c.lookupNext(ctx, domain)
	}
	timer := time.NewTimer(firstLookupWait)
	defer timer.Stop()
	select {
	case c.first <- struct{}{}:
	case <-timer.C:
		return c.lookup(ctx, domain)
	case <-ctx.Done():
		return Found{}, ctx.Err()
	}
	if c.firstDone.Load() || c.refused != nil {
		refused := c.refused
		<-c.first
		if refused != nil {
			return Found{}, refused
		}
		return c.lookupNext(ctx, domain)
	}
	found, err := c.lookup(ctx, domain)
	if _, stopped := errors.AsType[*api.StopError](err); stopped {
		c.refused = err
	} else if ctx.Err() == nil {
		c.firstDone.Store(true)
	}
	<-c.first
	return found, err
}

// lookupNext is a lookup after the first. What is refused to one domain is an error of its row; what is refused to several in a row,
// and then also to one that was answered before, is refused to all.
func (c *Cart) lookupNext(ctx context.Context, domain string) (Found, error) {
	found, err := c.lookup(ctx, domain)
	stop, refused := errors.AsType[*api.StopError](err)
	if !refused || !strings.HasSuffix(stop.Call, "/domain") || c.control.Load() == nil {
		return found, err
	}
	if c.refusals.Add(1) >= maxRefusals && c.refusedToAll(ctx) {
		return found, err
	}
	return found, &api.RowError{Failure: stop.Failure}
}

// refusedToAll asks for a domain that was answered before, once for all workers.
func (c *Cart) refusedToAll(ctx context.Context) bool {
	select {
	case c.first <- struct{}{}:
		defer func() { <-c.first }()
	case <-ctx.Done():
		return false
	}
	if c.refused == nil && c.refusals.Load() >= maxRefusals {
		if _, err := c.lookup(ctx, *c.control.Load()); isStop(err) {
			c.refused = err
		}
	}
	return c.refused != nil
}

func isStop(err error) bool {
	_, ok := errors.AsType[*api.StopError](err)
	return ok
}

func (c *Cart) lookup(ctx context.Context, domain string) (Found, error) {
	var found Found
	lost, fresh := "", false
	for {
		id, err := c.current(ctx, lost)
		if err != nil {
			return found, err
		}
		var wire wireOffers
		receipt, err := c.client.Do(ctx, api.Call{
			Method: http.MethodGet,
			Path:   "/order/cart/" + url.PathEscape(id) + "/domain?domain=" + url.QueryEscape(domain),
			Into:   &wire, Longest: largestAnswer, Fresh: fresh,
		})
		found.Attempts += receipt.Attempts
		found.Latency = receipt.Latency
		if err == nil {
			c.answered(ctx, domain)
			stray := strayOffer(wire.offers, domain)
			if stray == "" {
				found.Offers = wire.offers
				return found, nil
			}
			if !fresh {
				fresh = true // the answer to another question, on a connection that mixed them up
				continue
			}
			return found, &api.RowError{Failure: api.Failure{
				Call: "GET /order/cart/" + id + "/domain", Kind: api.Decode, Status: http.StatusOK, Attempts: found.Attempts,
				Message: "unexpected answer: an offer for another extension, " + stray,
			}}
		}
		refusal, refused := errors.AsType[*api.RowError](err)
		switch {
		case !refused:
			return found, err
		case unsupported(refusal):
			return found, fmt.Errorf("%w: %w", ErrUnsupported, err)
		case cartGone(refusal) && lost == "":
			lost = id
		default:
			return found, err
		}
	}
}

// unsupported knows the wordings of both generations that are on record, since their status and class are not documented. Words in
// the middle of another message are no such answer, and neither is what a status says of the caller or of the load.
func unsupported(refusal *api.RowError) bool {
	switch status := refusal.Status; {
	case status/100 != 4, status == http.StatusUnauthorized, status == http.StatusForbidden,
		status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return false
	}
	message := strings.ToLower(refusal.Message)
	return strings.HasPrefix(message, "some parameters are invalid in the request: check failed.") || strings.TrimSuffix(message, ".") == "extension not managed"
}

// cartGone knows a cart that expired or never was: a 404 today, words in 2019.
func cartGone(refusal *api.RowError) bool {
	message := strings.ToLower(refusal.Message)
	return refusal.Status == http.StatusNotFound || strings.Contains(message, "invalid cartid") || strings.Contains(message, "cart expired")
}
