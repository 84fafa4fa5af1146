package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/govalues/decimal"
	"golang.org/x/net/idna"

	"tldsweep/internal/cart"
)

// split says how much of a bill, without tax, each domain costs together with what belongs to it, such as its zone. owners are
// the domains by their items in the cart. A line belongs to the domain of its item; where it has none, to the one that its
// description or its group names, or that another line of its group ("*001", "*001.001") belongs to. What belongs to no
// domain is other, empty where that is nothing; a domain that no line belongs to has no share.
func split(bill *cart.Bill, owners map[int64]string) (shares map[string]string, other string, err error) {
	names := namesOf(slices.Collect(maps.Values(owners)))
	byLine := make([]string, len(bill.Lines))
	byGroup := map[string]string{}
	for i, line := range bill.Lines {
		byLine[i] = owners[line.Item]
		if named := names.in(line.Group + " " + line.Description); byLine[i] == "" && len(named) == 1 {
			byLine[i] = named[0]
		}
		if before, seen := byGroup[groupOf(line.Group)]; byLine[i] != "" && seen && before != byLine[i] {
			byGroup[groupOf(line.Group)] = "" // a group of two domains says nothing
		} else if byLine[i] != "" {
			byGroup[groupOf(line.Group)] = byLine[i]
		}
	}
	sums := map[string]decimal.Decimal{}
	for i, line := range bill.Lines {
		amount, err := decimal.Parse(orZero(line.Total))
		if err != nil {
			return nil, "", fmt.Errorf("the bill's line %q costs %q", line.Description, line.Total)
		}
		domain := byLine[i]
		if group := groupOf(line.Group); domain == "" && group != "" {
			domain = byGroup[group]
		}
		if sums[domain], err = sums[domain].Add(amount); err != nil {
			return nil, "", err
		}
	}
	shares = map[string]string{}
	for domain, amount := range sums {
		switch {
		case domain != "":
			shares[domain] = amount.Trim(2).Pad(2).String()
		case !amount.IsZero():
			other = amount.Trim(2).Pad(2).String()
		}
	}
	return shares, other, nil
}

// groupOf is the group that a row of a bill or an order belongs to: "*001.002" belongs to "*001". Empty: none. In the US
// all rows are "*", which says nothing.
func groupOf(domain string) string {
	number, numbered := strings.CutPrefix(domain, "*")
	if !numbered {
		return ""
	}
	number, _, _ = strings.Cut(number, ".")
	return number
}

// names are domains by each of the forms that a text may name them in.
type names map[string]string

func namesOf(domains []string) names {
	n := names{}
	for _, domain := range domains {
		n[domain] = domain
		if readable, err := idna.ToUnicode(domain); err == nil {
			n[readable] = domain
		}
	}
	return n
}

// in are the domains that a text names, whole, each once.
func (n names) in(text string) []string {
	var named []string
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		if domain, ok := n[strings.Trim(word, ".-")]; ok && !slices.Contains(named, domain) {
			named = append(named, domain)
		}
	}
	return named
}

func orZero(amount string) string {
	if amount == "" {
		return "0"
	}
	return amount
}

// exceeds says whether an amount is larger than another. What cannot be read is more than anything.
func exceeds(amount, than string) bool {
	a, err := decimal.Parse(amount)
	if err != nil {
		return true
	}
	b, err := decimal.Parse(than)
	return err != nil || b.Less(a)
}

// equal says whether two amounts are equal, however they are written.
func equal(a, b string) bool { return !exceeds(a, b) && !exceeds(b, a) }

// sum adds amounts; false where one cannot be read.
func sum(amounts ...string) (string, bool) {
	var total decimal.Decimal
	for _, amount := range amounts {
		d, err := decimal.Parse(amount)
		if err == nil {
			total, err = total.Add(d)
		}
		if err != nil {
			return "", false
		}
	}
	return total.Trim(2).Pad(2).String(), true
}

// equalMoney says whether two amounts are equal and in one currency. Nothing is nothing in any.
func equalMoney(a, currencyA, b, currencyB string) bool {
	return equal(a, b) && (currencyA == currencyB || equal(a, "0"))
}
