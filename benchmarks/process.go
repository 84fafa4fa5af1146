package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tldsweep/internal/emulator"
)

// What this program is where one of these words is its first argument: a process that a scenario needs beside it.
const (
	serverWord     = "serve-emulator"
	cannedWord     = "serve-canned"
	sequentialWord = "sequential"
	fanOutWord     = "fan-out"
)

var processes = map[string]func() error{serverWord: serve, cannedWord: servePrepared, sequentialWord: sequential, fanOutWord: fanOut}

// build makes a program as a release is made; the one that is measured is the package tldsweep.
func build(path, what string, flags ...string) error {
	command := exec.Command("go", slices.Concat([]string{"build", "-trimpath", "-o", path}, flags, []string{what})...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTMPDIR="+filepath.Dir(path)) // go, interrupted, leaves files
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
	// Of the lookups, where they were recorded and some were refused as too many; in seconds since the first.
	Answered    []float64 // the others
	LastRefused float64
}

// rate is the lookups per second, from the first to the last.
func (s seen) rate() float64 { return float64(s.Lookups-1) / s.Seconds }

// observe starts the emulator, lets ask use it, and returns what it saw.
func observe(options emulator.Options, ask func(*server) error) (seen, error) {
	server, err := startServer(options)
	if err != nil {
		return seen{}, err
	}
	defer server.end()
	if err := ask(server); err != nil {
		return seen{}, err
	}
	return server.stop()
}

// serve is the emulator's process: it reads its options, prints its addresses, and what it saw when stdin is closed.
func serve() error {
	var options emulator.Options
	stdin := bufio.NewReader(os.Stdin)
	text, err := stdin.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &options)
	}
	if err != nil {
		return err
	}
	signal.Ignore(os.Interrupt) // the parent decides
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	names, err := server.StartDNS("127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(address, names)
	stdin.ReadString('\n')
	server.Close()
	return json.NewEncoder(os.Stdout).Encode(summarise(server))
}

// servePrepared is the process that gives prepared answers until stdin is closed.
func servePrepared() error {
	signal.Ignore(os.Interrupt)
	listener, err := listenCanned()
	if err != nil {
		return err
	}
	defer listener.Close()
	fmt.Println("http://" + listener.Addr().String() + "/1.0")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func summarise(server *emulator.Server) seen {
	s := seen{Counts: server.Counts()}
	var at []time.Time
	for _, request := range server.Requests() {
		if request.Domain == "" {
			continue
		}
		at = append(at, request.At)
		switch since := request.At.Sub(at[0]).Seconds(); {
		case request.Status == http.StatusTooManyRequests:
			s.LastRefused = since
		case s.Counts.Throttled > 0:
			s.Answered = append(s.Answered, since)
		}
	}
	s.Lookups = len(at)
	if len(at) == 0 {
		return s
	}
	s.Seconds = at[len(at)-1].Sub(at[0]).Seconds()
	s.WorstSecond = maxWithin(time.Second, at)
	return s
}

// maxWithin is how many of these times, in order, lie within any span of such a length.
func maxWithin(span time.Duration, at []time.Time) int {
	most, first := 0, 0
	for i := range at {
		for at[i].Sub(at[first]) >= span {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// server is one of our servers in a process of its own.
type server struct {
	command *exec.Cmd
	address string
	dns     string // address of its name server
	stdin   io.WriteCloser
	stdout  *bufio.Reader
}

// startServer starts the emulator.
func startServer(options emulator.Options) (*server, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	return startProcess(serverWord, append(text, '\n')...)
}

// startProcess starts this program as another and gives it its first line.
func startProcess(word string, line ...byte) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{command: exec.Command(self, word)}
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
	if _, err := s.stdin.Write(line); err != nil {
		return nil, err
	}
	first, err := s.stdout.ReadString('\n')
	s.address, s.dns, _ = strings.Cut(strings.TrimSpace(first), " ")
	return s, err
}

// stop ends the emulator and returns what it saw.
func (s *server) stop() (seen, error) {
	var result seen
	s.stdin.Close()
	err := json.NewDecoder(s.stdout).Decode(&result)
	return result, firstOf(s.command.Wait(), err)
}

// end ends any server; also one that was stopped before.
func (s *server) end() {
	s.stdin.Close()
	io.Copy(io.Discard, s.stdout)
	s.command.Wait()
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
	cpu  time.Duration
	peak float64 // resident memory, MiB; no number where the system does not say
}

// scan runs tldsweep against a server; it must end with exit code 0. Answers are kept only where the arguments have a
// --history, so that each scan begins with nothing.
func (b *bench) scan(address string, arguments ...string) (cost, error) {
	return measure(b.scanner(address, arguments...))
}

// scanner is a scan that has not begun. Its stdout goes nowhere.
func (b *bench) scanner(address string, arguments ...string) *exec.Cmd {
	return b.tldsweep(address, append([]string{"scan", "--progress", "off", "-q", "--history", "off"}, arguments...)...)
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

// measure runs a command and says what it used. The peak is read while it runs, every millisecond: what the system
// tells of an ended process counts this program's own memory too, from which the other was forked.
func measure(command *exec.Cmd) (cost, error) {
	started := time.Now()
	if err := command.Start(); err != nil {
		return cost{}, err
	}
	ended := make(chan struct{})
	peak := make(chan float64)
	go func() {
		greatest := math.NaN()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if now := highWater(command.Process.Pid); !(now <= greatest) && now > 0 {
					greatest = now
				}
			case <-ended:
				peak <- greatest
				return
			}
		}
	}()
	err := command.Wait()
	c := cost{wall: time.Since(started), cpu: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
	close(ended)
	c.peak = <-peak
	return c, err
}

// highWater is the most resident memory that a process has had, in MiB; no number where the process has ended, or the
// system is not Linux and does not say.
func highWater(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return math.NaN()
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kiB float64
	fmt.Sscan(after, &kiB)
	return kiB / 1024
}

// freshFile is the path of a file that is not there yet.
func (b *bench) freshFile(suffix string) string {
	b.files++
	return filepath.Join(b.folder, fmt.Sprint(b.current, "-", b.files, suffix))
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
