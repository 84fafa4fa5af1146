package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/pace"
)

// Whatever keeps calls waiting is told with its cause, since when and until when, while they wait.
func TestDelays(t *testing.T) {
	refuse := func(header, value string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set(header, value)
			}
			http.Error(w, `{"message":"Too many requests","class":"Client::TooManyRequests"}`, http.StatusTooManyRequests)
		}
	}
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		kind    api.DelayKind
		cause   string
		until   time.Duration // from since on, at least and at most
		atMost  time.Duration
		command string // begins so
	}{
		{"refused, with a time to wait", refuse("Retry-After", "70"), api.Paused, "OVHcloud refused as too many", 69 * time.Second, 71 * time.Second, "paused until "},
		{"refused, without one", refuse("", ""), api.Paused, "OVHcloud refused as too many", 50 * time.Millisecond, 20 * time.Second, "paused until "},
		{"asked to wait", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "80")
			http.Error(w, `{"message":"Maintenance"}`, http.StatusServiceUnavailable)
		}, api.Paused, "OVHcloud asked to wait", 79 * time.Second, 81 * time.Second, "paused until "},
		{"failing", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"message":"Oops, `+secret+`"}`, http.StatusInternalServerError)
		}, api.Failing, "500 Oops, ", 0, 20 * time.Second, "no answers since "},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			t.Cleanup(server.Close)
			client, err := api.New(api.Config{Endpoint: server.URL + "/1.0", Pace: pace.New(0), Key: &api.Key{ApplicationKey: key, ApplicationSecret: secret, ConsumerKey: consumer}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			if delay := client.Delay(); delay != (api.Delay{}) || delay.String() != "" {
				t.Errorf("before anything is asked: %+v", delay)
			}
			ctx, stop := context.WithCancel(t.Context())
			began := time.Now()
			done := make(chan error)
			go func() {
				_, err := client.Do(ctx, api.Call{Method: "GET", Path: "/x", Anonymous: true})
				done <- err
			}()
			delay := client.Delay()
			for ; delay.Kind == "" || !delay.Until.After(time.Now()); delay = client.Delay() {
				select {
				case err := <-done:
					t.Fatalf("nothing was told before it ended: %v", err)
				default:
				}
			}
			stop()
			<-done
			if delay.Kind != c.kind || !strings.HasPrefix(delay.Cause, c.cause) {
				t.Errorf("%s: %s", delay.Kind, delay.Cause)
			}
			if strings.Contains(delay.Cause, secret) {
				t.Errorf("the secret is in %q", delay.Cause)
			}
			if delay.Since.Before(began) || delay.Since.After(time.Now()) {
				t.Errorf("since %v, and it began at %v", delay.Since, began)
			}
			if lasts := delay.Until.Sub(delay.Since); lasts < c.until || lasts > c.atMost {
				t.Errorf("until %v, %v after it began", delay.Until, lasts)
			}
			if line := delay.String(); !strings.HasPrefix(line, c.command) || !strings.Contains(line, ": "+delay.Cause) || strings.Contains(line, "\n") {
				t.Errorf("in words: %q", line)
			}
		})
	}
}

// A rate that was lowered is told with the share that was refused, and is over when it is back.
func TestDelayOfALowerRate(t *testing.T) {
	refused := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refused++; refused%2 == 0 && refused < 30 {
			http.Error(w, `{"message":"Too many requests"}`, http.StatusTooManyRequests)
			return
		}
		fmt.Fprint(w, "1")
	}))
	t.Cleanup(server.Close)
	p := pace.New(1000)
	client, err := api.New(api.Config{Endpoint: server.URL + "/1.0", Pace: p, Key: &api.Key{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var n int
	for client.Delay().Kind != api.Slowed {
		if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Into: &n, Anonymous: true}); err != nil {
			t.Fatal(err)
		}
	}
	delay := client.Delay()
	if delay.Rate <= 0 || delay.Rate >= 1000 || delay.Asked != 1000 || !strings.HasPrefix(delay.Cause, "OVHcloud refused ") || delay.Since.IsZero() {
		t.Errorf("%+v", delay)
	}
	if line := delay.String(); !strings.HasPrefix(line, "slowed to "+delay.Rate.Roughly()+" since ") {
		t.Errorf("in words: %q", line)
	}
	p.Forget()
	if delay := client.Delay(); delay != (api.Delay{}) {
		t.Errorf("when it is back: %+v", delay)
	}
}
