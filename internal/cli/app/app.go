// Package app is what every command shares: the flags that all of them take, the streams, the connection to OVHcloud, and the
// errors that say what to do next.
//
// An App is made once and given to every command. Connect makes a Connection of its flags. A command returns a *UsageError for what
// the command line gets wrong, and a *HintedError for what else goes wrong, each with the next thing to do.
package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/term"

	"tldsweep/internal/atomicfile"
	"tldsweep/internal/cli/console"
)

// App is the program: the flags that every command takes, and the streams that it was given.
type App struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	Endpoint   string
	Subsidiary string
	LogFormat  string
	Trace      string // a file that each request is written to; empty: none
	Quiet      bool
	Verbose    bool

	Files   atomicfile.Pending // that are not complete; none stays where the program ends early
	Console *console.Console
	Status  *console.Status // the last line of the terminal that Stderr is; draws nothing where it is none
	Hard    context.Context // ends at the second signal; the command's own context ends at the first
}

// Terminal says whether w is one, and how many columns it has.
func (a *App) Terminal(w io.Writer) (bool, int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 100
	}
	return true, width
}

// PlainEvery is how often something is said of a long step where there is no bar.
const PlainEvery = 30 * time.Second

// LongStep says now and then how far a long step is.
func (a *App) LongStep() func(doing string, done, of int) {
	last := time.Now()
	return func(doing string, done, of int) {
		if of == 0 || time.Since(last) < PlainEvery {
			return
		}
		last = time.Now()
		a.Console.Note("%s: %d of %d", doing, done, of)
	}
}

// StateFolder is where the program keeps what it has to remember: $XDG_STATE_HOME/tldsweep, or what stands for it here.
func StateFolder() (string, error) {
	folder, err := statePath()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	return folder, nil
}

// statePath is StateFolder, which need not be there.
func statePath() (string, error) {
	folder := os.Getenv("XDG_STATE_HOME")
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		folder = filepath.Join(home, ".local", "state")
		switch runtime.GOOS {
		case "windows", "darwin":
			if folder, err = os.UserConfigDir(); err != nil {
				return "", err
			}
		}
	}
	return filepath.Join(folder, "tldsweep"), nil
}

func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// CheckWritable refuses a path that nothing can be written to, before anything is asked.
func CheckWritable(what, path string) error {
	if err := atomicfile.Check(path); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Version is what a build from a tag says; go install tldsweep@vX sets it through the build information.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
