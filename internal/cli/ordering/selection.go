package ordering

import (
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
	"tldsweep/report"
	"tldsweep/scanner"
)

// selected is a domain that somebody wants, and what they were told of it. Amounts are empty where nothing was said.
type selected struct {
	domain, extension        string
	currency, price, renewal string
	status                   scanner.Status // by the report; empty without one
}

// selection reads the reports, and chooses by what is named and by status.
func (a *program) selection(q quoteFlags, named []string) (wanted []selected, dropped []order.Dropped, err error) {
	known := map[string]selected{}
	var inOrder []string
	for _, input := range q.inputs {
		for row, err := range a.readReport(input) {
			if err != nil {
				return nil, nil, app.Hinted(fmt.Errorf("report %s: %w", console.OneLine(input), err), "name a report that tldsweep scan wrote")
			}
			w := selected{row.Domain, row.Extension, row.Currency, row.Price, row.Renewal, row.Status}
			before, twice := known[row.Domain]
			if !twice {
				inOrder = append(inOrder, row.Domain)
			}
			if !twice || cheaper(w.price, before.price) {
				known[row.Domain] = w // of two prices that were shown, the lower one was
			}
		}
	}
	if len(named) == 0 {
		for _, domain := range inOrder {
			if w := known[domain]; slices.Contains(q.only, string(w.status)) {
				wanted = append(wanted, w)
			}
		}
		if len(wanted) == 0 {
			return nil, nil, app.Hinted(fmt.Errorf("no row of the report is %s", strings.Join(q.only, " or ")), "see the column status, and --only")
		}
		return wanted, nil, nil
	}
	seen := map[string]bool{}
	for _, text := range named {
		entry := scanner.Split(text, nil)
		domain := strings.ToLower(strings.TrimSpace(text))
		if entry.Name.Err == nil && entry.Extension != "" {
			domain = scanner.Query(entry).Domain()
		}
		if seen[domain] {
			continue
		}
		seen[domain] = true
		w, there := known[domain]
		switch {
		case len(q.inputs) > 0 && !there:
			return nil, nil, app.Usage(fmt.Errorf("%s is not in the report", console.OneLine(text)), "name domains of the report, or leave -i out to take today's price")
		case there && !slices.Contains(q.only, string(w.status)):
			dropped = append(dropped, order.Dropped{Domain: domain, Why: fmt.Sprintf("it is %s in the report, and --only says %s", w.status, strings.Join(q.only, ","))})
			continue
		case !there && (entry.Name.Err != nil || entry.Extension == ""):
			return nil, nil, app.Usage(fmt.Errorf("%s is not a domain", console.OneLine(text)), "write it with its extension, such as rocket.fr")
		case !there:
			w = selected{domain: domain, extension: entry.Extension}
		}
		wanted = append(wanted, w)
	}
	if len(wanted) == 0 {
		return nil, nil, app.Hinted(fmt.Errorf("%s: %s", dropped[0].Domain, dropped[0].Why), "see --only")
	}
	return wanted, dropped, nil
}

func (a *program) readReport(path string) iter.Seq2[report.Row, error] {
	if path == "-" {
		return report.Read(a.Stdin)
	}
	return func(yield func(report.Row, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(report.Row{}, err)
			return
		}
		defer file.Close()
		report.Read(file)(yield)
	}
}

func cheaper(a, b string) bool {
	x, err := decimal.Parse(a)
	if err != nil {
		return false
	}
	y, err := decimal.Parse(b)
	return err != nil || x.Less(y)
}

// refuse says why a domain is not put into the cart; empty: it is.
func (s selected) refuse(result scanner.Result, q quoteFlags) string {
	switch {
	case result.Status == scanner.Failed:
		return fmt.Sprintf("nobody knows: %v", result.Err)
	case result.Err != nil:
		return fmt.Sprintf("%s: %v", result.Status, result.Err)
	case !slices.Contains(q.only, string(result.Status)):
		why := "it is " + string(result.Status) + " now"
		if result.Reason != "" {
			why += " (" + string(result.Reason) + ")"
		}
		return why
	case result.Price == "":
		return "OVHcloud says no price"
	case s.currency != "" && s.currency != result.Currency:
		return fmt.Sprintf("its price is in %s now, and in %s in the report", result.Currency, s.currency)
	case s.price != "" && cheaper(s.price, result.Price):
		return fmt.Sprintf("it costs %s %s now, and %s in the report", result.Price, result.Currency, s.price)
	case s.renewal != "" && cheaper(s.renewal, result.Renewal):
		return fmt.Sprintf("its renewal costs %s %s now, and %s in the report", result.Renewal, result.Currency, s.renewal)
	case q.maxPrice != "" && cheaper(q.maxPrice, result.Price):
		return fmt.Sprintf("it costs %s %s, more than --max-price %s", result.Price, result.Currency, q.maxPrice)
	}
	return ""
}
