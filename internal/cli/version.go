package cli

import (
	"fmt"

	"tldsweep/internal/cli/app"

	"github.com/spf13/cobra"
)

func (a *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  app.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.Stdout, versionLine())
			return err
		},
	}
}
