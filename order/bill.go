package order

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/govalues/decimal"
	"golang.org/x/net/idna"

	"tldsweep/cart"
)

// split says how much of a bill, without tax, each domain costs together with what belongs to it, such as its zone. A
// bill says so in one of three ways, and sometimes in none: a line has the domain's name in its description, or stands in
// one group ("*001", "*001.001") with a line that has, or is called by the domain itself. What belongs to no domain is
// other, empty where that is nothing; a domain that the bill does not mention has no share.
func split(bill *cart.Bill, domains []string) (shares map[string]string, other string, err error) {
	names := namesOf(domains)
	owner := map[string]string{} // of a group
	for _, line := range bill.Lines {
		if named := names.in(line.Group + " " + line.Description); len(named) == 1 && owner[root(line.Group)] == "" {
			owner[root(line.Group)] = named[0]
		}
	}
	sums := map[string]decimal.Decimal{}
	for _, line := range bill.Lines {
		amount, err := decimal.Parse(orZero(line.Total))
		if err != nil {
			return nil, "", fmt.Errorf("the bill's line %q costs %q", line.Description, line.Total)
		}
		domain := owner[root(line.Group)]
		if named := names.in(line.Description); len(named) == 1 {
			domain = named[0]
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

// root is the group of lines that a line belongs to: "*001.002" belongs to "*001".
func root(group string) string {
	if number, _, sub := strings.Cut(group, "."); sub && strings.HasPrefix(group, "*") {
		return number
	}
	return group
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

// more says whether an amount is larger than another. What cannot be read is more than anything.
func more(amount, than string) bool {
	a, err := decimal.Parse(amount)
	if err != nil {
		return true
	}
	b, err := decimal.Parse(than)
	return err != nil || b.Less(a)
}

// same says whether two amounts are equal, however they are written.
func same(a, b string) bool { return !more(a, b) && !more(b, a) }

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

func join(words []string) string { return strings.Join(words, ", ") }
