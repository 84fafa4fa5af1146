package ordering

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
)

type buyFlags struct {
	yes      bool
	maxTotal string
	maxPrice string
	premium  bool
	waive    bool
	autoPay  bool
	claims   []string
}

func (a *program) orderBuyCommand(f *orderFlags) *cobra.Command {
	var b buyFlags
	cmd := &cobra.Command{
		Use:   "buy QUOTE",
		Short: "Place the order of a quote; does not pay it, unless told to",
		Long: `buy shows the bill of a quote again and asks for its total to be typed, then places the order. It does not pay,
but for --auto-pay, and for an order that costs nothing.

It refuses where the total is no longer that of the quote, where the account has a domain already or may have it, and where a limit
is passed: --max-total, --max-price, or max_total in section [tldsweep] of ovh.conf, which bounds the orders of 24 hours.
Where there is no terminal, --yes and --max-total together say that it is meant.`,
		Example: `  tldsweep order buy quote.json
  tldsweep order buy quote.json --yes --max-total 120.00`,
		Args: app.OneArgument("quote file"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.orderBuy(cmd.Context(), f, b, args[0]) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&b.yes, "yes", false, "do not ask; needs --max-total")
	flags.StringVar(&b.maxTotal, "max-total", "", "refuse an order that costs more, with tax")
	flags.StringVar(&b.maxPrice, "max-price", "", "refuse an order in which a domain costs more, without tax")
	flags.BoolVar(&b.premium, "allow-premium", false, "premium and aftermarket domains are meant")
	flags.BoolVar(&b.waive, "waive-withdrawal", false, "give up the right to withdraw from the contract, which OVHcloud's guide says a domain needs")
	flags.BoolVar(&b.autoPay, "auto-pay", false, "OVHcloud pays it at once with the account's default means; money moves")
	flags.StringSliceVar(&b.claims, "accept-claims", nil, "domains that are wanted although somebody holds a mark of their name; repeatable")
	return cmd
}

func (a *program) orderBuy(ctx context.Context, f *orderFlags, b buyFlags, path string) error {
	limits, err := b.limits()
	if err != nil {
		return err
	}
	quote, err := readQuote(path)
	if err != nil {
		return err
	}
	if !b.yes && !a.canAsk() {
		return app.Usage(errors.New("there is no terminal to ask at"), "to order without being asked: --yes --max-total AMOUNT")
	}
	return a.withSession(ctx, f, toChange, func(c *session) error {
		placed, err := c.Buy(ctx, quote, limits, func(bill *cart.Bill) error { return a.confirm(ctx, quote, bill, b) })
		if placed == nil {
			return err
		}
		paid := "not paid"
		if placed.Status != "" && placed.Status != cart.NotPaid {
			paid = "paid (" + string(placed.Status) + ")"
		}
		if _, wrong := console.Fprintf(a.Stdout, "order %d\ntotal %s, %s\n%s\n", placed.Order, money(placed.Total, placed.Currency), paid, placed.URL); wrong != nil {
			err = errors.Join(err, app.Hinted(fmt.Errorf("order %d is placed, and stdout did not take it: %w", placed.Order, wrong),
				fmt.Sprintf("do not order again; to see it: tldsweep order status %d --url", placed.Order)))
		}
		switch {
		case err != nil:
		case placed.Status == cart.NotPaid && b.autoPay:
			err = app.Hinted(fmt.Errorf("order %d is placed, and the default means of payment did not pay it", placed.Order),
				fmt.Sprintf("it stays as it is, and must not be ordered again; to pay it with another: tldsweep order pay %d, or at the address above", placed.Order))
		case placed.Status == cart.NotPaid:
			a.Console.Note("to pay it: tldsweep order pay %d, or at the address above", placed.Order)
		default:
			a.Console.Note("to follow it: tldsweep order status %d", placed.Order)
		}
		if err != nil {
			return &app.PartialError{Err: err}
		}
		return nil
	})
}

func (b *buyFlags) limits() (limits order.Limits, err error) {
	limits = order.Limits{Premium: b.premium, Waive: b.waive, AutoPay: b.autoPay}
	if b.yes && b.maxTotal == "" {
		return limits, app.Usage(errors.New("--yes without --max-total"), "say how much it may cost at most: --yes --max-total AMOUNT")
	}
	if limits.Total, err = amount("--max-total", b.maxTotal); err != nil {
		return limits, err
	}
	if limits.Price, err = amount("--max-price", b.maxPrice); err != nil {
		return limits, err
	}
	settings, err := orderSettings()
	if err != nil {
		return limits, err
	}
	if limits.Day, err = amount("max_total in section [tldsweep] of ovh.conf:", settings["max_total"]); err != nil {
		return limits, err
	}
	return limits, nil
}

// canAsk says whether somebody is there to answer.
func (a *program) canAsk() bool {
	f, ok := a.Stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// confirm shows the bill, and asks for the total to be typed; a claim on a name is shown and confirmed by itself.
func (a *program) confirm(ctx context.Context, quote *order.Quote, bill *cart.Bill, b buyFlags) error {
	if err := a.printBill(quote); err != nil {
		return err
	}
	for _, line := range quote.Lines {
		if line.Claim == nil {
			continue
		}
		ok, err := a.confirmClaim(ctx, b.claims, line.Domain, line.Claim)
		if err != nil {
			return err
		}
		if !ok {
			return &order.RefusedError{Why: "nothing was ordered: the claim on " + line.Domain + " was not accepted", Hint: "quote the others without it, or, if you want it all the same: --accept-claims " + line.Domain}
		}
	}
	if b.yes {
		return nil
	}
	what := "this domain"
	if n := len(quote.Lines); n > 1 {
		what = fmt.Sprintf("these %d domains", n)
	}
	line, err := a.ask(ctx, fmt.Sprintf("To order %s, type the total (%s): ", what, bill.WithTax))
	if err != nil {
		return err
	}
	if strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(line, bill.Currency)), ",", ".") != bill.WithTax {
		return &order.RefusedError{Why: "nothing was ordered: the total was not typed", Hint: "to order, run the same command again and type " + bill.WithTax}
	}
	return nil
}
