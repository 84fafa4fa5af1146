package cart_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/scanner"
)

// shop is a server that opens numbered carts and answers lookups as a test wants.
type shop struct {
	*httptest.Server
	opened  atomic.Int32
	opening func(w http.ResponseWriter, n int32)
	itself  func(w http.ResponseWriter, cart string)
	lookup  func(w http.ResponseWriter, cart, domain string)
	seen    func(*http.Request) // of lookups; nil: nobody looks
}

func newShop(t *testing.T) *shop {
	s := &shop{opening: func(w http.ResponseWriter, n int32) {
		fmt.Fprintf(w, `{"cartId":"cart-%d","description":"","expire":%q,"items":[],"readOnly":false}`, n, time.Now().Add(24*time.Hour).Format(time.RFC3339))
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /1.0/auth/time", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, time.Now().Unix()) })
	mux.HandleFunc("POST /1.0/order/cart", func(w http.ResponseWriter, r *http.Request) { s.opening(w, s.opened.Add(1)) })
	s.itself = func(w http.ResponseWriter, _ string) { gone(w) }
	mux.HandleFunc("GET /1.0/order/cart/{id}", func(w http.ResponseWriter, r *http.Request) { s.itself(w, r.PathValue("id")) })
	mux.HandleFunc("GET /1.0/order/cart/{id}/domain", func(w http.ResponseWriter, r *http.Request) {
		if s.seen != nil {
			s.seen(r)
		}
		s.lookup(w, r.PathValue("id"), r.URL.Query().Get("domain"))
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *shop) open(t *testing.T) *cart.Cart {
	t.Helper()
	client, err := api.New(api.Config{Endpoint: s.URL + "/1.0", Workers: 64, Key: &api.Key{ApplicationKey: "a", ApplicationSecret: "s", ConsumerKey: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	c, err := cart.Open(t.Context(), client, cart.Options{Subsidiary: "FR", Description: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func gone(w http.ResponseWriter) {
	w.WriteHeader(404)
	io.WriteString(w, `{"class":"Client::NotFound","message":"The requested object (cartId = x) does not exist"}`)
}

func TestLookupReadsBothGenerations(t *testing.T) {
	today := `[{"action":"create","configurations":[],"currentNameservers":null,"deliveryTime":"","duration":["P1Y","P2Y"],
	 "isTransferLocked":null,"offer":null,"offerId":"fr-create","orderable":true,"phase":"ga","fromTheFuture":{"x":[1]},
	 "prices":[
	  {"label":"PRICE","price":{"currencyCode":"EUR","priceInUcents":799000000,"text":"7.99 €","value":7.99},"promotions":null},
	  {"label":"RENEW","price":{"currencyCode":"EUR","priceInUcents":899000000,"text":"8.99 €","value":8.99},"promotions":[{"name":"x"}]},
	  {"label":"DISCOUNT","price":{"currencyCode":"EUR","priceInUcents":200000000,"text":"2.00 €","value":2},"promotions":null},
	  {"label":"FEE","price":{"currencyCode":"EUR","priceInUcents":0,"text":"0.00 €","value":0},"promotions":null},
	  {"label":"BONUS","price":{"currencyCode":"EUR","value":1}},
	  {"label":"TOTAL","price":{"currencyCode":"EUR","priceInUcents":599000000,"text":"5.99 €","value":5.99},"promotions":null}],
	 "pricingMode":"create-default","productId":"domain","quantityMax":1,"recommendedDuration":"P2Y"}]`
	old := `[{"deliveryTime":"","offerId":"0f3a","orderable":true,"productId":"domain","duration":["P1Y"],"configurations":[],"phase":"normal","quantityMax":1,
	 "prices":[{"price":{"currencyCode":"EUR","text":"3.49 €","value":3.49},"label":"PRICE"},
	  {"price":{"currencyCode":"EUR","text":"-1.50 €","value":-1.5},"label":"DISCOUNT"},
	  {"price":{"currencyCode":"EUR","text":"0.00 €","value":0},"label":"FEE"},
	  {"price":{"currencyCode":"EUR","text":"3.49 €","value":3.49},"label":"RENEW"},
	  {"price":{"currencyCode":"EUR","text":"1.99 €","value":1.99},"label":"TOTAL"}]}]`
	for _, c := range []struct {
		name, body string
		want       []cart.Offer
	}{
		{"today's", today, []cart.Offer{{Action: "create", Orderable: true, PricingMode: "create-default", Phase: "ga", OfferID: "fr-create", Durations: scanner.Durations{"P1Y", "P2Y"}, Duration: "P1Y",
			Prices: cart.Prices{Currency: "EUR", Total: "5.99", Renewal: "8.99", Regular: "7.99", Discount: "2.00", Fee: "0.00"}}}},
		{"2016's", old, []cart.Offer{{Orderable: true, Phase: "normal", OfferID: "0f3a", Durations: scanner.Durations{"P1Y"}, Duration: "P1Y",
			Prices: cart.Prices{Currency: "EUR", Total: "1.99", Renewal: "3.49", Regular: "3.49", Discount: "1.50", Fee: "0.00"}}}},
		{"no offer", `[]`, nil},
		{"an offer without prices", `[{"action":"create","orderable":false,"prices":null,"duration":null,"offerId":null,"pricingMode":null}]`, []cart.Offer{{Action: "create"}}},
		{"only hundred-millionths", `[{"orderable":true,"prices":[{"label":"TOTAL","price":{"currencyCode":"EUR","priceInUcents":1234567890}}]}]`,
			[]cart.Offer{{Orderable: true, Prices: cart.Prices{Currency: "EUR", Total: "12.3456789"}}}},
		{"more digits than a float has", `[{"orderable":true,"prices":[{"label":"TOTAL","price":{"currencyCode":"EUR","value":123456789012345.67}}]}]`,
			[]cart.Offer{{Orderable: true, Prices: cart.Prices{Currency: "EUR", Total: "123456789012345.67"}}}},
		{"several offers", `[{"action":"transfer","orderable":true},{"action":"create","orderable":true},{"action":"trade","orderable":false}]`,
			[]cart.Offer{{Action: "transfer", Orderable: true}, {Action: "create", Orderable: true}, {Action: "trade"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.lookup = func(w http.ResponseWriter, _, domain string) {
				if domain != "xn--caf-dma.fr" {
					t.Errorf("asked for %q", domain)
				}
				io.WriteString(w, c.body)
			}
			found, err := s.open(t).Lookup(t.Context(), "xn--caf-dma.fr")
			if err != nil || found.Attempts != 1 {
				t.Fatalf("%+v, %v", found, err)
			}
			if diff := cmp.Diff(c.want, found.Offers); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNotAListOfOffersIsNoAnswer(t *testing.T) {
	for _, body := range []string{`null`, `{}`, `{"offers":[]}`, `""`, `0`, `[{}]`, `[null]`, `[[]]`, `["x"]`, `[{"orderable":"yes"}]`,
		`[{"orderable":true,"orderable":false}]`, `[{"orderable":true,"prices":{}}]`, `[{"orderable":true,"duration":"P1Y"}]`, `[{"orderable":true}] []`,
		`[{"orderable":true,"prices":[{"label":"TOTAL","price":{"value":"many"}}]}]`,
		`[{"orderable":true,"prices":[{"label":"TOTAL","price":{"value":99999999999999999999999}}]}]`} {
		t.Run(body, func(t *testing.T) {
			var offers cart.WireOffers
			if err := offers.UnmarshalJSON([]byte(body)); err == nil {
				t.Errorf("%s was taken for an answer", body)
			}
		})
	}
	// What is said of it stands in reports, and so is the same in every run.
	for body, want := range map[string]string{
		`null`:                       "not a list of offers",
		`[{"orderable":false},{}]`:   "at /1/orderable: an offer that does not say whether it can be ordered",
		`[[]]`:                       "at /0: an unexpected list",
		`[{"orderable":"yes"}]`:      "at /0/orderable: an unexpected string",
		`[{"orderable":tr`:           "not JSON at byte 16 of 16",
		`[{"duration":"P1Y"}]`:       "at /0/duration: not a list",
		`[{"duration":["P1Y",7]}]`:   "at /0/duration/1: not a string",
		`[{"prices":[{"price":5}]}]`: "at /0/prices/0/price: an unexpected number",
		`[{"prices":[{"label":7}]}]`: "at /0/prices/0/label: not a string",
		`[{"prices":[{"label":"FEE","price":{"value":"x"}}]}]`: "at /0/prices/0: FEE: value: an amount that cannot be read: parsing decimal: invalid decimal: unexpected character 'x'",
	} {
		var offers cart.WireOffers
		if err := offers.UnmarshalJSON([]byte(body)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	s := newShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.lookup = func(w http.ResponseWriter, _, _ string) { io.WriteString(w, `null`); cancel() }
	if found, err := s.open(t).Lookup(ctx, "a.fr"); err == nil {
		t.Errorf("null was taken for %+v", found)
	}
}

func TestALostCartIsReopenedOnceForAllWorkers(t *testing.T) {
	s := newShop(t)
	var lost sync.WaitGroup
	lost.Add(64)
	s.lookup = func(w http.ResponseWriter, id, domain string) {
		if id == "cart-1" && domain == "a.fr" {
			lost.Done()
			lost.Wait() // every worker has asked with the first cart before any hears that it is gone
			gone(w)
			return
		}
		io.WriteString(w, `[]`)
	}
	c := s.open(t)
	if _, err := c.Lookup(t.Context(), "first.fr"); err != nil { // which goes ahead of all others
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			if found, err := c.Lookup(t.Context(), "a.fr"); err != nil || found.Attempts != 2 {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
	group.Wait()
	if n := s.opened.Load(); n != 2 {
		t.Errorf("%d carts were opened, want 2", n)
	}
}

func TestADyingCartIsReplacedBeforeItIsUsed(t *testing.T) {
	s := newShop(t)
	s.opening = func(w http.ResponseWriter, n int32) {
		fmt.Fprintf(w, `{"cartId":"cart-%d","expire":%q}`, n, time.Now().Add(time.Duration(n)*4*time.Minute).Format(time.RFC3339))
	}
	s.lookup = func(w http.ResponseWriter, id, _ string) {
		if id == "cart-1" {
			t.Error("asked with a cart that is about to expire")
		}
		io.WriteString(w, `[]`)
	}
	c := s.open(t)
	for range 3 {
		if _, err := c.Lookup(t.Context(), "a.fr"); err != nil {
			t.Error(err)
		}
	}
	if n := s.opened.Load(); n != 2 {
		t.Errorf("%d carts were opened, want 2", n)
	}
}

// Carts that are lost now and then, with answers in between, stop nothing, however many workers lose them.
func TestCartsThatAreLostNowAndThen(t *testing.T) {
	s := newShop(t)
	var asked atomic.Int32
	s.lookup = func(w http.ResponseWriter, id, _ string) {
		if id != fmt.Sprintf("cart-%d", s.opened.Load()) || asked.Add(1)%4 == 0 {
			gone(w)
			return
		}
		io.WriteString(w, "[]")
	}
	c := s.open(t)
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			for range 20 {
				// What meets two lost carts in a row is an error of its row; the run goes on.
				_, err := c.Lookup(t.Context(), "rocket.fr")
				if _, stopped := errors.AsType[*api.StopError](err); stopped {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestAServerThatLosesEveryCartStopsTheRun(t *testing.T) {
	s := newShop(t)
	s.lookup = func(w http.ResponseWriter, _, _ string) { gone(w) }
	c := s.open(t)
	for range 20 {
		_, err := c.Lookup(t.Context(), "a.fr")
		if _, stop := errors.AsType[*api.StopError](err); stop {
			if n := s.opened.Load(); n > 7 {
				t.Errorf("%d carts were opened", n)
			}
			return
		}
		if _, ok := errors.AsType[*api.RowError](err); !ok {
			t.Fatalf("got %v", err)
		}
	}
	t.Error("the run was not stopped")
}

func TestARefusedCheckIsAVerdict(t *testing.T) {
	for _, c := range []struct {
		status      int
		message     string
		unsupported bool
	}{
		{400, "Some parameters are invalid in the request: Check failed. TLD is not supported", true},
		{400, "Extension not managed", true},
		{404, "Extension not managed", true},
		{422, "extension not managed.", true},
		{400, "Some parameters are invalid in the request: Check failed.", true},
		{400, "The registry is under maintenance: Check failed. Try later", false},
		{400, "Extension not managed by this reseller account yet", false},
		{401, "Extension not managed", false},
		{403, "Some parameters are invalid in the request: Check failed.", false},
		{400, "Parameter domain isn't formatted correctly", false},
	} {
		s := newShop(t)
		s.lookup = func(w http.ResponseWriter, _, _ string) {
			w.WriteHeader(c.status)
			fmt.Fprintf(w, `{"class":"Client::BadRequest","message":%q}`, c.message)
		}
		_, err := s.open(t).Lookup(t.Context(), "a.zz")
		if errors.Is(err, cart.ErrUnsupported) != c.unsupported || err == nil {
			t.Errorf("%d %s: %v", c.status, c.message, err)
		}
		if n := s.opened.Load(); n != 1 {
			t.Errorf("%s: %d carts", c.message, n)
		}
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	s := newShop(t)
	s.opening = func(w http.ResponseWriter, _ int32) { io.WriteString(w, `{}`) }
	client, err := api.New(api.Config{Endpoint: s.URL + "/1.0", Key: &api.Key{ApplicationKey: "a", ApplicationSecret: "s", ConsumerKey: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := cart.Open(t.Context(), client, cart.Options{Subsidiary: "FR"}); err == nil || !strings.Contains(err.Error(), "names no cart") {
		t.Errorf("got %v", err)
	}
}

// What is refused to the first lookup is refused to all: it costs one request, not one of each worker.
func TestARefusalCostsOneLookup(t *testing.T) {
	s := newShop(t)
	var asked atomic.Int32
	s.lookup = func(w http.ResponseWriter, _, _ string) {
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"class":"Client::Forbidden","message":"This call has not been granted"}`)
	}
	c := s.open(t)
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			_, err := c.Lookup(t.Context(), "rocket.fr")
			if _, ok := errors.AsType[*api.StopError](err); !ok {
				t.Errorf("%v, want the refusal", err)
			}
		})
	}
	group.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d lookups were refused", n)
	}
}

// Names that are not found one after the other are errors of their rows: the cart itself is asked for before it counts as lost.
func TestNamesThatAreNotFoundLoseNoCart(t *testing.T) {
	s := newShop(t)
	asked := 0
	s.itself = func(w http.ResponseWriter, id string) {
		asked++
		fmt.Fprintf(w, `{"cartId":%q}`, id)
	}
	s.lookup = func(w http.ResponseWriter, _, domain string) {
		if strings.HasPrefix(domain, "odd") {
			gone(w)
			return
		}
		io.WriteString(w, "[]")
	}
	c := s.open(t)
	for i := range 40 {
		found, err := c.Lookup(t.Context(), fmt.Sprintf("odd%d.fr", i))
		if _, ok := errors.AsType[*api.RowError](err); !ok || found.Attempts > 2 {
			t.Fatalf("odd%d.fr: %+v, %v", i, found, err)
		}
	}
	if n := s.opened.Load(); n > 6 || asked == 0 {
		t.Errorf("%d carts were opened, and the cart was asked for %d times", n, asked)
	}
	if _, err := c.Lookup(t.Context(), "rocket.fr"); err != nil {
		t.Errorf("the next name: %v", err)
	}
}

// A cart of which it cannot be found out whether it is there is not lost.
func TestACartThatCannotBeAskedForIsNotLost(t *testing.T) {
	s := newShop(t)
	s.itself = func(w http.ResponseWriter, _ string) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		io.WriteString(w, "<html>")
	}
	s.lookup = func(w http.ResponseWriter, _, domain string) { gone(w) }
	c := s.open(t)
	for i := range 10 {
		_, err := c.Lookup(t.Context(), "a.fr")
		if _, stopped := errors.AsType[*api.StopError](err); err == nil || stopped {
			t.Fatalf("lookup %d: %T %v", i, err, err)
		}
	}
}

// One name that is refused, or some here and there, are errors of their rows, whatever it is that OVHcloud says of them.
func TestOneNameDoesNotStopAList(t *testing.T) {
	for _, refusal := range []string{
		`{"class":"Client::Forbidden","message":"User not granted for this request"}`,
		`{"class":"Client::Forbidden","message":"This credential is not valid"}`,
	} {
		s := newShop(t)
		s.lookup = func(w http.ResponseWriter, _, domain string) {
			if strings.HasPrefix(domain, "odd") {
				w.WriteHeader(http.StatusForbidden)
				io.WriteString(w, refusal)
				return
			}
			io.WriteString(w, "[]")
		}
		c := s.open(t)
		if _, err := c.Lookup(t.Context(), "rocket.fr"); err != nil {
			t.Fatal(err)
		}
		for i := range 20 { // also so many in a row, since what was answered is answered still
			_, err := c.Lookup(t.Context(), fmt.Sprintf("odd%d.fr", i))
			if row, ok := errors.AsType[*api.RowError](err); !ok || row.Kind != api.Denied {
				t.Fatalf("odd%d.fr: %T %v", i, err, err)
			}
		}
		if _, err := c.Lookup(t.Context(), "moon.fr"); err != nil {
			t.Error(err)
		}
	}
}

// Rights that are lost in mid-run are noticed after some rows, by what was answered before, and cost no more.
func TestLostRightsStopTheRun(t *testing.T) {
	s := newShop(t)
	var refusing atomic.Bool
	var asked atomic.Int32
	s.lookup = func(w http.ResponseWriter, _, domain string) {
		if !refusing.Load() {
			io.WriteString(w, "[]")
			return
		}
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"class":"Client::Forbidden","message":"This credential is not valid"}`)
	}
	c := s.open(t)
	if _, err := c.Lookup(t.Context(), "rocket.fr"); err != nil {
		t.Fatal(err)
	}
	refusing.Store(true)
	rows := 0
	for i := range 10 {
		_, err := c.Lookup(t.Context(), fmt.Sprintf("n%d.fr", i))
		if _, stopped := errors.AsType[*api.StopError](err); stopped {
			break
		}
		rows++
	}
	if rows != 2 || asked.Load() != 4 {
		t.Errorf("%d rows and %d requests before the run is stopped", rows, asked.Load())
	}
}

// An answer that is about another extension is not this domain's: it is asked for once more, over a connection of its own.
func TestAStrayAnswerIsAskedForAgain(t *testing.T) {
	offer := func(id string) string { return fmt.Sprintf(`[{"action":"create","orderable":true,"offerId":%s}]`, id) }
	for _, c := range []struct {
		domain string
		bodies []string // one for each request; the last one goes on
		tries  int
		stray  bool
	}{
		{"x.fr", []string{offer(`"fr-create"`)}, 1, false},
		{"x.fr", []string{offer("null")}, 1, false},
		{"x.fr", []string{offer(`"0f3a9c77d1e84b25a6c0915be2f4d388"`)}, 1, false},
		{"x.fr", []string{offer(`"domain-create"`)}, 1, false},
		{"x.co.uk", []string{offer(`"co.uk-create"`)}, 1, false},
		{"x.co.uk", []string{offer(`"uk-create"`)}, 1, false},
		{"x.xn--p1ai", []string{offer(`"xn--p1ai-transfer"`)}, 1, false},
		{"x.fr", []string{offer(`"com-create"`), offer(`"fr-create"`)}, 2, false},
		{"x.fr", []string{offer(`"com-create"`)}, 2, true},
		{"x.uk", []string{offer(`"co.uk-create"`)}, 2, true},
		{"x.fr", []string{`[{"action":"transfer","orderable":true,"offerId":"fr-transfer"},{"action":"create","orderable":true,"offerId":"com-create"}]`}, 2, true},
	} {
		s := newShop(t)
		asked := 0
		connections := map[string]bool{}
		s.lookup = func(w http.ResponseWriter, _, _ string) {
			io.WriteString(w, c.bodies[min(asked, len(c.bodies)-1)])
			asked++
		}
		s.seen = func(r *http.Request) { connections[r.RemoteAddr] = true }
		found, err := s.open(t).Lookup(t.Context(), c.domain)
		row, stray := errors.AsType[*api.RowError](err)
		if asked != c.tries || found.Attempts != c.tries || len(connections) != c.tries || stray != c.stray || err != nil && !stray {
			t.Errorf("%s with %q: %d requests over %d connections, %+v, %v", c.domain, c.bodies, asked, len(connections), found, err)
		}
		if stray && (row.Kind != api.Decode || !strings.Contains(err.Error(), "another extension, co")) {
			t.Errorf("%v", err)
		}
	}
}

// A lookup's answer is bounded, since as many as there are workers are held at once.
func TestALookupsAnswerIsBounded(t *testing.T) {
	s := newShop(t)
	s.lookup = func(w http.ResponseWriter, _, _ string) {
		io.WriteString(w, "["+strings.Repeat(`{"orderable":false},`, 1<<15)+`{"orderable":false}]`)
	}
	_, err := s.open(t).Lookup(t.Context(), "rocket.fr")
	if row, ok := errors.AsType[*api.RowError](err); !ok || row.Kind != api.Decode || !strings.Contains(err.Error(), "an answer of more than 256 kB") {
		t.Errorf("%v", err)
	}
}
