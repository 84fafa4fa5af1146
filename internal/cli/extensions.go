package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tldsweep/internal/api"
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
			endpoint := a.endpoint(conn)
			chosen, _, err := endpoint.Choose(cmd.Context(), args, a.Console.Logger())
			var unanswered error
			if wait, ok := errors.AsType[*api.WaitError](err); ok && cmd.Context().Err() == nil {
				var list string
				if chosen, _, list, err = endpoint.ChooseOffline(cmd.Context(), args); err == nil {
					unanswered = &app.PartialError{Err: app.Hinted(fmt.Errorf("OVHcloud does not say what it sells: %w", wait), hint(wait))}
					a.Console.Warning("these extensions are by %s", list)
				}
			}
			if err != nil {
				return app.CauseOf(cmd.Context(), err)
			}
			if err := console.Lines(a.Stdout, chosen...); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			return unanswered
		},
	}
}
