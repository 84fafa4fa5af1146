package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tldsweep/api"
	"tldsweep/cart"
)

// Lack is an answer that a registry wants and has not got.
type Lack struct {
	Domain   string
	Question string // the label with its type and what can be answered
	Why      string // what is wrong with the answer; empty: there is none
}

// MissingError says which answers are missing. The cart is gone again.
type MissingError struct{ Lacks []Lack }

func (e *MissingError) Error() string {
	domains := map[string]bool{}
	for _, lack := range e.Lacks {
		domains[lack.Domain] = true
	}
	return fmt.Sprintf("%d answers are missing, for %d domains", len(e.Lacks), len(domains))
}

// ErrNothing says that none of the domains can be ordered as wanted.
var ErrNothing = errors.New("nothing is left to order")

// preparation is a cart on its way to a quote.
type preparation struct {
	*Shop
	basket    *cart.Basket
	answers   *Answers
	quote     *Quote
	items     map[int64]bool    // that are known to be in the cart
	uncertain bool              // there may be more in it
	contacts  map[string]string // new ones: digest → path
}

// Prepare puts domains into a cart, configures them, and asks what the order would be. It changes nothing but the cart
// and, where the answers hold a new one, the account's contacts; it spends nothing. Description and Expires of the quote
// are the caller's to fill in. What cannot be ordered, or not at its
// price, is named in Quote.Dropped; the quote is never nil, but good only without an error. Errors: a *MissingError, before the second domain of any extension is added; wrapping
// ErrNothing, with a quote that says why; ctx's; the api package's. What is left of the cart then expires by itself.
func (s *Shop) Prepare(ctx context.Context, basket *cart.Basket, picks []Pick, answers *Answers) (*Quote, error) {
	p := &preparation{
		Shop: s, basket: basket, answers: answers, items: map[int64]bool{}, contacts: map[string]string{},
		quote: &Quote{
			Schema: quoteSchema, Endpoint: s.Client.Endpoint(), Account: s.Account, Cart: basket.ID(),
			Dropped: []Dropped{}, Contracts: []cart.Contract{},
		},
	}
	if len(picks) == 0 {
		return p.quote, ErrNothing
	}
	if err := p.act(Assign, 0, nil, "", func() error { return basket.Assign(ctx) }); err != nil {
		return p.quote, fmt.Errorf("assign the cart: %w", err)
	}
	groups, err := p.fill(ctx, picks)
	if err == nil {
		err = p.configure(ctx, groups)
	}
	var bill *cart.Bill
	if err == nil {
		bill, err = p.settleOnBill(ctx)
	}
	if err == nil {
		p.sign(bill)
	}
	if _, lacking := errors.AsType[*MissingError](err); lacking || errors.Is(err, ErrNothing) {
		err = errors.Join(err, p.Drop(ctx, basket))
	}
	return p.quote, err
}

// act is redo for what changes the cart.
func (p *preparation) act(act Act, item int64, domains []string, detail string, do func() error) error {
	return p.redo(Entry{Act: act, Item: item, Domains: domains, Detail: detail, Cart: p.basket.ID()}, do)
}

// group is the domains that a registry asks the same of.
type group struct {
	extension string
	first     Line
	domains   []Line
	asked     []cart.Requirement
	replies   map[string]reply // by label
}

// fill puts every domain into the cart, the first of each extension and pricing mode before all others: only an item can
// be asked what its registry wants, and where an answer is missing nothing more is added.
func (p *preparation) fill(ctx context.Context, picks []Pick) ([]*group, error) {
	var groups []*group
	byKind := map[[2]string]*group{}
	var rest []Pick
	for _, pick := range picks {
		kind := [2]string{pick.PlanCode, pick.PricingMode}
		if byKind[kind] != nil {
			rest = append(rest, pick)
			continue
		}
		line, ok, err := p.put(ctx, pick, len(picks))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // the next of its kind is the first
		}
		g := &group{extension: pick.PlanCode, first: line, domains: []Line{line}}
		byKind[kind] = g
		groups = append(groups, g)
		if g.asked, err = p.basket.Requirements(ctx, line.Item); err != nil {
			return nil, fmt.Errorf("ask what %s requires: %w", pick.Domain, err)
		}
	}
	if err := p.reply(ctx, groups, rest); err != nil {
		return nil, err
	}
	for _, pick := range rest {
		line, ok, err := p.put(ctx, pick, len(picks))
		if err != nil {
			return nil, err
		}
		if ok {
			g := byKind[[2]string{pick.PlanCode, pick.PricingMode}]
			g.domains = append(g.domains, line)
		}
	}
	if p.uncertain {
		return groups, p.sweep(ctx)
	}
	return groups, nil
}

// put puts one domain into the cart; false means that it cannot be.
func (p *preparation) put(ctx context.Context, pick Pick, of int) (Line, bool, error) {
	id, err := p.add(ctx, pick)
	if refusal, ok := errors.AsType[*api.RowError](err); ok {
		p.drop(pick.Domain, "not to be ordered: "+refusal.Message)
		return Line{}, false, nil
	}
	if err != nil {
		return Line{}, false, fmt.Errorf("add %s: %w", pick.Domain, err)
	}
	p.items[id] = true
	line := Line{
		Domain: pick.Domain, Item: id, Status: pick.Status, PricingMode: pick.PricingMode, Duration: pick.Duration,
		Renewal: pick.Renewal, most: pick.Most,
	}
	p.quote.Lines = append(p.quote.Lines, line)
	p.tell("put into the cart", len(p.items)+len(p.quote.Dropped), of)
	return line, true, nil
}

func (p *preparation) drop(domain, why string) {
	p.quote.Dropped = append(p.quote.Dropped, Dropped{domain, why})
}

// add puts a domain into the cart once. Where the reply is lost, the cart tells whether it is there.
func (p *preparation) add(ctx context.Context, pick Pick) (int64, error) {
	for tries := 1; ; tries++ {
		var item cart.Item
		intent := Entry{Act: Add, Endpoint: p.Client.Endpoint(), Account: p.Account, Cart: p.basket.ID(), Domains: []string{pick.Domain}}
		came, err := p.Journal.act(intent, func(outcome *Entry) (receipt api.Receipt, err error) {
			item, receipt, err = p.basket.Add(ctx, pick.Wanted)
			outcome.Item = item.ID
			return receipt, err
		})
		if err == nil {
			return item.ID, nil
		}
		if came == api.Unclear && ctx.Err() == nil {
			p.uncertain = true
			id, wrong := p.find(ctx, pick.Domain)
			if id != 0 || wrong != nil {
				return id, wrong
			}
		}
		if !again(ctx, err, tries) {
			return 0, err
		}
	}
}

// find looks for a domain among the items that are not known yet.
func (p *preparation) find(ctx context.Context, domain string) (int64, error) {
	ids, err := p.basket.Items(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if p.items[id] {
			continue
		}
		item, err := p.basket.ReadItem(ctx, id)
		if err != nil {
			return 0, err
		}
		if item.Domain == domain {
			return id, nil
		}
	}
	return 0, nil
}

// sweep takes out of the cart what a request left there that seemed lost.
func (p *preparation) sweep(ctx context.Context) error {
	ids, err := p.basket.Items(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if p.items[id] {
			continue
		}
		if err := p.act(Remove, id, nil, "", func() error { return p.basket.Remove(ctx, id) }); err != nil {
			return err
		}
	}
	return nil
}

// reply finds the answer to each question that is asked, and refuses where one is missing that is required.
func (p *preparation) reply(ctx context.Context, groups []*group, rest []Pick) error {
	missing := &MissingError{}
	contacts := map[string]cart.Contact{}
	p.quote.Unasked = slices.DeleteFunc(p.answers.labels(), func(label string) bool { return slices.Contains(wellKnown, label) })
	for _, g := range groups {
		domains := []string{g.first.Domain}
		for _, pick := range rest {
			if pick.PlanCode == g.extension && pick.PricingMode == g.first.PricingMode {
				domains = append(domains, pick.Domain)
			}
		}
		g.replies = map[string]reply{}
		for _, q := range g.asked {
			p.quote.Unasked = slices.DeleteFunc(p.quote.Unasked, func(label string) bool { return label == q.Label })
			answer, there := p.answers.of(g.extension, q.Label)
			if !there && !q.Required {
				continue
			}
			why := ""
			if there {
				var r reply
				if r, why = replyTo(q, answer); why == "" {
					g.replies[q.Label] = r
					var err error
					if why, err = p.checkContact(ctx, q, r, contacts); err != nil {
						return err
					}
				}
			}
			if !there || why != "" {
				for _, domain := range domains {
					missing.Lacks = append(missing.Lacks, Lack{domain, question(q), why})
				}
			}
		}
	}
	if len(missing.Lacks) > 0 {
		return missing
	}
	return nil
}

// checkContact says what a contact of the account lacks of what a registry wants to know.
func (p *preparation) checkContact(ctx context.Context, q cart.Requirement, r reply, known map[string]cart.Contact) (string, error) {
	if r.value == "" || q.Type != "/me/contact" {
		return "", nil
	}
	contact, ok := known[r.value]
	if !ok {
		var err error
		contact, err = cart.ReadContact(ctx, p.Client, r.value)
		if stop, ok := errors.AsType[*api.StopError](err); ok && stop.Right {
			return "", nil // the key may not look; the dry run will
		}
		if _, ok := errors.AsType[*api.RowError](err); ok {
			return "the account has no " + r.value, nil
		}
		if err != nil {
			return "", err
		}
		known[r.value] = contact
	}
	if lacking := lacks(contact, q.Fields); len(lacking) > 0 {
		return r.value + " lacks " + join(lacking), nil
	}
	return "", nil
}

// configure answers the registries' questions, for each domain.
func (p *preparation) configure(ctx context.Context, groups []*group) error {
	done := 0
	for _, g := range groups {
		for _, line := range g.domains {
			for _, q := range g.asked {
				r, ok := g.replies[q.Label]
				if !ok {
					continue
				}
				value := r.value
				if r.new != nil {
					var err error
					if value, err = p.contact(ctx, r.new); err != nil {
						return fmt.Errorf("create the contact: %w", err)
					}
				}
				err := p.set(ctx, line, q.Label, value)
				if refusal, ok := errors.AsType[*api.RowError](err); ok {
					if err := p.takeOut(ctx, line.Domain, q.Label+" = "+value+" is refused: "+refusal.Message); err != nil {
						return err
					}
					break
				}
				if err != nil {
					return fmt.Errorf("configure %s of %s: %w", q.Label, line.Domain, err)
				}
			}
			done++
			p.tell("configured", done, len(p.items))
		}
	}
	return nil
}

// set answers one question of one domain, once. Where the reply is lost, the cart tells whether it is answered.
func (p *preparation) set(ctx context.Context, line Line, label, value string) error {
	for tries := 1; ; tries++ {
		intent := Entry{
			Act: Configure, Endpoint: p.Client.Endpoint(), Account: p.Account, Cart: p.basket.ID(), Item: line.Item,
			Domains: []string{line.Domain}, Detail: label,
		}
		came, err := p.Journal.act(intent, func(*Entry) (api.Receipt, error) { return p.basket.Configure(ctx, line.Item, label, value) })
		if err == nil {
			return nil
		}
		if came == api.Unclear && ctx.Err() == nil {
			ids, wrong := p.basket.Configured(ctx, line.Item, label)
			if len(ids) > 0 || wrong != nil {
				return wrong
			}
		}
		if !again(ctx, err, tries) {
			return err
		}
	}
}

// takeOut takes a domain out of the cart and the quote.
func (p *preparation) takeOut(ctx context.Context, domain, why string) error {
	at := slices.IndexFunc(p.quote.Lines, func(line Line) bool { return line.Domain == domain })
	id := p.quote.Lines[at].Item
	if err := p.act(Remove, id, []string{domain}, "", func() error { return p.basket.Remove(ctx, id) }); err != nil {
		return fmt.Errorf("take out %s: %w", domain, err)
	}
	delete(p.items, id)
	p.quote.Lines = slices.Delete(p.quote.Lines, at, at+1)
	p.drop(domain, why)
	return nil
}

// settleOnBill asks for the bill until all that is on it is wanted at its price.
func (p *preparation) settleOnBill(ctx context.Context) (*cart.Bill, error) {
	for len(p.quote.Lines) > 0 {
		p.tell("asking for the bill", 0, 0)
		bill, err := p.basket.Quote(ctx)
		if refusal, ok := errors.AsType[*api.RowError](err); ok {
			named := namesOf(p.quote.domains()).in(refusal.Message)
			if len(named) == 0 {
				return nil, fmt.Errorf("ask for the bill: %w", err)
			}
			for _, domain := range named {
				if err := p.takeOut(ctx, domain, refusal.Message); err != nil {
					return nil, err
				}
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ask for the bill: %w", err)
		}
		dear, err := p.price(bill)
		if err != nil {
			return nil, err
		}
		if len(dear) == 0 {
			return bill, nil
		}
		for _, d := range dear {
			if err := p.takeOut(ctx, d.Domain, d.Why); err != nil {
				return nil, err
			}
		}
	}
	return nil, ErrNothing
}

// price writes the bill's prices into the quote, and returns what is dearer than it may be.
func (p *preparation) price(bill *cart.Bill) ([]Dropped, error) {
	shares, other, err := split(bill, p.quote.domains())
	if err != nil {
		return nil, err
	}
	var dear []Dropped
	var most []string
	for i, line := range p.quote.Lines {
		share, known := shares[line.Domain]
		if known && more(share, line.most) {
			dear = append(dear, Dropped{line.Domain, fmt.Sprintf("the bill says %s %s, not %s", share, bill.Currency, line.most)})
		}
		p.quote.Lines[i].Price = share
		most = append(most, line.most)
	}
	p.quote.Other = other
	if len(shares) < len(p.quote.Lines) {
		if limit, ok := sum(most...); !ok || more(bill.WithoutTax, limit) {
			return nil, fmt.Errorf("the bill of %s %s does not say which domain costs what, and in all they may cost %s", bill.WithoutTax, bill.Currency, limit)
		}
	}
	return dear, nil
}

// sign fills in what the bill says in all.
func (p *preparation) sign(bill *cart.Bill) {
	q := p.quote
	q.Currency, q.WithoutTax, q.Tax, q.WithTax = bill.Currency, bill.WithoutTax, bill.Tax, bill.WithTax
	if len(bill.Contracts) > 0 {
		q.Contracts = bill.Contracts
	}
	q.MadeAt = time.Now().UTC().Truncate(time.Second)
}
