package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
	"tldsweep/internal/order"
)

// spree is somebody with two machines who quotes, buys and pays, while prices move, requests fail, front ends repeat them, the program
// dies, and its journal is lost. It begins with two quotes that may hold the same domain.
type spree struct {
	steps  []step
	faults []emulator.Fault
	like   string        // the world, one of emulator.Likes; empty: as described
	race   bool          // prices also move between the last look at the bill and the order
	ahead  time.Duration // of the server's clock
}

// late is how long a server may sit on a request whose sender is dead: less than somebody waits who wants to know.
const late = time.Minute

// step is one command.
type step struct {
	what    string // "quote", "buy" or "pay"
	machine int    // 0 or 1; each has a journal of its own
	domains []string
	which   int           // of the quotes, or of the orders
	edit    string        // what of the quote file somebody has changed: "total", "price", "domain", "item", "less", "currency"
	repeats int           // the request of this number is carried out twice, and the second answer passed on; 0: none
	removes int           // before the request of this number the journal is removed; 0: it is not
	money   bool          // the answer to the order is in another currency
	dies    int           // at the request of this number; 0: it does not
	when    string        // "before" the server has it, "after" it was carried out, or so that it is carried out "late"
	moves   map[int]int64 // before which requests prices move, by how many cents
	then    time.Duration // until the next command
}

var wanted = []string{"one.fr", "two.fr", "three.shop"}

func drawSpree(r *rapid.T) spree {
	domains := rapid.SliceOfNDistinct(rapid.SampledFrom(wanted), 1, 2, rapid.ID)
	quiet := func(what string) step { return step{what: what, domains: domains.Draw(r, "domains")} }
	s := spree{
		race: rapid.Bool().Draw(r, "race"), like: rapid.SampledFrom(append(emulator.Likes(), "")).Draw(r, "like"),
		ahead: rapid.SampledFrom([]time.Duration{0, 0, time.Hour, -time.Hour, 25 * time.Hour}).Draw(r, "ahead"),
		steps: []step{quiet("quote"), quiet("quote")},
	}
	s.steps = append(s.steps, rapid.SliceOfN(rapid.Custom(func(r *rapid.T) step {
		step := step{
			what:    rapid.SampledFrom([]string{"quote", "buy", "buy", "buy", "pay"}).Draw(r, "what"),
			machine: rapid.SampledFrom([]int{0, 0, 1}).Draw(r, "machine"),
			domains: domains.Draw(r, "domains"),
			which:   rapid.IntRange(0, 2).Draw(r, "which"),
			then:    rapid.SampledFrom([]time.Duration{0, 10 * time.Second, 10 * time.Minute}).Draw(r, "then"),
		}
		request := rapid.IntRange(1, 16)
		switch rapid.IntRange(0, 7).Draw(r, "event") {
		case 0:
			step.dies, step.when = request.Draw(r, "dies"), rapid.SampledFrom([]string{"before", "after", "late"}).Draw(r, "when")
		case 1:
			step.moves = rapid.MapOfN(request, rapid.Int64Range(-300, 300), 1, 2).Draw(r, "moves")
		case 2:
			step.repeats = request.Draw(r, "repeats")
		case 3:
			step.removes = request.Draw(r, "removes")
		case 4:
			step.edit = rapid.SampledFrom([]string{"total", "price", "domain", "item", "less", "currency"}).Draw(r, "edit")
		case 5:
			step.money = true
		}
		return step
	}), 1, 8).Draw(r, "steps")...)
	s.faults = rapid.SliceOfN(rapid.Custom(func(r *rapid.T) emulator.Fault {
		return emulator.Fault{
			Kind: rapid.SampledFrom([]string{"lost-reply", "lost-reply", "lost-reply", "lost-reply", "lost-reply", "500", "502", "429", "408", "check-timeout", "reset", "html", "404", "truncated"}).Draw(r, "kind"),
			Path: rapid.SampledFrom([]string{
				"POST /order/cart/*/domain", "POST /order/cart/*/configuration", "POST /order/cart/*/checkout", "POST /order/cart/*/checkout", "POST /order/cart/*/checkout",
				"POST /me/order/*/pay", "GET /me/order*", "GET /order/cart/*",
			}).Draw(r, "path"),
			After: rapid.IntRange(0, 2).Draw(r, "spared"),
			Times: rapid.IntRange(1, 3).Draw(r, "times"),
		}
	}), 0, 3).Draw(r, "faults")
	if rapid.IntRange(0, 3).Draw(r, "lost") == 0 { // what matters most is not left to chance
		lost := emulator.Fault{Kind: "lost-reply", Path: "POST /order/cart/*/checkout", After: rapid.IntRange(0, 1).Draw(r, "heard"), Times: 1}
		s.faults = append([]emulator.Fault{lost}, s.faults...)
	}
	return s
}

// For any prices, any faults, any deaths, two machines, a wrong clock and lost journals: what is ordered never costs more than was
// confirmed, no domain is ordered twice, nothing is paid twice, and the journals explain every order.
func TestAnySpree(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue { // more than usual: money is at stake
		_ = flag.Set("rapid.checks", "200")
		defer flag.Set("rapid.checks", checks.DefValue)
	}
	var happened tally
	rapid.Check(t, func(r *rapid.T) {
		s := drawSpree(r)
		folder := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			thisYear()
			s.run(t, folder, &happened)
		})
	})
	t.Logf("%+v", happened)
}

// tally is how often what can go wrong did.
type tally struct {
	Sprees, Ordered, Lost, Between int // sprees; those with an order, with an order whose reply was lost, with orders or quotes from both machines in turn
}

// mall is the server behind a handler that counts, moves prices and kills.
type mall struct {
	*emulator.Server
	t       *testing.T
	network *network
	folder  string // of the journals
	address string

	mu       sync.Mutex
	requests int
	step     step
	race     bool
	kill     func()
	done     map[string]int   // changing calls that were carried out
	orders   map[string]int64 // by cart, what a person would find at OVHcloud
	lost     bool             // the reply to an order
	serving  sync.WaitGroup   // requests, also of the dead
}

func (m *mall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.serving.Add(1)
	defer m.serving.Done()
	m.mu.Lock()
	m.requests++
	n := m.requests
	call := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/1.0")
	if cents, moves := m.step.moves[n]; moves && (m.race || !strings.HasSuffix(call, "/checkout") || r.Method == http.MethodGet) {
		m.MovePrices(cents)
	}
	step, kill := m.step, m.kill
	dies, when := step.dies == n, step.when
	final := r.Method == http.MethodPost && (strings.HasSuffix(call, "/checkout") || strings.HasSuffix(call, "/pay"))
	if final && m.done[call] > 0 {
		m.t.Errorf("%s again, after it was done", call)
	}
	m.mu.Unlock()
	if step.removes == n {
		_ = os.Remove(m.journal(step.machine))
	}
	if dies && when == "before" {
		kill()
		panic(http.ErrAbortHandler)
	}
	if dies && when == "late" {
		body, _ := io.ReadAll(r.Body)
		r = r.WithContext(context.Background())
		r.Body, w = io.NopCloser(bytes.NewReader(body)), httptest.NewRecorder()
		kill()
		time.Sleep(late)
	}
	before := len(m.Orders())
	paid := m.paid()
	heard := &listener{ResponseWriter: w}
	func() {
		defer func() { // also where the reply is lost
			if final && (len(m.Orders()) > before || m.paid() > paid) {
				m.mu.Lock()
				defer m.mu.Unlock()
				m.done[call]++
				if orders := m.Orders(); len(orders) > before {
					m.lost = m.lost || dies || !heard.wrote
					m.orders[strings.TrimSuffix(strings.TrimPrefix(call, "POST /order/cart/"), "/checkout")] = orders[len(orders)-1].ID
				}
			}
		}()
		if step.repeats == n {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			m.Server.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if step.money && strings.HasSuffix(call, "/checkout") && final {
			exchange(m.Server, heard, r)
		} else {
			m.Server.ServeHTTP(heard, r)
		}
	}()
	if dies {
		kill() // once is enough
		panic(http.ErrAbortHandler)
	}
}

// listener notes whether there was an answer.
type listener struct {
	http.ResponseWriter
	wrote bool
}

func (l *listener) WriteHeader(status int) { l.wrote = true; l.ResponseWriter.WriteHeader(status) }

// Hijack lets the emulator break the connection.
func (l *listener) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(l.ResponseWriter).Hijack()
}

// exchange answers in dollars.
func exchange(server http.Handler, w http.ResponseWriter, r *http.Request) {
	r.Header.Del("Accept-Encoding")
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, r)
	w.WriteHeader(answer.Code)
	_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(`"EUR"`), []byte(`"USD"`)))
}

// journal is a machine's.
func (m *mall) journal(machine int) string {
	return filepath.Join(m.folder, fmt.Sprintf("orders-%d.jsonl", machine))
}

func (m *mall) paid() (n int) {
	for _, o := range m.Orders() {
		if o.Paid {
			n++
		}
	}
	return n
}

// visit opens the account and its journal as a command does, does something, and may be killed meanwhile: from then on
// neither the journal nor the network takes anything.
func (m *mall) visit(s step, do func(context.Context, *order.Shop) error) error {
	client, err := api.New(api.Config{
		Endpoint: m.address, Dial: m.network.dial,
		Key: &api.Key{ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey},
	})
	if err != nil {
		return err
	}
	defer client.Close()
	journal, err := order.OpenJournal(m.journal(s.machine), true)
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var once sync.Once
	leave := func() {
		once.Do(func() {
			cancel()
			_ = journal.Close()
			client.Close()
		})
	}
	defer leave()
	m.mu.Lock()
	m.requests, m.step, m.kill = 0, s, leave
	m.mu.Unlock()
	shop := &order.Shop{Client: client, Journal: journal, Account: "ab12345-ovh", Subsidiary: "FR", AnswerWithin: 5 * time.Minute}
	for {
		err := shop.Reconcile(ctx)
		unknown, ok := errors.AsType[*order.UnknownOutcomeError](err)
		if err == nil {
			return do(ctx, shop)
		}
		if !ok || unknown.After > 0 || unknown.Cart == "" {
			return err
		}
		// The account does not tell: a person looks, and says.
		m.mu.Lock()
		number := m.orders[unknown.Cart]
		m.mu.Unlock()
		if err := shop.Declare(ctx, unknown.Cart, number); err != nil {
			return err
		}
	}
}

func (s spree) run(t *testing.T, folder string, happened *tally) {
	network := newNetwork()
	var like emulator.Like
	if s.like != "" {
		var err error
		if like, err = emulator.ParseLike(s.like); err != nil {
			t.Fatal(err)
		}
	}
	m := &mall{
		Server: emulator.New(emulator.Options{OnlyRegistered: true, Faults: s.faults, Like: like, ClockOffset: s.ahead}), t: t, network: network, folder: folder, race: s.race,
		done: map[string]int{}, orders: map[string]int64{},
	}
	m.address = "http://" + network.Addr().String() + "/1.0"
	server := &http.Server{Handler: m}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(network) })
	defer func() { server.Close(); serving.Wait() }()

	var quotes []*order.Quote
	machines := map[int]bool{}
	for _, step := range s.steps {
		err := m.visit(step, func(ctx context.Context, shop *order.Shop) error {
			switch placed := shop.Journal.Placed(); {
			case step.what == "quote":
				quote, err := m.quote(ctx, shop, step.domains)
				if err == nil {
					quotes = append(quotes, quote)
				}
				return err
			case step.what == "buy" && len(quotes) > 0:
				machines[step.machine] = true
				quote := step.edited(quotes[step.which%len(quotes)])
				_, err := shop.Buy(ctx, quote, order.Limits{Premium: true}, func(*cart.Bill) error { return nil })
				if step.edit != "" && err == nil {
					t.Errorf("a quote whose %s was edited is ordered", step.edit)
				}
				return err
			case step.what == "pay" && len(placed) > 0:
				_, err := shop.Pay(ctx, placed[step.which%len(placed)].Order, order.Means{Method: 7654321}, "")
				return err
			}
			return nil
		})
		if err != nil {
			t.Logf("%s: %v", step.what, err)
		}
		time.Sleep(step.then)
	}
	s.judge(t, m)
	happened.Sprees++
	if len(m.Orders()) > 0 {
		happened.Ordered++
		if m.lost {
			happened.Lost++
		}
		if len(machines) > 1 {
			happened.Between++
		}
	}
}

// edited is a quote after somebody was at its file.
func (s step) edited(quote *order.Quote) *order.Quote {
	q := *quote
	q.Lines = slices.Clone(quote.Lines)
	switch s.edit {
	case "total":
		q.WithTax = "1.00"
	case "price":
		q.Lines[0].Price = "1.00"
	case "domain":
		q.Lines[0].Domain = "other.fr"
	case "item":
		q.Lines[0].Item++
	case "less":
		q.Lines[0].Status = "premium"
	case "currency":
		q.Currency = "USD"
	}
	return &q
}

// quote puts domains into a cart at whatever they cost now.
func (m *mall) quote(ctx context.Context, shop *order.Shop, domains []string) (*order.Quote, error) {
	opened, err := shop.Open(ctx, "test")
	if err != nil {
		return nil, err
	}
	basket, _, err := opened.Basket(ctx)
	if err != nil {
		return nil, err
	}
	var picks []order.Pick
	for _, domain := range domains {
		_, extension, _ := strings.Cut(domain, ".")
		picks = append(picks, order.Pick{
			Wanted: cart.Wanted{Domain: domain, Duration: "P1Y", PlanCode: extension, PricingMode: "create-default"}, Status: "available", MaxPrice: "1000",
		})
	}
	var answers order.Answers
	for label, value := range map[string]string{"OWNER_CONTACT": "11235813", "OWNER_LEGAL_AGE": "true", "ACCEPT_CONDITIONS": "true", "REASON": "private"} {
		if err := answers.Set(label, value); err != nil {
			return nil, err
		}
	}
	quote, err := shop.Prepare(ctx, basket, picks, &answers, nil)
	if err == nil {
		err = shop.Seal(ctx, quote)
	}
	return quote, err
}

// judge holds what the server has taken against what the journal says, once all that was unknown is known.
func (s spree) judge(t *testing.T, m *mall) {
	m.serving.Wait()
	var placed []order.Placed
	for machine := range 2 {
		settled := false
		for range 50 {
			err := m.visit(step{machine: machine}, func(_ context.Context, shop *order.Shop) error {
				placed = append(placed, shop.Journal.Placed()...)
				return nil
			})
			if settled = err == nil; settled {
				break
			}
			time.Sleep(10 * time.Minute)
		}
		if !settled {
			t.Error("what became of the orders is never known")
		}
	}
	// What was removed with its journal, nobody can explain; it must not be ordered twice all the same.
	removed := slices.ContainsFunc(s.steps, func(s step) bool { return s.removes > 0 })
	orders := m.Orders()
	in := map[string]int64{}
	for _, o := range orders {
		for _, domain := range o.Domains {
			if in[domain] != 0 {
				t.Errorf("%s is in the orders %d and %d", domain, in[domain], o.ID)
			}
			in[domain] = o.ID
		}
		at := slices.IndexFunc(placed, func(p order.Placed) bool { return p.Order == o.ID })
		if at < 0 {
			if !removed {
				t.Errorf("order %d of %v is not in the journal", o.ID, o.Domains)
			}
			continue
		}
		p := placed[at]
		if !slices.Equal(slices.Sorted(slices.Values(p.Domains)), slices.Sorted(slices.Values(o.Domains))) {
			t.Errorf("order %d holds %v, and the journal says %v", o.ID, o.Domains, p.Domains)
		}
		if total := fmt.Sprintf("%d.%02d", o.Cents/100, o.Cents%100); total != p.Total {
			t.Errorf("order %d costs %s, and the journal says %s", o.ID, total, p.Total)
		}
		if dearer := cents(p.Confirmed) < o.Cents; dearer && (!s.raced() || o.Paid) {
			t.Errorf("order %d costs %d cents, and %s was confirmed; paid: %v", o.ID, o.Cents, p.Confirmed, o.Paid)
		}
	}
	// Of two machines that bought one quote, both know its order.
	slices.SortFunc(placed, func(a, b order.Placed) int { return int(a.Order - b.Order) })
	placed = slices.CompactFunc(placed, func(a, b order.Placed) bool { return a.Order == b.Order })
	if len(placed) != len(orders) && !removed {
		t.Errorf("the journal knows %d orders, and there are %d", len(placed), len(orders))
	}
	if t.Failed() {
		t.Logf("%+v", s)
	}
}

// raced says whether a price could move between the last look at the bill and the order. Nobody can help that an order is
// then dearer; it is not paid.
func (s spree) raced() bool {
	return s.race || slices.ContainsFunc(s.steps, func(s step) bool { return s.when == "late" })
}

func cents(amount string) (n int64) {
	whole, part, _ := strings.Cut(amount, ".")
	if _, err := fmt.Sscan(whole+part, &n); err != nil {
		return -1
	}
	return n
}
