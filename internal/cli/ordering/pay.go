package ordering

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
)

func (a *program) orderPayCommand(f *orderFlags) *cobra.Command {
	var with, maxTotal string
	cmd := &cobra.Command{
		Use:   "pay ORDER [--with MEANS]",
		Short: "Pay an order, or list what it can be paid with",
		Long: `pay pays an order with a means of payment that the account has registered, or lists those where none is named. It pays
what was confirmed when the order was placed and no more, unless --max-total says how much more.`,
		Example: `  tldsweep order pay 123456789
  tldsweep order pay 123456789 --with 7654321`,
		Args: app.OneArgument("number of an order"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.orderPay(cmd.Context(), f, args[0], with, maxTotal)
		},
	}
	cmd.Flags().StringVar(&with, "with", "", "the means, as listed: 7654321, fidelityAccount, creditCard:42")
	cmd.Flags().StringVar(&maxTotal, "max-total", "", "pay up to this, with tax, whatever was confirmed")
	return cmd
}

func (a *program) orderPay(ctx context.Context, f *orderFlags, number, with, maxTotal string) error {
	id, err := orderNumber(number)
	if err != nil {
		return err
	}
	if maxTotal, err = amount("--max-total", maxTotal); err != nil {
		return err
	}
	if with == "" {
		return a.withSession(ctx, f, toLook, func(c *session) error { return a.listMeans(ctx, c, id) })
	}
	means, err := order.ParseMeans(with)
	if err != nil {
		return app.Usage(err, "tldsweep order pay "+number+" lists what can be named")
	}
	return a.withSession(ctx, f, toChange, func(c *session) error {
		paid, err := c.Pay(ctx, id, means, maxTotal)
		if err != nil {
			return err
		}
		if _, err := console.Fprintf(a.Stdout, "order %d is paid: %s with %s\n", id, money(paid.WithTax, paid.Currency), means); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
		a.Console.Note("to follow it: tldsweep order status %d", id)
		return nil
	})
}

func (a *program) listMeans(ctx context.Context, c *session, id int64) error {
	all, err := c.MeansFor(ctx, id)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return app.Hinted(fmt.Errorf("the account has no means to pay order %d", id), "register one at OVHcloud, or pay the order on its page")
	}
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, means := range all {
		console.Fprintf(table, "%s\t%s\n", means.String(), means.About)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	a.Console.Note("nothing is paid yet; to pay: tldsweep order pay %d --with MEANS", id)
	return nil
}

func (a *program) orderStatusCommand(f *orderFlags) *cobra.Command {
	var once, address bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "status [ORDER]",
		Short: "Follow an order to its delivery, or list the orders that were placed from here",
		Long: `status says how far an order is, and follows it while it is checked and delivered. Without a number it lists every
order that was placed from here; first it finds out from the account what became of those whose outcome is unknown.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return app.OneArgument("number of an order")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if every <= 0 {
				return app.Usage(fmt.Errorf("--every %s", every), "want a duration such as 30s")
			}
			if len(args) == 0 {
				return a.withSession(cmd.Context(), f, toLook, func(c *session) error { return a.listOrders(cmd.Context(), c) })
			}
			id, err := orderNumber(args[0])
			if err != nil {
				return err
			}
			return a.withSession(cmd.Context(), f, toLook, func(c *session) error {
				if address {
					return a.showAddress(cmd.Context(), c, id)
				}
				return a.follow(cmd.Context(), c, id, once, every)
			})
		},
	}
	cmd.Flags().BoolVar(&address, "url", false, "print the address of the order alone, which opens and pays it: for the buyer")
	cmd.Flags().BoolVar(&once, "once", false, "say how far it is, and do not follow it")
	cmd.Flags().DurationVar(&every, "every", 30*time.Second, "how often to look while it is followed")
	return cmd
}

// showAddress prints what opens and pays an order.
func (a *program) showAddress(ctx context.Context, c *session, id int64) error {
	order, err := cart.ReadOrder(ctx, c.Client, id)
	if isGone(err) {
		return app.Hinted(fmt.Errorf("the account has no order %d", id), "tldsweep order status lists those that were placed from here")
	}
	if err != nil {
		return fmt.Errorf("look at order %d: %w", id, err)
	}
	if err := console.Lines(a.Stdout, order.URL); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}

// listOrders lists the orders of the journal at this endpoint.
func (a *program) listOrders(ctx context.Context, c *session) error {
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	console.Fprintf(table, "PLACED\tORDER\tTOTAL\tSTATUS\tDOMAINS\n")
	for _, p := range c.Journal.Placed() {
		if p.Endpoint != c.Client.Server() {
			continue
		}
		status := "of account " + p.Account
		if p.Account == c.Account {
			now, err := cart.ReadStatus(ctx, c.Client, p.Order)
			if err != nil {
				return fmt.Errorf("look at order %d: %w", p.Order, err)
			}
			status = string(now)
		}
		domains := p.Domains
		if len(domains) > 3 {
			domains = append(slices.Clone(domains[:3]), fmt.Sprintf("and %d more", len(p.Domains)-3))
		}
		console.Fprintf(table, "%s\t%d\t%s %s\t%s\t%s\n", p.At.Local().Format(time.DateTime), p.Order, p.Total, p.Currency, status, strings.Join(domains, " "))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}

// follow prints each status of an order until it moves no more by itself, and what its domains have become.
func (a *program) follow(ctx context.Context, c *session, id int64, once bool, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for before := cart.OrderStatus(""); ; {
		status, err := cart.ReadStatus(ctx, c.Client, id)
		if err != nil {
			return fmt.Errorf("look at order %d: %w", id, err)
		}
		if status != before {
			if _, err := console.Fprintf(a.Stdout, "order %d: %s\n", id, string(status)); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			before = status
			a.decorate(ctx, c, id, status)
		}
		switch status {
		case cart.NotPaid:
			a.Console.Note("to pay it: tldsweep order pay %d", id)
			return nil
		case cart.Delivered:
			return a.arrived(ctx, c, id)
		case cart.Cancelled:
			return app.Hinted(fmt.Errorf("order %d is cancelled", id), "see why at OVHcloud; its domains may be quoted again")
		case cart.DocumentsRequested:
			return app.Hinted(fmt.Errorf("OVHcloud wants documents for order %d", id), "see the order at OVHcloud")
		}
		if once {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// decorate says what OVHcloud tells of an order step by step. That was seen missing, and wrong: the status counts.
func (a *program) decorate(ctx context.Context, c *session, id int64, status cart.OrderStatus) {
	if status == cart.NotPaid || status == cart.Delivered {
		return
	}
	steps, err := cart.FollowUp(ctx, c.Client, id)
	if err != nil {
		a.Console.Detail("no steps of order %d: %v", id, err)
		return
	}
	for _, step := range steps {
		if step.Latest != "" {
			a.Console.Note("%s: %s", strings.ToLower(console.OneLine(step.Name)), console.OneLine(step.Latest))
		}
	}
}

// arrived prints what the domains of a delivered order are, as far as the journal knows which they are.
func (a *program) arrived(ctx context.Context, c *session, id int64) error {
	for _, p := range c.Journal.Placed() {
		if p.Order != id || p.Endpoint != c.Client.Server() {
			continue
		}
		for _, domain := range p.Domains {
			state, err := cart.DomainState(ctx, c.Client, domain)
			switch {
			case isGone(err):
				state = "not in the account yet"
			case err != nil:
				return fmt.Errorf("look at %s: %w", domain, err)
			}
			if _, err := console.Fprintf(a.Stdout, "%s: %s\n", domain, state); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
		}
	}
	return nil
}
