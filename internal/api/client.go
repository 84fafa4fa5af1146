// Package api is the only way to OVHcloud: every request of the program goes through a Client, at the rate that its pace.Pace allows.
//
// New makes a Client of a Config, and Do makes a Call, again where that may help. Its errors are one for each reaction: a *WaitError
// passes, a *StopError would meet every further call, a *RowError concerns this call alone. OutcomeOf says what has become of
// a call that changes something. ReadAccount, ReadLogin and ReadCredential tell who asks, and what they may do.
//
// go-ovh finds the credentials and signs; sending, waiting, asking again and telling errors apart happens here, because
// a go-ovh client is not safe for many workers and drops the headers that say when to come back.
package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/ovh/go-ovh/ovh"

	"tldsweep/internal/pace"
)

const (
	defaultTimeout = 30 * time.Second
	largestBody    = 8 << 20 // the longest list that OVHcloud sends is 20 kB; what is larger is not an answer
	largestStream  = 256 << 20
	patience       = 5 * time.Minute
	maxTries       = 6

	// A server may ask for a pause of up to a quarter of an hour, at the end of the patience.
	longestCall = patience + longestPause
)

// Config says how to reach OVHcloud. The zero value is OVHcloud Europe, or what ovh.conf and the environment say,
// with no limit to the rate.
type Config struct {
	Endpoint  string         // "ovh-eu", "ovh-ca", "ovh-us" or a URL; empty: OVH_ENDPOINT, then ovh.conf, then ovh-eu
	Pace      *pace.Pace     // nil: no limit
	Workers   int            // how many goroutines will call at once, about; 0 means 1. Bounds the idle connections
	Timeout   time.Duration  // for one request, from connecting to the last byte; 0 means 30 s
	UserAgent string         // who asks
	Trace     func(Trace)    // called after each request, by several goroutines at once; nil: nobody is told
	RootCAs   *x509.CertPool // of a server with a certificate of its own; nil: the system's

	// Dial connects; nil: over TCP, within 10 s.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Key is the application key to sign with at Endpoint, which must then be a URL, instead of the credentials of
	// ovh.conf and the environment. Nil: those.
	Key *Key
}

// Key is one application key of OVHcloud's with its consumer key.
type Key struct{ ApplicationKey, ApplicationSecret, ConsumerKey string }

// Client makes signed and unsigned calls. It is safe for concurrent use. Close it when done.
type Client struct {
	pace     *pace.Pace
	http     *http.Transport
	once     *http.Transport // of calls that must not be sent twice: a fresh connection for each
	timeout  time.Duration
	underway context.Context // of every request that is sent; ended by Abort
	abort    context.CancelFunc
	trace    func(Trace)
	proxy    proxy
	tokens   *tokens // nil unless the credentials are an OAuth2 client's
	secrets  secrets
	isSigned bool

	signing  sync.Mutex // go-ovh's NewRequest writes to the client
	signer   *ovh.Client
	clock    time.Duration // this machine's clock minus the server's
	clocked  bool          // clock is known, or of no use for signing
	measured bool          // clock is known
	reading  chan struct{} // held by whoever reads the server's clock

	attempts attempts
}

// Call is one request of the API.
type Call struct {
	Method string
	Path   string // with its escaped query: "/order/cart/…/domain?domain=example.fr"
	Body   any    // sent as JSON; nil sends none
	Into   any    // a pointer that the answer is decoded into; nil drops the answer

	// Stream, where it is not nil, reads the answer instead, of any length and for up to ten times as long as others may
	// take. An error of it counts as an answer that is no answer, so it may be called again.
	Stream func(io.Reader) error

	Longest int64 // of the answer, in bytes; what is longer is no answer. 0 means 8 MB
	Fresh   bool  // send it over a connection of its own

	Anonymous bool // send it unsigned even where there are credentials
	Once      bool // never ask again by itself: the call changes what must not be changed twice. It may take four times as long
}

func (c Call) name() string {
	path, _, _ := strings.Cut(c.Path, "?")
	return c.Method + " " + path
}

// Receipt says what a call cost.
type Receipt struct {
	Attempts int           // requests sent
	Latency  time.Duration // of the last of them

	status int // of its answer; 0: none came
}

// New returns a Client. Errors wrap ErrConfig. No request is made yet.
func New(config Config) (*Client, error) {
	signer, err := load(config.Endpoint, config.Key)
	if err != nil {
		return nil, err
	}
	if err := checkPlain(signer); err != nil {
		return nil, err
	}
	through, err := proxyTo(signer.Endpoint())
	if err != nil {
		return nil, err
	}
	workers := max(config.Workers, 1)
	dial := config.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	transport := &http.Transport{
		Proxy:       func(*http.Request) (*url.URL, error) { return through.url, nil },
		DialContext: dial,

		OnProxyConnectResponse: proxyAnswered,
		TLSHandshakeTimeout:    10 * time.Second,
		TLSClientConfig:        &tls.Config{RootCAs: config.RootCAs},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           workers + 2,
		MaxIdleConnsPerHost:    workers + 2,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
	}
	timeout := config.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	client := &Client{
		pace: config.Pace,
		// Not an http.Client, which would follow redirects: a signature holds for one URL, and credentials for one host.
		http:     transport,
		timeout:  timeout,
		trace:    config.Trace,
		proxy:    through,
		secrets:  secretsOf(signer),
		isSigned: signed(signer),
		signer:   signer,
		reading:  make(chan struct{}, 1),
	}
	// net/http sends a request again by itself where a connection that it used before turns out to be closed.
	client.once = transport.Clone()
	client.once.DisableKeepAlives = true
	client.underway, client.abort = context.WithCancel(context.Background())
	if client.pace == nil {
		client.pace = pace.New(0)
	}
	client.tokens = newTokens(client)
	client.signer.UserAgent = config.UserAgent
	client.signer.Client = &http.Client{Transport: knownClock{client}}
	client.clocked = signer.AppKey == ""
	return client, nil
}

// Close ends the requests that are under way, and drops the connections.
func (c *Client) Close() {
	c.abort()
	c.http.CloseIdleConnections()
	c.once.CloseIdleConnections()
}

// Signed says whether there are credentials to sign with.
func (c *Client) Signed() bool { return c.isSigned }

// Endpoint is the URL of the API, without a trailing slash.
func (c *Client) Endpoint() string { return c.signer.Endpoint() }

// Do makes the call, again where that may help, each time freshly signed and when the pace allows it. The end of ctx ends the
// waiting and the asking again; a request that is under way is finished, since it is paid for: only Close ends that. No try begins
// more than longestCall after the first. The error is ctx's, a *WaitError, a *StopError or a *RowError, none of which holds a
// secret of the credentials. The Receipt counts what was spent in any case.
func (c *Client) Do(ctx context.Context, call Call) (Receipt, error) {
	receipt, err := c.do(ctx, call)
	return receipt, c.secrets.hideIn(err)
}

func (c *Client) do(ctx context.Context, call Call) (Receipt, error) {
	var receipt Receipt
	var last error // of the try before
	started := time.Now()
	pauses := backoff.NewExponentialBackOff()
	pauses.MaxInterval = 20 * time.Second
	clockReadAgain := false
	for tries := 1; ; tries++ {
		if c.isSigned && !call.Anonymous {
			// Not within try: what fails for good there would be asked again for each try.
			if err := c.readClock(ctx); err != nil {
				return receipt, err
			}
		}
		begun, sentBefore := time.Now(), receipt.Attempts
		err := c.tryInTime(ctx, call, &receipt, started, last)
		c.tell(begun, call, sentBefore, receipt, err)
		if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
			return receipt, err
		}
		if skewed, ok := errors.AsType[*clockError](err); ok {
			if clockReadAgain {
				return receipt, &skewed.StopError
			}
			clockReadAgain = true
			c.forgetClock()
			continue
		}
		wait, ok := errors.AsType[*WaitError](err)
		if !ok || call.Once || err == last || tries >= wait.maxTries() || time.Since(started) > patience {
			return receipt, err
		}
		last = err
		// Where the server said how long to wait, and after every 429, the pace's gate is closed already, for everyone.
		if wait.Kind != RateLimited {
			pause := pauses.NextBackOff()
			c.attempts.sleeps(time.Now().Add(pause))
			if err := sleep(ctx, pause); err != nil {
				return receipt, err
			}
		}
	}
}

// tryInTime is try; where a repetition may not begin in time, it is not sent, and the error is the last one.
func (c *Client) tryInTime(ctx context.Context, call Call, receipt *Receipt, started time.Time, last error) error {
	if last == nil {
		return c.try(ctx, ctx, call, receipt)
	}
	inTime, cancel := context.WithDeadline(ctx, started.Add(longestCall))
	defer cancel()
	err := c.try(ctx, inTime, call, receipt)
	if err != nil && err == inTime.Err() && ctx.Err() == nil {
		return last
	}
	return err
}

// try sends one request and reads its answer. It waits for permission to send until beginning ends.
func (c *Client) try(ctx, beginning context.Context, call Call, receipt *Receipt) (err error) {
	failed := func(kind Kind, message string) Failure {
		return Failure{Call: call.name(), Kind: kind, Message: message, Attempts: receipt.Attempts}
	}
	if err := c.pace.Wait(beginning); err != nil {
		return err
	}
	number := c.attempts.begin()
	defer func() { c.attempts.end(number, err) }()
	request, err := c.request(beginning, call)
	if err != nil {
		return err
	}
	sends := 0
	timeout := c.timeout
	switch {
	case call.Stream != nil:
		timeout *= 10
	case call.Once:
		timeout *= 4 // to give up early would be not to know
	}
	inTime, cancel := context.WithTimeout(c.underway, timeout)
	defer cancel()
	request = request.WithContext(httptrace.WithClientTrace(inTime, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			// net/http sends a GET once more by itself where a connection that it used before is broken. That is a
			// request as well; where ctx has ended, it is under way all the same.
			if sends++; sends > 1 {
				receipt.Attempts++
				_ = c.pace.Wait(ctx)
			}
		},
	}))
	receipt.Attempts++
	receipt.status = 0
	sent := time.Now()
	transport := c.http
	if call.Fresh {
		transport = c.once
	}
	if call.Once {
		transport, request.GetBody = c.once, nil // without it, not even HTTP/2 sends the body again
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		receipt.Latency = time.Since(sent)
		return c.connectionError(failed(Network, ""), err)
	}
	receipt.status = response.StatusCode
	if call.Stream != nil && isAnswered(call, response) && !isHTML(response.Header.Get("Content-Type"), nil) {
		return c.stream(call, response, sent, receipt, failed)
	}
	longest := cmp.Or(call.Longest, largestBody)
	body, err := readAll(response.Body, response.ContentLength, longest)
	response.Body.Close()
	receipt.Latency = time.Since(sent)
	if err != nil {
		return c.connectionError(failed(Network, ""), err)
	}
	if int64(len(body)) > longest {
		return &RowError{failed(Decode, fmt.Sprintf("an answer of more than %d kB", longest>>10))}
	}
	if response.StatusCode/100 != 2 {
		err := c.reaction(call.name(), response, body)
		c.count(err, sent, receipt.Attempts)
		return err
	}
	c.pace.Succeeded(sent)
	failure := failed(Decode, "")
	failure.Status = response.StatusCode
	if isHTML(response.Header.Get("Content-Type"), body) {
		failure.Message = foreign(response.Header.Get("Content-Type"), body)
		return c.ofPage(failure, response)
	}
	if !isAnswered(call, response) {
		failure.Message = "unexpected answer: what was asked is not answered by this status"
		return &WaitError{Failure: failure}
	}
	if err := decode(body, call.Into); err != nil {
		// Half an answer: what comes next may be whole.
		failure.Message = "unexpected answer: " + err.Error()
		return &WaitError{Failure: failure}
	}
	return nil
}

// isAnswered says whether a status is that of an answer: what is asked for is there with 200 alone, since an answer that is put
// off, left out, in parts or another machine's version would be taken for a whole one. What was to be done may be told otherwise.
func isAnswered(call Call, response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusOK:
		return true
	case http.StatusCreated, http.StatusNoContent:
		return call.Method != http.MethodGet
	}
	return false
}

// stream hands the answer to whoever reads it.
func (c *Client) stream(call Call, response *http.Response, sent time.Time, receipt *Receipt, failed func(Kind, string) Failure) error {
	body := &io.LimitedReader{R: response.Body, N: largestStream}
	err := call.Stream(body)
	response.Body.Close()
	receipt.Latency = time.Since(sent)
	c.pace.Succeeded(sent)
	if err == nil {
		return nil
	}
	if body.N <= 0 {
		return &RowError{failed(Decode, fmt.Sprintf("an answer of more than %d MB", largestStream>>20))}
	}
	if _, broken := errors.AsType[net.Error](err); broken || errors.Is(err, io.ErrUnexpectedEOF) {
		return c.connectionError(failed(Network, ""), err)
	}
	return &WaitError{Failure: failed(Decode, "unexpected answer: "+explain(err, -1).Error())}
}

// count tells the pace of a refusal and notes in it what the call has cost.
func (c *Client) count(err error, sent time.Time, attempts int) {
	switch err := err.(type) {
	case *WaitError:
		err.Attempts = attempts
		if err.Kind == RateLimited {
			c.pace.Throttled(sent, err.After)
		} else if err.After > 0 {
			c.pace.Pause(err.After)
		}
	case *StopError:
		err.Attempts = attempts
	case *RowError:
		err.Attempts = attempts
		c.pace.Succeeded(sent)
	}
}

// request builds a request that is signed now.
func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	sign := c.isSigned && !call.Anonymous
	bearer := ""
	if sign && c.tokens != nil {
		token, err := c.tokens.get(ctx)
		if err != nil {
			return nil, c.tokenError(ctx, call, err)
		}
		bearer, sign = token, false
	}
	c.signing.Lock()
	request, err := c.signer.NewRequest(call.Method, call.Path, call.Body, sign)
	c.signing.Unlock()
	if err != nil {
		return nil, &RowError{Failure{Call: call.name(), Kind: Refused, Message: "cannot be sent: " + short(err.Error(), longestMessage)}}
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	return request, nil
}

// readAll reads a body up to one byte more than the longest; size is what was announced, or -1.
func readAll(body io.Reader, size, longest int64) ([]byte, error) {
	if size >= 0 && size <= longest {
		whole := make([]byte, size)
		n, err := io.ReadFull(body, whole)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return whole[:n], err
	}
	return io.ReadAll(io.LimitReader(body, longest+1))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
