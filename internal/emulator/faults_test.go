package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

// Every fault does what its name says, to the domain that it is meant for and to no other.
func TestFaults(t *testing.T) {
	for _, kind := range emulator.FaultKinds() {
		t.Run(kind, func(t *testing.T) {
			fault, err := emulator.ParseFault(kind + ":domain=rocket.*,times=1,wait=1ms")
			if err != nil {
				t.Fatal(err)
			}
			server, address := start(t, emulator.Options{AnonymousLookup: true, Faults: []emulator.Fault{fault}, Record: true})
			cart := openCart(t, address)
			if kind == "hang" {
				hangs(t, server, cart+"rocket.fr")
				return
			}
			if status, _, err := ask(t, nil, "GET", cart+"moon.fr", ""); status != 200 || err != nil {
				t.Fatalf("another domain: %d %v", status, err)
			}
			status, body, err := ask(t, nil, "GET", cart+"rocket.fr", "")
			digits := strings.TrimLeft(kind, "0123456789")
			code, _ := strconv.Atoi(kind[:len(kind)-len(digits)])
			want := map[string]int{"check-timeout": 400, "check-failed": 400, "clock": 400, "challenge": 400, "cart-gone": 404,
				"slow": 200, "dearer": 200, "wrong-json": 200, "html": 200, "redirect": 302}[kind] + code
			switch {
			case kind == "reset" || kind == "truncated" || kind == "lost-reply":
				if err == nil {
					t.Errorf("%d %s", status, body)
				}
			case err != nil || status != want:
				t.Errorf("%d %s %v, want %d", status, body, err, want)
			}
			if kind == "cart-gone" {
				cart = openCart(t, address)
			}
			if status, _, err := ask(t, nil, "GET", cart+"rocket.fr", ""); status != 200 || err != nil {
				t.Errorf("the second time: %d %v", status, err)
			}
		})
	}
}

// hangs sees that a request arrives and is not answered.
func hangs(t *testing.T, server *emulator.Server, target string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, "GET", target, nil)
	ended := make(chan error)
	go func() {
		_, err := http.DefaultClient.Do(request)
		ended <- err
	}()
	for server.Counts().Requests < 2 {
		select {
		case err := <-ended:
			t.Fatalf("it was answered: %v", err)
		default:
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// With one seed, the same tries of the same domains fail, whatever comes between.
func TestFaultsAreRepeatable(t *testing.T) {
	struck := func(domains []string) map[string]bool {
		_, address := start(t, emulator.Options{AnonymousLookup: true, Seed: 3, Faults: []emulator.Fault{{Kind: "500", Rate: 0.3}}})
		cart := openCart(t, address)
		all := map[string]bool{}
		for _, domain := range domains {
			status, _, _ := ask(t, nil, "GET", cart+domain, "")
			all[domain] = status == 500
		}
		return all
	}
	var domains, backwards []string
	for i := range 200 {
		domains = append(domains, fmt.Sprintf("rocket%d.fr", i))
		backwards = append(backwards, fmt.Sprintf("rocket%d.fr", 199-i))
	}
	one, other := struck(domains), struck(backwards)
	n := 0
	for domain := range one {
		if one[domain] != other[domain] {
			t.Errorf("%s: %t and %t", domain, one[domain], other[domain])
		}
		if one[domain] {
			n++
		}
	}
	if n < 40 || n > 80 {
		t.Errorf("%d of 200 with a rate of 0.3", n)
	}
}

func TestFaultsByScript(t *testing.T) {
	_, address := start(t, emulator.Options{AnonymousLookup: true, Faults: []emulator.Fault{{Kind: "500", After: 2, Times: 3}}})
	cart := openCart(t, address)
	var got []int
	for range 7 {
		status, _, _ := ask(t, nil, "GET", cart+"rocket.fr", "")
		got = append(got, status)
	}
	if want := []int{200, 200, 500, 500, 500, 200, 200}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestLimitRefuses(t *testing.T) {
	for kind, header := range map[string]string{"none": "", "seconds": "1000", "date": "GMT"} {
		limit, err := emulator.ParseLimit("0.001/s,burst=2,retry-after=" + kind)
		if err != nil {
			t.Fatal(err)
		}
		server, address := start(t, emulator.Options{AnonymousLookup: true, Limit: &limit, Record: true})
		cart := openCart(t, address)
		var statuses []int
		for range 3 {
			response, err := http.Get(cart + "rocket.fr")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			statuses = append(statuses, response.StatusCode)
			if got := response.Header.Get("Retry-After"); response.StatusCode == 429 && (!strings.Contains(got, header) || (got == "") != (header == "")) {
				t.Errorf("%s: Retry-After %q", kind, got)
			}
		}
		if fmt.Sprint(statuses) != "[200 200 429]" || server.Counts().Throttled != 1 {
			t.Errorf("%s: %v, %+v", kind, statuses, server.Counts())
		}
		if r := server.Requests(); len(r) != 4 || r[3].Status != 429 || r[3].Domain != "rocket.fr" || r[3].At.Before(r[0].At) {
			t.Errorf("%+v", r)
		}
	}
}

func TestWhatIsNoFaultAndNoLimit(t *testing.T) {
	for _, text := range []string{"", "600", "500:rate=2", "500:rate=0", "500:rate=NaN", "500:when=now", "500:after=-1", "500:for=x", "500:scope=some"} {
		if fault, err := emulator.ParseFault(text); err == nil {
			t.Errorf("fault %q: %+v", text, fault)
		}
	}
	for _, text := range []string{"", "40", "40/d", "0/s", "-1/s", "NaN/s", "Inf/s", "40/s,burst=0", "40/s,retry-after=soon", "40/s,x=y"} {
		if limit, err := emulator.ParseLimit(text); err == nil {
			t.Errorf("limit %q: %+v", text, limit)
		}
	}
}
