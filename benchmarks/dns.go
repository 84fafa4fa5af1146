package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tldsweep/internal/delegation"
)

// dnsNames is how many names the zone has; four of five are delegated.
const dnsNames = 10_000

// questions compares how fast we ask a real name server with how fast dnsperf and massdns do, in turn.
func questions(b *bench) error {
	nsd, missing := lookPath("nsd")
	if missing != nil {
		return missing
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	var zone, list strings.Builder
	zone.WriteString("$ORIGIN test.\n$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 127.0.0.1\n")
	for i := range dnsNames {
		if i%5 > 0 {
			fmt.Fprintf(&zone, "name%d NS ns1.hoster.example.\n", i)
		}
		fmt.Fprintf(&list, "name%d.test NS\n", i)
	}
	config := fmt.Sprintf(`server:
	ip-address: 127.0.0.1@%s
	zonesdir: %q
	database: ""
	pidfile: "%[3]s/nsd.pid"
	xfrdfile: "%[3]s/xfrd.state"
	xfrdir: %[2]q
	zonelistfile: "%[3]s/zone.list"
	username: ""
	server-count: 1
	rrl-ratelimit: 0
remote-control:
	control-enable: no
zone:
	name: test
	zonefile: test.zone
`, port, b.folder, b.folder)
	for name, text := range map[string]string{"test.zone": zone.String(), "queries.txt": list.String(), "nsd.conf": config} {
		if err := os.WriteFile(filepath.Join(b.folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	server := exec.Command(nsd, "-d", "-c", filepath.Join(b.folder, "nsd.conf"))
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		server.Process.Signal(os.Interrupt)
		server.Wait()
	}()
	seconds, rounds := 2, 3
	if b.short {
		seconds, rounds = 1, 1
	}
	contenders := []struct {
		name, goal string
		ask        func(port string, seconds int) (float64, error)
	}{{"tldsweep", "", ask}, {"dnsperf", "≥ 0.5", b.dnsperf}, {"massdns", "", b.massdns}}
	rates := map[string][]float64{}
	for round := range rounds {
		for i := range contenders {
			c := contenders[(i+round)%len(contenders)]
			rate, err := c.ask(port, seconds)
			if _, ok := errors.AsType[*missingError](err); ok {
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			rates[c.name] = append(rates[c.name], rate)
		}
	}
	for _, c := range contenders {
		if _, missing := lookPath(c.name); missing != nil && c.name != "tldsweep" {
			b.miss("tldsweep ÷ "+c.name, missing)
			continue
		}
		b.add(c.name+": questions answered per second", "/s", "", rates[c.name]...)
		if c.name != "tldsweep" {
			b.add("tldsweep ÷ "+c.name, "", c.goal, ratios(rates["tldsweep"], rates[c.name])...)
		}
	}
	return nil
}

// dnsperf is how many questions it has had answered per second.
func (b *bench) dnsperf(port string, seconds int) (float64, error) {
	path, missing := lookPath("dnsperf")
	if missing != nil {
		return 0, missing
	}
	output, err := exec.Command(path, "-s", "127.0.0.1", "-p", port, "-d", filepath.Join(b.folder, "queries.txt"), "-l", fmt.Sprint(seconds), "-e").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, output)
	}
	found := regexp.MustCompile(`Queries per second:\s+([0-9.]+)`).FindSubmatch(output)
	if found == nil {
		return 0, fmt.Errorf("it says no rate: %s", bytes.TrimSpace(output))
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// massdns is the same. It reads one list to its end, so the others' names are in it as often as it takes some seconds;
// fewer are under way at once than there are names, since it takes two of the same for one.
func (b *bench) massdns(port string, seconds int) (float64, error) {
	path, missing := lookPath("massdns")
	if missing != nil {
		return 0, missing
	}
	var list bytes.Buffer
	for range 12 * seconds {
		for i := range dnsNames {
			fmt.Fprintf(&list, "name%d.test\n", i)
		}
	}
	input, servers := filepath.Join(b.folder, "massdns.txt"), filepath.Join(b.folder, "resolvers.txt")
	if err := firstOf(os.WriteFile(input, list.Bytes(), 0o644), os.WriteFile(servers, []byte("127.0.0.1:"+port+"\n"), 0o644)); err != nil {
		return 0, err
	}
	command := exec.Command(path, "--root", "--norecurse", "-t", "NS", "-s", "1000", "-o", "S", "-r", servers, "-w", os.DevNull, "--status-format", "json", input)
	began := time.Now()
	output, err := command.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, output)
	}
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	var status struct {
		Answered int `json:"success_total"`
	}
	if err := json.Unmarshal(lines[len(lines)-1], &status); err != nil || status.Answered == 0 {
		return 0, fmt.Errorf("it says no number of answers: %s", lines[len(lines)-1])
	}
	return float64(status.Answered) / took.Seconds(), nil
}

// ask asks for some seconds, as a scan's DNS stage does, and returns answers per second.
func ask(port string, seconds int) (float64, error) {
	checker, err := delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1:" + port}})
	if err != nil {
		return 0, err
	}
	defer checker.Close()
	// Until the server is there.
	for tries := 0; ; tries++ {
		if answer, _ := checker.Check(context.Background(), "name1.test", "test"); answer == delegation.Delegated {
			break
		}
		if tries == 100 {
			return 0, fmt.Errorf("nsd does not answer")
		}
		time.Sleep(50 * time.Millisecond)
		checker.Close()
		if checker, err = delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1:" + port}}); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
	defer cancel()
	var next, answered, wrong atomic.Int64
	var group errgroup.Group
	started := time.Now()
	for range checker.Workers() {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) % dnsNames
				answer, err := checker.Check(ctx, fmt.Sprintf("name%d.test", i), "test")
				if err != nil {
					return nil
				}
				answered.Add(1)
				if (answer == delegation.Delegated) != (i%5 > 0) {
					wrong.Add(1)
				}
			}
		})
	}
	group.Wait()
	if n := wrong.Load(); n > 0 {
		return 0, fmt.Errorf("%d wrong answers", n)
	}
	return float64(answered.Load()) / time.Since(started).Seconds(), nil
}
