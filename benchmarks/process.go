package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tldsweep/emulator"
)

// serverWord as the first argument makes this program the emulator.
const serverWord = "serve-emulator"

// build makes the program that is measured, as a release is made.
func build(path string) error {
	command := exec.Command("go", "build", "-trimpath", "-o", path, "tldsweep")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("go build: %w (run this from a checkout)", err)
	}
	return nil
}

// seen is what the emulator saw, from the other side.
type seen struct {
	Counts emulator.Counts
	// Of the lookups, where they were recorded.
	Lookups     int
	Seconds     float64 // from the first to the last
	WorstSecond int     // most lookups within any second
}

// serve is the emulator's process: it reads its options, prints its addresses, and what it saw when stdin is closed.
func serve() {
	var options emulator.Options
	stdin := bufio.NewReader(os.Stdin)
	text, err := stdin.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	signal.Ignore(os.Interrupt) // the parent decides
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	names, err := server.StartDNS("127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(address, names)
	stdin.ReadString('\n')
	server.Close()
	json.NewEncoder(os.Stdout).Encode(summarise(server))
}

func summarise(server *emulator.Server) seen {
	s := seen{Counts: server.Counts()}
	var at []time.Time
	for _, request := range server.Requests() {
		if request.Domain != "" {
			at = append(at, request.At)
		}
	}
	s.Lookups = len(at)
	if len(at) == 0 {
		return s
	}
	s.Seconds = at[len(at)-1].Sub(at[0]).Seconds()
	first := 0
	for i := range at {
		for at[i].Sub(at[first]) >= time.Second {
			first++
		}
		s.WorstSecond = max(s.WorstSecond, i-first+1)
	}
	return s
}

// server is the emulator in a process of its own.
type server struct {
	command *exec.Cmd
	address string
	dns     string // address of its name server
	stdin   io.WriteCloser
	stdout  *bufio.Reader
}

func startServer(options emulator.Options) (*server, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{command: exec.Command(self, serverWord)}
	s.command.Stderr = os.Stderr
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if _, err := s.stdin.Write(append(text, '\n')); err != nil {
		return nil, err
	}
	line, err := s.stdout.ReadString('\n')
	s.address, s.dns, _ = strings.Cut(strings.TrimSpace(line), " ")
	return s, err
}

// stop ends the server and returns what it saw.
func (s *server) stop() (seen, error) {
	var result seen
	s.stdin.Close()
	err := json.NewDecoder(s.stdout).Decode(&result)
	return result, firstOf(s.command.Wait(), err)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// cost is what a process used.
type cost struct {
	wall time.Duration
	peak float64 // resident memory, MiB
}

// scan runs tldsweep against a server; it must end with exit code 0.
func (b *bench) scan(address string, arguments ...string) (cost, error) {
	return measure(b.scanner(address, arguments...))
}

// scanner is a scan that has not begun. Its stdout goes nowhere.
func (b *bench) scanner(address string, arguments ...string) *exec.Cmd {
	return b.tldsweep(address, append([]string{"scan", "--progress", "off", "-q"}, arguments...)...)
}

// tldsweep is a command that has not begun.
func (b *bench) tldsweep(address string, arguments ...string) *exec.Cmd {
	command := exec.Command(b.program, arguments...)
	command.Env = append(os.Environ(),
		"OVH_ENDPOINT="+address,
		"OVH_APPLICATION_KEY="+emulator.DefaultApplicationKey,
		"OVH_APPLICATION_SECRET="+emulator.DefaultApplicationSecret,
		"OVH_CONSUMER_KEY="+emulator.DefaultConsumerKey,
		"XDG_STATE_HOME="+filepath.Join(b.folder, "state"),
	)
	command.Stderr = os.Stderr
	return command
}

// summary is what a scan says of itself.
type summary struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
}

func readSummary(path string) (s summary, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}

func measure(command *exec.Cmd) (cost, error) {
	started := time.Now()
	err := command.Run()
	c := cost{wall: time.Since(started)}
	if state := command.ProcessState; state != nil {
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			c.peak = float64(usage.Maxrss) / 1024 // kB on Linux
		}
	}
	return c, err
}

// names writes a list of n names and returns its path.
func (b *bench) names(n int) (string, error) {
	path := filepath.Join(b.folder, fmt.Sprintf("names-%d.txt", n))
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(file)
	for i := range n {
		fmt.Fprintf(w, "name%d\n", i)
	}
	return path, firstOf(w.Flush(), file.Close())
}

// ten and twenty are extensions that are sold.
const (
	ten    = "fr,com,net,org,eu,info,io,shop,online,store"
	twenty = ten + ",tech,app,dev,site,xyz,pro,paris,bzh,de,co.uk"
)
