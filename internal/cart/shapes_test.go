package cart_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/scanner"
)

// lookUp is what a domain's row says where a server answers the lookup with body.
func lookUp(t *testing.T, body []byte) scanner.Answer {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /1.0/auth/time", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, 1790000000) })
	mux.HandleFunc("POST /1.0/order/cart", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"cartId":"c"}`) })
	mux.HandleFunc("GET /1.0/order/cart/c/domain", func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client, err := api.New(api.Config{Endpoint: server.URL + "/1.0", Key: &api.Key{ApplicationKey: "a", ApplicationSecret: "s", ConsumerKey: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	basket, err := cart.Open(t.Context(), client, cart.Options{Subsidiary: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	queries := func(yield func(scanner.Query, error) bool) {
		yield(scanner.Query{Name: scanner.ParseName("rocket"), Extension: "fr"}, nil)
	}
	var answers []scanner.Answer
	for result, err := range scanner.Scan(t.Context(), queries, cart.Lookup(basket, 1)) {
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, result.Answer)
	}
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	return answers[0]
}

// Every shape of an answer that is on record or described, whole, over the wire.
func TestShapesOfLookups(t *testing.T) {
	years := scanner.Durations{"P1Y", "P2Y"}
	want := map[string]scanner.Answer{
		"lookup-double-noise.json": {
			Status: scanner.Available, Currency: "EUR", Price: "19.98", Renewal: "24.50", Regular: "21.99", Discount: "2.01", Fee: "0.00",
			Duration: "P1Y", Durations: years, PricingMode: "create-default", Phase: "ga", OfferID: "fr-create",
		},
		"lookup-old-transfer-without-action.json": {Status: scanner.Taken, Reason: scanner.TransferOnly},
		"lookup-recommended-2y.json": {
			Status: scanner.Available, Currency: "EUR", Price: "4.99", Renewal: "6.99", Regular: "6.99", Discount: "2.00", Fee: "0.00",
			Duration: "P1Y", Durations: years, PricingMode: "create-default", Phase: "ga", OfferID: "fr-create",
		},
		"lookup-sunrise.json": {
			Status: scanner.Restricted, Reason: scanner.Sunrise, Currency: "EUR", Price: "320.00", Renewal: "20.00", Regular: "120.00", Discount: "0.00", Fee: "200.00",
			Duration: "P1Y", Durations: years, PricingMode: "create-default", Phase: "sunrise", OfferID: "fr-create",
		},
	}
	files, err := filepath.Glob("testdata/lookup-*.json")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%v, %v, want %d", files, err, len(want))
	}
	said := cmpopts.IgnoreFields(scanner.Answer{}, "Attempts", "Latency", "CheckedAt", "Source")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[filepath.Base(file)], lookUp(t, body), said); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What an offer may lack, and what of it is not known.
func TestShapesOnTheEdge(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     scanner.Status
		reason     scanner.Reason
		durations  scanner.Durations
		err        string
	}{
		{"no durations", `[{"action":"create","orderable":true,"duration":[],"prices":[{"label":"TOTAL","price":{"currencyCode":"EUR","value":5}}]}]`, scanner.Available, "", nil, ""},
		{"null for all that may be null", `[{"action":"create","orderable":true,"duration":null,"offer":null,"offerId":null,"prices":null,"recommendedDuration":null}]`, scanner.Available, scanner.NoPrice, nil, ""},
		{"an unknown action", `[{"action":"lease","orderable":true,"duration":["P1Y"]}]`, scanner.Failed, scanner.Decode, nil, `OVHcloud offers an action that is not known here: "lease"`},
		{"an unknown action beside a known one", `[{"action":"lease","orderable":true},{"action":"create","orderable":true,"duration":["P2Y"]}]`, scanner.Available, scanner.NoPrice, scanner.Durations{"P2Y"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := lookUp(t, []byte(c.body))
			if answer.Status != c.status || answer.Reason != c.reason || !slices.Equal(answer.Durations, c.durations) {
				t.Errorf("%+v", answer)
			}
			if c.err != "" && (answer.Err == nil || answer.Err.Error() != c.err) {
				t.Errorf("%v, want %s", answer.Err, c.err)
			}
		})
	}
}
