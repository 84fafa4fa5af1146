package emulator

import (
	"fmt"
	"net/http"
	"strconv"
)

// orderRows are not the bill's: what comes with the domains stands first, then the domains' prices, then the discounts, so
// that the first rows of a larger order name no domain.
func (s *Server) orderRows(o placedOrder) []row {
	if s.options.Like.Rows == "star" {
		return o.starRows()
	}
	var first, prices, gifts []row
	words := wordingOf(o.subsidiary)
	for at := range o.purchases {
		p := &o.purchases[at]
		group, named := fmt.Sprintf("*%03d", at+1), ""
		if s.options.Like.Rows == "named" {
			named = p.domain + " - "
		}
		ending := "." + p.extension.name
		first = append(first,
			row{of: p, zone: true, group: group + ".001", kind: "INSTALLATION", text: "DNS zone"},
			row{of: p, group: group, kind: "INSTALLATION", text: "Domain " + ending},
		)
		prices = append(prices,
			row{of: p, zone: true, group: group + ".001", kind: "DURATION", text: named + words.zone},
			row{of: p, group: group, kind: "DURATION", cents: p.whole,
				text: fmt.Sprintf("%s%s %s - %s", named, ending, words.request, words.inMonths(p.years))},
		)
		if p.rebate > 0 {
			gifts = append(gifts, row{of: p, group: group, kind: "GIFT", text: words.discount(p.extension), cents: -p.rebate})
		}
	}
	return append(append(first, prices...), gifts...)
}

// starRows are those of the United States: four a domain, of which two name it, and the discount is in the price.
func (o placedOrder) starRows() []row {
	var rows []row
	for at := range o.purchases {
		p := &o.purchases[at]
		what, years := p.domain+" - ."+p.extension.name, " - "+english.inYears(p.years)
		rows = append(rows,
			row{of: p, text: what},
			row{of: p, text: what + years, cents: p.whole - p.rebate},
			row{of: p, zone: true, text: english.zone},
			row{of: p, zone: true, text: english.zone + years},
		)
	}
	return rows
}

// rowRoutes serve the rows of orders.
func (s *Server) rowRoutes() {
	s.orderRoute("GET /me/order/{order}/details", func(a *answer, _ *http.Request, o placedOrder) {
		ids := []int64{}
		if !s.rowsPending(o) {
			for at := range s.orderRows(o) {
				ids = append(ids, o.rowID(at))
			}
		}
		a.json(ids)
	})
	s.rowRoute("GET /me/order/{order}/details/{detail}", func(a *answer, o placedOrder, id int64, r row) { a.json(s.rowWire(o, id, r)) })
	s.rowRoute("GET /me/order/{order}/details/{detail}/extension", func(a *answer, _ placedOrder, _ int64, r row) {
		if s.options.NoRowExtension {
			a.unknown()
			return
		}
		a.json(r.extension())
	})
}

// rowsPending says whether an order's rows are not there yet, and counts the look.
func (s *Server) rowsPending(o placedOrder) bool {
	empty := false
	s.changeOrder(o.id, func(o *placedOrder) {
		empty = o.rowLooks < s.options.DetailsAfter
		o.rowLooks++
	})
	return empty
}

func (o placedOrder) rowID(at int) int64 { return o.id*100_000 + int64(at) }

// rowRoute is orderRoute for the calls about one row.
func (s *Server) rowRoute(pattern string, serve func(*answer, placedOrder, int64, row)) {
	s.orderRoute(pattern, func(a *answer, r *http.Request, o placedOrder) {
		id, err := strconv.ParseInt(r.PathValue("detail"), 10, 64)
		rows := s.orderRows(o)
		at := id - o.rowID(0)
		if err != nil || at < 0 || at >= int64(len(rows)) || o.rowLooks < s.options.DetailsAfter {
			a.unknown()
			return
		}
		serve(a, o, id, rows[at])
	})
}

// rowWire is billing.OrderDetail. Groups become names when an order is delivered.
func (s *Server) rowWire(o placedOrder, id int64, r row) map[string]any {
	like := s.options.Like.Rows
	m := money{currencies[o.subsidiary], like == "group"}
	wire := map[string]any{
		"orderDetailId": id, "description": r.text, "cancelled": s.statusOf(o) == "cancelled", "quantity": "1",
		"unitPrice": m.price(r.cents), "totalPrice": m.price(r.cents),
	}
	switch {
	case like == "star":
		wire["domain"] = "*"
		return wire
	case like == "none":
	case s.statusOf(o) == "delivered":
		wire["domain"] = r.of.domain
	default:
		wire["domain"] = r.group
	}
	wire["detailType"] = r.kind
	return wire
}

// extension is billing.ItemDetail: what was ordered with a row, without the name of the domain.
func (r row) extension() map[string]any {
	configurations := []map[string]string{}
	code, product, mode := zonePlan, zoneProduct, zoneMode
	if !r.zone {
		code, product, mode = r.of.extension.name, r.of.extension.product(), r.of.mode
		for _, c := range r.of.configurations {
			configurations = append(configurations, map[string]string{"label": c.Label, "value": c.Value})
		}
	}
	return map[string]any{"order": map[string]any{
		"action": nil, "type": "plan", "configurations": configurations,
		"plan": map[string]any{
			"code": code, "duration": "P" + strconv.Itoa(r.of.years) + "Y", "pricingMode": mode, "quantity": 1,
			"product": map[string]string{"name": product},
		},
	}}
}
