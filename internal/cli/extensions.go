package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tldsweep/internal/pace"
)

func (a *app) extensionsCommand() *cobra.Command {
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
			rate, err := pace.ParseRate(usualRate)
			if err != nil {
				return err
			}
			if a.isEmulated() {
				rate = 0
			}
			conn, err := a.connect(rate, 1, 0)
			if err != nil {
				return err
			}
			defer conn.close()
			chosen, _, err := a.choose(cmd.Context(), conn, args)
			if err != nil {
				return causeOf(cmd.Context(), err)
			}
			if _, err := fmt.Fprintln(a.stdout, strings.Join(chosen, "\n")); err != nil {
				return errors.Join(errors.New("stdout"), err)
			}
			return nil
		},
	}
}
