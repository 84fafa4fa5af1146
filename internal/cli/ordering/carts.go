package ordering

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
)

func (a *program) orderCartsCommand(f *orderFlags) *cobra.Command {
	var description string
	cmd := &cobra.Command{
		Use:   "carts",
		Short: "List the account's carts that are still there",
		Args:  app.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSession(cmd.Context(), f, toLook, func(c *session) error { return a.listCarts(cmd.Context(), c, description) })
		},
	}
	cmd.Flags().StringVar(&description, "description", "", "only carts with exactly this description, such as that of a quote")
	return cmd
}

func (a *program) listCarts(ctx context.Context, c *session, description string) error {
	ids, err := cart.Find(ctx, c.Client, description)
	if err != nil {
		return fmt.Errorf("list the carts: %w", err)
	}
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	console.Fprintf(table, "CART\tDOMAINS\tUNTIL\tDESCRIPTION\n")
	for _, id := range ids {
		state, err := cart.NewBasket(c.Client, id).Read(ctx)
		if isGone(err) {
			continue // it expired meanwhile
		}
		if err != nil {
			return fmt.Errorf("look at cart %s: %w", id, err)
		}
		life := until(state.Expire)
		if state.ReadOnly {
			life = "ordered"
		}
		console.Fprintf(table, "%s\t%d\t%s\t%s\n", id, len(state.Items), life, state.Description)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}

func isGone(err error) bool {
	refusal, ok := errors.AsType[*api.RowError](err)
	return ok && refusal.Status == http.StatusNotFound
}

// cartNamed is the id of the cart that an argument means: an id, or a quote file.
func cartNamed(argument string) (string, error) {
	if app.Exists(argument) {
		quote, err := readQuote(argument)
		if err != nil {
			return "", err
		}
		return quote.Cart, nil
	}
	if argument == "" || strings.Trim(argument, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
		return "", app.Usage(fmt.Errorf("%s is neither a quote file nor the id of a cart", console.OneLine(argument)), "tldsweep order carts lists the ids")
	}
	return argument, nil
}

// gone is what to say of a cart that is not there.
func gone(id string, err error) error {
	if isGone(err) {
		return app.Hinted(fmt.Errorf("there is no cart %s", console.OneLine(id)), "carts live for a day; tldsweep order carts lists those that are there")
	}
	return err
}

func (a *program) orderShowCommand(f *orderFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "show CART|QUOTE",
		Short: "Show what is in a cart and what it costs now",
		Args:  app.OneArgument("cart or quote file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cartNamed(args[0])
			if err != nil {
				return err
			}
			return a.withSession(cmd.Context(), f, toLook, func(c *session) error { return gone(id, a.showCart(cmd.Context(), c, id)) })
		},
	}
}

func (a *program) showCart(ctx context.Context, c *session, id string) error {
	basket := cart.NewBasket(c.Client, id)
	state, err := basket.Read(ctx)
	if err != nil {
		return err
	}
	bill, err := basket.Summary(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	console.Fprintf(table, "cart\t%s\ndescription\t%s\ndomains\t%d\n", id, state.Description, len(state.Items))
	if state.ReadOnly {
		console.Fprintf(table, "ordered\tyes\n")
	} else {
		console.Fprintf(table, "until\t%s\n", until(state.Expire))
	}
	for _, line := range bill.Lines {
		if amount := strings.Trim(line.Total, "0."); amount != "" {
			console.Fprintf(table, "%s\t%s\n", line.Description, line.Total)
		}
	}
	console.Fprintf(table, "without tax\t%s %s\ntax\t%s %s\nTOTAL\t%s %s\n", bill.WithoutTax, bill.Currency, bill.Tax, bill.Currency, bill.WithTax, bill.Currency)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}

func (a *program) orderDropCommand(f *orderFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "drop CART|QUOTE",
		Short: "Delete a cart that was not ordered",
		Args:  app.OneArgument("cart or quote file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cartNamed(args[0])
			if err != nil {
				return err
			}
			return a.withSession(cmd.Context(), f, toChange, func(c *session) error {
				basket := cart.NewBasket(c.Client, id)
				state, err := basket.Read(cmd.Context())
				if err != nil {
					return gone(id, err)
				}
				if state.ReadOnly {
					return app.Hinted(fmt.Errorf("cart %s was ordered", console.OneLine(id)), "an order is not undone by dropping its cart: see tldsweep order status")
				}
				if err := c.Drop(cmd.Context(), basket); err != nil {
					return err
				}
				a.Console.Note("cart %s is gone", id)
				return nil
			})
		},
	}
}
