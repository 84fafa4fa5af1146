package cli

import (
	"slices"
	"strings"
)

// purpose is something to do with OVHcloud, and what it takes.
type purpose struct {
	name   string
	extra  bool // that a scan or an order can do without
	rights []right
}

// right is a call, and what to ask for on the token page to have it, both as "GET /me".
type right struct {
	call, ask string
	without   string // what is not done where it is missing; empty: nothing goes without
}

var purposes = []purpose{
	{name: "scan", rights: []right{
		{call: "POST /order/cart", ask: "POST /order/cart"},
		{call: "GET /order/cart/x/domain", ask: "GET /order/cart/*"},
	}},
	{name: "list", extra: true, rights: []right{
		{call: "GET /domain/extensions", ask: "GET /domain/extensions"},
		{call: "GET /domain/extensions/highlighted", ask: "GET /domain/extensions/*"},
	}},
	{name: "quote", rights: []right{
		{call: "POST /order/cart/x/domain", ask: "POST /order/cart/*"},
		{call: "DELETE /order/cart/x/item/1", ask: "DELETE /order/cart/*"},
		{call: "GET /me", ask: "GET /me"},
		{call: "GET /me/contact", ask: "GET /me/*"},
		{call: "POST /domain/configurationRule/check", ask: "POST /domain/configurationRule/check", without: "owners are checked by the cart alone"},
	}},
	{name: "buy", rights: []right{
		{call: "POST /order/cart/x/checkout", ask: "POST /order/cart/*"},
		{call: "GET /order/cart", ask: "GET /order/cart"},
		{call: "GET /me/order", ask: "GET /me/*"},
		{call: "GET /me/order/1/details", ask: "GET /me/*"},
		{call: "GET /me/payment/method/1", ask: "GET /me/*"},
		{call: "GET /domain", ask: "GET /domain"},
		{call: "GET /domain/x.fr", ask: "GET /domain/*"},
	}},
	{name: "pay", rights: []right{
		{call: "GET /me/order/1/status", ask: "GET /me/*"},
		{call: "GET /me/payment/method", ask: "GET /me/*"},
		{call: "POST /me/order/1/pay", ask: "POST /me/order/*"},
	}},
}

// isNeeded says whether a purpose must be possible for a scan, or for an order.
func (p purpose) isNeeded(order bool) bool { return p.name == "scan" || order && !p.extra }

// missing are the rights to ask for, of those that are not allowed. Where it goes without all of them, without says how.
func (p purpose) missing(allowed func(method, path string) bool) (ask []string, without string) {
	goes := true
	for _, r := range p.rights {
		method, path, _ := strings.Cut(r.call, " ")
		if allowed(method, path) {
			continue
		}
		if !slices.Contains(ask, r.ask) {
			ask = append(ask, r.ask)
		}
		goes, without = goes && r.without != "", r.without
	}
	if !goes {
		without = ""
	}
	return ask, without
}
