package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/pace"
)

// pipes is a listener within the process, so that a bubble's time goes on while a server waits.
type pipes struct {
	arriving chan net.Conn
	closed   chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.arriving:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// bubble runs a test in virtual time with a real server, and a client of it.
func bubble(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, client *api.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		server := &http.Server{Handler: handler}
		go server.Serve(listener)
		client, err := api.New(api.Config{
			Endpoint: "http://127.0.0.1:80/1.0", Key: &api.Key{ApplicationKey: key, ApplicationSecret: secret, ConsumerKey: consumer},
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				near, far := net.Pipe()
				select {
				case listener.arriving <- far:
					return near, nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, client)
		client.Close()
		server.Close()
	})
}

// What is not OVHcloud's JSON is nobody's word on credentials or rights, whatever its status: it is tried three times at most, is
// the network's fault, and says who may have answered.
func TestPagesAreNoRefusals(t *testing.T) {
	const html = "<html><body><h1>Log in to the hotel's network</h1></body></html>"
	for _, c := range []struct {
		name, contentType, body, location string
		status                            int
		kind                              api.Kind
		tries                             int
		message, hint                     string // parts
	}{
		{"a page that is fine", "text/html", html, "", 200, api.Decode, 3, "200 an HTML page instead of an answer", "Open the address in a browser"},
		{"a page of JSON by its type", "application/json", html, "", 200, api.Decode, 3, "200 an HTML page", "a login page"},
		{"a portal", "text/html", "", "http://me:pass@portal.example/login?token=s3cret#x", 302, api.Server, 3, "302 a redirect to http://portal.example/login instead of an answer", "a network with a login page"},
		{"a portal that keeps the method", "", "", "//portal.example", 307, api.Server, 3, "307 a redirect to http://portal.example instead", "log in with a browser first"},
		{"another address of the same", "", "", "https://127.0.0.1/1.0/x", 301, api.Server, 3, "to https://127.0.0.1/1.0/x", "check --endpoint"},
		{"a redirect to nowhere", "", "", "", 302, api.Server, 3, "a redirect to nowhere", "log in"},
		{"a firewall", "text/html", html, "", 403, api.Network, 3, "403 an HTML page", "a firewall or a proxy?"},
		{"a firewall of few words", "text/plain", "Forbidden", "", 403, api.Network, 3, "403 not an answer of the API: Forbidden", "a firewall or a proxy?"},
		{"a firewall without a word", "", "", "", 403, api.Network, 3, "403 an empty answer", "a firewall or a proxy?"},
		{"a gateway's JSON", "application/json", `{"message":"Forbidden"}`, "", 403, api.Network, 3, "403 Forbidden", "a firewall or a proxy?"},
		{"somebody's login", "text/html", html, "", 401, api.Network, 3, "401 an HTML page", "a login page of the network"},
		{"a proxy that is none of ours", "text/html", html, "", 407, api.Network, 1, "407 an HTML page", "proxy"},
		{"a network that wants a login", "text/html", html, "", 511, api.Network, 3, "511 an HTML page", "a network with a login page"},
		{"another server", "text/html", html, "", 404, api.Network, 3, "404 an HTML page", "end in /1.0"},
		{"a server that wants TLS", "text/html", html, "", 400, api.Network, 3, "400 an HTML page", "check --endpoint"},
		{"a balancer", "text/html", html, "", 503, api.Server, 6, "503 an HTML page", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			bubble(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("Content-Type", c.contentType)
				if c.location != "" {
					w.Header().Set("Location", c.location)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}, func(t *testing.T, client *api.Client) {
				var into []string
				_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Into: &into, Anonymous: true})
				wait, ok := errors.AsType[*api.WaitError](err)
				if !ok || wait.Kind != c.kind || asked != c.tries {
					t.Fatalf("asked %d times: %T %v, want a WaitError of the kind %s after %d", asked, err, err, c.kind, c.tries)
				}
				if !strings.Contains(err.Error(), c.message) || !strings.Contains(wait.Hint, c.hint) || (c.hint == "") != (wait.Hint == "") {
					t.Errorf("%v\nhint: %s", err, wait.Hint)
				}
				for _, text := range []string{err.Error(), wait.Hint} {
					if strings.ContainsAny(text, "\n<>") || strings.Contains(text, "s3cret") || strings.Contains(text, "pass") {
						t.Errorf("%q", text)
					}
				}
			})
		})
	}
}

// A call that changes something has an unknown outcome where somebody else has answered it.
func TestAPageSaysNothingOfWhatWasDone(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(403)
		io.WriteString(w, "<html>")
	})
	receipt, err := client.Do(t.Context(), api.Call{Method: "POST", Path: "/x", Once: true, Anonymous: true})
	if got := api.OutcomeOf(receipt, err); got != api.Unknown {
		t.Errorf("the outcome is %s: %v", got, err)
	}
}

// Only 200 answers a question: with any other status an empty list would be taken for one.
func TestOnlyOneStatusAnswersAQuestion(t *testing.T) {
	for status, answers := range map[int]map[string]bool{
		200: {"GET": true, "POST": true}, 201: {"POST": true}, 202: {}, 203: {}, 206: {},
	} {
		for _, method := range []string{"GET", "POST"} {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				io.WriteString(w, "[]")
			})
			var list []string
			receipt, err := client.Do(t.Context(), api.Call{Method: method, Path: "/x", Into: &list, Anonymous: true, Once: true})
			if (err == nil) != answers[method] {
				t.Errorf("%s with %d: %v", method, status, err)
			}
			if wait, ok := errors.AsType[*api.WaitError](err); err != nil && (!ok || wait.Kind != api.Decode || api.OutcomeOf(receipt, err) != api.Unknown) {
				t.Errorf("%s with %d: %T %v", method, status, err, err)
			}
			called := false
			_, err = client.Do(t.Context(), api.Call{Method: method, Path: "/x", Anonymous: true, Once: true, Stream: func(io.Reader) error { called = true; return nil }})
			if called != answers[method] || (err == nil) != answers[method] {
				t.Errorf("%s with %d as a stream: %v, read %v", method, status, err, called)
			}
		}
	}
}

// What is not the time of today would be signed with, or told as how wrong this machine's clock is.
func TestTheServersTimeIsATime(t *testing.T) {
	for _, body := range []string{"null", "0", "-1", `"1764100000"`, "1764100000.5", "1764100000000", "{}", "[]", "true"} {
		bubble(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }, func(t *testing.T, client *api.Client) {
			_, err := client.ReadClock(t.Context())
			if wait, ok := errors.AsType[*api.WaitError](err); !ok || wait.Kind != api.Decode {
				t.Errorf("%s: %v", body, err)
			}
			if _, err := client.ServerTime(t.Context()); err == nil {
				t.Errorf("%s is the server's time", body)
			}
			if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x"}); err == nil {
				t.Errorf("signed with %s", body)
			}
		})
	}
}

// A server's word to wait holds up nobody for longer than the pace allows, and no call for longer than it is stated.
func TestACallEndsInTime(t *testing.T) {
	for _, status := range []int{503, 429, 408, 504} {
		bubble(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(status)
		}, func(t *testing.T, client *api.Client) {
			started := time.Now()
			_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
			if wait, ok := errors.AsType[*api.WaitError](err); !ok || wait.Status != status || time.Since(started) > 20*time.Minute {
				t.Errorf("%v after %v", err, time.Since(started))
			}
		})
	}
}

// A stream is not read where a page is sent in its place, and has an end.
func TestStreams(t *testing.T) {
	bubble(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<html>")
	}, func(t *testing.T, client *api.Client) {
		receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true, Stream: func(io.Reader) error { t.Error("a page was read"); return nil }})
		if wait, ok := errors.AsType[*api.WaitError](err); !ok || wait.Kind != api.Decode || wait.Hint == "" || receipt.Attempts != 3 {
			t.Errorf("%v after %d requests", err, receipt.Attempts)
		}
	})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for chunk := bytes.Repeat([]byte(" "), 1<<20); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true, Stream: func(r io.Reader) error {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	}})
	if row, ok := errors.AsType[*api.RowError](err); !ok || row.Kind != api.Decode || !strings.Contains(err.Error(), "more than 256 MB") {
		t.Errorf("%v", err)
	}
}

// A call that failed is not held for ever by pauses that others are asked for: it ends with why it failed.
func TestPausesOfOthersHoldNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(0)
		client, err := api.New(api.Config{Endpoint: "http://127.0.0.1:1/1.0", Pace: p, Key: &api.Key{}}) // nobody listens there
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		done := make(chan struct{})
		go func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(time.Minute):
					p.Pause(10 * time.Minute)
				}
			}
		}()
		time.AfterFunc(time.Second, func() { p.Pause(10 * time.Minute) })
		started := time.Now()
		_, err = client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
		close(done)
		if wait, ok := errors.AsType[*api.WaitError](err); !ok || wait.Kind != api.Network || time.Since(started) > 20*time.Minute {
			t.Errorf("%v after %v", err, time.Since(started))
		}
	})
}
