package cli

import (
	"fmt"
	"runtime"

	"tldsweep/internal/cli/app"

	"github.com/spf13/cobra"
)

func (a *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  app.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.Stdout, "tldsweep %s %s %s/%s\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
