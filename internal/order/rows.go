package order

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// unit is rows of an order that belong together: one thing that was ordered.
type unit struct {
	rows  []OrderRow
	names []string // the domains that they are surely of, whosever they are, in A-labels; nil: not said
}

// ours are the domains that the rows name, of some.
func (u *unit) ours(names names) (ours []string) {
	for _, row := range u.rows {
		ours = append(ours, names.in(row.Domain+" "+row.Description)...)
	}
	return ours
}

// mayBe says whether rows that name nothing may be of a domain: unless all of them are of other plans. A domain's plan is its
// extension.
func (u *unit) mayBe(domain string) bool {
	_, extension, _ := strings.Cut(domain, ".")
	unplanned := false
	for _, row := range u.rows {
		if row.Plan == "" {
			unplanned = true
		} else if row.Plan == extension {
			return true
		}
	}
	// A group with a plan that is not its extension is another domain with its zone, or no domain at all; which row has
	// the plan is not known, so one is enough. Without any, it may be anything.
	return unplanned && !slices.ContainsFunc(u.rows, func(row OrderRow) bool { return row.Plan != "" && !row.zone() })
}

// OrderRow is a row of an order as it was read.
type OrderRow struct {
	Domain      string `json:"domain,omitempty"`
	Description string `json:"description,omitempty"`
	Plan        string `json:"plan,omitempty"` // empty: not said, or not asked since a name stands there
}

// zone says whether the row is of a DNS zone, which goes with a domain.
func (r OrderRow) zone() bool {
	return strings.Contains(r.Plan, "zone") || strings.Contains(r.Plan, "dns")
}

// unitsOf reads all rows of an order. Rows that were read before stand in the journal; those that named nothing then are
// read again, since they get their names when the order is delivered.
func (l *survey) unitsOf(ctx context.Context, order int64) ([]*unit, error) {
	if rows := l.Journal.rows(l.Client.Server(), order); rows != nil {
		if units := unitsOf(rows); !slices.ContainsFunc(units, func(u *unit) bool { return len(u.names) == 0 }) {
			return units, nil
		}
	}
	l.spent++
	ids, err := cart.Details(ctx, l.Client, order)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errors.New("it shows no rows yet")
	}
	var rows []OrderRow
	for _, id := range ids {
		l.spent++
		row, err := cart.ReadDetail(ctx, l.Client, order, id)
		if err != nil {
			return nil, err
		}
		rows = append(rows, OrderRow{Domain: row.Domain, Description: row.Description})
	}
	for _, u := range unitsOf(rows) {
		if len(u.names) > 0 {
			continue
		}
		for i, row := range rows {
			if !slices.Contains(u.rows, row) || row.Plan != "" {
				continue
			}
			l.spent++
			rows[i].Plan, err = cart.DetailPlan(ctx, l.Client, order, ids[i])
			// Without the right to ask, or in the US, there is none: then it may be anything.
			if stop, ok := errors.AsType[*api.StopError](err); err != nil && !isGone(err) && !(ok && stop.Right) {
				return nil, err
			}
		}
	}
	return unitsOf(rows), l.Journal.noteRows(l.Client.Server(), l.Account, order, rows)
}

// unitsOf puts the rows of one group together; a row without a group stands by itself, unless it names a domain, whose rows
// belong together.
func unitsOf(rows []OrderRow) []*unit {
	var units []*unit
	byKey := map[string]*unit{}
	for _, row := range rows {
		name := row.name()
		key := cmp.Or(groupOf(row.Domain), name)
		u := byKey[key]
		if u == nil || key == "" {
			u = &unit{}
			units = append(units, u)
			byKey[key] = u
		}
		u.rows = append(u.rows, row)
		if name != "" && !slices.Contains(u.names, name) {
			u.names = append(u.names, name)
		}
	}
	return units
}

// domainLike is what a domain looks like at the beginning of a text.
var domainLike = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*(\.[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*)*\.\p{L}[\p{L}\p{M}\p{N}-]+`)

// name is the domain that the row is of, in A-labels: it stands where domains do, or begins the description. Elsewhere in a
// description it may be anybody's. Empty: it does not say.
func (r OrderRow) name() string {
	for _, text := range []string{r.Domain, r.Description} {
		if name := domainLike.FindString(strings.ToLower(text)); name != "" {
			if ascii, err := idna.ToASCII(name); err == nil {
				return ascii
			}
			return name
		}
	}
	return ""
}
