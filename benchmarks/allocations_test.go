package main

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"net"
	"runtime"
	"testing"

	"github.com/ovh/go-ovh/ovh"

	"tldsweep/api"
	"tldsweep/cart"
	"tldsweep/report"
	"tldsweep/scanner"
)

// canned is what the server below says, prepared.
var canned = struct{ cart, clock, offers []byte }{
	response(`{"cartId":"3f0d2c1e-5b7a-4e0f-9a64-0d9f1c2b7e55","description":"","expire":"2126-11-24T09:15:42+00:00","items":[],"readOnly":false}`),
	response(`1790000000`),
	response(offerBody()),
}

func response(body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nX-Ovh-Queryid: EU.ext-1.6b04c428.2.000000000000000018eace851bd8d06f\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// offerBody is one offer in today's shape, of 1.9 kB.
func offerBody() string {
	var b bytes.Buffer
	b.WriteString(`[{"action":"create","configurations":[],"currentNameservers":null,"deliveryTime":"","duration":["P1Y","P2Y","P3Y","P4Y","P5Y","P6Y","P7Y","P8Y","P9Y","P10Y"],` +
		`"isTransferLocked":null,"offer":null,"offerId":"fr-create","orderable":true,"phase":"ga","prices":[`)
	for i, p := range []struct{ label, value string }{{"PRICE", "7.99"}, {"RENEW", "8.99"}, {"DISCOUNT", "2"}, {"FEE", "0"}, {"TOTAL", "5.99"}} {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"label":%q,"price":{"currencyCode":"EUR","priceInUcents":799000000,"text":"%s €","value":%s},"promotions":[`+
			`{"bundleWithPlanCodes":[],"condition":null,"endDate":null,"name":"welcome","price":{"currencyCode":"EUR","priceInUcents":null,"text":"2.00 €","value":2},"startDate":"2026-01-01T00:00:00+01:00","tags":null,"type":"fixed_amount"}]}`,
			p.label, p.value, p.value)
	}
	b.WriteString(`],"pricingMode":"create-default","productId":"domain","quantityMax":1,"recommendedDuration":"P1Y"}]`)
	return b.String()
}

// startCanned serves HTTP/1.1 on loopback without allocating, so that what is counted is the client's alone.
func startCanned(t testing.TB) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveCanned(conn)
		}
	}()
	return "http://" + listener.Addr().String() + "/1.0"
}

func serveCanned(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 64<<10)
	filled := 0
	for {
		n, err := conn.Read(buffer[filled:])
		if err != nil {
			return
		}
		filled += n
		head := bytes.Index(buffer[:filled], []byte("\r\n\r\n"))
		if head < 0 || buffer[0] == 'P' && !bytes.HasSuffix(buffer[:filled], []byte("}")) {
			continue
		}
		answer := canned.offers
		switch {
		case buffer[0] == 'P':
			answer = canned.cart
		case bytes.Contains(buffer[:head], []byte("/auth/time")):
			answer = canned.clock
		}
		filled = 0
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

const (
	key      = "7kbG7Bk7S9Nt7ZSV"
	secret   = "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF"
	consumer = "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1"
)

// pipeline is the whole way of n queries: lookup, verdict, CSV row.
func pipeline(t testing.TB, address string, workers int) func(n int) {
	client, err := api.New(api.Config{Endpoint: address, Workers: workers, Key: &api.Key{ApplicationKey: key, ApplicationSecret: secret, ConsumerKey: consumer}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	basket, err := cart.Open(t.Context(), client, cart.Options{Subsidiary: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) {
		var seen scanner.Seen
		defer seen.Close()
		lines := func(yield func(string, error) bool) {
			for i := range n {
				if !yield(fmt.Sprintf("name%d", i), nil) {
					return
				}
			}
		}
		queries := scanner.Queries(iter.Seq2[string, error](lines), []string{"fr"}, nil, &seen)
		writer, err := report.New("csv", io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		for result, err := range scanner.Scan(t.Context(), queries, scanner.Check(nil), scanner.Lookup(basket, workers)) {
			if err != nil || result.Status != scanner.Available {
				t.Fatalf("%+v %v", result, err)
			}
			if err := writer.Write(result); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// loop is what people write first: go-ovh's Get, one after the other, into what they need.
func loop(t testing.TB, address string) func(n int) {
	client, err := ovh.NewClient(address, key, secret, consumer)
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) {
		for i := range n {
			var offers []struct {
				Action    string
				Orderable bool
				Prices    []struct {
					Label string
					Price struct{ Text string }
				}
			}
			if err := client.Get(fmt.Sprintf("/order/cart/x/domain?domain=name%d.fr", i), &offers); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// allocations per query, once everything is warm.
func allocations(n int, run func(n int)) float64 {
	run(100)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run(n)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}

// The one figure that does not drift with the machine: the whole pipeline allocates less than a bare go-ovh loop.
func TestAllocationsPerQuery(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too; run go test ./benchmarks")
	}
	address := startCanned(t)
	bare := allocations(2000, loop(t, address))
	whole := allocations(2000, pipeline(t, address, 8))
	t.Logf("%.1f allocations per query in the whole pipeline, %.1f in a bare go-ovh loop, on an answer of %d bytes", whole, bare, len(offerBody()))
	if whole > 110 || whole > bare {
		t.Errorf("%.1f allocations per query, want at most 110 and at most the %.1f of a bare go-ovh loop", whole, bare)
	}
}

func BenchmarkPipeline(b *testing.B) {
	run := pipeline(b, startCanned(b), 8)
	run(100)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
}

func BenchmarkBareLoop(b *testing.B) {
	run := loop(b, startCanned(b))
	run(100)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
}
