package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A page is an answer that is not OVHcloud's: some machine in between has answered, a proxy, a load balancer or the login page of
// a network. What it says is never OVHcloud's word on credentials or rights.

// isPage says whether a refusal is somebody else's. What a load balancer says in OVHcloud's place is a refusal all the same: that
// there are too many requests, or that something took too long.
func isPage(failure *Failure, foreign bool) bool {
	switch status := failure.Status; {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return false
	case status >= 500:
		return foreign && status == http.StatusNetworkAuthenticationRequired
	case status < 400:
		return true // OVHcloud's API redirects nobody
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return foreign || failure.Class == "" && failure.Code == "" && !isRefusalOnRecord(failure.Message)
	default:
		return foreign
	}
}

// isRefusalOnRecord knows OVHcloud's words about credentials and rights.
func isRefusalOnRecord(message string) bool {
	message = strings.ToLower(message)
	for _, words := range []string{"must login", "application key", "credential", "granted", "not allowed"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}

// ofPage is the reaction to an answer that is not OVHcloud's. It may pass, when somebody has logged in or the balancer is well, but
// soon or not at all.
func (c *Client) ofPage(failure Failure, response *http.Response) *WaitError {
	wait := &WaitError{Failure: failure, tries: triesDoubtful, isPage: true}
	wait.Kind = Network
	switch status := failure.Status; {
	case status/100 == 3:
		wait.Kind = Server
		wait.Message = "a redirect" + redirectedTo(place(response)) + " instead of an answer"
	case status == http.StatusProxyAuthRequired:
		wait.tries = triesLasting
	case status/100 == 2:
		wait.Kind = Decode
	}
	wait.Hint = c.pageHint(response)
	return wait
}

// pageHint says what to do about an answer that is not OVHcloud's.
func (c *Client) pageHint(response *http.Response) string {
	to := place(response)
	switch {
	case c.proxy.url != nil && response.StatusCode == http.StatusProxyAuthRequired:
		return c.proxy.loginHint()
	case response.StatusCode/100 == 3 && hostOf(to) == hostOf(c.Endpoint()):
		return "the endpoint's address is another: check --endpoint; the URLs of OVHcloud's API end in /1.0"
	case response.StatusCode == http.StatusNetworkAuthenticationRequired, response.StatusCode/100 == 3:
		return "a network with a login page, or a proxy, answers for " + c.host() + ": log in with a browser first, then run the same command again" + c.throughProxy()
	case response.StatusCode == http.StatusNotFound:
		return "check --endpoint: the URLs of OVHcloud's API end in /1.0" + c.throughProxy()
	default:
		return "it is not OVHcloud's API that answers for " + c.host() + ": a login page of the network, a firewall or a proxy? Open the address in a browser, and check --endpoint" + c.throughProxy()
	}
}

func (c *Client) throughProxy() string {
	if c.proxy.url == nil {
		return ""
	}
	return fmt.Sprintf("; requests go through the proxy %s", c.proxy)
}

// place is where a redirect leads to, without a user, a password or a query, which may be secret; empty where it does not say.
func place(response *http.Response) string {
	text := response.Header.Get("Location")
	to, err := url.Parse(text)
	if err != nil || text == "" {
		return ""
	}
	if response.Request != nil && response.Request.URL != nil {
		to = response.Request.URL.ResolveReference(to)
	}
	return short((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String(), 100)
}

func redirectedTo(place string) string {
	if place == "" {
		return " to nowhere"
	}
	return " to " + place
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Hostname())
}
