package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ovh/go-ovh/ovh"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// tokenURLs is where an OAuth2 client gets its access token, by endpoint. go-ovh keeps its own copy private and asks
// there with no deadline, so the token is fetched here.
var tokenURLs = map[string]string{
	ovh.OvhEU: "https://www.ovh.com/auth/oauth2/token",
	ovh.OvhCA: "https://ca.ovh.com/auth/oauth2/token",
	ovh.OvhUS: "https://us.ovhcloud.com/auth/oauth2/token",
}

// tokens gets access tokens, and keeps one for as long as it is valid. It is safe for concurrent use.
//
// The request for one goes to one address and follows no redirect, since it carries the client's secret. It pays the pace as
// every request does. At most 1 MB of its answer is read.
type tokens struct {
	client *Client
	config clientcredentials.Config
	over   *http.Client

	asking chan struct{} // held by whoever asks, or looks at token
	token  *oauth2.Token
}

// newTokens returns where access tokens come from, or nil where the client signs in another way.
func newTokens(c *Client) *tokens {
	if c.signer.ClientID == "" {
		return nil
	}
	return &tokens{
		client: c,
		config: clientcredentials.Config{
			ClientID: c.signer.ClientID, ClientSecret: c.signer.ClientSecret,
			TokenURL: tokenURLs[c.signer.Endpoint()], Scopes: []string{"all"},
			// As OVHcloud's guide to service accounts has it. To find it out would send the secret twice wherever it is refused.
			AuthStyle: oauth2.AuthStyleInParams,
		},
		over: &http.Client{
			Transport: c.http, Timeout: c.timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		asking: make(chan struct{}, 1),
	}
}

// get is a token that is valid.
func (t *tokens) get(ctx context.Context) (string, error) {
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if t.token.Valid() {
		return t.token.AccessToken, nil
	}
	if err := t.client.pace.Wait(ctx); err != nil {
		return "", err
	}
	token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.over))
	if err != nil {
		return "", err
	}
	if err := sendable("the access token", token.AccessToken); err != nil {
		return "", err
	}
	t.token = token
	return token.AccessToken, nil
}

// tokenError is the reaction to an OAuth2 token that was not given. Nothing was sent to the API.
func (c *Client) tokenError(ctx context.Context, call Call, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure := Failure{Call: call.name(), Kind: Denied, Message: "no access token for the OAuth2 client"}
	refusal, answered := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case answered && refusal.ErrorCode != "" && refusal.Response != nil && refusal.Response.StatusCode/100 == 4:
		failure.Status = refusal.Response.StatusCode
		failure.Message += ": " + short(refusal.ErrorCode, 100)
		return &StopError{Failure: failure, Hint: "check client_id and client_secret"}
	case answered && refusal.Response != nil:
		// Not in the words of OAuth2: not OVHcloud that answers, or a fault.
		failure.Status = refusal.Response.StatusCode
		if failure.Status >= 500 && failure.Status != http.StatusNetworkAuthenticationRequired || failure.Status == http.StatusTooManyRequests {
			failure.Kind = Server
			return &WaitError{Failure: failure, After: retryAfter(refusal.Response.Header.Get("Retry-After"), c.Now()), unsent: true}
		}
		wait := c.ofPage(failure, refusal.Response)
		wait.Message = failure.Message + ": " + foreign(refusal.Response.Header.Get("Content-Type"), refusal.Body)
		if failure.Status/100 == 3 {
			wait.Message = failure.Message + ": a redirect" + redirectedTo(place(refusal.Response))
		}
		wait.unsent = true
		return wait
	}
	failure.Kind = Network
	if _, broken := errors.AsType[*url.Error](err); !broken {
		// An answer that holds no token: the words of the library may hold all of it.
		failure.Kind, failure.Message = Decode, failure.Message+": the answer holds none"
		return &WaitError{
			Failure: failure, tries: triesDoubtful, unsent: true,
			Hint: "something else may answer for OVHcloud: open " + c.tokens.config.TokenURL + " in a browser" + c.throughProxy(),
		}
	}
	wrapped := c.connectionError(failure, err)
	if wait, ok := errors.AsType[*WaitError](wrapped); ok {
		wait.Message = fmt.Sprintf("%s: %s", failure.Message, wait.Message)
		wait.unsent = true
	}
	return wrapped
}
