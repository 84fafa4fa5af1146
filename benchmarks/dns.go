package main

import (
	"bytes"
	"context"
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

	"tldsweep/delegation"
)

// questions compares how fast we ask a real name server with how fast dnsperf does, in turn.
func questions(b *bench) error {
	nsd, err := lookPath("nsd")
	if err != nil {
		return err
	}
	dnsperf, err := lookPath("dnsperf")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	const names = 10_000
	var zone, list strings.Builder
	zone.WriteString("$ORIGIN test.\n$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 127.0.0.1\n")
	for i := range names {
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
	seconds := 5
	if b.short {
		seconds = 1
	}
	var ours, theirs, ratio []float64
	for range 3 {
		our, err := ask(port, names, seconds)
		if err != nil {
			return err
		}
		output, err := exec.Command(dnsperf, "-s", "127.0.0.1", "-p", port, "-d", filepath.Join(b.folder, "queries.txt"), "-l", fmt.Sprint(seconds), "-e").CombinedOutput()
		if err != nil {
			return fmt.Errorf("dnsperf: %w: %s", err, output)
		}
		found := regexp.MustCompile(`Queries per second:\s+([0-9.]+)`).FindSubmatch(output)
		if found == nil {
			return fmt.Errorf("dnsperf says no rate: %s", bytes.TrimSpace(output))
		}
		their, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			return err
		}
		ours, theirs, ratio = append(ours, our), append(theirs, their), append(ratio, our/their)
	}
	b.add("our questions per second", "/s", "", ours...)
	b.add("dnsperf's", "/s", "", theirs...)
	b.add("ratio", "", "≥ 0.5", ratio...)
	return nil
}

// ask asks for some seconds, as a scan's DNS stage does, and returns answers per second.
func ask(port string, names, seconds int) (float64, error) {
	checker, err := delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1:" + port}})
	if err != nil {
		return 0, err
	}
	defer checker.Close()
	// Until the server is there.
	for tries := 0; ; tries++ {
		if is, _ := checker.Delegated(context.Background(), "name1.test", "test"); is {
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
	var asked, wrong atomic.Int64
	var group errgroup.Group
	started := time.Now()
	for range 64 {
		group.Go(func() error {
			for {
				i := int(asked.Add(1)) % names
				is, err := checker.Delegated(ctx, fmt.Sprintf("name%d.test", i), "test")
				if err != nil {
					return nil
				}
				if is != (i%5 > 0) {
					wrong.Add(1)
				}
			}
		})
	}
	group.Wait()
	if n := wrong.Load(); n > 0 {
		return 0, fmt.Errorf("%d wrong answers", n)
	}
	return float64(asked.Load()) / time.Since(started).Seconds(), nil
}
