package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/pace"
)

func (a *program) extensionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "extensions [PATTERN …]",
		Short: "List the extensions that OVHcloud sells, or those that patterns mean",
		Example: `  tldsweep extensions
  tldsweep extensions featured
  tldsweep extensions '*.uk' '!gov.uk'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"all"}
			}
			rate, err := pace.ParseRate(app.UsualRate)
			if err != nil {
				return err
			}
			if a.IsEmulated() {
				rate = 0
			}
			conn, err := a.Connect(rate, 1, 0)
			if err != nil {
				return err
			}
			defer conn.Close()
			defer a.TellDelays(cmd.Context(), conn)()
			chosen, _, err := a.endpoint(conn).Choose(cmd.Context(), args, a.Console.Logger())
			if err != nil {
				return app.CauseOf(cmd.Context(), err)
			}
			if err := console.Lines(a.Stdout, chosen...); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			return nil
		},
	}
}
