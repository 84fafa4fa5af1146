package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/ovh/go-ovh/ovh"
	"golang.org/x/sync/errgroup"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
	"tldsweep/internal/history"
	"tldsweep/report"
	"tldsweep/scanner"
)

// canned is what a server says that does nothing else, prepared, so that what is counted is the client's alone.
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
	for i, p := range []struct{ label, value, ucents string }{
		{"PRICE", "7.99", "799000000"}, {"RENEW", "8.99", "899000000"}, {"DISCOUNT", "2", "200000000"}, {"FEE", "0", "0"}, {"TOTAL", "5.99", "599000000"},
	} {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"label":%q,"price":{"currencyCode":"EUR","priceInUcents":%s,"text":"%s €","value":%s},"promotions":[`+
			`{"bundleWithPlanCodes":[],"condition":null,"endDate":null,"name":"welcome","price":{"currencyCode":"EUR","priceInUcents":null,"text":"2.00 €","value":2},"startDate":"2026-01-01T00:00:00+01:00","tags":null,"type":"fixed_amount"}]}`,
			p.label, p.ucents, p.value, p.value)
	}
	b.WriteString(`],"pricingMode":"create-default","productId":"domain","quantityMax":1,"recommendedDuration":"P1Y"}]`)
	return b.String()
}

// listenCanned serves HTTP/1.1 on loopback without allocating, until the listener is closed.
func listenCanned() (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveCanned(conn)
		}
	}()
	return listener, nil
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

// whole is the way of n queries through all of tldsweep: names, lookups at no limited rate, verdicts, CSV rows. With a path
// the answers are kept in a history there, too.
func whole(ctx context.Context, address string, workers int, path string) (run func(n int) error, close func(), err error) {
	client, err := api.New(api.Config{Endpoint: address, Workers: workers, Key: &api.Key{
		ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey,
	}})
	if err != nil {
		return nil, nil, err
	}
	basket, err := cart.Open(ctx, client, cart.Options{Subsidiary: "FR"})
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return func(n int) (err error) {
		var seen scanner.Seen
		defer seen.Close()
		keep := func(scanner.Result) error { return nil }
		if path != "" {
			var past *history.History
			if past, err = history.Open(ctx, path); err != nil {
				return err
			}
			defer past.Close()
			var kept *history.Run
			question := history.Question{Endpoint: address, Subsidiary: "FR", Names: "names", Extensions: []string{"fr"}}
			if kept, err = past.Begin(ctx, question, history.RunOptions{Fresh: true}); err != nil {
				return err
			}
			defer func() { err = firstOf(err, kept.Close()) }()
			keep = kept.Keep
		}
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
			return err
		}
		for result, err := range scanner.Scan(ctx, queries, scanner.Check(nil), cart.Lookup(basket, workers)) {
			if err != nil {
				return err
			}
			if result.Status != scanner.Available {
				return fmt.Errorf("%s is %s: %w", result.Domain(), result.Status, result.Err)
			}
			if err := firstOf(keep(result), writer.Write(result)); err != nil {
				return err
			}
		}
		return nil
	}, client.Close, nil
}

// wanted is what people decode of an answer.
type wanted []struct {
	Action    string
	Orderable bool
	Prices    []struct {
		Label string
		Price struct{ Text string }
	}
}

// newClient is go-ovh's, signed.
func newClient(address string) (*ovh.Client, error) {
	return ovh.NewClient(address, emulator.DefaultApplicationKey, emulator.DefaultApplicationSecret, emulator.DefaultConsumerKey)
}

// bare is what there is without tldsweep at its best: go-ovh's Get from many goroutines, each with a client of its own
// since one is not made for several, on one transport that keeps its connections; the answer decoded, and no more.
func bare(address string, workers int) (run func(n int) error, err error) {
	transport := &http.Transport{MaxIdleConnsPerHost: workers}
	clients := make([]*ovh.Client, workers)
	for i := range clients {
		if clients[i], err = newClient(address); err != nil {
			return nil, err
		}
		clients[i].Client = &http.Client{Transport: transport}
	}
	return func(n int) error {
		var next atomic.Int64
		var group errgroup.Group
		for _, client := range clients {
			group.Go(func() error {
				for i := next.Add(1); i <= int64(n); i = next.Add(1) {
					var offers wanted
					if err := client.Get(fmt.Sprintf("/order/cart/x/domain?domain=name%d.fr", i), &offers); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return group.Wait()
	}, nil
}
