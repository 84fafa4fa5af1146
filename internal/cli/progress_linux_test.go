package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
)

// terminal is a pseudo-terminal with what was written to it so far.
type terminal struct {
	*os.File // for the program

	mu    sync.Mutex
	shown bytes.Buffer
}

func newTerminal(t *testing.T, columns uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there is no pseudo-terminal here (mount devpts at /dev/pts): ", err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	term := &terminal{File: slave}
	go func() {
		piece := make([]byte, 4096)
		for {
			n, err := master.Read(piece)
			term.mu.Lock()
			term.shown.Write(piece[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return term
}

func (term *terminal) String() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// until waits for something to be shown.
func (term *terminal) until(t *testing.T, pattern string) {
	t.Helper()
	shown := regexp.MustCompile(pattern)
	for began := time.Now(); !shown.MatchString(term.String()); {
		if time.Since(began) > time.Minute {
			t.Fatalf("%s is not shown, but %q", pattern, term.String())
		}
	}
}

// A pause is on the last line of the terminal as long as it lasts, and that line never wraps, however narrow the terminal. What
// Ctrl-C leaves there is not in the way of the message about it.
func TestAPauseIsOnTheTerminal(t *testing.T) {
	for _, columns := range []uint16{24, 50, 120} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			fault, err := emulator.ParseFault("429-seconds:wait=90s")
			if err != nil {
				t.Fatal(err)
			}
			serve(t, emulator.Options{Faults: []emulator.Fault{fault}})
			term := newTerminal(t, columns)
			code := make(chan int)
			go func() {
				code <- cli.Main([]string{"scan", "-e", "fr,com", "--rate", "off", "--history", "off", "moon"}, strings.NewReader(""), term.File, term.File)
			}()
			term.until(t, `\r[^\r]*paus`)
			if columns > 100 {
				term.until(t, `\r0 of 2: paused until [0-9:]+: OVHcloud refused as too many`)
			}
			if err := unix.Kill(os.Getpid(), unix.SIGINT); err != nil {
				t.Fatal(err)
			}
			if c := <-code; c != 130 {
				t.Errorf("exit code %d", c)
			}
			term.until(t, `\n *\r?tldsweep: interrupted: requests under way`)
			for _, line := range regexp.MustCompile(`[\r\n]+`).Split(term.String(), -1) {
				if !strings.HasPrefix(line, "tldsweep: ") && len([]rune(line)) >= int(columns) {
					t.Errorf("a line of %d in a terminal of %d: %q", len([]rune(line)), columns, line)
				}
			}
		})
	}
}
