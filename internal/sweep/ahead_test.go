package sweep_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tldsweep/internal/delegation"
	"tldsweep/internal/emulator"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// halfTaken is a list of n names of which every second one is taken, and delegated, under .fr.
func halfTaken(n int) (names, taken []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("name%d", i))
		if i%2 == 0 {
			taken = append(taken, fmt.Sprintf("name%d.fr", i))
		}
	}
	return names, taken
}

// withDNS is a checker that asks the emulator's DNS.
func withDNS(t *testing.T, server *emulator.Server) *delegation.Checker {
	t.Helper()
	address, err := server.StartDNS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dns, err := delegation.New(delegation.Options{Resolvers: []string{address}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dns.Close() })
	return dns
}

// DNS does not wait for OVHcloud, however much is left to it: all that it knows is known before OVHcloud has answered once, and
// from then on what is left is exact. Rows in the order of the list are no hindrance.
func TestDNSRunsAhead(t *testing.T) {
	const n = 6000
	for _, ordered := range []bool{false, true} {
		t.Run(fmt.Sprint("ordered ", ordered), func(t *testing.T) {
			names, taken := halfTaken(n)
			release := make(chan struct{})
			e, server := endpoint(t, emulator.Options{OnlyRegistered: true, Registered: taken, CheckTimeouts: -1, OnLookup: func(string) { <-release }})
			s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: names}, Extensions: []string{"fr"}, Sources: sweep.Sources{DNS: withDNS(t, server), Workers: 4}, Ordered: ordered}
			stdout := toCSV(t, s)
			ctx, stop := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("DNS waits"))
			defer stop()
			var watching sync.WaitGroup
			var left int64
			s.Progress = func(count *sweep.Counts, _ bool) {
				s.Progress = nil
				watching.Go(func() {
					defer close(release)
					for ctx.Err() == nil && !count.Snapshot().IsExact {
						runtime.Gosched()
					}
					left = count.Snapshot().ToAsk
				})
			}
			count, err := s.Run(ctx)
			watching.Wait()
			if err != nil {
				t.Fatal(err)
			}
			// Some that DNS has answered may not have been counted yet.
			if asked := count.Source[scanner.API]; asked < n/2 || asked > left || count.Source[scanner.DNS] != n-asked || count.Status[scanner.Taken] != n/2 {
				t.Errorf("%d were left to ask; %s", left, count.Line())
			}
			rows := domains(stdout.String())
			for i, domain := range rows {
				if ordered && domain != fmt.Sprintf("name%d.fr", i) {
					t.Fatalf("row %d is %s", i, domain)
				}
			}
			if len(rows) != n {
				t.Errorf("%d rows", len(rows))
			}
		})
	}
}

// Wherever a scan with DNS is stopped: with what the same scan then adds, the rows are those of one that was
// not stopped.
func TestStopsWithDNSAhead(t *testing.T) {
	const n = 120
	names, taken := halfTaken(n)
	e, server := endpoint(t, emulator.Options{OnlyRegistered: true, Registered: taken, CheckTimeouts: -1})
	dns := withDNS(t, server)
	for i, stops := range [][]int64{{0}, {1}, {37}, {119}, {5, 60, 61}} {
		path, ordered := filepath.Join(t.TempDir(), "history.db"), i%2 == 0
		for run := 0; ; run++ {
			s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: names}, Extensions: []string{"fr"}, Sources: sweep.Sources{DNS: dns, Workers: 3}, Ordered: ordered}
			stdout := toCSV(t, withRecorder(t, s, path))
			ctx, stop := context.WithCancelCause(t.Context())
			enough := errors.New("enough")
			s.Progress = func(count *sweep.Counts, _ bool) {
				if run < len(stops) && count.Rows >= stops[run] {
					stop(enough)
				}
			}
			count, err := s.Run(ctx)
			stop(nil)
			if errors.Is(err, enough) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(strings.NewReader(stdout.String())).ReadAll()
			if err != nil || len(rows) != 1+n || count.Rows != n {
				t.Fatalf("%d rows, %v; %s", len(rows), err, count.Line())
			}
			for _, row := range rows[1:] {
				if want := server.Truth(row[0]); row[4] != want {
					t.Errorf("%s is %s, want %s", row[0], row[4], want)
				}
			}
			if run >= len(stops) {
				break
			}
		}
	}
}
