package ordering

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"github.com/spf13/cobra"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
	"tldsweep/scanner"
)

type quoteFlags struct {
	inputs   []string
	only     []string
	answers  string
	output   string
	years    int
	maxPrice string
	claims   []string
}

func (a *program) orderQuoteCommand(f *orderFlags) *cobra.Command {
	var q quoteFlags
	cmd := &cobra.Command{
		Use:   "quote [-i REPORT] [DOMAIN …]",
		Short: "Ask what domains would cost now, with tax; spends nothing",
		Long: `quote looks every domain up again, leaves out what is no longer available or dearer than the report says, puts the
rest into a cart, answers what the registries ask, and asks OVHcloud for the bill. What OVHcloud refuses is found out, named
with what is missing, and left out. It spends nothing. The bill is printed and kept in a quote file, for tldsweep order buy.

With a report, its rows of the statuses of --only are taken, or of them those that are named; without one, the domains
that are named, at whatever they cost.`,
		Example: `  tldsweep order quote -i report.csv
  tldsweep order quote -i report.csv rocket.fr moon.co.uk -o two.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.orderQuote(cmd.Context(), f, q, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&q.inputs, "input", "i", nil, "a report of tldsweep scan: CSV, JSON Lines or JSON; - is stdin; repeatable")
	flags.StringSliceVar(&q.only, "only", []string{"available"}, "which statuses may be ordered: available, premium, aftermarket")
	flags.StringVar(&q.answers, "answers", "", "a TOML file with what registries ask: owner, legal age, … (default: tldsweep/order.toml in the configuration folder)")
	flags.StringVarP(&q.output, "output", "o", "", "the quote file (default: quote-….json in this folder)")
	flags.IntVar(&q.years, "years", 0, "for how long, 1 to 10, where that is offered (default: the shortest that is)")
	flags.StringSliceVar(&q.claims, "accept-claims", nil, "domains that are wanted although somebody holds a mark of their name, and can take them away without refund; repeatable")
	flags.StringVar(&q.maxPrice, "max-price", "", "leave out what costs more, without tax")
	return cmd
}

func (a *program) orderQuote(ctx context.Context, f *orderFlags, q quoteFlags, named []string) error {
	if err := q.check(named); err != nil {
		return err
	}
	output := q.output
	if output == "" {
		output = "quote-" + strings.ToLower(rand.Text()[:6]) + ".json"
	}
	inputs := append(app.NamedFiles("the report", q.inputs...), app.NamedFile{What: "the answers", Path: q.answers}, app.NamedFile{What: "the journal of orders", Path: f.journal})
	if err := app.RefuseOverwrites(app.NamedFiles("the quote", output), inputs); err != nil {
		return err
	}
	answers, err := a.readAnswers(q.answers)
	if err != nil {
		return err
	}
	wanted, dropped, err := a.selection(q, named)
	if err != nil {
		return err
	}
	if err := app.CheckWritable("quote", output); err != nil {
		return err
	}
	file, err := a.Files.Create(output) // before a long work that could not be kept
	if err != nil {
		return fmt.Errorf("quote: %w", err)
	}
	defer file.Discard()
	return a.withSession(ctx, f, toLook, func(c *session) error {
		c.announce(a, len(wanted))
		quote, err := a.prepare(ctx, c, q, wanted, answers)
		if quote != nil {
			quote.Dropped = append(dropped, quote.Dropped...)
		}
		if err != nil {
			if quote == nil {
				return err
			}
			return c.unanswered(ctx, a, quote, errors.Join(err, a.printDropped(quote)))
		}
		if err := quote.Write(file); err != nil {
			return fmt.Errorf("quote: %w", err)
		}
		if err := file.Commit(); err != nil {
			return fmt.Errorf("quote: %w", err)
		}
		if err := a.printBill(quote); err != nil {
			return err
		}
		a.Console.Note("nothing is ordered yet; the cart lives until %s; to order: tldsweep order buy %s", until(quote.Expires), output)
		if len(quote.Dropped) > 0 {
			a.Console.Warning("%d of %d domains are left out; see above why", len(quote.Dropped), len(quote.Dropped)+len(quote.Lines))
			return ErrLeftOut
		}
		return nil
	})
}

// ErrLeftOut ends a quote that lacks something that was asked for; it was said where it happened.
var ErrLeftOut = errors.New("some domains are left out")

// announce says how long a quote will take, where that is long.
func (s *session) announce(e *program, domains int) {
	requests := 4*domains + 6 // most registries ask for two answers
	if s.rate == 0 || float64(requests)/float64(s.rate) < 60 {
		return
	}
	wait := time.Duration(float64(requests) / float64(s.rate) * float64(time.Second))
	e.Console.Note("%d domains take about %d requests: %s at %s", domains, requests, wait.Round(time.Minute), s.rate)
}

func (q *quoteFlags) check(named []string) error {
	if len(q.inputs) == 0 && len(named) == 0 {
		return app.Usage(errors.New("no domains"), "give a report with -i report.csv, or domains as arguments")
	}
	orderable := []string{string(scanner.Available), string(scanner.Premium), string(scanner.Aftermarket)}
	for i, status := range q.only {
		q.only[i] = strings.ToLower(strings.TrimSpace(status))
		if !slices.Contains(orderable, q.only[i]) {
			return app.Usage(fmt.Errorf("--only %s", console.OneLine(status)), "want one or more of "+strings.Join(orderable, ","))
		}
	}
	if q.years < 0 || q.years > 10 {
		return app.Usage(fmt.Errorf("--years %d", q.years), "want 1 to 10")
	}
	var err error
	q.maxPrice, err = amount("--max-price", q.maxPrice)
	return err
}

// prepare looks the selected domains up and makes a quote of what is available. Whatever ends it early, its cart goes with it.
func (a *program) prepare(ctx context.Context, c *session, q quoteFlags, wanted []selected, answers *order.Answers) (_ *order.Quote, err error) {
	wanted, unfit, err := c.checkOwner(ctx, a, wanted, answers)
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		return &order.Quote{Dropped: unfit}, order.ErrNothing
	}
	description := "tldsweep order " + time.Now().UTC().Format("2006-01-02 15:04") + " " + strings.ToLower(rand.Text()[:4])
	opened, err := c.Open(ctx, description)
	if err != nil {
		return nil, err
	}
	first, _, err := opened.Basket(ctx)
	if err != nil {
		return nil, err
	}
	basket, expires := first, time.Time{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Abandon(ctx, basket))
		}
	}()
	picks, dropped, err := c.lookUp(ctx, q, wanted, opened)
	if err != nil {
		return nil, err
	}
	if basket, expires, err = opened.Basket(ctx); err != nil {
		basket = first
		return nil, err
	}
	if basket.ID() != first.ID() { // the first was lost while domains were looked up
		if err := c.Assign(ctx, basket); err != nil {
			return nil, err
		}
	}
	quote, err := c.Prepare(ctx, basket, picks, answers, a.acceptClaim(q.claims))
	quote.Description, quote.Expires = description, expires
	quote.Dropped = slices.Concat(unfit, dropped, quote.Dropped)
	for _, label := range quote.Unasked {
		a.Console.Note("no registry of these domains asks for %s", strings.ToLower(console.OneLine(label)))
	}
	if err == nil {
		err = c.Seal(ctx, quote)
	}
	return quote, err
}

// lookUp asks for every selected domain again now.
func (s *session) lookUp(ctx context.Context, q quoteFlags, wanted []selected, basket *cart.Cart) (picks []order.Pick, dropped []order.Dropped, err error) {
	found := map[string]scanner.Result{}
	queries := func(yield func(scanner.Query, error) bool) {
		for _, w := range wanted {
			sold := func(extension string) bool { return extension == w.extension }
			if w.extension == "" {
				sold = nil
			}
			if !yield(scanner.Query(scanner.Split(w.domain, sold)), nil) {
				return
			}
		}
	}
	for result, err := range scanner.Scan(ctx, queries, scanner.Check(nil), cart.Lookup(basket, s.workers)) {
		if err != nil {
			return nil, nil, err
		}
		found[result.Domain()] = result
		s.Progress("looked up", len(found), len(wanted))
	}
	for _, w := range wanted {
		result := found[w.domain]
		if why := w.refuse(result, q); why != "" {
			dropped = append(dropped, order.Dropped{Domain: w.domain, Why: why})
			continue
		}
		pick := order.Pick{
			Wanted: cart.Wanted{Domain: w.domain, Duration: result.Duration, PlanCode: result.Extension, PricingMode: result.PricingMode, OfferID: result.OfferID},
			Status: string(result.Status), Renewal: result.Renewal, MaxPrice: result.Price,
		}
		if w.price != "" {
			pick.MaxPrice = w.price
		}
		if q.years > 0 {
			if pick.Duration = result.Durations.OfYears(q.years); pick.Duration == "" {
				dropped = append(dropped, order.Dropped{Domain: w.domain, Why: fmt.Sprintf("it is not offered for %d years; --years takes what is offered", q.years)})
				continue
			}
			pick.MaxPrice = forYears(pick.MaxPrice, result.Renewal, q.years)
		}
		picks = append(picks, pick)
	}
	return picks, dropped, nil
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

// settingNames are the keys of section [tldsweep] of ovh.conf that are not answers.
var settingNames = []string{"answers", "max_total"}

// orderSettings reads section [tldsweep] of ovh.conf. A limit that is misspelt or empty would be none, so it is refused.
func orderSettings() (map[string]string, error) {
	settings, err := api.Settings("tldsweep")
	if err != nil {
		return nil, err
	}
	for key, value := range settings {
		if value == "" {
			return nil, app.Hinted(fmt.Errorf("%s in section [tldsweep] of ovh.conf is empty", console.OneLine(key)), "give it a value, or take the line out")
		}
		if strings.HasPrefix(key, "max") && !slices.Contains(settingNames, key) {
			return nil, app.Hinted(fmt.Errorf("section [tldsweep] of ovh.conf has no setting %s", console.OneLine(key)), "there are "+strings.Join(settingNames, " and ")+", and answers to what registries ask")
		}
	}
	return settings, nil
}

// readAnswers reads what registries ask for: the file that is named, or the usual one where it is there, and then
// section [tldsweep] of ovh.conf.
func (a *program) readAnswers(path string) (*order.Answers, error) {
	settings, err := orderSettings()
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = settings["answers"]
	}
	if path == "" {
		folder, err := os.UserConfigDir()
		if err == nil && app.Exists(filepath.Join(folder, "tldsweep", "order.toml")) {
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
			return nil, app.Hinted(fmt.Errorf("answers %s: %w", console.OneLine(path), err), "see examples/order.toml")
		}
	}
	for key, value := range settings {
		if slices.Contains(settingNames, key) {
			continue
		}
		if err := answers.Set(key, value); err != nil {
			return nil, app.Hinted(fmt.Errorf("section [tldsweep] of ovh.conf: %w", err), "see examples/order.toml")
		}
	}
	return answers, nil
}

// unanswered tells what to do where answers are missing or name a contact that is not there: whom the account has as contacts.
func (s *session) unanswered(ctx context.Context, e *program, quote *order.Quote, err error) error {
	wanting := slices.IndexFunc(quote.Dropped, func(d order.Dropped) bool { return d.Label != "" })
	if !errors.Is(err, order.ErrNothing) || wanting < 0 {
		return err
	}
	if slices.ContainsFunc(quote.Dropped, func(d order.Dropped) bool { return d.Label == "OWNER_CONTACT" }) {
		s.listPeople(ctx, e)
	}
	return app.Hinted(err, "write the answers into a file for --answers; see examples/order.toml")
}

func (s *session) listPeople(ctx context.Context, e *program) {
	people, err := s.people(ctx)
	for _, person := range people {
		e.Console.Note("a contact of the account: %s", person)
	}
	if err != nil {
		e.Console.Detail("the account's contacts cannot be listed: %v", err)
	}
}

const maxPeople = 10

// people are some of the account's contacts, for people.
func (s *session) people(ctx context.Context) (people []string, err error) {
	ids, err := cart.Contacts(ctx, s.Client)
	for _, id := range ids[:min(len(ids), maxPeople)] {
		contact, err := cart.ReadContact(ctx, s.Client, cart.ContactPath(id))
		if err != nil {
			return people, err
		}
		people = append(people, fmt.Sprintf("%d, %v %v", id, contact["firstName"], contact["lastName"]))
	}
	return people, err
}
