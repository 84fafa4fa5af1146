package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/api"
	"tldsweep/internal/pace"
)

const (
	key      = "7kbG7Bk7S9Nt7ZSV"
	secret   = "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF"
	consumer = "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1"
)

// serve starts a real server and a client that signs for it.
func serve(t *testing.T, handler http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := api.New(api.Config{
		Endpoint: server.URL + "/1.0", Workers: 16, Timeout: 5 * time.Second,
		Key: &api.Key{ApplicationKey: key, ApplicationSecret: secret, ConsumerKey: consumer},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func signatureOf(r *http.Request, body []byte) string {
	sum := sha1.Sum([]byte(secret + "+" + consumer + "+" + r.Method + "+http://" + r.Host + r.URL.RequestURI() + "+" + string(body) + "+" + r.Header.Get("X-Ovh-Timestamp")))
	return fmt.Sprintf("$1$%x", sum)
}

func TestCallsAreSignedByTheServersClock(t *testing.T) {
	const skew = -3 * time.Hour
	var timeRequests, calls atomic.Int32
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1.0/auth/time" {
			timeRequests.Add(1)
			if r.Header.Get("X-Ovh-Signature") != "" {
				t.Error("the server's time was asked for with a signature")
			}
			fmt.Fprint(w, time.Now().Add(skew).Unix())
			return
		}
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		if got, want := r.Header.Get("X-Ovh-Signature"), signatureOf(r, body); got != want {
			t.Errorf("%s %s: signature %s, want %s", r.Method, r.URL, got, want)
		}
		stamp, _ := strconv.ParseInt(r.Header.Get("X-Ovh-Timestamp"), 10, 64)
		if off := time.Since(time.Unix(stamp, 0)) + skew; off.Abs() > 2*time.Second {
			t.Errorf("timestamp is %v off the server's clock", off)
		}
		w.Write(body)
	})
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			sent := map[string]int{"é+&": i}
			var got map[string]int
			receipt, err := client.Do(t.Context(), api.Call{Method: "POST", Path: "/order/cart?a=b%20c", Body: sent, Into: &got})
			if err != nil || receipt.Attempts != 1 || !cmp.Equal(got, sent) {
				t.Errorf("%v, %+v, %v", got, receipt, err)
			}
		})
	}
	group.Wait()
	if timeRequests.Load() != 1 || calls.Load() != 64 {
		t.Errorf("the time was asked for %d times in %d calls", timeRequests.Load(), calls.Load())
	}
}

func TestAnonymousCallsCarryNoSignature(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Ovh-Signature") != "" || r.Header.Get("X-Ovh-Consumer") != "" {
			t.Errorf("%s was signed", r.URL)
		}
		io.WriteString(w, "null")
	})
	if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true}); err != nil {
		t.Error(err)
	}
}

// Each way to say no has one reaction.
func TestReactions(t *testing.T) {
	html := "<html><body><h1>503 Service Unavailable</h1></body></html>"
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string // wait, stop, right, row
		kind   api.Kind
		asked  int // how often; 0 is the bound
	}{
		{"too many requests", 429, `{"class":"Client::TooManyRequests","message":"slow down"}`, "wait", api.RateLimited, 0},
		{"too many requests, as a page", 429, html, "wait", api.RateLimited, 0},
		{"a fault", 500, `{"message":"Internal server error"}`, "wait", api.Server, 0},
		{"a fault without a word", 500, ``, "wait", api.Server, 0},
		{"a balancer's page", 503, html, "wait", api.Server, 0},
		{"a balancer's time-out", 408, html, "wait", api.Timeout, 0},
		{"a gateway's time-out", 504, html, "wait", api.Timeout, 0},
		{"a registry's time-out", 400, `{"class":"Client::BadRequest","message":"Check timeout. Please retry later"}`, "wait", api.Timeout, 0},
		{"a page that says it is fine", 200, html, "wait", api.Decode, 0},
		{"half an answer", 200, `{"a":`, "wait", api.Decode, 0},
		{"no answer at all", 200, ``, "wait", api.Decode, 0},
		{"two answers", 200, `{} {}`, "wait", api.Decode, 0},
		{"a redirect", 302, ``, "wait", api.Server, 0},
		{"no login", 401, `{"class":"Client::Unauthorized","message":"You must login first"}`, "stop", api.Denied, 1},
		{"unknown key", 403, `{"class":"Client::Forbidden","message":"This application key is invalid"}`, "stop", api.Denied, 1},
		{"unknown key, old", 403, `{"errorCode":"INVALID_KEY","httpCode":"403 Forbidden","message":"Invalid key"}`, "stop", api.Denied, 1},
		{"expired credential", 403, `{"class":"Client::Forbidden","message":"This credential is not valid"}`, "stop", api.Denied, 1},
		{"missing right", 403, `{"class":"Client::Forbidden","message":"This call has not been granted"}`, "right", api.Denied, 1},
		{"missing right, old", 403, `{"errorCode":"NOT_GRANTED_CALL","httpCode":"403 Forbidden","message":"x"}`, "right", api.Denied, 1},
		{"bad signature", 400, `{"class":"Client::BadRequest","message":"Invalid signature"}`, "stop", api.Denied, 1},
		{"bad signature, old", 400, `{"errorCode":"INVALID_SIGNATURE","httpCode":"400 Bad Request","message":"x"}`, "stop", api.Denied, 1},
		{"a challenge", 400, `{"class":"Client::BadRequest::ChallengeRequired","message":"x","body":{"type":"url","payload":"https://x.example"}}`, "stop", api.Denied, 1},
		{"a final no", 400, `{"class":"Client::BadRequest","message":"Parameter domain isn't formatted correctly"}`, "row", api.Refused, 1},
		{"not there", 404, `{"class":"Client::NotFound","message":"x"}`, "row", api.Refused, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("X-Ovh-Queryid", "EU.ext-1.0.1.2")
				if c.status == 302 {
					w.Header().Set("Location", "https://elsewhere.example/")
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			// Once, so that no test waits; asking again has a test of its own.
			var into map[string]any
			_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Into: &into, Anonymous: true, Once: true})
			got, kind := "", api.Kind("")
			if e, ok := errors.AsType[*api.WaitError](err); ok {
				got, kind = "wait", e.Kind
			}
			if e, ok := errors.AsType[*api.StopError](err); ok {
				got, kind = "stop", e.Kind
				if e.Hint == "" {
					t.Error("no hint")
				}
				if e.Right {
					got = "right"
				}
			}
			if e, ok := errors.AsType[*api.RowError](err); ok {
				got, kind = "row", e.Kind
			}
			if got != c.want || kind != c.kind || asked != 1 {
				t.Errorf("asked %d times: %s %s (%v), want %s %s", asked, got, kind, err, c.want, c.kind)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n<>") {
				t.Errorf("the error shows the page: %v", err)
			}
		})
	}
}

func TestAsksAgainFreshlySigned(t *testing.T) {
	signatures := map[string]bool{}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1.0/auth/time" {
			fmt.Fprint(w, time.Now().Unix())
			return
		}
		signatures[r.Header.Get("X-Ovh-Timestamp")] = true
		if len(signatures) < 2 {
			w.WriteHeader(500)
			return
		}
		io.WriteString(w, "1")
	})
	var n int
	receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Into: &n})
	if err != nil || n != 1 || receipt.Attempts < 2 {
		t.Errorf("%d after %+v, %v", n, receipt, err)
	}
}

func TestReadsTheServersClockAgainOnce(t *testing.T) {
	var timeRequests, refusals atomic.Int32
	stale := true
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/1.0/auth/time":
			timeRequests.Add(1)
			fmt.Fprint(w, time.Now().Unix())
		case stale && refusals.Add(1) == 1, r.URL.Path == "/1.0/never":
			w.WriteHeader(400)
			io.WriteString(w, `{"errorCode":"QUERY_TIME_OUT","httpCode":"400 Bad Request","message":"Query out of time"}`)
		default:
			io.WriteString(w, "1")
		}
	})
	if receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x"}); err != nil || receipt.Attempts != 2 || timeRequests.Load() != 2 {
		t.Errorf("%+v, %v, after the time was asked for %d times", receipt, err, timeRequests.Load())
	}
	_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/never"})
	if _, ok := errors.AsType[*api.StopError](err); !ok || timeRequests.Load() != 3 {
		t.Errorf("a clock that is never right: %v after %d readings", err, timeRequests.Load())
	}
}

func TestSecretsAreInNoError(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1.0/auth/time" {
			fmt.Fprint(w, time.Now().Unix())
			return
		}
		panic(http.ErrAbortHandler)
	})
	_, err := client.Do(t.Context(), api.Call{Method: "POST", Path: "/x", Body: 1, Once: true})
	for _, s := range []string{key, secret, consumer, "Signature"} {
		if text := fmt.Sprintf("%v %+v", err, err); err == nil || strings.Contains(text, s) {
			t.Errorf("the error %q holds %q", text, s)
		}
	}
}

func TestAnUnboundedAnswerIsRefused(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		// 64 MB of nothing, which gzip makes small.
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write([]byte("["))
		blank := bytes.Repeat([]byte(" "), 1<<20)
		for range 64 {
			z.Write(blank)
		}
		z.Close()
	})
	var list []string
	_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Into: &list, Anonymous: true})
	if _, ok := errors.AsType[*api.RowError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, name := range []string{"OVH_ENDPOINT", "OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OVH_CLIENT_ID", "OVH_CLIENT_SECRET", "OVH_ACCESS_TOKEN"} {
		t.Setenv(name, "")
	}
	for _, c := range []struct{ name, endpoint, token, want string }{
		{"an unknown name", "ovh-moon", "t", "unknown endpoint"},
		{"clear text over a network", "http://api.example/1.0", "t", "without encryption"},
		{"not a URL", "api.example/1.0", "t", "not a URL"},
		{"a password in it", "https://me:pass@api.example/1.0", "t", "user or a password"},
		{"this machine", "http://127.0.0.1:1/1.0", "t", ""},
		{"a trailing slash", "http://localhost:1/1.0/", "t", ""},
		{"no credentials over a network", "http://api.example/1.0", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("OVH_ACCESS_TOKEN", c.token)
			client, err := api.New(api.Config{Endpoint: c.endpoint})
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "" && client.Signed() != (c.token != ""):
				t.Errorf("signed is %v", client.Signed())
			case c.want != "" && (!errors.Is(err, api.ErrConfig) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case err != nil && strings.Contains(err.Error(), "pass@"):
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

func TestAccessTokenIsSentAsBearer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(r.Header.Get("Authorization"))
	}))
	defer server.Close()
	for _, name := range []string{"OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OVH_CLIENT_ID", "OVH_CLIENT_SECRET"} {
		t.Setenv(name, "")
	}
	t.Setenv("OVH_ACCESS_TOKEN", "tok")
	client, err := api.New(api.Config{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var got string
	if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/me", Into: &got}); err != nil || got != "Bearer tok" {
		t.Errorf("sent %q, %v", got, err)
	}
}

// The end of the context ends waiting; what is under way is finished and kept.
func TestARequestUnderWayIsFinished(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		io.WriteString(w, "7")
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
		close(release)
	}()
	var n int
	if _, err := client.Do(ctx, api.Call{Method: "GET", Path: "/x", Into: &n, Anonymous: true}); err != nil || n != 7 {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := client.Do(ctx, api.Call{Method: "GET", Path: "/x", Anonymous: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

func TestAskingAgainIsBoundedAndPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(1000)
		client, err := api.New(api.Config{
			Endpoint: "http://127.0.0.1:1/1.0", Pace: p, // nobody listens there
			Key: &api.Key{ApplicationKey: key, ApplicationSecret: secret, ConsumerKey: consumer},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		start := time.Now()
		receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
		wait, ok := errors.AsType[*api.WaitError](err)
		if !ok || wait.Kind != api.Network || receipt.Attempts != 6 || wait.Attempts != 6 {
			t.Errorf("%+v, %v", receipt, err)
		}
		// The five pauses are 0.5 s, and half as much longer each, give or take a half: 3.3 to 9.9 s.
		if took := time.Since(start); took < 3*time.Second || took > 10*time.Second {
			t.Errorf("gave up after %v", took)
		}
		if p.Stats().Requests != 6 {
			t.Errorf("%d requests paid for 6 attempts", p.Stats().Requests)
		}
		// The time is asked for as often, and not as often again for each try of the call that needs it.
		start = time.Now()
		if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x"}); err == nil || p.Stats().Requests != 12 || time.Since(start) > time.Minute {
			t.Errorf("a signed call: %v after %d requests and %v", err, p.Stats().Requests-6, time.Since(start))
		}
	})
}

// net/http sends a GET again by itself on a connection that broke; that costs the server a request, and so costs us one.
func TestARequestThatIsSentTwiceIsPaidTwice(t *testing.T) {
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, `"answer"`)
	}))
	t.Cleanup(server.Close)
	pace := pace.New(0)
	client, err := api.New(api.Config{Endpoint: server.URL + "/1.0", Pace: pace, Timeout: 5 * time.Second, Key: &api.Key{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var attempts int
	for range 2 {
		receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
		if err != nil {
			t.Fatal(err)
		}
		attempts += receipt.Attempts
	}
	if arrived.Load() != 3 || attempts != 3 || pace.Stats().Requests != 3 {
		t.Errorf("%d requests arrived, %d are on the receipts, %d are paid", arrived.Load(), attempts, pace.Stats().Requests)
	}
}
