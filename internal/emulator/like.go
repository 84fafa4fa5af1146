package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// Like is which of the shapes on record the ordering half of the API has. Records compete, for most are of servers and not
// of domains, so a client must be right under each. An empty field has the first value that Shapes lists, which is as
// OVHcloud describes its API.
type Like struct {
	Refusals      string // of a checkout: which wording says what is missing
	Unassigned    string // the status that refuses the checkout of a cart without an owner
	Bill          string // of a cart: how its rows point to its items
	Rows          string // of an order: how they name its domains
	Required      string // what a configuration's requirement says of being required
	AllowedValues string // whether a requirement lists the values that it takes
	Settings      string // of an item
	FollowUp      string // of an order
	Old           bool   // lookups and error bodies as in 2016, as with Options.OldPrices and Options.OldErrors
}

// Shape is one field of Like.
type Shape struct {
	Name   string   // as a flag has it: "allowed-values"
	Usage  string   // what its values mean
	Values []string // the first is as described

	of func(*Like) *string
}

var shapes = []Shape{
	{
		"refusals", "a refused checkout: field names the first missing label; product every label and its product; terse nothing",
		[]string{"field", "product", "terse"}, func(l *Like) *string { return &l.Refusals },
	},
	{
		"unassigned", "status of the checkout of a cart that was not assigned",
		[]string{"400", "403"}, func(l *Like) *string { return &l.Unassigned },
	},
	{
		"bill", "rows of a bill: items have cartItemID; guide have none; star have neither it nor a group or a type",
		[]string{"items", "guide", "star"}, func(l *Like) *string { return &l.Bill },
	},
	{
		"rows", "rows of an order: group numbers its domains; named also names them; star does so without a number; none has no domain",
		[]string{"group", "named", "star", "none"}, func(l *Like) *string { return &l.Rows },
	},
	{
		"required", "requirements: misleading says required of the wrong ones; absent has no such field; honest is right",
		[]string{"misleading", "absent", "honest"}, func(l *Like) *string { return &l.Required },
	},
	{
		"allowed-values", "requirements: absent has no allowedValues; present has them, a list or null",
		[]string{"absent", "present"}, func(l *Like) *string { return &l.AllowedValues },
	},
	{
		"settings", "an item's settings: described have no domain; named have it; guide have also catalogName",
		[]string{"described", "named", "guide"}, func(l *Like) *string { return &l.Settings },
	},
	{
		"follow-up", "an order's follow-up: real tells what happened; naive does so with dates that have no offset; todo that nothing has, ever; none is a 404",
		[]string{"real", "naive", "todo", "none"}, func(l *Like) *string { return &l.FollowUp },
	},
}

// Shapes returns every field of Like that has choices.
func Shapes() []Shape { return slices.Clone(shapes) }

// likes are the worlds by name, in the order of their records.
var likes = []struct {
	name string
	like Like
}{
	// Recorded live in 2026, on servers of the same cart: refusals and requirements of 2026-08, bills with an id on every row.
	{"2026", Like{AllowedValues: "present", Settings: "named", FollowUp: "naive"}},
	// OVHcloud's guide "api-domain-order" of 2026-02-10, whose samples are of 2020; it shows no refusal, so that of 2018.
	{"guide", Like{Refusals: "product", Unassigned: "403", Bill: "guide", Rows: "named", Required: "absent", Settings: "guide"}},
	// Orders of servers recorded in the United States; their bills were never seen, and follow their orders' rows.
	{"us", Like{Bill: "star", Rows: "star", AllowedValues: "present", Settings: "named", FollowUp: "naive"}},
	// The documentation of 2016 (ovh/order-cart-examples), and refusals of 2018 (its issues 5 and 7).
	{"2016", Like{
		Refusals: "product", Unassigned: "403", Bill: "guide", Rows: "none", Required: "honest", Settings: "guide", Old: true,
	}},
}

// Likes returns the names that ParseLike knows.
func Likes() []string {
	var names []string
	for _, l := range likes {
		names = append(names, l.name)
	}
	return names
}

// ParseLike returns the shapes that go by a name, one of Likes.
func ParseLike(name string) (Like, error) {
	for _, l := range likes {
		if l.name == name {
			return l.like, nil
		}
	}
	return Like{}, fmt.Errorf("like %q: there is no such world; there are %s", name, strings.Join(Likes(), " "))
}

// With returns the shapes with one of them changed: a Shape's name and one of its values.
func (l Like) With(shape, value string) (Like, error) {
	for _, s := range shapes {
		if s.Name != shape {
			continue
		}
		if !slices.Contains(s.Values, value) {
			return l, fmt.Errorf("%s %q: there is no such value; there are %s", shape, value, strings.Join(s.Values, " "))
		}
		*s.of(&l) = value
		return l, nil
	}
	return l, fmt.Errorf("there is no shape %q", shape)
}

// withDefaults fills empty fields. It panics at a value that no shape has: a misspelt test must not pass in another world.
func (l Like) withDefaults() Like {
	for _, s := range shapes {
		field := s.of(&l)
		if *field == "" {
			*field = s.Values[0]
		}
		if !slices.Contains(s.Values, *field) {
			panic(fmt.Sprintf("emulator: no value of %s is %q", s.Name, *field))
		}
	}
	return l
}
