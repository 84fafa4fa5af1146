package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"tldsweep/internal/cli/app"

	"github.com/spf13/cobra"
)

// commandEnded is the failure of a command that was run here: its exit code becomes ours, and it has said why itself.
type commandEnded struct{ code int }

func (e commandEnded) Error() string {
	return fmt.Sprintf("the command ended with exit code %d", e.code)
}

// afterDashes takes no arguments but a command after "--", whose own flags are not ours.
func afterDashes(cmd *cobra.Command, args []string) error {
	if cmd.ArgsLenAtDash() == 0 {
		return nil
	}
	err := app.NoArguments(cmd, args)
	if usage, ok := errors.AsType[*app.UsageError](err); ok {
		usage.Hint = "to run a command against it: " + cmd.CommandPath() + " -- " + strings.Join(args, " ")
	}
	return err
}

// runWith runs a command to its end, with more variables in its environment. A Ctrl-C reaches it without us; a SIGTERM
// or SIGHUP is passed on, and a second signal of either kind kills it.
func (a *program) runWith(ctx context.Context, args, variables []string) error {
	command := exec.CommandContext(a.Hard, args[0], args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = a.Stdin, a.Stdout, a.Stderr
	for _, variable := range os.Environ() {
		// A login of another kind would go before the keys.
		if !strings.HasPrefix(variable, "OVH_") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, variables...)
	if err := command.Start(); err != nil {
		err = app.Hinted(err, "after -- comes a program and its arguments; quote what a shell shall read: -- sh -c 'one; two'")
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, commandEnded{127}) // as a shell says it
		}
		return errors.Join(err, commandEnded{126})
	}
	defer context.AfterFunc(ctx, func() {
		if stop, ok := errors.AsType[app.Interruption](context.Cause(ctx)); ok && stop.Signal != os.Interrupt {
			_ = command.Process.Signal(stop.Signal) // it may have ended
		}
	})()
	err := command.Wait()
	ended, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case !ok:
		return err
	case ended.Exited():
		return commandEnded{ended.ExitCode()}
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", args[0], err)
}
