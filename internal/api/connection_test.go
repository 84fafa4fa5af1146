package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/pace"
)

// tunnels is a proxy that connects every CONNECT to one address, whatever the host, if refuse has not answered it.
func tunnels(t *testing.T, to string, refuse func(w http.ResponseWriter, r *http.Request) bool) (address string, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method != http.MethodConnect {
			t.Errorf("the proxy was asked for %s %s", r.Method, r.URL)
		}
		if refuse(w, r) {
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			io.Copy(far, near)
			far.Close()
		}()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(proxy.Close)
	return strings.TrimPrefix(proxy.URL, "http://"), asked
}

// clean makes an environment without proxies and credentials.
func clean(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"} {
		t.Setenv(name, "")
	}
	for _, name := range []string{"OVH_ENDPOINT", "OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OVH_CLIENT_ID", "OVH_CLIENT_SECRET", "OVH_ACCESS_TOKEN"} {
		t.Setenv(name, "")
	}
}

func clientOf(t *testing.T, config api.Config) *api.Client {
	t.Helper()
	if config.Key == nil {
		config.Key = &api.Key{}
	}
	config.Timeout = 5 * time.Second
	client, err := api.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// answering is a TLS server whose certificate, by an authority that nobody knows, is for example.com and this machine.
func answering(t *testing.T) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "1") }))
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func rootsOf(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}

// A proxy is used, and named with what can be done about it where it does not connect; its password is not.
func TestProxies(t *testing.T) {
	server := answering(t)
	target := strings.TrimPrefix(server.URL, "https://")
	refusing := func(status int, location string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(status)
			return true
		}
	}
	for _, c := range []struct {
		name          string
		user          string
		refuse        func(http.ResponseWriter, *http.Request) bool
		tries         int32
		message, hint string // %s is the proxy's address
	}{
		{"one that connects", "", func(http.ResponseWriter, *http.Request) bool { return false }, 1, "", ""},
		{"one that wants a password", "", refusing(407, ""), 1,
			"the proxy http://%s (HTTPS_PROXY) does not connect: 407 Proxy Authentication Required", "give the proxy its user and password in HTTPS_PROXY: http://USER:PASSWORD@%s"},
		{"one that wants another password", "me:s3cret@", refusing(407, ""), 1,
			"the proxy http://%s (HTTPS_PROXY) does not connect: 407 Proxy Authentication Required", "give the proxy its user and password"},
		{"one that does not let it pass", "", refusing(403, ""), 1, "does not connect: 403 Forbidden", "ask whoever runs the proxy to let example.com pass, or go around it with NO_PROXY"},
		{"one with a login page", "", refusing(302, "https://login.example/in?token=s3cret"), 1,
			"does not connect: 302 Found to https://login.example/in", "open the page in a browser, or unset HTTPS_PROXY"},
		{"one that reaches nobody", "", refusing(502, ""), 1, "does not connect: 502 Bad Gateway", "requests go through the proxy http://%s (HTTPS_PROXY): check that it is up, or unset HTTPS_PROXY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean(t)
			address, asked := tunnels(t, target, c.refuse)
			t.Setenv("HTTPS_PROXY", "http://"+c.user+address)
			client := clientOf(t, api.Config{Endpoint: "https://example.com/1.0", RootCAs: rootsOf(server)})
			// Once, so that what is asked again does not wait: a proxy that refuses for good is asked once all the same.
			once := c.tries == 1 && !strings.Contains(c.message, "407") && !strings.Contains(c.message, "403")
			receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true, Once: once})
			if asked.Load() != c.tries {
				t.Errorf("the proxy was asked %d times", asked.Load())
			}
			if c.message == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wait, ok := errors.AsType[*api.WaitError](err)
			if !ok || wait.Kind != api.Network {
				t.Fatalf("%T %v", err, err)
			}
			if got := api.OutcomeOf(receipt, err); got != api.NotDone {
				t.Errorf("the outcome is %s", got)
			}
			for text, want := range map[string]string{err.Error(): c.message, wait.Hint: c.hint} {
				if want = strings.ReplaceAll(want, "%s", address); !strings.Contains(text, want) {
					t.Errorf("%q, want %q", text, want)
				}
				if strings.Contains(text, "s3cret") || strings.Contains(text, "\n") {
					t.Errorf("%q", text)
				}
			}
		})
	}
	t.Run("one that is down", func(t *testing.T) {
		clean(t)
		t.Setenv("https_proxy", "http://me:s3cret@127.0.0.1:1")
		client := clientOf(t, api.Config{Endpoint: "https://example.com/1.0"})
		receipt, err := client.Do(t.Context(), api.Call{Method: "POST", Path: "/x", Anonymous: true, Once: true})
		wait, ok := errors.AsType[*api.WaitError](err)
		if !ok || !strings.Contains(err.Error(), "the proxy http://127.0.0.1:1 (https_proxy) cannot be reached: ") || !strings.Contains(wait.Hint, "unset https_proxy") {
			t.Errorf("%v", err)
		}
		if got := api.OutcomeOf(receipt, err); got != api.NotDone {
			t.Errorf("the outcome is %s", got)
		}
	})
	t.Run("one that is no address", func(t *testing.T) {
		clean(t)
		t.Setenv("HTTPS_PROXY", "http://me:s3cret@proxy example")
		if _, err := api.New(api.Config{Endpoint: "https://example.com/1.0", Key: &api.Key{}}); !errors.Is(err, api.ErrConfig) || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "HTTPS_PROXY") {
			t.Errorf("%v", err)
		}
	})
}

// certified is a TLS server with a certificate for these names, by an authority that is in roots.
func certified(t *testing.T, from, until time.Time, handler http.HandlerFunc, names ...string) (address string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Inspection"}, NotBefore: from, NotAfter: until,
		DNSNames: names, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = quiet
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AddCert(certificate)
	return strings.TrimPrefix(server.URL, "https://"), roots
}

func dialing(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// A certificate that is not believed will not be the next time: it is looked at once, and what is wrong with it is said.
func TestCertificates(t *testing.T) {
	clean(t)
	now := time.Now()
	called := func(w http.ResponseWriter, r *http.Request) { t.Error("a request was sent") }
	for _, c := range []struct {
		name          string
		from, until   time.Time
		names         []string
		known         bool
		certFile      string
		message, hint string
	}{
		{"of an unknown authority", now.Add(-time.Hour), now.Add(time.Hour), []string{"api.example"}, false, "",
			"the certificate of api.example is signed by an unknown authority, CN=Example Inspection", "SSL_CERT_FILE=FILE"},
		{"of an authority that is not in the file", now.Add(-time.Hour), now.Add(time.Hour), []string{"api.example"}, false, "/etc/mine.pem",
			"unknown authority", "SSL_CERT_FILE is /etc/mine.pem: add the certificate"},
		{"for another host", now.Add(-time.Hour), now.Add(time.Hour), []string{"portal.example", "www.portal.example"}, true, "",
			"the certificate is not for api.example but for portal.example, www.portal.example", "check --endpoint"},
		{"that has expired", now.Add(-2 * time.Hour), now.Add(-time.Hour), []string{"api.example"}, true, "",
			"the certificate of api.example is not valid", "check this machine's clock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("SSL_CERT_FILE", c.certFile)
			address, roots := certified(t, c.from, c.until, called, c.names...)
			if !c.known {
				roots = x509.NewCertPool()
			}
			client := clientOf(t, api.Config{Endpoint: "https://api.example/1.0", RootCAs: roots, Dial: dialing(address)})
			receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
			wait, ok := errors.AsType[*api.WaitError](err)
			if !ok || wait.Kind != api.Network || receipt.Attempts != 1 {
				t.Fatalf("%T %v after %d attempts", err, err, receipt.Attempts)
			}
			if !strings.Contains(err.Error(), c.message) || !strings.Contains(wait.Hint, c.hint) {
				t.Errorf("%v\nhint: %s", err, wait.Hint)
			}
			if got := api.OutcomeOf(receipt, err); got != api.NotDone {
				t.Errorf("the outcome is %s", got)
			}
		})
	}
	t.Run("none at all", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(called))
		defer server.Close()
		client := clientOf(t, api.Config{Endpoint: strings.Replace(server.URL, "http", "https", 1) + "/1.0"})
		_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true, Once: true})
		if wait, ok := errors.AsType[*api.WaitError](err); !ok || !strings.Contains(err.Error(), "answers https with plain http") || !strings.Contains(wait.Hint, "--endpoint") {
			t.Errorf("%v", err)
		}
	})
}

// A name that does not exist is asked for three times, in case that the answer was a passing one.
func TestAHostThatIsNotThere(t *testing.T) {
	clean(t)
	synctest.Test(t, func(t *testing.T) {
		client, err := api.New(api.Config{Endpoint: "https://api.example/1.0", Key: &api.Key{}, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
		if wait, ok := errors.AsType[*api.WaitError](err); !ok || receipt.Attempts != 3 || !strings.Contains(err.Error(), "there is no host api.example") || wait.Hint == "" {
			t.Errorf("%v after %d attempts", err, receipt.Attempts)
		}
	})
}

// The request for an access token goes to its own address alone, pays the pace, and says what a page in its place is.
func TestAccessTokens(t *testing.T) {
	const clientID, clientSecret = "EU.0123456789abcdef", "0123456789abcdef0123456789abcdef"
	now := time.Now()
	for _, c := range []struct {
		name     string
		answer   http.HandlerFunc
		stop     bool
		message  string // empty: it works
		requests int    // that are paid for
	}{
		{"one that is given", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"access_token":"0123456789abcdef0123","token_type":"Bearer","expires_in":3599}`)
		}, false, "", 3},
		{"a client that is not known", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(401)
			io.WriteString(w, `{"error":"invalid_client","error_description":"no client `+clientSecret+`"}`)
		}, true, "401 no access token for the OAuth2 client: invalid_client", 1},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/token?x="+clientSecret, http.StatusTemporaryRedirect)
		}, false, "307 no access token for the OAuth2 client: a redirect to https://elsewhere.example/token", 1},
		{"a page", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(403)
			io.WriteString(w, "<html>")
		}, false, "403 no access token for the OAuth2 client: an HTML page", 1},
		{"a page that is fine", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		}, false, "no access token for the OAuth2 client: the answer holds none", 1},
		{"one with a line end", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"access_token":"0123456789abcdef\n0123","token_type":"Bearer"}`)
		}, false, "the answer holds none", 1},
		{"one without end", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"access_token":"`)
			for range 4 << 10 {
				if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
					return
				}
			}
		}, false, "the answer holds none", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			clean(t)
			t.Setenv("OVH_CLIENT_ID", clientID+"\n")
			t.Setenv("OVH_CLIENT_SECRET", " "+clientSecret)
			var tokens atomic.Int32
			address, roots := certified(t, now.Add(-time.Hour), now.Add(time.Hour), func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/auth/oauth2/token" {
					json.NewEncoder(w).Encode(r.Header.Get("Authorization"))
					return
				}
				tokens.Add(1)
				if r.Host != "www.ovh.com" {
					t.Errorf("the secret went to %s", r.Host)
				}
				if r.FormValue("grant_type") != "client_credentials" {
					t.Errorf("asked for %v", r.Form)
				}
				c.answer(w, r)
			}, "www.ovh.com", "eu.api.ovh.com")
			paid := pace.New(0)
			client, err := api.New(api.Config{Endpoint: "ovh-eu", RootCAs: roots, Pace: paid, Timeout: 5 * time.Second, Dial: func(ctx context.Context, network, to string) (net.Conn, error) {
				if to != "www.ovh.com:443" && to != "eu.api.ovh.com:443" {
					t.Errorf("connected to %s", to)
				}
				return dialing(address)(ctx, network, to)
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var got string
			receipt, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/me", Into: &got, Once: true})
			if c.message == "" {
				if _, again := client.Do(t.Context(), api.Call{Method: "GET", Path: "/me", Into: &got}); err != nil || again != nil || got != "Bearer 0123456789abcdef0123" {
					t.Errorf("%q, %v, %v", got, err, again)
				}
			} else {
				_, stopped := errors.AsType[*api.StopError](err)
				if err == nil || !strings.Contains(err.Error(), c.message) || stopped != c.stop {
					t.Errorf("%T %v", err, err)
				}
				if out := api.OutcomeOf(receipt, err); out != api.NotDone {
					t.Errorf("the outcome is %s", out)
				}
				if text := fmt.Sprintf("%v", err); strings.Contains(text, clientSecret) {
					t.Errorf("the error holds the secret: %s", text)
				}
			}
			if tokens.Load() != 1 {
				t.Errorf("%d requests for a token", tokens.Load())
			}
			// Beside those of the API: each call waits before it is signed.
			if n := paid.Stats().Requests; n < c.requests {
				t.Errorf("%d requests are paid for, want %d", n, c.requests)
			}
		})
	}
}

// quiet is the log of servers whose clients hang up on purpose.
var quiet = log.New(io.Discard, "", 0)
