// Package ordering is the command line of tldsweep order. Command returns it with its steps, each in a file of its own: quote, buy,
// pay, bill, carts, reconcile. What the steps do is package order.
package ordering

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/govalues/decimal"
	"github.com/spf13/cobra"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
	"tldsweep/internal/pace"
)

// program is what every command shares.
type program struct{ *app.App }

// Command is tldsweep order.
func Command(a *app.App) *cobra.Command { return (&program{a}).orderCommand() }

// orderFlags are those of every command about orders.
type orderFlags struct {
	rate       string
	journal    string
	waitAnswer time.Duration
	settle     time.Duration // its old name
	lookBack   time.Duration
}

func (a *program) orderCommand() *cobra.Command {
	var f orderFlags
	cmd := &cobra.Command{
		Use:   "order",
		Short: "Order what a scan has found, in steps that each can be the last",
		Long: `order goes from a report to domains in steps that each can be the last:

  tldsweep order quote -i report.csv        asks what they would cost now; spends nothing
  tldsweep order buy quote.json             places the order; does not pay
  tldsweep order pay NUMBER --with MEANS    pays it

Each request that changes something is written down in a journal first, so that nothing is bought twice, whatever breaks.`,
		Args: noSuchStep,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&f.rate, "rate", "", "requests per second, minute or hour or off (default "+app.UsualRate+")")
	flags.StringVar(&f.journal, "journal", "", "file in which all that changes something is written down (default: in the state folder)")
	flags.DurationVar(&f.waitAnswer, "wait-answer", 5*time.Minute, "how long an order or a payment whose reply is lost may still be on its way")
	flags.DurationVar(&f.settle, "settle", 0, "")
	_ = flags.MarkHidden("settle") // it is there
	flags.DurationVar(&f.lookBack, "look-back", 30*24*time.Hour, "how old orders of the account may be that hold a domain and are not delivered")
	cmd.AddCommand(a.orderQuoteCommand(&f), a.orderBuyCommand(&f), a.orderPayCommand(&f), a.orderStatusCommand(&f),
		a.orderReconcileCommand(&f), a.orderCartsCommand(&f), a.orderShowCommand(&f), a.orderDropCommand(&f))
	return cmd
}

func noSuchStep(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return app.Usage(fmt.Errorf("order has no step %s", console.OneLine(args[0])), "want quote, buy, pay, status, reconcile, carts, show or drop")
}

// session is an account to order with, and its journal.
type session struct {
	*order.Shop
	conn    *app.Connection
	quiet   func() // ends telling what keeps requests waiting
	rate    pace.Rate
	workers int // for lookups
}

// access is how the journal is opened.
type access int

const (
	toLook      access = iota // others may order meanwhile
	toChange                  // others that order are kept out
	toReconcile               // the same, and what is unknown of earlier orders is left so
)

// openSession finds out whose account it is and opens the journal. What
// is unknown of earlier orders is found out first, so that nothing is decided on half a truth.
func (a *program) openSession(ctx context.Context, f *orderFlags, how access) (_ *session, err error) {
	if a.IsEmulated() {
		return nil, app.Usage(errors.New("the emulator inside this process forgets its carts when it ends"), "run tldsweep emulate in another terminal, and set the environment that it prints")
	}
	rate, err := a.orderRate(f.rate)
	if err != nil {
		return nil, err
	}
	if f.settle != 0 {
		a.Console.Note("--settle is --wait-answer now")
		f.waitAnswer = f.settle
	}
	if f.waitAnswer < 0 {
		return nil, app.Usage(fmt.Errorf("--wait-answer %s", f.waitAnswer), "want a duration such as 5m")
	}
	if f.lookBack <= 0 {
		return nil, app.Usage(fmt.Errorf("--look-back %s", f.lookBack), "want a duration such as 720h")
	}
	workers := app.EnoughWorkers(rate)
	conn, err := a.Connect(rate, workers, 0)
	if err != nil {
		return nil, err
	}
	c := &session{Shop: &order.Shop{Client: conn.Client, AnswerWithin: f.waitAnswer, LookBack: f.lookBack, Progress: a.LongStep()}, conn: conn, quiet: a.TellDelays(ctx, conn), rate: rate, workers: workers}
	defer func() {
		if err != nil {
			err = errors.Join(app.CauseOf(ctx, err), c.close())
		}
	}()
	if err := conn.RequireLogin(); err != nil {
		return nil, err
	}
	if err := c.identify(ctx, a); err != nil {
		return nil, err
	}
	c.Subsidiary = conn.Subsidiary
	path, err := f.journalFile()
	if err != nil {
		return nil, err
	}
	if c.Journal, err = order.OpenJournal(path, true); errors.Is(err, order.ErrBusy) && how == toLook {
		// Who orders now settles what is unknown. What follows here buys nothing.
		c.Journal, err = order.OpenJournal(path, false)
		return c, err
	}
	if err != nil {
		return nil, err
	}
	if how == toReconcile {
		return c, nil
	}
	if err := c.Reconcile(ctx); err != nil {
		return nil, err
	}
	if how == toLook {
		if err := c.Journal.Close(); err != nil {
			return nil, err
		}
		c.Journal, err = order.OpenJournal(path, false)
	}
	return c, err
}

func (a *program) orderRate(text string) (pace.Rate, error) {
	if text == "" {
		text = app.UsualRate
	}
	rate, err := pace.ParseRate(text)
	if err != nil {
		return 0, app.Usage(err, "for example --rate 60/m")
	}
	return rate, nil
}

func (f *orderFlags) journalFile() (string, error) {
	if f.journal != "" {
		return f.journal, app.CheckWritable("journal", f.journal)
	}
	folder, err := app.StateFolder()
	if err != nil {
		return "", fmt.Errorf("the journal of orders: %w", err)
	}
	return filepath.Join(folder, "orders.jsonl"), nil
}

// identify asks whose account it is; its subsidiary is the one to order at, unless another is named.
func (s *session) identify(ctx context.Context, e *program) error {
	account, err := s.conn.Client.ReadAccount(ctx)
	if stop, ok := errors.AsType[*api.StopError](err); ok && stop.Right {
		s.Account = "key:" + s.conn.Client.Identity()
		e.Console.Detail("the key may not GET /me: orders go by the key, and prices are those of %s", s.conn.Subsidiary)
		return nil
	}
	if err != nil {
		return err
	}
	if s.Account = account.ID; s.Account == "" {
		s.Account = "key:" + s.conn.Client.Identity()
	}
	switch {
	case account.Subsidiary == "":
	case e.Subsidiary == "":
		s.conn.Subsidiary = account.Subsidiary
	case account.Subsidiary != s.conn.Subsidiary:
		e.Console.Warning("the account is in %s, and prices are asked for %s", account.Subsidiary, s.conn.Subsidiary)
	}
	return nil
}

func (s *session) close() error {
	var err error
	if s.Journal != nil {
		err = s.Journal.Close()
	}
	s.quiet()
	s.conn.Close()
	return err
}

// withSession opens a session, does something in it, and closes it.
func (a *program) withSession(ctx context.Context, f *orderFlags, how access, do func(*session) error) error {
	c, err := a.openSession(ctx, f, how)
	if err != nil {
		return err
	}
	defer context.AfterFunc(a.Hard, c.conn.Client.Close)()
	if err = errors.Join(do(c), c.close()); err == nil {
		return nil // what was done is done, whoever asked for the end meanwhile
	}
	return app.CauseOf(ctx, err)
}

// amount reads an amount of money that a user typed.
func amount(flag, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	d, err := decimal.Parse(text)
	if err != nil || d.IsNeg() {
		return "", app.Usage(fmt.Errorf("%s %s", flag, console.OneLine(text)), "want an amount without currency, such as 120.00")
	}
	return d.String(), nil
}

// orderNumber reads the number of an order.
func orderNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, app.Usage(fmt.Errorf("%s is not the number of an order", console.OneLine(text)), "tldsweep order status lists the orders that were placed from here")
	}
	return id, nil
}

func readQuote(path string) (*order.Quote, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("quote: %w", err)
	}
	defer file.Close()
	q, err := order.ReadQuote(file)
	if err != nil {
		return nil, app.Hinted(fmt.Errorf("quote %s: %w", console.OneLine(path), err), "name a file that tldsweep order quote wrote")
	}
	return q, nil
}
