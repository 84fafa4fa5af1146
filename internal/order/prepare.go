package order

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// ErrNothing says that none of the domains can be ordered as wanted.
var ErrNothing = errors.New("nothing is left to order")

// AcceptClaim asks a person whether they want a domain although somebody holds a mark of its name.
type AcceptClaim func(ctx context.Context, domain string, notice *cart.ClaimNotice) (bool, error)

// preparation is a cart on its way to a quote.
type preparation struct {
	*Shop
	basket    *cart.Basket
	answers   *Answers
	accept    AcceptClaim // nil: no claim is accepted
	quote     *Quote
	bill      *cart.Bill        // of the last dry run; nil where the cart has changed since
	items     map[int64]*entry  // that are known to be in the cart
	uncertain bool              // there may be more in it
	contacts  map[string]string // new ones: digest → path
	labelsOf  map[string]bool   // that some item's configuration lists
	dryRuns   int
	wanted    int // domains
}

// entry is a domain on its way into the quote.
type entry struct {
	pick  Pick
	group *group
	item  int64              // in the cart; 0: it is not there
	knows []cart.Requirement // what its own configuration lists; nil: it was not asked
	sent  map[string]bool    // labels that are configured
	extra map[string]string  // values for labels that its extension's list does not have, by label
	claim *Claim             // that was accepted
	owner string             // path of the contact that it is configured with; empty: none
}

// group is the domains of one extension.
type group struct {
	extension string
	entries   []*entry
	asked     map[string][]cart.Requirement // by pricing mode, what its first domain's configuration lists
}

// Prepare puts domains into a cart that is assigned, configures them, and asks what the order would be. It changes nothing
// but the cart and, where the answers hold a new one, the account's contacts; it spends nothing. Description and Expires of
// the quote are the caller's to fill in.
//
// What cannot be ordered, or not at its price, is named in Quote.Dropped; the quote is never nil, but good only without an
// error. What the checkout refuses is found out by asking, extension by extension: see admit. Errors: wrapping ErrNothing,
// with a quote that says why; ctx's; the api package's. After an error the cart is of no use: see Abandon.
func (s *Shop) Prepare(ctx context.Context, basket *cart.Basket, picks []Pick, answers *Answers, accept AcceptClaim) (*Quote, error) {
	p := &preparation{
		Shop: s, basket: basket, answers: answers, accept: accept, items: map[int64]*entry{}, contacts: map[string]string{},
		labelsOf: map[string]bool{}, wanted: len(picks),
		quote: &Quote{
			Schema: quoteSchema, Endpoint: s.Client.Server(), Account: s.Account, Subsidiary: s.Subsidiary, Cart: basket.ID(),
			Dropped: []Dropped{}, Contracts: []cart.Contract{}, Unasked: slices.DeleteFunc(answers.labels(), func(label string) bool { _, ok := knownLabels[label]; return ok }),
		},
	}
	for _, g := range groupsOf(picks) {
		if err := p.addExtension(ctx, g); err != nil {
			return p.quote, err
		}
	}
	bill, err := p.agreeOnBill(ctx)
	if err == nil {
		p.complete(bill, picks)
	}
	return p.quote, err
}

func groupsOf(picks []Pick) []*group {
	var groups []*group
	for _, pick := range picks {
		at := slices.IndexFunc(groups, func(g *group) bool { return g.extension == pick.PlanCode })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &group{extension: pick.PlanCode, asked: map[string][]cart.Requirement{}})
		}
		g := groups[at]
		g.entries = append(g.entries, &entry{pick: pick, group: g, sent: map[string]bool{}, extra: map[string]string{}})
	}
	return groups
}

// change is redo for what changes the cart.
func (p *preparation) change(act Action, item int64, domains []string, detail string, do func() error) error {
	p.bill = nil
	return p.repeatable(Entry{Action: act, Item: item, Domains: domains, Detail: detail, Cart: p.basket.ID()}, do)
}

// addToCart puts a domain into the cart and answers what its registry asks; false means that it cannot be ordered.
func (p *preparation) addToCart(ctx context.Context, e *entry) (bool, error) {
	id, err := p.add(ctx, e.pick)
	if refusal, ok := errors.AsType[*api.RowError](err); ok {
		p.noteDropped(e, Dropped{Why: "not to be ordered: " + refusal.Explanation()})
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("add %s: %w", e.pick.Domain, err)
	}
	e.item = id
	p.items[id] = e
	if _, known := e.group.asked[e.pick.PricingMode]; !known {
		if err := p.readRequirements(ctx, e); err != nil {
			return false, err
		}
		e.group.asked[e.pick.PricingMode] = e.knows
	}
	ok, err := p.configure(ctx, e)
	if ok && err == nil {
		p.progress("put into the cart", len(p.items)+len(p.quote.Dropped), p.wanted)
	}
	return ok, err
}

// readRequirements asks what a domain's own configuration lists, once.
func (p *preparation) readRequirements(ctx context.Context, e *entry) (err error) {
	if e.knows != nil || e.item == 0 {
		return nil
	}
	if e.knows, err = p.basket.Requirements(ctx, e.item); err != nil {
		return fmt.Errorf("ask what %s requires: %w", e.pick.Domain, err)
	}
	for _, q := range e.knows {
		p.labelsOf[q.Label] = true
	}
	return nil
}

// requirements is what a domain's configuration lists, as far as it is known: its own, or that of the first of its extension.
func (e *entry) requirements() []cart.Requirement {
	if e.knows != nil {
		return e.knows
	}
	return e.group.asked[e.pick.PricingMode]
}

func (p *preparation) noteDropped(e *entry, why Dropped) {
	why.Domain = e.pick.Domain
	p.quote.Dropped = append(p.quote.Dropped, why)
}

// add puts a domain into the cart once. Where the reply is lost, the cart tells whether it is there.
func (p *preparation) add(ctx context.Context, pick Pick) (int64, error) {
	p.bill = nil
	for tries := 1; ; tries++ {
		var item cart.Item
		intent := Entry{Action: Add, Endpoint: p.Client.Server(), Account: p.Account, Cart: p.basket.ID(), Domains: []string{pick.Domain}}
		result, err := p.Journal.perform(intent, func(outcome *Entry) (receipt api.Receipt, err error) {
			item, receipt, err = p.basket.Add(ctx, pick.Wanted)
			outcome.Item = item.ID
			return receipt, err
		}, func() bool {
			id, wrong := p.find(ctx, pick.Domain)
			return id == 0 && wrong == nil
		})
		if err == nil {
			return item.ID, nil
		}
		if result == api.Unknown && ctx.Err() == nil {
			p.uncertain = true
			id, wrong := p.find(ctx, pick.Domain)
			if id != 0 || wrong != nil {
				return id, wrong
			}
		}
		if !retry(ctx, err, tries) {
			return 0, err
		}
	}
}

// find looks for a domain among the items that are not known yet. An item that does not say what it is of, as OVHcloud describes
// them, may be a late copy of another: it is taken out, and what was looked for is added again.
func (p *preparation) find(ctx context.Context, domain string) (int64, error) {
	ids, err := p.basket.Items(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if p.items[id] != nil {
			continue
		}
		item, err := p.basket.ReadItem(ctx, id)
		switch {
		case err != nil:
			return 0, err
		case item.Domain == domain:
			return id, nil
		case item.Domain != "":
			continue
		}
		if err := p.change(Remove, id, nil, "", func() error { return p.basket.Remove(ctx, id) }); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// sweep takes out of the cart what a request left there that seemed lost.
func (p *preparation) sweep(ctx context.Context) error {
	if !p.uncertain {
		return nil
	}
	ids, err := p.basket.Items(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if p.items[id] != nil {
			continue
		}
		if err := p.change(Remove, id, nil, "", func() error { return p.basket.Remove(ctx, id) }); err != nil {
			return err
		}
	}
	return nil
}

// leaveOut takes a domain out of the cart for good.
func (p *preparation) leaveOut(ctx context.Context, e *entry, why Dropped) error {
	if err := p.remove(ctx, e); err != nil {
		return err
	}
	p.noteDropped(e, why)
	return nil
}

// remove takes a domain out of the cart; it may be put there again.
func (p *preparation) remove(ctx context.Context, e *entry) error {
	if e.item == 0 {
		return nil
	}
	id := e.item
	if err := p.change(Remove, id, []string{e.pick.Domain}, "", func() error { return p.basket.Remove(ctx, id) }); err != nil {
		return fmt.Errorf("take out %s: %w", e.pick.Domain, err)
	}
	delete(p.items, id)
	e.item, e.sent = 0, map[string]bool{}
	return nil
}

// agreeOnBill asks for the bill until all that is on it is wanted at its price.
func (p *preparation) agreeOnBill(ctx context.Context) (*cart.Bill, error) {
	for len(p.items) > 0 {
		if p.bill == nil {
			refusal, err := p.dryRun(ctx)
			if err == nil && refusal != nil { // what has passed no longer does
				err = p.findRefused(ctx, p.all(), refusal)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		changed, err := p.changed(p.bill)
		if err != nil {
			return nil, err
		}
		if len(changed) == 0 {
			return p.bill, nil
		}
		for _, e := range p.all() {
			why, is := changed[e]
			if !is {
				continue
			}
			if err := p.leaveOut(ctx, e, Dropped{Why: why}); err != nil {
				return nil, err
			}
		}
	}
	return nil, ErrNothing
}

// changed is what costs more than it may, with the reason. A bill that does not say what each domain costs is good as long
// as its total is what they may cost together.
func (p *preparation) changed(bill *cart.Bill) (map[*entry]string, error) {
	shares, other, err := split(bill, p.owners())
	if err != nil {
		return nil, err
	}
	changed := map[*entry]string{}
	var most []string
	for _, e := range p.all() {
		most = append(most, e.pick.MaxPrice)
		if share, known := shares[e.pick.Domain]; known && exceeds(share, e.pick.MaxPrice) {
			changed[e] = fmt.Sprintf("its price has changed: the bill says %s %s, not %s", share, bill.Currency, e.pick.MaxPrice)
		}
	}
	if other == "" && len(shares) == len(p.items) {
		return changed, nil
	}
	limit, ok := sum(most...)
	if !ok || exceeds(bill.WithoutTax, limit) {
		return nil, fmt.Errorf("prices have changed: the bill of %s %s does not say which domain costs what, and in all they may cost %s", bill.WithoutTax, bill.Currency, limit)
	}
	return nil, nil
}

// all are the domains that are in the cart, the oldest first.
func (p *preparation) all() []*entry {
	var all []*entry
	for _, id := range slices.Sorted(maps.Keys(p.items)) {
		all = append(all, p.items[id])
	}
	return all
}

// owners are the domains of the cart by their items.
func (p *preparation) owners() map[int64]string {
	owners := map[int64]string{}
	for id, e := range p.items {
		owners[id] = e.pick.Domain
	}
	return owners
}

// complete fills in what the bill says, domain by domain in the order in which they were wanted.
func (p *preparation) complete(bill *cart.Bill, picks []Pick) {
	q := p.quote
	q.Currency, q.WithoutTax, q.Tax, q.WithTax = bill.Currency, bill.WithoutTax, bill.Tax, bill.WithTax
	if len(bill.Contracts) > 0 {
		q.Contracts = bill.Contracts
	}
	shares, other, _ := split(bill, p.owners()) // it was read before
	in := map[string]*entry{}
	for _, e := range p.items {
		in[e.pick.Domain] = e
	}
	for _, pick := range picks {
		e := in[pick.Domain]
		if e == nil {
			continue
		}
		q.Lines = append(q.Lines, Line{
			Domain: pick.Domain, Item: e.item, Status: pick.Status, PricingMode: pick.PricingMode, Duration: pick.Duration,
			Price: shares[pick.Domain], Renewal: pick.Renewal, Claim: e.claim,
		})
	}
	for _, e := range p.all() {
		if e.owner != "" && !slices.ContainsFunc(q.Owners, func(o Owner) bool { return o.Path == e.owner }) {
			q.Owners = append(q.Owners, Owner{Path: e.owner})
		}
	}
	q.Other = other
	q.MadeAt = time.Now().UTC().Truncate(time.Second)
}
