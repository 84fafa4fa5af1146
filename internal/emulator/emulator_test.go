package emulator_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovh/go-ovh/ovh"
	"pgregory.net/rapid"

	"tldsweep/internal/emulator"
)

// start serves for the length of a test.
func start(t testing.TB, options emulator.Options) (*emulator.Server, string) {
	t.Helper()
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server, address
}

// login is what a request is signed with.
type login struct {
	application, secret, consumer string
	off                           time.Duration // of this machine's time
}

var good = login{emulator.DefaultApplicationKey, emulator.DefaultApplicationSecret, emulator.DefaultConsumerKey, 0}

// ask signs by the published rule, in this file's own words, and returns what comes back.
func ask(t testing.TB, by *login, method, address, body string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if by != nil {
		stamp := strconv.FormatInt(time.Now().Add(by.off).Unix(), 10)
		request.Header.Set("X-Ovh-Application", by.application)
		request.Header.Set("X-Ovh-Consumer", by.consumer)
		request.Header.Set("X-Ovh-Timestamp", stamp)
		text := strings.Join([]string{by.secret, by.consumer, method, address, body, stamp}, "+")
		request.Header.Set("X-Ovh-Signature", fmt.Sprintf("$1$%x", sha1.Sum([]byte(text))))
	}
	// On a connection that is used again, net/http would hide a reset by sending once more.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

// openCart opens a cart and returns the address of its lookups.
func openCart(t testing.TB, address string) string {
	t.Helper()
	status, body, err := ask(t, nil, "POST", address+"/order/cart", `{"ovhSubsidiary":"FR"}`)
	var cart struct{ CartID string }
	if err != nil || status != 200 || json.Unmarshal([]byte(body), &cart) != nil || cart.CartID == "" {
		t.Fatalf("POST /order/cart: %d %s %v", status, body, err)
	}
	return address + "/order/cart/" + cart.CartID + "/domain?domain="
}

func TestRefusals(t *testing.T) {
	rights := []emulator.Right{{Method: "GET", Path: "/order/cart/*"}, {Method: "GET", Path: "/me"}}
	_, address := start(t, emulator.Options{Rights: rights})
	cart := openCart(t, address)
	changed := func(change func(*login)) *login { l := good; change(&l); return &l }
	for _, test := range []struct {
		what           string
		by             *login
		method, target string
		body           string
		status         int
		message        string
	}{
		{"signed", &good, "GET", cart + "rocket.fr", "", 200, "["},
		{"no login", nil, "GET", cart + "rocket.fr", "", 401, "You must login first"},
		{"wrong secret", changed(func(l *login) { l.secret = "x" }), "GET", cart + "rocket.fr", "", 400, "Invalid signature"},
		{"slow clock", changed(func(l *login) { l.off = -time.Hour }), "GET", cart + "rocket.fr", "", 400, "Query out of time"},
		{"fast clock", changed(func(l *login) { l.off = time.Hour }), "GET", cart + "rocket.fr", "", 400, "Query out of time"},
		{"unknown application", changed(func(l *login) { l.application = "x" }), "GET", cart + "rocket.fr", "", 403, "This application key is invalid"},
		{"unknown consumer", changed(func(l *login) { l.consumer = "x" }), "GET", cart + "rocket.fr", "", 403, "This credential does not exist"},
		{"granted", &good, "GET", address + "/me", "", 200, "ovhSubsidiary"},
		{"not granted", &good, "GET", address + "/domain/extensions", "", 403, "This call has not been granted"},
		{"no cart", &good, "GET", address + "/order/cart/nowhere/domain?domain=rocket.fr", "", 404, "cartId = nowhere"},
		{"no domain", &good, "GET", cart, "", 400, "domain isn't formatted correctly"},
		{"bare label", &good, "GET", cart + "rocket", "", 400, "domain isn't formatted correctly"},
		{"subdomain", &good, "GET", cart + "www.rocket.fr", "", 400, "domain isn't formatted correctly"},
		{"space", &good, "GET", cart + "rock+et.fr", "", 400, "domain isn't formatted correctly"},
		{"unsold extension", &good, "GET", cart + "rocket.notsold", "", 400, "Check failed"},
		{"closed extension", &good, "GET", cart + "rocket.gov.uk", "", 400, "Check failed"},
		{"enum case", nil, "POST", address + "/order/cart", `{"ovhSubsidiary":"fr"}`, 400, "ovhSubsidiary isn't formated correctly"},
		{"no subsidiary", nil, "POST", address + "/order/cart", ``, 400, "ovhSubsidiary isn't formated correctly"},
		{"enum of a query", nil, "GET", address + "/domain/data/extension?country=fr", "", 400, "country isn't formatted correctly"},
		{"unknown fields", nil, "POST", address + "/order/cart", `{"ovhSubsidiary":"FR","b":1,"a":2}`, 400,
			"Received not described parameters: (a, b) while calling /order/cart"},
		{"type of a field", nil, "POST", address + "/order/cart", `{"ovhSubsidiary":1}`, 400, "isn't formated correctly"},
		{"no JSON", nil, "POST", address + "/order/cart", `{`, 400, "Invalid JSON received"},
		{"wrong date", nil, "POST", address + "/order/cart", `{"ovhSubsidiary":"FR","expire":"soon"}`, 400, "expire isn't formated correctly"},
		{"unknown route", &good, "GET", address + "/nowhere", "", 404, "Got an invalid (or empty) URL"},
		{"wrong method", &good, "PATCH", address + "/order/cart", "", 404, "Got an invalid (or empty) URL"},
	} {
		status, body, err := ask(t, test.by, test.method, test.target, test.body)
		if err != nil || status != test.status || !strings.Contains(body, test.message) {
			t.Errorf("%s: %d %s %v, want %d %s", test.what, status, body, err, test.status, test.message)
		}
		if !json.Valid([]byte(body)) {
			t.Errorf("%s: %s is not JSON", test.what, body)
		}
	}
}

func TestErrorBodiesOfBothGenerations(t *testing.T) {
	for _, test := range []struct {
		old  bool
		want string
	}{
		{false, `{"class":"Client::Unauthorized","message":"You must login first"}`},
		{true, `{"errorCode":"ERROR","httpCode":"401 Unauthorized","message":"You must login first"}`},
	} {
		_, address := start(t, emulator.Options{OldErrors: test.old})
		if _, body, _ := ask(t, nil, "GET", address+"/me", ""); body != test.want {
			t.Errorf("old %t: %s, want %s", test.old, body, test.want)
		}
	}
}

// What go-ovh signs is accepted, and what is answered is what the world holds.
func TestGoOVH(t *testing.T) {
	server, address := start(t, emulator.Options{})
	client, err := ovh.NewClient(address, emulator.DefaultApplicationKey, emulator.DefaultApplicationSecret, emulator.DefaultConsumerKey)
	if err != nil {
		t.Fatal(err)
	}
	var cart map[string]any
	if err := client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR", "description": "mine"}, &cart); err != nil {
		t.Fatal(err)
	}
	path := "/order/cart/" + cart["cartId"].(string)
	if err := client.Post(path+"/assign", nil, nil); err != nil {
		t.Error(err)
	}
	if err := client.Post(path+"/assign", nil, nil); !strings.Contains(fmt.Sprint(err), "409") {
		t.Errorf("assigned twice: %v", err)
	}
	var ids []string
	if err := client.Get("/order/cart?description=mine", &ids); err != nil || len(ids) != 1 || ids[0] != cart["cartId"] {
		t.Errorf("found by description: %v %v", ids, err)
	}
	seen := map[string]bool{}
	for i := range 500 {
		domain := fmt.Sprintf("rocket%d.fr", i)
		var offers []map[string]any
		if err := client.Get(path+"/domain?domain="+domain, &offers); err != nil {
			t.Fatal(err)
		}
		status := read(offers)
		if truth := server.Truth(domain); status != truth {
			t.Errorf("%s is %s and looks %s: %v", domain, truth, status, offers)
		}
		seen[status] = true
	}
	if len(seen) != 4 {
		t.Errorf("500 domains are of the kinds %v", seen)
	}
	if err := client.Delete(path, nil); err != nil {
		t.Error(err)
	}
	if err := client.Get(path, nil); !strings.Contains(fmt.Sprint(err), "does not exist") {
		t.Errorf("after DELETE: %v", err)
	}
}

// read is a reader's view of what an answer means, by the contract alone.
func read(offers []map[string]any) string {
	status := "taken"
	for _, offer := range offers {
		mode, _ := offer["pricingMode"].(string)
		switch {
		case offer["orderable"] != true:
		case strings.Contains(mode, "aftermarket"):
			status = "aftermarket"
		case offer["action"] == "create" && strings.Contains(mode, "premium"):
			status = "premium"
		case offer["action"] == "create":
			return "available"
		}
	}
	return status
}

func TestPricesAddUp(t *testing.T) {
	for _, old := range []bool{false, true} {
		server, address := start(t, emulator.Options{OldPrices: old, OnlyRegistered: true, AnonymousLookup: true})
		cart := openCart(t, address)
		for _, extension := range []string{"fr", "com", "co.uk", "academy", "zone"} {
			_, body, err := ask(t, nil, "GET", cart+"rocket."+extension, "")
			var offers []struct {
				Action *string
				Prices []struct {
					Label string
					Price struct {
						Value        json.Number
						CurrencyCode string
					}
				}
			}
			if err := errors.Join(err, json.Unmarshal([]byte(body), &offers)); err != nil {
				t.Fatal(err)
			}
			for _, offer := range offers {
				if old != (offer.Action == nil) {
					t.Errorf("old %t: action %v", old, offer.Action)
				}
				cents := map[string]int64{}
				for _, price := range offer.Prices {
					value, _ := price.Price.Value.Float64()
					cents[price.Label] = int64(value*100 + 0.5*sign(value))
				}
				if discount := cents["DISCOUNT"]; old == (discount > 0) && discount != 0 {
					t.Errorf("old %t: discount %d", old, discount)
				}
				if total := cents["PRICE"] - abs(cents["DISCOUNT"]) + cents["FEE"]; total != cents["TOTAL"] {
					t.Errorf("%s: %v", extension, cents)
				}
			}
			if want := strings.TrimSuffix(strings.TrimSuffix(server.Price(extension), "0"), ".0"); !strings.Contains(body, `"value":`+want) {
				t.Errorf("%s: %s has no %s", extension, body, want)
			}
		}
	}
}

func abs(n int64) int64 { return max(n, -n) }

func sign(f float64) float64 {
	if f < 0 {
		return -1
	}
	return 1
}

func TestSameQuestionSameAnswer(t *testing.T) {
	options := emulator.Options{Seed: 7, AnonymousLookup: true}
	_, one := start(t, options)
	_, other := start(t, options)
	carts := [2]string{openCart(t, one), openCart(t, other)}
	rapid.Check(t, func(t2 *rapid.T) {
		domain := rapid.StringMatching(`[a-z]{1,6}[0-9]?\.(fr|com|co\.uk|gov\.uk|shop)`).Draw(t2, "domain")
		var bodies [2]string
		for i, cart := range carts {
			_, bodies[i], _ = ask(t, nil, "GET", cart+domain, "")
		}
		if bodies[0] != bodies[1] || bodies[0] == "" {
			t2.Fatalf("%s: %q and %q", domain, bodies[0], bodies[1])
		}
	})
}

func TestRegistered(t *testing.T) {
	server := emulator.New(emulator.Options{Registered: []string{"rocket.fr"}, OnlyRegistered: true})
	defer server.Close()
	if a, b := server.Truth("rocket.fr"), server.Truth("rocket.com"); a != "taken" || b != "available" {
		t.Errorf("%s, %s", a, b)
	}
}

func TestCartsExpire(t *testing.T) {
	_, address := start(t, emulator.Options{AnonymousLookup: true, CartLife: time.Nanosecond})
	if status, body, _ := ask(t, nil, "GET", openCart(t, address)+"rocket.fr", ""); status != 404 {
		t.Errorf("%d %s", status, body)
	}
	// What a client asks for counts more.
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	_, body, _ := ask(t, nil, "POST", address+"/order/cart", `{"ovhSubsidiary":"FR","expire":"`+later+`"}`)
	var cart struct{ CartID, Expire string }
	if err := json.Unmarshal([]byte(body), &cart); err != nil || !strings.HasPrefix(cart.Expire, later[:19]) {
		t.Fatalf("%s %v", body, err)
	}
	if status, body, _ := ask(t, nil, "GET", address+"/order/cart/"+cart.CartID+"/domain?domain=rocket.fr", ""); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

func TestHTTP2AndCompression(t *testing.T) {
	server := emulator.New(emulator.Options{})
	address, pool, err := server.StartTLS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig.RootCAs = pool
	transport.DisableCompression = true
	request, _ := http.NewRequest("GET", address+"/domain/data/extension", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 || response.Header.Get("Content-Encoding") != "gzip" || response.Header.Get("X-Ovh-Queryid") == "" {
		t.Errorf("%s %v", response.Proto, response.Header)
	}
}

// Nothing that is sent makes it panic or answer with what is not JSON.
func FuzzRequests(f *testing.F) {
	f.Add("POST", "/order/cart", `{"ovhSubsidiary":"FR"}`)
	f.Add("GET", "/order/cart/x/domain?domain=%ff", "")
	f.Add("GET", "/domain/extensions/../x", "{")
	server := emulator.New(emulator.Options{AnonymousLookup: true})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		address, err := url.Parse("http://127.0.0.1/1.0" + target)
		if err != nil {
			return
		}
		request, err := http.NewRequest(method, address.String(), strings.NewReader(body))
		if err != nil {
			return
		}
		request.RequestURI = address.RequestURI()
		answer := &recorder{header: http.Header{}}
		server.ServeHTTP(answer, request)
		if answer.status/100 != 3 && !json.Valid(answer.body.Bytes()) {
			t.Errorf("%s %s: %d %s", method, target, answer.status, answer.body.Bytes())
		}
	})
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
