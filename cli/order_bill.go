package cli

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tldsweep/order"
)

func until(t time.Time) string {
	if t.IsZero() {
		return "tomorrow"
	}
	return t.Local().Format(time.DateTime)
}

// printBill prints what an order would be.
func (e *everywhere) printBill(q *order.Quote) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "DOMAIN\tSTATUS\tFOR\tPRICE\tRENEWAL\n")
	for _, line := range q.Lines {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", oneLine(line.Domain), line.Status, yearsOf(line.Duration), line.Price, line.Renewal)
	}
	if q.Other != "" {
		fmt.Fprintf(table, "others\t\t\t%s\t\n", q.Other)
	}
	fmt.Fprintf(table, "without tax\t\t\t%s\t%s\n", q.WithoutTax, q.Currency)
	fmt.Fprintf(table, "tax\t\t\t%s\t%s\n", q.Tax, q.Currency)
	fmt.Fprintf(table, "TOTAL\t\t\t%s\t%s\n", q.WithTax, q.Currency)
	if err := table.Flush(); err != nil {
		return err
	}
	if len(q.Contracts) > 0 {
		fmt.Fprintln(&text, "Ordering accepts these contracts:")
		for _, contract := range q.Contracts {
			fmt.Fprintf(&text, "  %s  %s\n", oneLine(contract.Name), oneLine(contract.URL))
		}
	}
	if _, err := text.WriteTo(e.stdout); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return e.printDropped(q)
}

func (e *everywhere) printDropped(q *order.Quote) error {
	for _, d := range q.Dropped {
		if _, err := fmt.Fprintf(e.stdout, "left out: %s: %s\n", oneLine(d.Domain), oneLine(d.Why)); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	return nil
}

// yearsOf is "P1Y" for people.
func yearsOf(duration string) string {
	years, ok := strings.CutPrefix(duration, "P")
	years, ok2 := strings.CutSuffix(years, "Y")
	if !ok || !ok2 {
		return oneLine(duration)
	}
	if years == "1" {
		return "1 year"
	}
	return years + " years"
}
