package emulator

import "fmt"

// purchase is an item of a cart at the price of the day, in cents.
type purchase struct {
	*item
	whole  int64 // of all years, before the discount
	rebate int64
}

// purchases are the items of a cart at today's prices.
func (s *Server) purchases(c openCart) []purchase {
	var all []purchase
	for _, i := range c.items {
		now := i
		if priced := s.itemOf(i.domain, i.name, i.extension); priced != nil {
			now = priced
		}
		all = append(all, purchase{item: i, whole: now.regular + now.renew*int64(i.years-1), rebate: now.rebate})
	}
	return all
}

// total is the sum of purchases without tax.
func total(purchases []purchase) int64 {
	var sum int64
	for _, p := range purchases {
		sum += p.whole - p.rebate
	}
	return sum
}

// row is a line of a bill or of an order.
type row struct {
	of    *purchase // whose it is
	zone  bool      // it is of the DNS zone that comes with a domain
	group string    // "*001" is the first item, "*001.001" what comes with it
	kind  string    // DURATION, INSTALLATION, GIFT; empty where rows have none
	text  string
	cents int64
}

// billRows are as in OVHcloud's guide: the price is a DURATION row's, the discount a GIFT, and most rows are zeros.
func (s *Server) billRows(subsidiary string, purchases []purchase) []row {
	var rows []row
	words := wordingOf(subsidiary)
	for at := range purchases {
		p := &purchases[at]
		ending := "." + p.extension.name
		whole := row{of: p, group: fmt.Sprintf("*%03d", at+1), kind: "DURATION", cents: p.whole,
			text: fmt.Sprintf("%s - %s %s - %s", p.domain, ending, words.request, words.inMonths(p.years))}
		gift := row{of: p, group: whole.group, kind: "GIFT", text: words.discount(p.extension), cents: -p.rebate}
		if s.options.Like.Bill == "star" {
			whole.text = fmt.Sprintf("%s - %s %s - %s", p.domain, ending, english.request, english.inYears(p.years))
			gift.text = english.discount(p.extension)
			rows = append(rows, whole, row{of: p, text: "Domain " + ending})
		} else {
			rows = append(rows,
				row{of: p, zone: true, group: whole.group + ".001", kind: "DURATION", text: p.domain + " - " + words.zone},
				row{of: p, zone: true, group: whole.group + ".001", kind: "INSTALLATION", text: "DNS zone"},
				whole,
				row{of: p, group: whole.group, kind: "INSTALLATION", text: "Domain " + ending},
			)
		}
		if p.rebate > 0 {
			rows = append(rows, gift)
		}
	}
	return rows
}

// bill is order.Order without its number.
func (s *Server) bill(subsidiary string, purchases []purchase) map[string]any {
	like := s.options.Like.Bill
	m := money{currencies[subsidiary], like == "items"}
	details := []map[string]any{}
	for _, r := range s.billRows(subsidiary, purchases) {
		detail := map[string]any{
			"cartItemID": nil, "description": r.text, "domain": "*", "quantity": 1,
			"unitPrice": m.price(r.cents), "totalPrice": m.price(r.cents), "originalTotalPrice": m.price(r.cents),
			"reductionTotalPrice": m.price(0), "reductions": []any{},
		}
		if like != "star" {
			detail["domain"], detail["detailType"] = r.group, r.kind
		}
		if like == "items" {
			detail["cartItemID"] = r.of.id
		}
		details = append(details, detail)
	}
	sum := total(purchases)
	if sum == 0 {
		m.currency = "N/A" // of a total of nothing
	}
	tax := taxed(subsidiary, sum)
	return map[string]any{
		"orderId": nil, "url": nil, "details": details,
		"contracts": []map[string]string{
			// Live names have been seen to end in a tab.
			{"name": "Conditions générales\t", "url": "https://contracts.example/general.pdf", "content": "…"},
			{"name": "Contrat domaine", "url": "https://contracts.example/domain.pdf", "content": "…"},
		},
		"prices": map[string]any{
			"withoutTax": m.price(sum), "tax": m.price(tax), "withTax": m.price(sum + tax),
			"reduction": m.price(0), "originalWithoutTax": m.price(sum),
		},
	}
}
