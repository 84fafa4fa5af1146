package ordering

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
)

func until(t time.Time) string {
	if t.IsZero() {
		return "tomorrow"
	}
	return t.Local().Format(time.DateTime)
}

// printBill prints what an order would be.
func (a *program) printBill(q *order.Quote) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	console.Fprintf(table, "DOMAIN\tSTATUS\tFOR\tPRICE\tRENEWAL\n")
	for _, line := range q.Lines {
		console.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", line.Domain, line.Status, yearsOf(line.Duration), line.Price, line.Renewal)
	}
	if q.Other != "" {
		console.Fprintf(table, "others\t\t\t%s\t\n", q.Other)
	}
	console.Fprintf(table, "without tax\t\t\t%s\t%s\n", q.WithoutTax, q.Currency)
	console.Fprintf(table, "tax\t\t\t%s\t%s\n", q.Tax, q.Currency)
	console.Fprintf(table, "TOTAL\t\t\t%s\t%s\n", q.WithTax, q.Currency)
	if err := table.Flush(); err != nil {
		return err
	}
	if len(q.Contracts) > 0 {
		console.Fprintf(&text, "Ordering accepts these contracts:\n")
		for _, contract := range q.Contracts {
			console.Fprintf(&text, "  %s  %s\n", contract.Name, contract.URL)
		}
	}
	if _, err := text.WriteTo(a.Stdout); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return a.printDropped(q)
}

// maxNamed is how many of the domains that were left out for one cause are named on the screen; the quote file has all.
const maxNamed = 10

// printDropped prints what was left out, a line for each cause.
func (a *program) printDropped(q *order.Quote) error {
	var causes []string
	domains := map[string][]string{}
	for _, d := range q.Dropped {
		if len(domains[d.Why]) == 0 {
			causes = append(causes, d.Why)
		}
		domains[d.Why] = append(domains[d.Why], console.OneLine(d.Domain))
	}
	for _, why := range causes {
		all, more := domains[why], ""
		if len(all) > maxNamed && len(q.Lines) > 0 { // without lines there is no file
			more = fmt.Sprintf(" and %d more", len(all)-maxNamed)
			all = all[:maxNamed]
		}
		if _, err := console.Fprintf(a.Stdout, "left out: %s%s: %s\n", strings.Join(all, ", "), more, why); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	return nil
}

// money is an amount with its currency, which nothing has not.
func money(amount, currency string) string {
	return strings.TrimSpace(amount + " " + currency)
}

// yearsOf is "P1Y" for people.
func yearsOf(duration string) string {
	years, ok := strings.CutPrefix(duration, "P")
	years, ok2 := strings.CutSuffix(years, "Y")
	if !ok || !ok2 {
		return console.OneLine(duration)
	}
	if years == "1" {
		return "1 year"
	}
	return years + " years"
}
