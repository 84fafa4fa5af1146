// Package emulator is OVHcloud's order API on this machine: for tests, for benchmarks and for a first run without an
// account. It holds a made-up world in which the same question always gets the same answer.
//
// New makes a Server of Options; Start, StartTLS and StartDNS give it ports. The options say which requests go wrong (Fault), how
// many are admitted (Limit), which of the shapes on record answers have (Like), and how orders go on (Life). Truth, Counts,
// Requests and Orders tell a test what is so and what was asked.
//
// It imports none of the program's own packages, on purpose: a field that the client misspells must fail a test, not
// agree with itself. What it does follows the published contract; what nobody has published is in unknown.go.
package emulator

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// Request is one request as the server saw it.
type Request struct {
	At     time.Time // when it arrived
	Method string
	Path   string // without the version and the query: "/order/cart/…/domain"
	Domain string // of a lookup
	Status int    // that was answered; 0 where the connection was broken instead
}

// Counts is how much was asked so far.
type Counts struct {
	Requests    int64 // of any kind
	Lookups     int64
	Throttled   int64 // answered 429
	Carts       int64 // opened
	Connections int64 // accepted
	Questions   int64 // asked over DNS
}

// Server is the emulated API. Make one with New; it is an http.Handler, and Start gives it a port. It is safe for
// concurrent use.
type Server struct {
	options Options
	world   *world
	plans   func() []byte // of the catalogue
	mux     *http.ServeMux
	routes  []string // method and path of each, as they were given to route
	bucket  *bucket
	queries atomic.Int64 // numbers the X-Ovh-Queryid
	ids     atomic.Int64 // of what is made
	moved   atomic.Int64 // cents that prices are dearer
	counts  struct{ requests, lookups, throttled, carts, connections, questions atomic.Int64 }

	mu       sync.Mutex
	carts    map[string]*openCart
	requests []Request
	orders   []*placedOrder
	sold     map[string]*placedOrder // by domain, orders that are paid
	people   []contact
	faults   faultState

	certificate []byte // PEM

	dns    []*dns.Server
	http   *http.Server
	served chan struct{}
	quit   chan struct{} // closed by Close, for requests that hang
}

// New returns a server that is not listening yet. It panics where a field of Options.Like has a value that its shape lacks.
func New(options Options) *Server {
	options.Like = options.Like.withDefaults()
	options.OldPrices = options.OldPrices || options.Like.Old
	options.OldErrors = options.OldErrors || options.Like.Old
	s := &Server{
		options: options,
		world:   newWorld(options),
		mux:     http.NewServeMux(),
		carts:   map[string]*openCart{},
		sold:    map[string]*placedOrder{},
		quit:    make(chan struct{}),
	}
	if options.Limit != nil {
		s.bucket = newBucket(*options.Limit)
	}
	s.faults.init(options.Faults)
	s.plans = sync.OnceValue(s.world.writePlans)
	s.auth()
	s.account()
	s.cartRoutes()
	s.items()
	s.configurationRoutes()
	s.checkouts()
	s.orderRoutes()
	s.associated()
	s.coupons()
	s.packs()
	s.contacts()
	s.domains()
	s.ownerRules()
	s.claims()
	s.delivered()
	s.extensionRoutes()
	s.catalogue()
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.(*answer).fail(http.StatusNotFound, "Client::NotFound", "Got an invalid (or empty) URL")
	})
	return s
}

// Start listens on an address ("127.0.0.1:0" takes a free port) and serves until Close. It returns the URL to give to
// clients: "http://127.0.0.1:40123/1.0".
func (s *Server) Start(address string) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	return s.Serve(listener), nil
}

// Serve serves on a listener until Close, which closes it too. It returns the URL to give to clients.
func (s *Server) Serve(listener net.Listener) string { return "http://" + s.serve(listener) + "/1.0" }

// StartTLS is Start with encryption and HTTP/2. The certificate is made for the occasion; the pool trusts it, and
// Certificate returns it for clients that want a file.
func (s *Server) StartTLS(address string) (string, *x509.CertPool, error) {
	certificate, pool, err := selfSigned()
	if err != nil {
		return "", nil, err
	}
	s.certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	listener, err := tls.Listen("tcp", address, &tls.Config{
		Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"},
	})
	if err != nil {
		return "", nil, err
	}
	return "https://" + s.serve(listener) + "/1.0", pool, nil
}

// Certificate is the certificate that StartTLS made, as PEM; nil where it was not called. The slice is not to be changed.
func (s *Server) Certificate() []byte { return s.certificate }

func (s *Server) serve(listener net.Listener) string {
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          nil,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.counts.connections.Add(1)
			}
		},
	}
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		// It always ends with an error, http.ErrServerClosed.
		_ = s.http.Serve(listener)
	}()
	return listener.Addr().String()
}

// Close stops serving, breaks what is under way and waits until the server has ended. It may be called once.
func (s *Server) Close() error {
	close(s.quit)
	var failed error
	for _, server := range s.dns {
		failed = errors.Join(failed, server.Shutdown())
	}
	if s.http != nil {
		failed = errors.Join(failed, s.http.Close())
		<-s.served
	}
	return failed
}

// Counts returns how much was asked so far.
func (s *Server) Counts() Counts {
	return Counts{
		Requests: s.counts.requests.Load(), Lookups: s.counts.lookups.Load(), Throttled: s.counts.throttled.Load(),
		Carts: s.counts.carts.Load(), Connections: s.counts.connections.Load(),
		Questions: s.counts.questions.Load(),
	}
}

// Requests returns every request so far in the order of arrival, where Options.Record is set.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	s.counts.requests.Add(1)
	path, ok := strings.CutPrefix(r.URL.Path, "/1.0")
	if !ok {
		path, ok = strings.CutPrefix(r.URL.Path, "/v1")
	}
	if strings.HasPrefix(r.URL.Path, "/v2/") { // another API, of which only what follows an order is played
		ok = true
	}
	// A slash at the end makes no other route. RequestURI keeps it, for it is signed.
	if bare := strings.TrimRight(path, "/"); bare != "" {
		path = bare
	}
	a := &answer{s: s, w: w, r: r, path: path}
	if a.isLookup = r.Method == http.MethodGet && strings.HasPrefix(path, "/order/cart/") && strings.HasSuffix(path, "/domain"); a.isLookup {
		a.domain = r.URL.Query().Get("domain")
	}
	if a.domain != "" && s.options.OnLookup != nil {
		s.options.OnLookup(a.domain)
	}
	index := s.record(Request{At: arrived, Method: r.Method, Path: path, Domain: a.domain})
	defer func() { s.recordStatus(index, a.status) }()
	a.header("X-Ovh-Queryid", fmt.Sprintf("EU.ext-1.%08x.%d.%032x", uint32(arrived.Unix()), s.queries.Add(1), arrived.UnixNano()))
	a.header("Content-Type", "application/json; charset=utf-8")
	a.header("Cache-Control", "no-cache, no-store")
	a.header("Vary", "Accept-Encoding")
	if s.options.ClockOffset != 0 {
		a.header("Date", s.now().UTC().Format(http.TimeFormat))
	}
	if !ok {
		a.fail(http.StatusNotFound, "Client::NotFound", "Got an invalid (or empty) URL")
		return
	}
	wait, admitted := time.Duration(0), true
	if s.bucket != nil && (s.options.Limit.All || a.isLookup) {
		wait, admitted = s.bucket.admits(arrived)
	}
	if !s.delay(r.Context()) {
		return
	}
	if !admitted {
		a.throttle(s.options.Limit.RetryAfter, wait)
		return
	}
	if fault, ok := s.faultOf(a, arrived); ok && fault.apply(a) {
		return
	}
	r.URL.Path = path
	s.mux.ServeHTTP(a, r)
}

// delay waits as long as an answer takes; false means that nobody waits for it any more.
func (s *Server) delay(ctx context.Context) bool {
	wait := s.options.Latency
	if s.options.Jitter > 0 {
		wait += time.Duration(s.world.hash("jitter", fmt.Sprint(s.queries.Load())) % uint64(s.options.Jitter))
	}
	return wait <= 0 || s.sleep(ctx, wait)
}

func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.quit:
	}
	return false
}

func (s *Server) record(request Request) int {
	if !s.options.Record {
		return -1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	return len(s.requests) - 1
}

func (s *Server) recordStatus(index, status int) {
	if index < 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[index].Status = status
}

// selfSigned makes a certificate for this machine's loopback addresses.
func selfSigned() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(30 * 24 * time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, nil
}
