package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/console"
)

// NoArguments is cobra.NoArgs in this program's words.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return Usage(fmt.Errorf("%s takes no arguments, but was given %s", cmd.CommandPath(), console.OneLine(args[0])), "see "+cmd.CommandPath()+" --help")
}

// OneArgument is cobra.ExactArgs(1) in this program's words.
func OneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return Usage(fmt.Errorf("%s takes one %s, but was given %d", cmd.CommandPath(), what, len(args)), "see "+cmd.CommandPath()+" --help")
	}
}
