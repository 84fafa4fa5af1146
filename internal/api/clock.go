package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ovh/go-ovh/ovh"
)

// ServerTime is what the server's clock shows now, to the second or so. It asks for it where it is not known yet.
//
// Route: GET /auth/time, anonymous. Source: OVHcloud API, auth.json. Errors as of Do.
func (c *Client) ServerTime(ctx context.Context) (time.Time, error) {
	err := c.measureClock(ctx, func() bool { return c.measured })
	c.signing.Lock()
	defer c.signing.Unlock()
	return time.Now().Add(-c.clock), err
}

// Now is what the server's clock shows now where that is known, and else this machine's. It asks nothing.
func (c *Client) Now() time.Time {
	c.signing.Lock()
	defer c.signing.Unlock()
	return time.Now().Add(-c.clock)
}

// readClock asks the server's clock once for everybody, since a signature holds for minutes only.
func (c *Client) readClock(ctx context.Context) error {
	return c.measureClock(ctx, func() bool { return c.clocked })
}

// measureClock asks the server's clock unless it is known well enough.
func (c *Client) measureClock(ctx context.Context, enough func() bool) error {
	known := func() bool {
		c.signing.Lock()
		defer c.signing.Unlock()
		return enough()
	}
	if known() {
		return nil
	}
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if known() {
		return nil
	}
	at, _, err := c.askTime(ctx)
	if err != nil {
		return err
	}
	c.signing.Lock()
	c.clock, c.clocked, c.measured = time.Since(at), true, true
	c.signing.Unlock()
	return nil
}

// askTime asks for the server's time.
//
// Route: GET /auth/time, anonymous. Source: OVHcloud API, auth.json.
func (c *Client) askTime(ctx context.Context) (time.Time, Receipt, error) {
	var at serverTime
	receipt, err := c.Do(ctx, Call{Method: http.MethodGet, Path: "/auth/time", Into: &at, Anonymous: true})
	return time.Time(at), receipt, err
}

// serverTime decodes seconds since 1970. What cannot be the time now is no time, since nothing that is signed by it is accepted.
type serverTime time.Time

var errNoTime = errors.New("not the time of today in seconds")

func (t *serverTime) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseInt(string(text), 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || at.Year() < 2020 || at.Year() > 2200 {
		return errNoTime
	}
	*t = serverTime(at)
	return nil
}

// forgetClock makes the next call read the server's clock again. go-ovh keeps what it once knew, hence a new signer.
func (c *Client) forgetClock() {
	c.signing.Lock()
	defer c.signing.Unlock()
	old := c.signer
	c.signer = &ovh.Client{
		AppKey: old.AppKey, AppSecret: old.AppSecret, ConsumerKey: old.ConsumerKey,
		ClientID: old.ClientID, ClientSecret: old.ClientSecret, AccessToken: old.AccessToken,
		Client: old.Client, UserAgent: old.UserAgent,
	}
	// The address was accepted before.
	_ = c.signer.SetEndpoint(old.Endpoint())
	c.clocked, c.measured = old.AppKey == "", false
}

// knownClock answers the one request that go-ovh makes by itself, for the server's clock, from what is known already,
// so that no request bypasses the pace. go-ovh calls it within NewRequest, so with the signing lock held.
type knownClock struct{ *Client }

func (c knownClock) RoundTrip(request *http.Request) (*http.Response, error) {
	now := strconv.FormatInt(time.Now().Add(-c.clock).Unix(), 10)
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(now)), ContentLength: int64(len(now)), Request: request,
	}, nil
}

// ReadClock asks for the server's time, and says how far this machine's clock is ahead of it, to the second or so.
//
// Route: GET /auth/time, anonymous. Costs a request, changes nothing. Source: OVHcloud API, auth.json.
func (c *Client) ReadClock(ctx context.Context) (ahead time.Duration, err error) {
	at, receipt, err := c.askTime(ctx)
	if err != nil {
		return 0, err
	}
	return time.Since(at) - receipt.Latency/2, nil
}
