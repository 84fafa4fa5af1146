package ordering

import (
	"errors"

	"tldsweep/internal/cli/app"

	"github.com/spf13/cobra"
)

func (a *program) orderReconcileCommand(f *orderFlags) *cobra.Command {
	var number int64
	var notPlaced bool
	cmd := &cobra.Command{
		Use:   "reconcile CART --order NUMBER | --not-placed",
		Short: "Say what became of a cart whose order the account does not tell",
		Long: `reconcile ends the doubt about a cart that may have been ordered, where its reply was lost and the account does not say. Look at
your orders at OVHcloud first: what is said here is believed.`,
		Example: `  tldsweep order reconcile 3f0d2c1e-5b7a-4e0f-9a64-0d9f1c2b7e55 --order 123456789`,
		Args:    app.OneArgument("cart"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cartNamed(args[0])
			if err != nil {
				return err
			}
			if number < 0 || (number > 0) == notPlaced {
				return app.Usage(errors.New("one of --order NUMBER and --not-placed"), "see "+cmd.CommandPath()+" --help")
			}
			return a.withSession(cmd.Context(), f, toReconcile, func(c *session) error {
				if err := c.Declare(cmd.Context(), id, number); err != nil {
					return err
				}
				if notPlaced {
					a.Console.Note("cart %s counts as not ordered", id)
				} else {
					a.Console.Note("cart %s counts as order %d", id, number)
				}
				return nil
			})
		},
	}
	cmd.Flags().Int64Var(&number, "order", 0, "it is this order")
	cmd.Flags().BoolVar(&notPlaced, "not-placed", false, "it was not ordered")
	return cmd
}
