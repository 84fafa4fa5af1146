package sweep_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"tldsweep/internal/api"
	"tldsweep/internal/emulator"
	"tldsweep/internal/history"
	"tldsweep/internal/pace"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// endpoint is an emulator of one test's own.
func endpoint(t *testing.T, options emulator.Options) (sweep.Endpoint, *emulator.Server) {
	t.Helper()
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	rate := pace.New(0)
	client, err := api.New(api.Config{Endpoint: address, Pace: rate, Key: &api.Key{
		ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return sweep.Endpoint{Client: client, Pace: rate, Subsidiary: "FR", Emulated: true}, server
}

// withRecorder begins the scan's run in a history, or continues it.
func withRecorder(t *testing.T, s *sweep.Scan, path string) *sweep.Scan {
	t.Helper()
	question, _, err := s.Question()
	if err != nil {
		t.Fatal(err)
	}
	if s.Recorder, err = sweep.NewRecorder(t.Context(), path, question, history.RunOptions{Warn: func(line string) { t.Error(line) }}); err != nil {
		t.Fatal(err)
	}
	return s
}

// toCSV sends the rows to a buffer.
func toCSV(t *testing.T, s *sweep.Scan, file ...string) *bytes.Buffer {
	t.Helper()
	var stdout bytes.Buffer
	var err error
	if s.Outputs, err = sweep.OpenOutputs(sweep.OutputOptions{Files: file, Stdout: &stdout, Format: "csv"}); err != nil {
		t.Fatal(err)
	}
	return &stdout
}

// domains are those of the rows of a CSV report, in their order.
func domains(text string) (found []string) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if i > 0 {
			domain, _, _ := strings.Cut(line, ",")
			found = append(found, domain)
		}
	}
	return found
}

// One row for each pair, in the order of the list where that is wanted; those that are not wanted are counted all the same.
func TestScanRows(t *testing.T) {
	for _, c := range []struct {
		name   string
		filter sweep.Filter
		want   []string
	}{
		{"all", sweep.Filter{}, []string{"rocket.fr", "rocket.com", "moon.fr", "moon.com", "star-.fr", "star-.com"}},
		{"of one status", sweep.Filter{Statuses: []scanner.Status{scanner.Taken}}, []string{"moon.fr"}},
		{"up to a price", sweep.Filter{MaxPrice: decimal.NullDecimal{Decimal: decimal.MustParse("5.99"), Valid: true}}, []string{"rocket.fr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, _ := endpoint(t, emulator.Options{OnlyRegistered: true, Registered: []string{"moon.fr"}})
			s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"rocket", "moon", "star-", "rocket"}}, Extensions: []string{"fr,com"}, Sources: sweep.Sources{Workers: 3}, Ordered: true, Filter: c.filter}
			stdout := toCSV(t, s)
			ended := 0
			s.Progress = func(count *sweep.Counts, end bool) {
				if ended += map[bool]int{true: 1}[end]; count.Extensions != 2 {
					t.Errorf("%d extensions", count.Extensions)
				}
			}
			count, err := s.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := domains(stdout.String()); !slices.Equal(got, c.want) {
				t.Errorf("the rows are %q, want %q", got, c.want)
			}
			if count.Rows != 6 || count.Status[scanner.Available] != 3 || count.Status[scanner.Invalid] != 2 || ended != 1 {
				t.Errorf("%s; ended %d times", count.Line(), ended)
			}
		})
	}
}

// A scan that is stopped leaves no half report and a summary that says so; the same question goes on where it was.
func TestScanStoppedAndContinued(t *testing.T) {
	// The tenth lookup is answered when the scan was stopped.
	var begun atomic.Int64
	wasStopped := make(chan struct{})
	e, server := endpoint(t, emulator.Options{OnlyRegistered: true, OnLookup: func(string) {
		if begun.Add(1) >= 10 {
			<-wasStopped
		}
	}})
	folder := t.TempDir()
	names := strings.Fields("a1 b2 c3 d4 e5 f6 g7 h8 i9 j10 k11 l12 m13 n14 o15 p16 q17 r18 s19 t20")
	scan := func() *sweep.Scan {
		s := &sweep.Scan{
			Endpoint: e, Input: &sweep.Input{Names: names}, Extensions: []string{"fr", "com"}, Sources: sweep.Sources{Workers: 1},
			Conclusion: sweep.Conclusion{Summary: filepath.Join(folder, "summary.json"), Version: "v0", Metrics: filepath.Join(folder, "run.prom")},
		}
		toCSV(t, s, filepath.Join(folder, "report.csv"))
		return withRecorder(t, s, filepath.Join(folder, "history.db"))
	}
	state := func() (sum struct {
		State          string
		In, Replayed   int64
		Lines          int
		Statuses       map[scanner.Status]int64
		Tldsweep       string
		PerRequest     float64 `json:"answers_per_request"`
		Emulated       bool
		Settings       struct{ Rate, History string }
		Requests       int
		Throttled1000s float64 `json:"throttled_per_1000_answers"`
	}) {
		text, err := os.ReadFile(filepath.Join(folder, "summary.json"))
		if err != nil || json.Unmarshal(text, &sum) != nil {
			t.Fatalf("the summary is %s, %v", text, err)
		}
		return sum
	}

	stopped := errors.New("that is enough")
	ctx, stop := context.WithCancelCause(t.Context())
	first := scan()
	first.Progress = func(count *sweep.Counts, _ bool) {
		if count.Rows == 5 {
			stop(stopped)
			close(wasStopped)
		}
	}
	count, err := first.Run(ctx)
	if !errors.Is(err, stopped) || count.Rows < 5 || count.Rows == 40 {
		t.Fatalf("%v after %s", err, count.Line())
	}
	if sum := state(); sum.State != "interrupted" || sum.Settings.Rate != "off" || sum.Tldsweep != "v0" || !sum.Emulated {
		t.Errorf("the summary of what was stopped is %+v", sum)
	}
	if _, err := os.Stat(filepath.Join(folder, "report.csv")); err == nil {
		t.Error("there is a report of a part")
	}
	before := count.Rows

	second := scan()
	lookups := server.Counts().Lookups
	count, err = second.Run(t.Context())
	if err != nil || count.Rows != 40 || count.Replayed != before {
		t.Fatalf("%v after %s, want %d from before", err, count.Line(), before)
	}
	if asked := int64(server.Counts().Lookups - lookups); asked != 40-before {
		t.Errorf("asked for %d domains again", asked-(40-before))
	}
	if sum := state(); sum.State != "finished" || sum.In != 40 || sum.Replayed != before || sum.Lines != 20 || sum.Statuses[scanner.Available] != 40 || len(sum.Statuses) != len(scanner.Statuses) ||
		sum.Settings.History != filepath.Join(folder, "history.db") || sum.Requests == 0 || sum.PerRequest <= 0 || sum.Throttled1000s != 0 {
		t.Errorf("the summary of what went on is %+v", sum)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "report.csv")); err != nil || len(domains(string(text))) != 40 {
		t.Errorf("the report has %d rows, %v", len(domains(string(text))), err)
	}
}

func answersKept(t *testing.T, path, domain string) int {
	t.Helper()
	h, err := history.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	periods, err := h.Timeline(t.Context(), domain)
	if err != nil {
		t.Fatal(err)
	}
	return len(periods)
}

// Where the end comes before anything could be asked, its cause is what is told.
func TestScanEndedBefore(t *testing.T) {
	e, _ := endpoint(t, emulator.Options{})
	folder := t.TempDir()
	stopped := errors.New("that is enough")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"rocket"}}, Extensions: []string{"fr"}, Conclusion: sweep.Conclusion{Summary: filepath.Join(folder, "summary.json")}}
	if _, err := s.Run(ctx); !errors.Is(err, stopped) {
		t.Errorf("the error is %v", err)
	}
	if summary := filesIn(t, folder)["summary.json"]; !strings.Contains(summary, `"state": "interrupted"`) {
		t.Errorf("the summary is %s", summary)
	}
}

// Where a scan fails, rows that wait for the row before them are written although that one never comes.
func TestScanFailsInOrder(t *testing.T) {
	answered := make(chan struct{})
	e, _ := endpoint(t, emulator.Options{
		OnlyRegistered: true,
		Faults:         []emulator.Fault{{Kind: "403-credential", Domains: "rocket.fr"}},
		OnLookup: func(domain string) {
			if domain == "rocket.fr" {
				<-answered
			}
		},
	})
	s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"rocket", "star-"}}, Extensions: []string{"fr"}, Ordered: true}
	s.Progress = func(count *sweep.Counts, ended bool) {
		if count.Rows == 1 && !ended {
			close(answered)
		}
	}
	stdout := toCSV(t, s)
	_, err := s.Run(t.Context())
	if _, ok := errors.AsType[*api.StopError](err); !ok {
		t.Errorf("the error is %v", err)
	}
	if got := domains(stdout.String()); !slices.Equal(got, []string{"star-.fr"}) {
		t.Errorf("the rows are %q", got)
	}
}

// What cannot be reported at the end makes a scan fail, and its summary says why; its rows are there.
func TestScanTellsChanges(t *testing.T) {
	e, server := endpoint(t, emulator.Options{OnlyRegistered: true})
	folder := t.TempDir()
	broken := errors.New("nobody listens")
	for _, c := range []struct {
		name    string
		moved   int64 // cents
		told    error
		changes int64
		state   string
		kept    int // answers of one domain
	}{
		{"the first run has nothing to compare with", 0, nil, 0, "finished", 1},
		{"nothing has changed", 0, nil, 0, "finished", 1},
		{"all prices have", 100, nil, 2, "finished", 1},
		{"and it cannot be reported", 100, broken, 2, "failed", 2},
	} {
		server.MovePrices(c.moved)
		var got []string
		calls := 0
		s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"rocket"}}, Extensions: []string{"fr", "com"}, Conclusion: sweep.Conclusion{
			Summary: filepath.Join(folder, "summary.json"), Changes: filepath.Join(folder, "changes.csv"), Forget: -time.Hour, // an hour ahead, so that what was superseded in this very second is old
			OnChange: func(_ context.Context, changes iter.Seq2[scanner.Change, error]) error {
				calls++
				for change, err := range changes {
					if err != nil {
						t.Error(err)
					}
					got = append(got, change.Domain())
				}
				return c.told
			},
		}}
		toCSV(t, s, filepath.Join(folder, "report.csv"))
		count, err := withRecorder(t, s, filepath.Join(folder, "history.db")).Run(t.Context())
		if !errors.Is(err, c.told) || count.Changes != c.changes || len(got) != int(c.changes) {
			t.Errorf("%s: %d changes, told of %q, %v", c.name, count.Changes, got, err)
		}
		if (calls > 0) != (c.changes > 0) {
			t.Errorf("%s: told %d times", c.name, calls)
		}
		if kept := answersKept(t, filepath.Join(folder, "history.db"), "rocket.fr"); kept != c.kept {
			t.Errorf("%s: %d answers are kept, want %d", c.name, kept, c.kept)
		}
		summary, err := os.ReadFile(filepath.Join(folder, "summary.json"))
		if err != nil || !strings.Contains(string(summary), `"state": "`+c.state+`"`) || strings.Contains(string(summary), "nobody listens") != (c.told != nil) {
			t.Errorf("%s: the summary is %s, %v", c.name, summary, err)
		}
		if text, err := os.ReadFile(filepath.Join(folder, "report.csv")); err != nil || len(domains(string(text))) != 2 {
			t.Errorf("%s: the report is %s, %v", c.name, text, err)
		}
	}
}

// Without credentials that count nothing is asked, the files that were there stay, and the error is told in the summary.
func TestScanFails(t *testing.T) {
	e, _ := endpoint(t, emulator.Options{Rights: []emulator.Right{}})
	folder := t.TempDir()
	report := filepath.Join(folder, "report.csv")
	if err := os.WriteFile(report, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"rocket"}}, Extensions: []string{"fr"}, Conclusion: sweep.Conclusion{
		Summary: filepath.Join(folder, "summary.json"), Metrics: filepath.Join(folder, "run.prom"),
	}}
	stdout := toCSV(t, s, report)
	_, err := s.Run(t.Context())
	if _, ok := errors.AsType[*api.StopError](err); !ok {
		t.Fatalf("the error is %v", err)
	}
	files := filesIn(t, folder)
	if files["report.csv"] != "before" || len(files) != 3 || !strings.Contains(files["run.prom"], `tldsweep_run_success{list="run"} 0`) || !strings.Contains(files["summary.json"], `"state": "failed"`) || stdout.Len() != 0 {
		t.Errorf("the files are %q, and on stdout is %q", files, stdout)
	}
}

// DNS spares requests for what is delegated.
func TestScanAsksDNSFirst(t *testing.T) {
	e, server := endpoint(t, emulator.Options{OnlyRegistered: true, Registered: []string{"moon.fr"}})
	s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"moon", "rocket"}}, Extensions: []string{"fr"}, Sources: sweep.Sources{DNS: withDNS(t, server)}}
	count, err := s.Run(t.Context())
	if err != nil || count.Source[scanner.DNS] != 1 || count.Reason[scanner.Delegated] != 1 || count.Source[scanner.API] != 1 || server.Counts().Lookups != 1 {
		t.Errorf("%v after %s, and %d lookups", err, count.Line(), server.Counts().Lookups)
	}
}

// A plan asks OVHcloud nothing, knows what is answered already, and asks DNS for a sample.
func TestPlan(t *testing.T) {
	e, server := endpoint(t, emulator.Options{OnlyRegistered: true, Registered: []string{"moon.fr"}})
	e.Emulated = false // it stands for OVHcloud
	dns := withDNS(t, server)
	path := filepath.Join(t.TempDir(), "history.db")
	scan := func() *sweep.Scan {
		return &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"moon", "rocket", "star", "star-"}}, Extensions: []string{"fr"}, Sources: sweep.Sources{DNS: dns}}
	}
	before := withRecorder(t, scan(), path)
	result := answered("star.fr", scanner.Taken)
	before.Recorder.Keep(result)
	before.Recorder.Close()
	plan, err := scan().Plan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	want := sweep.Plan{Lines: 4, Extensions: 1, Forecast: sweep.Forecast{Pairs: 4, Invalid: 1, Answered: 1}, DNS: true, Sample: sweep.Sample{Asked: 2, Delegated: 1}, Requests: 1 + 4}
	want.List = plan.List
	if *plan != want || plan.Left() != 2 || !strings.Contains(plan.List, "the list in the program") {
		t.Errorf("the plan is %+v, want %+v", *plan, want)
	}
	if n := server.Counts().Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, line := range []string{"lines      4\n", "known      1 answered before the run was stopped, 0 of earlier runs\n", "dns        1 of a sample of 2 are delegated\n", "requests   about 5\n"} {
		if !strings.Contains(plan.String(), line) {
			t.Errorf("no %q in\n%s", line, plan)
		}
	}
}

// A history that cannot be read spoils no plan.
func TestPlanWithoutHistory(t *testing.T) {
	e, _ := endpoint(t, emulator.Options{})
	var said bytes.Buffer
	s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"moon"}}, Extensions: []string{"fr"}, Log: slog.New(slog.NewTextHandler(&said, nil))}
	plan, err := s.Plan(t.Context(), writeFile(t, "this is no database, but it is long enough to be one, is it not"))
	if err != nil || plan.Requests != 1+4 || !strings.Contains(said.String(), "the plan is made without history") {
		t.Errorf("%+v, %v\n%s", plan, err, &said)
	}
}
