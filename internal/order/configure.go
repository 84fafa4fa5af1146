package order

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// configure answers what a domain's configuration lists, one answer after the other; false means that an answer does not fit,
// and that the domain is out.
func (p *preparation) configure(ctx context.Context, e *entry) (bool, error) {
	for _, q := range e.requirements() {
		p.quote.Unasked = slices.DeleteFunc(p.quote.Unasked, func(label string) bool { return label == q.Label })
		if ok, err := p.answer(ctx, e, q); !ok || err != nil {
			return ok, err
		}
	}
	for label := range e.extra {
		if ok, err := p.answer(ctx, e, cart.Requirement{Label: label}); !ok || err != nil {
			return ok, err
		}
	}
	return true, nil
}

// answer answers one question of one domain, where there is an answer.
func (p *preparation) answer(ctx context.Context, e *entry, q cart.Requirement) (bool, error) {
	value, extra := e.extra[q.Label]
	if !extra {
		answer, there := p.answers.of(e.group.extension, q.Label)
		if !there || e.sent[q.Label] {
			return true, nil
		}
		r, why := encode(q.Label, answer)
		if why == "" {
			r, why = r.fit(q)
		}
		if why != "" {
			return false, p.leaveOut(ctx, e, Dropped{Label: q.Label, Why: "the answer to " + question(q.Label, []cart.Requirement{q}) + " does not fit: " + why})
		}
		value = r.value
		if r.new != nil {
			var err error
			if value, err = p.contact(ctx, r.new); err != nil {
				return false, fmt.Errorf("create the contact: %w", err)
			}
		}
	}
	if e.sent[q.Label] {
		return true, nil
	}
	err := p.set(ctx, e, q.Label, value)
	if refusal, ok := errors.AsType[*api.RowError](err); ok {
		return false, p.leaveOut(ctx, e, Dropped{Label: q.Label, Why: q.Label + " = " + value + " is refused: " + refusal.Explanation()})
	}
	if err != nil {
		return false, fmt.Errorf("configure %s of %s: %w", q.Label, e.pick.Domain, err)
	}
	e.sent[q.Label] = true
	if q.Label == "OWNER_CONTACT" {
		e.owner = value
	}
	return true, nil
}

// set answers one question of one domain, once. Where the reply is lost, the cart tells whether it is answered.
func (p *preparation) set(ctx context.Context, e *entry, label, value string) error {
	p.bill = nil
	for tries := 1; ; tries++ {
		intent := Entry{
			Action: Configure, Endpoint: p.Client.Server(), Account: p.Account, Cart: p.basket.ID(), Item: e.item,
			Domains: []string{e.pick.Domain}, Detail: label,
		}
		result, err := p.Journal.perform(intent, func(*Entry) (api.Receipt, error) { return p.basket.Configure(ctx, e.item, label, value) }, func() bool {
			ids, wrong := p.basket.Configured(ctx, e.item, label)
			return len(ids) == 0 && wrong == nil
		})
		if err == nil {
			return nil
		}
		if result == api.Unknown && ctx.Err() == nil {
			ids, wrong := p.basket.Configured(ctx, e.item, label)
			if len(ids) > 0 || wrong != nil {
				return wrong
			}
		}
		if !retry(ctx, err, tries) {
			return err
		}
	}
}
