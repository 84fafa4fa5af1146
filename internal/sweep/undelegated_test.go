package sweep_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"tldsweep/internal/delegation"
	"tldsweep/internal/emulator"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// told is what a summary says of DNS.
type told struct {
	DNS *struct {
		Delegated       int64    `json:"delegated"`
		NotDelegated    int64    `json:"not_delegated"`
		Unanswered      int64    `json:"unanswered"`
		Wildcard        int64    `json:"wildcard"`
		UnansweredUnder []string `json:"unanswered_extensions"`
		WildcardUnder   []string `json:"wildcard_extensions"`
		Undelegated     *struct {
			Taken        int64 `json:"taken"`
			NotDelegated int64 `json:"not_delegated"`
		} `json:"taken_not_delegated"`
	} `json:"dns"`
}

// The share of taken domains that DNS does not delegate is measured, from the rows and then from the history; what cannot be
// measured is not guessed.
func TestTakenNotDelegated(t *testing.T) {
	names := make([]string, 300)
	for i := range names {
		names[i] = fmt.Sprintf("name%d", i)
	}
	e, server := endpoint(t, emulator.Options{DNSWildcards: []string{"com"}})
	address, err := server.StartDNS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "history.db")
	scan := func(resolver string) (s *sweep.Scan, done func()) {
		dns, err := delegation.New(delegation.Options{Resolvers: []string{resolver}})
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		return &sweep.Scan{
			Endpoint: e, Input: &sweep.Input{Names: names}, Extensions: []string{"fr,com"}, Sources: sweep.Sources{DNS: dns, Workers: 16},
			Conclusion: sweep.Conclusion{Summary: filepath.Join(folder, "sum.json"), Metrics: filepath.Join(folder, "run.prom")},
		}, dns.Close
	}
	read := func(s *sweep.Scan) (sum told, metrics string) {
		t.Helper()
		text, err := os.ReadFile(s.Conclusion.Summary)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &sum); err != nil {
			t.Fatal(err)
		}
		prom, err := os.ReadFile(s.Conclusion.Metrics)
		if err != nil {
			t.Fatal(err)
		}
		return sum, string(prom)
	}
	plan := func(want string) {
		t.Helper()
		s, done := scan(address)
		defer done()
		p, err := s.Plan(t.Context(), path)
		if err != nil || !strings.Contains(p.String(), want) {
			t.Errorf("%v: no %q in\n%s", err, want, p)
		}
	}
	plan("how many taken domains are not delegated is not measured: the history has no run with DNS\n")

	s, done := scan(address)
	defer done()
	var taken, not int64
	rows := withRecorder(t, s, path)
	s.Progress = nil
	stdout := toCSV(t, rows)
	if _, err := rows.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(stdout.String()) {
		if strings.Contains(line, ".fr,") && strings.Contains(line, ",taken,") {
			taken++
			if !strings.Contains(line, ",dns,") {
				not++
			}
		}
	}
	sum, metrics := read(s)
	if d := sum.DNS; d == nil || d.Undelegated == nil || d.Undelegated.Taken != taken || d.Undelegated.NotDelegated != not || not == 0 ||
		d.Delegated != taken-not || d.Delegated+d.NotDelegated != 300 || d.Wildcard != 300 || d.Unanswered != 0 || len(d.UnansweredUnder) != 0 || fmt.Sprint(d.WildcardUnder) != "[com]" {
		t.Errorf("%d of %d taken are not delegated, and the summary says %+v", not, taken, sum.DNS)
	}
	share := float64(not) / float64(taken)
	for _, want := range []string{
		fmt.Sprintf("tldsweep_run_taken_not_delegated_ratio{list=\"run\"} %v\n", share),
		"tldsweep_run_dns_answers{list=\"run\",answer=\"wildcard\"} 300\n",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %q in\n%s", want, metrics)
		}
	}
	plan(fmt.Sprintf("           %.1f %% of %d taken domains were not delegated in the latest run with DNS\n", 100*share, taken))

	// DNS that does not answer measures nothing, which is said.
	s, done = scan("127.0.0.1:1")
	defer done()
	count, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum, metrics = read(s)
	if d := sum.DNS; d.Unanswered != 600 || d.Undelegated != nil || fmt.Sprint(d.UnansweredUnder) != "[com fr]" || strings.Contains(metrics, "taken_not_delegated") || !strings.Contains(metrics, `answer="unanswered"} 600`) {
		t.Errorf("without DNS the summary says %+v, and the metrics\n%s", d, metrics)
	}
	if !strings.Contains(count.Line(), " 600 not answered by dns,") || count.Source[scanner.API] != 600 {
		t.Errorf("the line is %q", count.Line())
	}
}

// A plan distinguishes what DNS does not delegate from what it does not answer, and says once why it does not.
func TestPlanWithoutAnswers(t *testing.T) {
	e, _ := endpoint(t, emulator.Options{})
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	dns, err := delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1:1"}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer dns.Close()
	s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"moon", "rocket"}}, Extensions: []string{"fr,com"}, Sources: sweep.Sources{DNS: dns}, Log: log}
	plan, err := s.Plan(t.Context(), "")
	if err != nil || plan.Sample != (sweep.Sample{Asked: 4, Unanswered: 4}) || plan.Requests != 4+4 || !strings.Contains(plan.String(), "dns        0 of a sample of 4 are delegated, 4 without an answer\n") {
		t.Errorf("%v\n%s", err, plan)
	}
	dns.Close()
	if strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "connection refused") {
		t.Errorf("it says %q", &said)
	}
}

// Whenever an extension begins to delegate every name, no row of the report says that a free name is taken.
func TestScanWhileDNSBecomesAWildcard(t *testing.T) {
	names := make([]string, 400)
	var registered []string
	for i := range names {
		names[i] = fmt.Sprintf("name%d", i)
		if i%2 == 0 {
			registered = append(registered, names[i]+".fr")
		}
	}
	for _, after := range []int64{0, 1, 100, 300, 420} {
		e, _ := endpoint(t, emulator.Options{OnlyRegistered: true, Registered: registered})
		var asked atomic.Int64
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
			reply := new(dns.Msg).SetReply(question)
			name := strings.TrimSuffix(question.Question[0].Name, ".")
			if asked.Add(1) > after || slices.Contains(registered, name) {
				reply.Ns = []dns.RR{&dns.NS{Hdr: dns.RR_Header{Name: name + ".", Rrtype: dns.TypeNS, Class: dns.ClassINET}, Ns: "ns1.example."}}
			} else {
				reply.Authoritative, reply.Rcode = true, dns.RcodeNameError
			}
			_ = w.WriteMsg(reply)
		})}
		go server.ActivateAndServe()
		defer server.Shutdown()
		checker, err := delegation.New(delegation.Options{Resolvers: []string{packets.LocalAddr().String()}})
		if err != nil {
			t.Fatal(err)
		}
		defer checker.Close()
		s := &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: names}, Extensions: []string{"fr"}, Sources: sweep.Sources{DNS: checker, Workers: 8}}
		count, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if count.Status[scanner.Taken] != 200 || count.Status[scanner.Available] != 200 {
			t.Errorf("a wildcard after %d questions: %s", after, count.Line())
		}
	}
}
