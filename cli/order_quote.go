package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/govalues/decimal"
	"github.com/spf13/cobra"

	"tldsweep/api"
	"tldsweep/cart"
	"tldsweep/order"
	"tldsweep/report"
	"tldsweep/scanner"
)

type quoteFlags struct {
	inputs   []string
	only     []string
	answers  string
	output   string
	years    int
	maxPrice string
}

func (e *everywhere) orderQuoteCommand(f *orderFlags) *cobra.Command {
	var q quoteFlags
	cmd := &cobra.Command{
		Use:   "quote [-i REPORT] [DOMAIN …]",
		Short: "Ask what domains would cost now, with tax; spends nothing",
		Long: `quote looks every domain up again, leaves out what is no longer to be had or dearer than the report says, puts the
rest into a cart, answers what the registries ask, and asks OVHcloud for the bill. It spends nothing. The bill is printed
and kept in a quote file, for tldsweep order buy.

With a report, its rows of the statuses of --only are taken, or of them those that are named; without one, the domains
that are named, at whatever they cost.`,
		Example: `  tldsweep order quote -i report.csv
  tldsweep order quote -i report.csv rocket.fr moon.co.uk -o two.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return e.orderQuote(cmd.Context(), f, q, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&q.inputs, "input", "i", nil, "a report of tldsweep scan: CSV, JSON Lines or JSON; - is stdin; repeatable")
	flags.StringSliceVar(&q.only, "only", []string{"available"}, "which statuses may be ordered: available, premium, aftermarket")
	flags.StringVar(&q.answers, "answers", "", "a TOML file with what registries ask: owner, legal age, … (default: tldsweep/order.toml in the configuration folder)")
	flags.StringVarP(&q.output, "output", "o", "", "the quote file (default: quote-….json in this folder)")
	flags.IntVar(&q.years, "years", 0, "for how long, 1 to 10 (default: as OVHcloud offers it, mostly 1)")
	flags.StringVar(&q.maxPrice, "max-price", "", "leave out what costs more, without tax")
	return cmd
}

// wish is a domain that somebody wants, and what they were told of it. Amounts are empty where nothing was said.
type wish struct {
	domain, extension        string
	currency, price, renewal string
	status                   scanner.Status // by the report; empty without one
}

func (e *everywhere) orderQuote(ctx context.Context, f *orderFlags, q quoteFlags, named []string) error {
	if err := q.check(named); err != nil {
		return err
	}
	answers, err := e.readAnswers(q.answers)
	if err != nil {
		return err
	}
	wishes, dropped, err := e.wishes(q, named)
	if err != nil {
		return err
	}
	output := q.output
	if output == "" {
		output = "quote-" + strings.ToLower(rand.Text()[:6]) + ".json"
	}
	if err := checkFolder("quote", output); err != nil {
		return err
	}
	file, err := newPendingFile(output) // before a long work that could not be kept
	if err != nil {
		return fmt.Errorf("quote: %w", err)
	}
	defer file.abandon()
	return e.atCounter(ctx, f, false, func(c *counter) error {
		c.announce(e, len(wishes))
		quote, err := e.prepare(ctx, c, q, wishes, answers)
		if quote != nil {
			quote.Dropped = append(dropped, quote.Dropped...)
		}
		if err != nil {
			if quote != nil {
				err = errors.Join(err, e.printDropped(quote))
			}
			if lacking, ok := errors.AsType[*order.MissingError](err); ok {
				return e.missing(ctx, c, lacking)
			}
			return err
		}
		if err := quote.Write(file); err != nil {
			return fmt.Errorf("quote: %w", err)
		}
		if err := file.complete(); err != nil {
			return fmt.Errorf("quote: %w", err)
		}
		if err := e.printBill(quote); err != nil {
			return err
		}
		e.talk.note("nothing is ordered yet; the cart lives until %s; to order: tldsweep order buy %s", until(quote.Expires), output)
		return nil
	})
}

// announce says how long a quote will take, where that is long.
func (c *counter) announce(e *everywhere, domains int) {
	requests := 4*domains + 6 // most registries ask for two answers
	if c.rate == 0 || float64(requests)/float64(c.rate) < 60 {
		return
	}
	wait := time.Duration(float64(requests) / float64(c.rate) * float64(time.Second))
	e.talk.note("%d domains take about %d requests: %s at %s", domains, requests, wait.Round(time.Minute), c.rate)
}

func until(t time.Time) string {
	if t.IsZero() {
		return "tomorrow"
	}
	return t.Local().Format(time.DateTime)
}

func (q *quoteFlags) check(named []string) error {
	if len(q.inputs) == 0 && len(named) == 0 {
		return &usageError{errors.New("no domains"), "give a report with -i report.csv, or domains as arguments"}
	}
	orderable := []string{string(scanner.Available), string(scanner.Premium), string(scanner.Aftermarket)}
	for i, status := range q.only {
		q.only[i] = strings.ToLower(strings.TrimSpace(status))
		if !slices.Contains(orderable, q.only[i]) {
			return &usageError{fmt.Errorf("--only %s", oneLine(status)), "want one or more of " + strings.Join(orderable, ",")}
		}
	}
	if q.years < 0 || q.years > 10 {
		return &usageError{fmt.Errorf("--years %d", q.years), "want 1 to 10"}
	}
	var err error
	q.maxPrice, err = amount("--max-price", q.maxPrice)
	return err
}

// wishes reads the reports, and chooses by what is named and by status.
func (e *everywhere) wishes(q quoteFlags, named []string) (wishes []wish, dropped []order.Dropped, err error) {
	known := map[string]wish{}
	var inOrder []string
	for _, input := range q.inputs {
		for row, err := range e.readReport(input) {
			if err != nil {
				return nil, nil, &hintedError{fmt.Errorf("report %s: %w", oneLine(input), err), "name a report that tldsweep scan wrote"}
			}
			w := wish{row.Domain, row.Extension, row.Currency, row.Price, row.Renewal, row.Status}
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
				wishes = append(wishes, w)
			}
		}
		if len(wishes) == 0 {
			return nil, nil, &hintedError{fmt.Errorf("no row of the report is %s", strings.Join(q.only, " or ")), "see the column status, and --only"}
		}
		return wishes, nil, nil
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
			return nil, nil, &usageError{fmt.Errorf("%s is not in the report", oneLine(text)), "name domains of the report, or leave -i out to take today's price"}
		case there && !slices.Contains(q.only, string(w.status)):
			dropped = append(dropped, order.Dropped{Domain: domain, Why: fmt.Sprintf("it is %s in the report, and --only says %s", w.status, strings.Join(q.only, ","))})
			continue
		case !there && (entry.Name.Err != nil || entry.Extension == ""):
			return nil, nil, &usageError{fmt.Errorf("%s is no domain", oneLine(text)), "write it with its extension, such as rocket.fr"}
		case !there:
			w = wish{domain: domain, extension: entry.Extension}
		}
		wishes = append(wishes, w)
	}
	if len(wishes) == 0 {
		return nil, nil, &hintedError{fmt.Errorf("%s: %s", dropped[0].Domain, dropped[0].Why), "see --only"}
	}
	return wishes, dropped, nil
}

func (e *everywhere) readReport(path string) iter.Seq2[report.Row, error] {
	if path == "-" {
		return report.Read(e.stdin)
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

// prepare looks the wishes up and makes a quote of what can be had.
func (e *everywhere) prepare(ctx context.Context, c *counter, q quoteFlags, wishes []wish, answers *order.Answers) (*order.Quote, error) {
	description := "tldsweep order " + time.Now().UTC().Format("2006-01-02 15:04") + " " + strings.ToLower(rand.Text()[:4])
	basket, err := c.Open(ctx, c.door.subsidiary, description)
	if err != nil {
		return nil, err
	}
	picks, dropped, err := c.lookUp(ctx, q, wishes, basket)
	if err != nil {
		return nil, err
	}
	chosen, expires, err := basket.Basket(ctx)
	if err != nil {
		return nil, err
	}
	quote, err := c.Prepare(ctx, chosen, picks, answers)
	quote.Description, quote.Expires = description, expires
	quote.Dropped = append(dropped, quote.Dropped...)
	for _, label := range quote.Unasked {
		e.talk.note("no registry of these domains asks for %s", strings.ToLower(oneLine(label)))
	}
	_, lacking := errors.AsType[*order.MissingError](err)
	if err != nil && !lacking && !errors.Is(err, order.ErrNothing) {
		e.talk.note("the cart is left as it is, and expires by itself; to delete it: tldsweep order drop %s", chosen.ID())
	}
	return quote, err
}

// lookUp asks for every wish again now.
func (c *counter) lookUp(ctx context.Context, q quoteFlags, wishes []wish, basket *cart.Cart) (picks []order.Pick, dropped []order.Dropped, err error) {
	found := map[string]scanner.Result{}
	queries := func(yield func(scanner.Query, error) bool) {
		for _, w := range wishes {
			sold := func(extension string) bool { return extension == w.extension }
			if w.extension == "" {
				sold = nil
			}
			if !yield(scanner.Query(scanner.Split(w.domain, sold)), nil) {
				return
			}
		}
	}
	for result, err := range scanner.Scan(ctx, queries, scanner.Check(nil), scanner.Lookup(basket, c.workers)) {
		if err != nil {
			return nil, nil, err
		}
		found[result.Domain()] = result
		c.Progress("looked up", len(found), len(wishes))
	}
	for _, w := range wishes {
		result := found[w.domain]
		if why := w.refuse(result, q); why != "" {
			dropped = append(dropped, order.Dropped{Domain: w.domain, Why: why})
			continue
		}
		pick := order.Pick{
			Wanted: cart.Wanted{Domain: w.domain, Duration: result.Duration, PlanCode: result.Extension, PricingMode: result.PricingMode, OfferID: result.OfferID},
			Status: string(result.Status), Renewal: result.Renewal, Most: result.Price,
		}
		if w.price != "" {
			pick.Most = w.price
		}
		if q.years > 0 {
			pick.Duration = fmt.Sprintf("P%dY", q.years)
			pick.Most = forYears(pick.Most, result.Renewal, q.years)
		}
		picks = append(picks, pick)
	}
	return picks, dropped, nil
}

// refuse says why a wish is not put into the cart; empty: it is.
func (w wish) refuse(result scanner.Result, q quoteFlags) string {
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
	case w.currency != "" && w.currency != result.Currency:
		return fmt.Sprintf("its price is in %s now, and in %s in the report", result.Currency, w.currency)
	case w.price != "" && cheaper(w.price, result.Price):
		return fmt.Sprintf("it costs %s %s now, and %s in the report", result.Price, result.Currency, w.price)
	case w.renewal != "" && cheaper(w.renewal, result.Renewal):
		return fmt.Sprintf("its renewal costs %s %s now, and %s in the report", result.Renewal, result.Currency, w.renewal)
	case q.maxPrice != "" && cheaper(q.maxPrice, result.Price):
		return fmt.Sprintf("it costs %s %s, more than --max-price %s", result.Price, result.Currency, q.maxPrice)
	}
	return ""
}

// forYears is what a price becomes that is renewed until all years are paid.
func forYears(price, renewal string, years int) string {
	first, err := decimal.Parse(price)
	if err != nil || years == 1 {
		return price
	}
	each, err := decimal.Parse(renewal)
	if err != nil {
		return price
	}
	more, err := each.Mul(decimal.MustNew(int64(years-1), 0))
	if err == nil {
		first, err = first.Add(more)
	}
	if err != nil {
		return price
	}
	return first.String()
}

// readAnswers reads what registries ask for: the file that is named, or the usual one where it is there, and then
// section [tldsweep] of ovh.conf.
func (e *everywhere) readAnswers(path string) (*order.Answers, error) {
	settings, err := api.Settings("tldsweep")
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = settings["answers"]
	}
	if path == "" {
		folder, err := os.UserConfigDir()
		if err == nil && exists(filepath.Join(folder, "tldsweep", "order.toml")) {
			path = filepath.Join(folder, "tldsweep", "order.toml")
		}
	}
	answers := &order.Answers{}
	if path != "" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("answers: %w", err)
		}
		defer file.Close()
		if answers, err = order.ReadAnswers(file); err != nil {
			return nil, &hintedError{fmt.Errorf("answers %s: %w", oneLine(path), err), "see examples/order.toml"}
		}
	}
	for key, value := range settings {
		if key != "answers" && key != "max_total" {
			answers.Set(key, value)
		}
	}
	return answers, nil
}

// missing lists the answers that registries want and did not get, and whom the account has as contacts.
func (e *everywhere) missing(ctx context.Context, c *counter, lacking *order.MissingError) error {
	contacts := false
	for _, lack := range lacking.Lacks {
		why := ""
		if lack.Why != "" {
			why = ": " + lack.Why
		}
		contacts = contacts || strings.Contains(lack.Question, "/contact")
		if _, err := fmt.Fprintf(e.stdout, "%s: %s%s\n", lack.Domain, oneLine(lack.Question), oneLine(why)); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	if contacts {
		people, err := c.people(ctx)
		for _, person := range people {
			e.talk.note("a contact of the account: %s", person)
		}
		if err != nil {
			e.talk.detail("the account's contacts cannot be listed: %v", err)
		}
	}
	return &hintedError{lacking, "write them into a file for --answers; see examples/order.toml"}
}

const mostPeople = 10

// people are some of the account's contacts, for people.
func (c *counter) people(ctx context.Context) (people []string, err error) {
	ids, err := cart.Contacts(ctx, c.Client)
	for _, id := range ids[:min(len(ids), mostPeople)] {
		contact, err := cart.ReadContact(ctx, c.Client, cart.ContactPath(id))
		if err != nil {
			return people, err
		}
		people = append(people, fmt.Sprintf("%d, %v %v", id, contact["firstName"], contact["lastName"]))
	}
	return people, err
}

// printBill prints what an order would be.
func (e *everywhere) printBill(q *order.Quote) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "DOMAIN\tSTATUS\tFOR\tPRICE\tRENEWAL\n")
	for _, line := range q.Lines {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", readable(line.Domain), line.Status, yearsOf(line.Duration), line.Price, line.Renewal)
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
		if _, err := fmt.Fprintf(e.stdout, "left out: %s: %s\n", readable(d.Domain), oneLine(d.Why)); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	return nil
}

func readable(domain string) string { return oneLine(domain) }

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
