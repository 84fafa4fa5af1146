// Package cli is the command line: flags become values, errors become hints and exit codes.
//
// Main runs one command. Each command is in a file of its own, scan.go or doctor.go; scan's flags are in scan_*.go, by topic. Exit
// codes are in exit.go. What commands share is in package app, what they tell people goes through package console, and tldsweep
// order is package ordering.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"tldsweep/internal/atomicfile"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/cli/ordering"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// program is the command line with what every command shares.
type program struct{ *app.App }

// Main runs one command and returns its exit code. It prints errors; only the caller exits.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &program{&app.App{Stdin: stdin, Stdout: stdout, Stderr: stderr}}
	a.Status = console.NewStatus(stderr, func() int {
		_, width := a.Terminal(stderr)
		return width
	})
	a.Console = console.New(a.Status.Above(stderr), "text", false, false)
	soft, hard, stop := signals(&a.Files, a.Status.NewLine)
	defer stop()
	a.Hard = hard

	// Libraries, net/http among them, write into the standard log what nobody asked them: it is a detail, in our form.
	log.SetFlags(0)
	log.SetOutput(details{a})

	root := a.root()
	root.SetArgs(args)
	ended := make(chan int, 1)
	go func() {
		command, err := root.ExecuteContextC(soft)
		if isUnread(err) && !isOrdering(command) {
			err = errUnread
		}
		if err != nil {
			a.fail(err)
		}
		ended <- exitCode(err)
	}()
	late := make(chan struct{})
	defer context.AfterFunc(hard, func() { time.AfterFunc(lastGrace, func() { close(late) }) })()
	select {
	case code := <-ended:
		return code
	case <-late:
	}
	// It reads a terminal or a pipe, or writes to one that nobody reads. Whatever it is, it ends with the process.
	a.Files.Close()
	return exitCode(context.Cause(hard))
}

// details is a log whose lines are details, which -v brings.
type details struct{ a *program }

func (d details) Write(line []byte) (int, error) {
	d.a.Console.Detail("%s", strings.TrimSpace(string(line)))
	return len(line), nil
}

// lastGrace is how long a command may take to end after the second signal: its requests end at once then, and what it says of
// an order that was under way counts for more than the signal.
const lastGrace = 800 * time.Millisecond

// signals returns a context that ends at the first Ctrl-C, SIGTERM or SIGHUP and one that ends at the second, each with an
// interruption as its cause; before that, arrived is called. Signals that end the process with a trace of its goroutines do so when its incomplete files are gone.
// A write to a closed pipe becomes an error, so that what was answered is kept and what was spent is told.
func signals(files *atomicfile.Pending, arrived func()) (soft, hard context.Context, stop func()) {
	received, tracing := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signal.Notify(received, syscall.SIGHUP)
	}
	signal.Notify(tracing, syscall.SIGQUIT, syscall.SIGABRT)
	signal.Ignore(syscall.SIGPIPE)
	soft, endSoft := context.WithCancelCause(context.Background())
	hard, endHard := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		for _, end := range []context.CancelCauseFunc{endSoft, endHard} {
			select {
			case s := <-received:
				arrived()
				end(app.Interruption{Signal: s})
			case <-done:
				return
			}
		}
	})
	ended.Go(func() {
		select {
		case s := <-tracing:
			files.Close()
			signal.Reset(s)
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Signal(s) // the runtime's own answer to it is to print what runs, and to exit
			}
		case <-done:
		}
	})
	return soft, hard, func() {
		signal.Stop(received)
		signal.Stop(tracing)
		close(done)
		ended.Wait()
		endSoft(nil)
		endHard(nil)
	}
}

func (a *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tldsweep",
		Short: "Which of your names OVHcloud sells under which extensions, and for how much",
		Long: `tldsweep asks OVHcloud, for every name in a list and every extension that you choose, whether the
domain can be ordered and for how much, and writes the answers as CSV, JSON or a table.

Try it without an account:  tldsweep scan --endpoint emulator rocket moon`,
		SuggestionsMinimumDistance: 2,

		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				meant := "scan " + console.OneLine(strings.Join(args, " "))
				if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
					meant = like[0]
				}
				return app.Usage(errors.New("unknown command "+console.OneLine(args[0])), "did you mean: tldsweep "+meant+"? All commands: tldsweep --help")
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.LogFormat != "text" && a.LogFormat != "json" {
				return app.Usage(errors.New("--log-format "+console.OneLine(a.LogFormat)), "want text or json")
			}
			a.Console = console.New(a.Status.Above(a.Stderr), a.LogFormat, a.Quiet, a.Verbose)
			return nil
		},
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		hint := "see " + cmd.CommandPath() + " --help"
		if meant := flagMeant(cmd, err); meant != "" {
			hint = "did you mean --" + meant + "? See " + cmd.CommandPath() + " --help"
		}
		if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok && wrong.GetFlag().Value.Type() == "duration" {
			err = fmt.Errorf("--%s: %q is not a duration", wrong.GetFlag().Name, console.OneLine(wrong.GetValue()))
			hint = "want a number with its unit, such as 30s, 10m or 2h"
		}
		return app.Usage(err, hint)
	})
	root.Version = app.Version()
	root.SetVersionTemplate(versionLine())
	root.Flags().Bool("version", false, "print the version")
	flags := root.PersistentFlags()
	flags.StringVar(&a.Endpoint, "endpoint", "", "ovh-eu, ovh-ca, ovh-us, a URL, or emulator, whose answers are made up (default: OVH_ENDPOINT, ovh.conf, ovh-eu)")
	flags.StringVar(&a.Subsidiary, "subsidiary", "", "OVHcloud's subsidiary, which fixes prices and currency (default: FR, or CA and US at those endpoints)")
	flags.StringVar(&a.LogFormat, "log-format", "text", "format of the messages on stderr: text or json")
	flags.StringVar(&a.Trace, "trace", "", "append each request to this file, without secrets and domains, for a bug report")
	flags.BoolVarP(&a.Quiet, "quiet", "q", false, "print only warnings and errors")
	flags.BoolVarP(&a.Verbose, "verbose", "v", false, "print details")
	root.AddCommand(a.scanCommand(), a.reportCommand(), a.changesCommand(), a.historyCommand(), ordering.Command(a.App), a.extensionsCommand(), a.doctorCommand(), a.emulateCommand(), a.versionCommand(), exitCodesTopic())
	return root
}

// otherFlags are what other programs for names call a flag of ours.
var otherFlags = map[string]string{
	"t": "extensions", "tld": "extensions", "tlds": "extensions", "ext": "extensions", "exts": "extensions",
	"file": "input", "names": "input", "out": "output", "json": "format", "csv": "format", "concurrency": "workers", "threads": "workers",
}

// flagMeant is the flag of the command that an unknown one may stand for; empty: none is like it.
func flagMeant(cmd *cobra.Command, err error) (meant string) {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return ""
	}
	name := unknown.GetSpecifiedName()
	if other := otherFlags[name]; cmd.Flags().Lookup(other) != nil {
		return other
	}
	if len(name) < 3 {
		return ""
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && (strings.HasPrefix(f.Name, name) || strings.HasPrefix(name, f.Name)) {
			meant = f.Name
		}
	})
	return meant
}
