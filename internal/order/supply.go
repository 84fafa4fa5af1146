package order

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// supply gives what a refusal asks for, where it can be given, and asks again. It returns what is refused still.
func (p *preparation) supply(ctx context.Context, entries []*entry, refusal *api.RowError) (*api.RowError, error) {
	for refusal != nil {
		changed := false
		for _, label := range p.labels(refusal) {
			given, err := p.supplyLabel(ctx, entries, label)
			if err != nil {
				return nil, err
			}
			changed = changed || given
		}
		if !changed {
			return refusal, nil
		}
		var err error
		if refusal, err = p.dryRun(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// supplyLabel answers a label that was not asked for by the list of the extension: of those entries that know it, or where none
// does of all, since a label that nobody asked for does no harm.
func (p *preparation) supplyLabel(ctx context.Context, entries []*entry, label string) (bool, error) {
	if label == claimsNotice {
		if len(entries) > 1 {
			return false, nil // whose notice it is must be known first
		}
		return p.supplyClaim(ctx, entries[0])
	}
	open := slices.DeleteFunc(slices.Clone(entries), func(e *entry) bool {
		_, answered := p.answers.of(e.group.extension, label)
		return e.item == 0 || e.sent[label] || !answered
	})
	if len(open) == 0 {
		return false, nil
	}
	p.quote.Unasked = slices.DeleteFunc(p.quote.Unasked, func(unasked string) bool { return unasked == label })
	to, err := p.listing(ctx, open, label)
	if err != nil {
		return false, err
	}
	if len(to) == 0 {
		to = open
	}
	given := false
	for _, e := range to {
		asked := cart.Requirement{Label: label}
		if at := slices.IndexFunc(e.knows, func(q cart.Requirement) bool { return q.Label == label }); at >= 0 {
			asked = e.knows[at]
		}
		ok, err := p.answer(ctx, e, asked)
		if err != nil {
			return false, err
		}
		given = given || ok
	}
	return given, nil
}

// supplyClaim confirms the claim on a name where a person accepts it.
func (p *preparation) supplyClaim(ctx context.Context, e *entry) (bool, error) {
	if e.sent[claimsNotice] || e.claim != nil || p.accept == nil {
		return false, nil
	}
	notice, err := cart.ReadClaimNotice(ctx, p.Client, e.pick.Domain)
	if _, refused := errors.AsType[*api.RowError](err); refused {
		return false, nil // then blame says that there is one
	}
	if err != nil {
		return false, fmt.Errorf("read the claim on %s: %w", e.pick.Domain, err)
	}
	if ok, err := p.accept(ctx, e.pick.Domain, notice); err != nil || !ok {
		return false, err
	}
	e.claim = &Claim{ID: notice.ID, Label: notice.Label, Starting: notice.Starting, Ending: notice.Ending, Type: notice.Type}
	e.extra[claimsNotice] = notice.ID
	return p.answer(ctx, e, cart.Requirement{Label: claimsNotice})
}

// suspects are those of some refused entries whose own configuration knows a label that the refusal names and that they were
// not given. Where that says nothing, it is all of them.
func (p *preparation) suspects(ctx context.Context, entries []*entry, refusal *api.RowError) ([]*entry, error) {
	for _, label := range p.labels(refusal) {
		// Where the list of the extension has it, everybody knows it, also those that passed without.
		open := slices.DeleteFunc(slices.Clone(entries), func(e *entry) bool {
			return e.sent[label] || lists(e.group.asked[e.pick.PricingMode], label)
		})
		knowing, err := p.listing(ctx, open, label)
		if err != nil {
			return nil, err
		}
		if len(knowing) > 0 {
			return knowing, nil
		}
	}
	return entries, nil
}

// listing are the entries whose own configuration lists a label. It costs a request for each that was not asked yet.
func (p *preparation) listing(ctx context.Context, entries []*entry, label string) (knowing []*entry, _ error) {
	for _, e := range entries {
		if err := p.readRequirements(ctx, e); err != nil {
			return nil, err
		}
		if lists(e.knows, label) {
			knowing = append(knowing, e)
		}
	}
	return knowing, nil
}

func lists(asked []cart.Requirement, label string) bool {
	return slices.ContainsFunc(asked, func(q cart.Requirement) bool { return q.Label == label })
}

// labelLike is what a label looks like, which nobody has to have heard of.
var labelLike = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b`)

// labels are those that a refusal names, in whatever words: what looks like one, and words that are known as one.
func (p *preparation) labels(refusal *api.RowError) []string {
	text := refusal.Explanation()
	labels := labelLike.FindAllString(text, -1)
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
	for _, word := range words {
		if _, ok := knownLabels[word]; ok || word == claimsNotice || slices.Contains(p.answers.labels(), word) || p.labelsOf[word] {
			labels = append(labels, word)
		}
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// reason says why a domain is left out, and what can be done.
func (p *preparation) reason(e *entry, refusal *api.RowError) Dropped {
	asked := slices.Concat(e.knows, e.group.asked[e.pick.PricingMode])
	for _, label := range p.labels(refusal) {
		_, answered := p.answers.of(e.group.extension, label)
		switch {
		case label == claimsNotice:
			return Dropped{Why: "somebody holds a mark of its name, and can take it away without refund; if you want it all the same: --accept-claims " + e.pick.Domain}
		case !answered:
			return Dropped{Label: label, Why: fmt.Sprintf("OVHcloud wants %s, and there is no answer to it; for example: %s", question(label, asked), example(label))}
		}
	}
	return Dropped{Why: "refused: " + refusal.Explanation()}
}
