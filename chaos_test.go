package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
	"tldsweep/internal/history"
	"tldsweep/internal/pace"
	"tldsweep/scanner"
)

// chaos is a scan of some names with faults.
type chaos struct {
	names       []string
	extensions  []string
	asked       pace.Rate
	workers     int
	options     emulator.Options
	interrupted []int // after how many results the scan is stopped, time after time
	troubles    []trouble
}

// trouble is what befalls the history of one run.
type trouble struct {
	kind  string // held, full, removed or none
	after int    // results
}

// passing are the faults that pass: a query that meets one is asked again.
var passing = []string{
	"429", "429-seconds", "429-date", "429-html", "500", "500-empty", "502", "503", "504", "408", "check-timeout", "reset",
	"truncated", "wrong-json", "html", "slow", "hang", "cart-gone", "404", "redirect",
}

func drawChaos(r *rapid.T) chaos {
	return chaos{
		names:      rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,6}[0-9]?`), 1, 30, rapid.ID).Draw(r, "names"),
		extensions: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"fr", "com", "co.uk", "gov.uk", "shop", "de"}), 1, 4, rapid.ID).Draw(r, "extensions"),
		asked:      rapid.SampledFrom([]pace.Rate{0, 1, 20, 200}).Draw(r, "rate"),
		workers:    rapid.IntRange(1, 16).Draw(r, "workers"),
		options: emulator.Options{
			Seed:      rapid.Uint64().Draw(r, "seed"),
			OldPrices: rapid.Bool().Draw(r, "old prices"),
			OldErrors: rapid.Bool().Draw(r, "old errors"),
			Latency:   rapid.SampledFrom([]time.Duration{0, time.Millisecond, 100 * time.Millisecond}).Draw(r, "latency"),
			Jitter:    rapid.SampledFrom([]time.Duration{0, 100 * time.Millisecond}).Draw(r, "jitter"),
			CartLife:  rapid.SampledFrom([]time.Duration{0, 10 * time.Minute}).Draw(r, "cart life"),
			Faults: rapid.SliceOfN(rapid.Custom(func(r *rapid.T) emulator.Fault {
				return emulator.Fault{
					Kind:  rapid.SampledFrom(passing).Draw(r, "kind"),
					Rate:  rapid.SampledFrom([]float64{0.02, 0.1, 0.3}).Draw(r, "rate"),
					After: rapid.IntRange(0, 5).Draw(r, "after"),
					All:   rapid.Bool().Draw(r, "all"),
					Wait:  rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(r, "wait"),
				}
			}), 0, 4).Draw(r, "faults"),
			Limit: rapid.SampledFrom([]*emulator.Limit{nil, {PerSecond: 5}, {PerSecond: 20, Burst: 5, RetryAfter: "seconds"}, {PerSecond: 2, RetryAfter: "date", All: true}}).Draw(r, "limit"),
		},
		interrupted: rapid.SliceOfN(rapid.IntRange(0, 30), 0, 4).Draw(r, "interrupted"),
		troubles: rapid.SliceOfN(rapid.Custom(func(r *rapid.T) trouble {
			return trouble{rapid.SampledFrom([]string{"none", "held", "full", "removed"}).Draw(r, "trouble"), rapid.IntRange(0, 30).Draw(r, "after")}
		}), 0, 3).Draw(r, "troubles"),
	}
}

// For any list, any faults and any interruptions, and whatever befalls the history (another program holds it, its disk is full, its
// folder is removed): one row per pair, and whatever is said of a domain is true.
func TestAnyChaos(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawChaos(r)
		path := filepath.Join(t.TempDir(), "state", "history.db")
		synctest.Test(t, func(t *testing.T) { s.run(t, path) })
	})
}

// thisYear makes the time of a synctest bubble, which begins in 2000, one that a server may have now.
func thisYear() { time.Sleep(time.Until(time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC))) }

func (s chaos) run(t *testing.T, path string) {
	thisYear()
	network := newNetwork()
	server := emulator.New(s.options)
	address := server.Serve(network)
	defer server.Close()
	stops, troubles := s.interrupted, s.troubles
	const patience = 1000
	for runs := 1; ; runs++ {
		stop := -1
		if len(stops) > 0 {
			stop, stops = stops[0], stops[1:]
		}
		it := trouble{kind: "none"}
		if len(troubles) > 0 {
			it, troubles = troubles[0], troubles[1:]
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		results, err := s.scan(t, path, address, network, stop, it)
		switch {
		case runs == patience:
			t.Fatalf("no run of %d has finished; the last one: %v", runs, err)
		case errors.Is(err, context.Canceled):
			continue
		case it.kind != "none" && isOfHistory(err):
			continue // it is said, and the next run begins with what was kept
		case err != nil:
			// A run may fail, and then says nothing; the next one goes on.
			if _, ok := errors.AsType[*api.StopError](err); !ok {
				if _, ok := errors.AsType[*api.WaitError](err); !ok {
					if _, ok := errors.AsType[*api.RowError](err); !ok {
						t.Fatal(err)
					}
				}
			}
			continue
		}
		s.check(t, server, results)
		return
	}
}

func (s chaos) check(t *testing.T, server *emulator.Server, results []scanner.Result) {
	seen := map[string]bool{}
	for _, result := range results {
		domain := result.Domain()
		if seen[domain] {
			t.Errorf("%s comes twice", domain)
		}
		seen[domain] = true
		switch {
		case result.Status == scanner.Failed && len(s.options.Faults) == 0 && s.options.Limit == nil:
			t.Errorf("%s is an error without faults: %v", domain, result.Err)
		case result.Status != scanner.Failed && string(result.Status) != server.Truth(domain):
			t.Errorf("%s is %s, not %s: %+v", domain, server.Truth(domain), result.Status, result)
		case result.Status == scanner.Available && result.Price != server.Price(result.Extension):
			t.Errorf("%s costs %s, not %s", domain, server.Price(result.Extension), result.Price)
		}
	}
	if t.Failed() {
		t.Logf("%+v", s)
	}
	if want := len(s.names) * len(s.extensions); len(seen) != want {
		t.Errorf("%d of %d pairs have a row", len(seen), want)
	}
}

func isOfHistory(err error) bool {
	_, ok := errors.AsType[*history.Error](err)
	return ok
}

// befall does to the history what the trouble is, and returns what ends it.
func (it trouble) befall(t *testing.T, path string) (end func()) {
	switch it.kind {
	case "removed":
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Error(err)
		}
	case "full":
		log, err := os.Stat(path + "-wal")
		if err != nil {
			t.Error(err)
			break
		}
		return fillDisk(t, log.Size()+1000)
	case "held":
		return holdFor(t, path, 20*time.Second)
	}
	return func() {}
}

// holdFor writes to the database as another program does, which takes that long.
func holdFor(t *testing.T, path string, long time.Duration) (end func()) {
	other, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		other.Close() // the scan was writing just then
		return func() {}
	}
	var holding sync.WaitGroup
	holding.Go(func() {
		time.Sleep(long)
		_, _ = other.Exec("ROLLBACK")
		other.Close()
	})
	return holding.Wait
}

// scan is one run, which is stopped after so many results; a negative number lets it end.
func (s chaos) scan(t *testing.T, path, address string, network *network, stop int, it trouble) (results []scanner.Result, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h, err := history.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	run, err := h.Begin(ctx, history.Question{Endpoint: address, Subsidiary: "FR", Extensions: s.extensions}, history.RunOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	client, err := api.New(api.Config{
		Endpoint: address, Pace: pace.New(s.asked), Workers: s.workers, Dial: network.dial,
		Key: &api.Key{ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey},
	})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	basket, err := cart.Open(ctx, client, cart.Options{Subsidiary: "FR"})
	if err != nil {
		return nil, err
	}
	var seen scanner.Seen
	defer seen.Close()
	lines := func(yield func(string, error) bool) {
		for _, name := range s.names {
			if !yield(name, nil) {
				return
			}
		}
	}
	queries := scanner.Queries(lines, s.extensions, nil, &seen)
	for result, err := range scanner.Scan(ctx, queries, run.Replay(), cart.Lookup(basket, s.workers)) {
		if err != nil {
			return nil, err
		}
		results = append(results, result)
		if err := run.Keep(result); err != nil {
			return nil, err
		}
		if len(results) == stop {
			cancel()
		}
		if len(results) == it.after {
			defer it.befall(t, path)()
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return results, run.Finish()
}

// network connects within the process, so that time is the test's.
type network struct {
	accept chan net.Conn
	closed chan struct{}
}

func newNetwork() *network { return &network{make(chan net.Conn), make(chan struct{})} }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case n.accept <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-n.closed:
		return nil, fmt.Errorf("nobody listens")
	}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.accept:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { close(n.closed); return nil }
func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
