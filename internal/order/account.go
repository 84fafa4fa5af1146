package order

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Holding is what the account has of a domain.
type Holding string

// The holdings. A domain is Absent only where all that the account has was read and is something else.
const (
	Absent  Holding = "absent"
	Ordered Holding = "ordered" // in an order that is not delivered yet, paid or not
	Owned   Holding = "owned"
	Unknown Holding = "unknown" // it could not be read, or does not say
)

// Held is what the account has of one domain, with the reason.
type Held struct {
	Holding Holding
	Order   int64  // that it is in, or may be in; 0: none
	Why     string // in words, unless it is Absent
}

const (
	// So many requests the look into an account may cost; what it has not seen by then is unknown.
	maxRequests = 600

	// An order and a clock may differ by so much: dates of orders are the server's, and so is our time, to the second or so.
	clocksApart = 5 * time.Minute
)

// holdingOf is what the state of a listed domain means. Source of the states: OVHcloud API, domain.json, domain.DomainStateEnum.
func holdingOf(state string) Holding {
	switch {
	case state == "ok", state == "dispute", strings.HasPrefix(state, "autorenew_"), strings.HasSuffix(state, "_suspended"):
		return Owned
	case state == "pending_create", state == "pending_installation", state == "pending_incoming_transfer":
		return Ordered
	case state == "deleted", state == "outgoing_transfer":
		return Absent
	}
	return Unknown // also expired, restorable, pending_delete: no longer used, and not free either
}

// Holdings says what the account has of some domains. Everything that must not be ordered twice asks here: first the domains of the
// account, then the orders of the time that Shop.Since says that are neither cancelled nor delivered, all rows of each. An
// unpaid order counts until it can no longer be paid.
//
// It costs two requests where the account has none of the domains and no such orders; else one for each domain that is listed, one
// for the status of each order, one for its rows and one or two for each row. Errors are ctx's alone: what cannot be
// read is Unknown.
func (s *Shop) Holdings(ctx context.Context, domains []string) (map[string]Held, error) {
	look := &survey{Shop: s, held: map[string]Held{}, names: namesOf(domains)}
	for _, domain := range domains {
		look.held[domain] = Held{Holding: Absent}
	}
	var err error
	if look.now, err = s.Client.ServerTime(ctx); err != nil {
		look.unknown(domains, 0, "the server's clock cannot be read (%s)", words(err))
		return look.held, ctx.Err()
	}
	look.domains(ctx)
	look.orders(ctx)
	return look.held, ctx.Err()
}

// survey is one look into the account.
type survey struct {
	*Shop
	held  map[string]Held
	names names
	now   time.Time // on the server's clock
	spent int       // requests
}

// note notes what was found of a domain. What is known goes before what is not.
func (l *survey) note(domain string, held Held) {
	before := l.held[domain].Holding
	if before == Absent || before == Unknown && held.Holding != Absent && held.Holding != Unknown {
		l.held[domain] = held
	}
}

// unknown makes all unknown that nothing is known of.
func (l *survey) unknown(domains []string, order int64, format string, args ...any) {
	for _, domain := range domains {
		l.note(domain, Held{Unknown, order, fmt.Sprintf(format, args...)})
	}
}

func (l *survey) all() []string { return slices.Sorted(maps.Keys(l.held)) }

// domains looks among the domains of the account.
func (l *survey) domains(ctx context.Context) {
	l.spent++
	listed, err := cart.Domains(ctx, l.Client)
	if err != nil {
		l.unknown(l.all(), 0, "the account's domains cannot be read (%s)", words(err))
		return
	}
	for _, name := range listed {
		domain, ours := l.names[strings.ToLower(name)]
		if !ours {
			continue
		}
		l.spent++
		state, err := cart.DomainState(ctx, l.Client, name)
		switch holding := holdingOf(state); {
		case isGone(err):
		case err != nil:
			l.unknown([]string{domain}, 0, "the account has it, and how cannot be read (%s)", words(err))
		case holding == Unknown:
			l.unknown([]string{domain}, 0, "the account has it as %q", state)
		case holding != Absent:
			l.note(domain, Held{holding, 0, "the account has it: " + state})
		}
	}
}

// orders looks into the orders of the account that are under way.
func (l *survey) orders(ctx context.Context) {
	l.spent++
	ids, err := cart.Orders(ctx, l.Client, l.now.Add(-l.lookBack()))
	if err != nil {
		l.unknown(l.all(), 0, "the account's orders cannot be read (%s)", words(err))
		return
	}
	slices.Sort(ids)
	for _, id := range slices.Backward(ids) {
		if ctx.Err() != nil {
			return
		}
		if l.spent > maxRequests {
			l.unknown(l.all(), 0, "the account has %d orders, and %d requests did not read them all", len(ids), l.spent)
			return
		}
		under, err := l.underWay(ctx, id)
		if err != nil {
			l.unknown(l.all(), id, "order %d cannot be read (%s)", id, words(err))
			continue
		}
		if !under {
			continue
		}
		named, possible, err := l.holdsOf(ctx, id, l.all())
		if err != nil {
			l.unknown(l.all(), id, "order %d cannot be read (%s)", id, words(err))
			continue
		}
		for _, domain := range named {
			l.note(domain, Held{Ordered, id, fmt.Sprintf("it is in order %d", id)})
		}
		l.unknown(possible, id, "order %d does not say what it is of", id)
	}
}

// extensionLike is a plan that can be an extension: those of servers have digits.
var extensionLike = regexp.MustCompile(`^[a-z-]+(\.[a-z-]+)*$|^xn--`)

// mayBeDomains says whether an order may be of domains. Where it does not say, it may.
func (l *survey) mayBeDomains(ctx context.Context, order int64) bool {
	units, err := l.unitsOf(ctx, order)
	if err != nil {
		return true
	}
	for _, u := range units {
		if len(u.names) > 0 || slices.ContainsFunc(u.rows, func(row OrderRow) bool { return row.Plan == "" || extensionLike.MatchString(row.Plan) }) {
			return true
		}
	}
	return false
}

// underWay says whether an order can still bring what is in it.
func (l *survey) underWay(ctx context.Context, id int64) (bool, error) {
	l.spent++
	status, err := cart.ReadStatus(ctx, l.Client, id)
	if err != nil {
		return false, err
	}
	switch status {
	case cart.Cancelled, cart.Delivered: // what was delivered is among the domains
		return false, nil
	case cart.NotPaid:
		l.spent++
		order, err := cart.ReadOrder(ctx, l.Client, id)
		if err != nil {
			return false, err
		}
		return order.Expires.IsZero() || l.now.Before(order.Expires.Add(clocksApart)), nil
	}
	return true, nil
}

// holdsOf says which of some domains an order names, and which it may hold besides, since some rows say no name.
func (l *survey) holdsOf(ctx context.Context, order int64, domains []string) (named, possible []string, err error) {
	units, err := l.unitsOf(ctx, order)
	if err != nil {
		return nil, nil, err
	}
	names := namesOf(domains)
	for _, u := range units {
		ours := u.ours(names)
		for _, domain := range ours {
			if !slices.Contains(named, domain) {
				named = append(named, domain)
			}
		}
		if len(ours) > 0 || len(u.names) > 0 {
			continue
		}
		for _, domain := range domains {
			if u.mayBe(domain) {
				possible = append(possible, domain)
			}
		}
	}
	return named, possible, nil
}

// isGone says that a thing is not there, which is not the same as that it never was.
func isGone(err error) bool {
	refusal, ok := errors.AsType[*api.RowError](err)
	return ok && refusal.Status == http.StatusNotFound
}
