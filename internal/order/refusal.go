package order

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tldsweep/internal/api"
)

const (
	// So many domains of an extension are tried one after the other and refused, before the others are left out untried. Each
	// costs some four requests, and what is refused to five is mostly refused to all.
	maxRefused = 5

	// A quote asks for a dry run at most so often. Halving finds one guilty domain of a thousand in some twenty.
	maxDryRuns = 400
)

// dryRun asks what an order of the cart would be. A refusal is of something in the cart; errors are of everything else.
func (p *preparation) dryRun(ctx context.Context) (*api.RowError, error) {
	if len(p.items) == 0 {
		return nil, nil // an empty cart is refused for being empty
	}
	if p.dryRuns++; p.dryRuns > 2*maxDryRuns {
		return nil, &RefusedError{fmt.Sprintf("%d dry runs do not tell what OVHcloud refuses", p.dryRuns), "try again later, or quote fewer domains at once"}
	}
	p.progress("asking for the bill", 0, 0)
	bill, err := p.basket.Quote(ctx)
	if err == nil {
		p.bill = bill
		return nil, nil
	}
	refusal, ok := errors.AsType[*api.RowError](err)
	switch {
	case ok && refusal.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(refusal.Message), "assigned"):
		return nil, &RefusedError{"OVHcloud says that the cart does not belong to the account: " + refusal.Explanation(), "run the same command again; if it stays so, tldsweep doctor --for order"}
	case ok && refusal.Status != http.StatusNotFound:
		return refusal, nil
	}
	if stop, stopped := errors.AsType[*api.StopError](err); stopped && stop.Status == http.StatusForbidden && strings.Contains(strings.ToLower(stop.Message), "not allowed") {
		return nil, &RefusedError{"OVHcloud does not let this account check out: " + stop.Explanation(),
			"all rights may be there (tldsweep doctor --for order): then it is the account itself; see whether it is complete and its identity confirmed, or ask OVHcloud"}
	}
	return nil, fmt.Errorf("ask for the bill: %w", err)
}

// addExtension puts the domains of an extension into the cart, which passes the dry run before and after. Nobody can tell from outside what
// the checkout will refuse: OVHcloud's lists of what is required are wrong in both directions, and its refusals
// name a product, a label, or nothing. So the first domain of an extension is tried alone, which shows what it
// asks of all; then all others together; and where they are refused, the guilty are found by the label, or by halving.
func (p *preparation) addExtension(ctx context.Context, g *group) error {
	waiting := g.entries
	for refused := 0; len(waiting) > 0; {
		e := waiting[0]
		waiting = waiting[1:]
		if ok, err := p.addToCart(ctx, e); err != nil {
			return err
		} else if !ok {
			continue
		}
		if err := p.sweep(ctx); err != nil {
			return err
		}
		refusal, err := p.dryRun(ctx)
		if err != nil {
			return err
		}
		if refusal, err = p.supply(ctx, []*entry{e}, refusal); err != nil {
			return err
		}
		if refusal == nil {
			break
		}
		guilty, err := p.reject(ctx, e, refusal)
		if err != nil {
			return err
		}
		if !guilty {
			break
		}
		if refused++; refused == maxRefused && len(waiting) > 0 {
			why := p.reason(e, refusal)
			why.Why = fmt.Sprintf("not tried: the first %d domains of .%s were each refused, the last since %s", refused, g.extension, why.Why)
			for _, e := range waiting {
				p.noteDropped(e, why)
			}
			return nil
		}
	}
	var together []*entry
	for _, e := range waiting {
		ok, err := p.addToCart(ctx, e)
		if err != nil {
			return err
		}
		if ok {
			together = append(together, e)
		}
	}
	if len(together) == 0 {
		return nil
	}
	if err := p.sweep(ctx); err != nil {
		return err
	}
	refusal, err := p.dryRun(ctx)
	if err != nil {
		return err
	}
	return p.findRefused(ctx, together, refusal)
}

// findRefused finds the guilty among entries that are in the cart, where all else in it passes.
func (p *preparation) findRefused(ctx context.Context, entries []*entry, refusal *api.RowError) error {
	for refusal != nil {
		named := p.named(refusal)
		for _, e := range named {
			if err := p.leaveOut(ctx, e, p.reason(e, refusal)); err != nil {
				return err
			}
		}
		entries = slices.DeleteFunc(slices.Clone(entries), func(e *entry) bool { return e.item == 0 })
		var err error
		if len(named) > 0 {
			refusal, err = p.dryRun(ctx)
		} else {
			refusal, err = p.supply(ctx, entries, refusal)
		}
		if err != nil {
			return err
		}
		if len(named) > 0 || refusal == nil {
			continue
		}
		suspects, err := p.suspects(ctx, entries, refusal)
		if err != nil {
			return err
		}
		if len(suspects) == len(entries) {
			return p.bisect(ctx, entries, refusal)
		}
		// All of them out: if the rest passes, the guilty are among them; if not, there are others as well.
		if err := p.removeAll(ctx, suspects); err != nil {
			return err
		}
		without, err := p.dryRun(ctx)
		if err != nil {
			return err
		}
		if without == nil {
			return p.putBack(ctx, suspects, true, refusal)
		}
		others := slices.DeleteFunc(entries, func(e *entry) bool { return e.item == 0 })
		if err := p.findRefused(ctx, others, without); err != nil {
			return err
		}
		return p.putBack(ctx, suspects, false, nil)
	}
	return nil
}

// named are the domains of the cart that a refusal names.
func (p *preparation) named(refusal *api.RowError) []*entry {
	all := p.all()
	domains := make([]string, len(all))
	for i, e := range all {
		domains[i] = e.pick.Domain
	}
	named := namesOf(domains).in(refusal.Explanation())
	return slices.DeleteFunc(all, func(e *entry) bool { return !slices.Contains(named, e.pick.Domain) })
}

func (p *preparation) removeAll(ctx context.Context, entries []*entry) error {
	for _, e := range entries {
		if err := p.remove(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// bisect finds the guilty among entries that are in the cart and are refused, by halving; all else in it passes.
func (p *preparation) bisect(ctx context.Context, entries []*entry, refusal *api.RowError) error {
	var lifted [][]*entry // the latest last, which is the smallest
	for refusal != nil && len(entries) > 1 {
		half := entries[len(entries)/2:]
		entries = entries[:len(entries)/2]
		if err := p.removeAll(ctx, half); err != nil {
			return err
		}
		lifted = append(lifted, half)
		before := refusal
		var err error
		if refusal, err = p.dryRun(ctx); err != nil {
			return err
		}
		if refusal == nil { // so it was somebody of this half
			if err := p.putBack(ctx, half, true, before); err != nil {
				return err
			}
			lifted = lifted[:len(lifted)-1]
		}
	}
	if refusal != nil {
		if _, err := p.reject(ctx, entries[0], refusal); err != nil {
			return err
		}
	}
	for _, others := range slices.Backward(lifted) {
		if err := p.putBack(ctx, others, false, nil); err != nil {
			return err
		}
	}
	return nil
}

// putBack puts entries that were lifted back into the cart, which passes without them. guilty says that one of them at least was refused,
// with that refusal.
func (p *preparation) putBack(ctx context.Context, entries []*entry, guilty bool, refusal *api.RowError) error {
	if guilty && len(entries) == 1 {
		_, err := p.reject(ctx, entries[0], refusal)
		return err
	}
	if p.dryRuns >= maxDryRuns {
		for _, e := range entries {
			p.noteDropped(e, Dropped{Why: fmt.Sprintf("not tried: %d dry runs did not tell what OVHcloud refuses", p.dryRuns)})
		}
		return nil
	}
	first, rest := entries, []*entry(nil)
	if guilty {
		first, rest = entries[:len(entries)/2], entries[len(entries)/2:]
	}
	var in []*entry
	for _, e := range first {
		ok, err := p.addToCart(ctx, e)
		if err != nil {
			return err
		}
		if ok {
			in = append(in, e)
		}
	}
	if len(in) > 0 {
		again, err := p.dryRun(ctx)
		if err != nil {
			return err
		}
		if again != nil {
			guilty = false // of the rest nothing is known any more
			if err := p.bisect(ctx, in, again); err != nil {
				return err
			}
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return p.putBack(ctx, rest, guilty, refusal)
}

// reject leaves out an entry that is refused, or was before it was lifted, unless what is wanted of it alone can be given. It is
// guilty only where the cart passes without it; false says that it is in the cart, and passes.
func (p *preparation) reject(ctx context.Context, e *entry, refusal *api.RowError) (bool, error) {
	if e.item == 0 && slices.Contains(p.labels(refusal), claimsNotice) {
		if ok, err := p.addToCart(ctx, e); err != nil || !ok {
			return true, err
		}
	}
	if e.item != 0 {
		still, err := p.supply(ctx, []*entry{e}, refusal)
		if err != nil || still == nil {
			return false, err
		}
		refusal = still
		if err := p.remove(ctx, e); err != nil {
			return false, err
		}
		without, err := p.dryRun(ctx)
		if err != nil {
			return false, err
		}
		if without != nil { // what has passed before no longer does: it is somebody else
			if err := p.findRefused(ctx, p.all(), without); err != nil {
				return false, err
			}
			return false, p.putBack(ctx, []*entry{e}, false, nil)
		}
	}
	p.noteDropped(e, p.reason(e, refusal))
	return true, nil
}
