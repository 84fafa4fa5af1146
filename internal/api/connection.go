package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// How often a call is tried where the cause is not the server's load: what is meant to last is not repeated at all, and what
// looks as if a person had to do something is repeated twice, in case that it does not.
const (
	triesLasting  = 1
	triesDoubtful = 3
)

// proxy is what stands between a client and its endpoint by the environment. The zero value is none.
type proxy struct {
	url      *url.URL // nil: none
	variable string   // of the environment, that names it
}

// proxyTo finds the proxy to an endpoint in the environment as it is now, by net/http's rules.
func proxyTo(endpoint string) (proxy, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return proxy{}, nil // the endpoint's check says so
	}
	variable := strings.ToUpper(target.Scheme) + "_PROXY"
	if os.Getenv(variable) == "" {
		variable = strings.ToLower(variable)
	}
	// What cannot be read would be ignored, and the proxy gone around.
	text := os.Getenv(variable)
	if named, err := url.Parse(text); text != "" && (err != nil || named.Scheme == "" || named.Host == "") {
		if _, err := url.Parse("http://" + text); err != nil || strings.Contains(text, "://") {
			return proxy{}, badProxy(variable)
		}
	}
	through, err := httpproxy.FromEnvironment().ProxyFunc()(target)
	if err != nil {
		return proxy{}, badProxy(variable)
	}
	return proxy{through, variable}, nil
}

func badProxy(variable string) error {
	return fmt.Errorf("%w: %s is not the address of a proxy such as http://proxy.example:3128", ErrConfig, variable)
}

// String is the proxy's address without its user and password, and where it is set; empty for none.
func (p proxy) String() string {
	if p.url == nil {
		return ""
	}
	return p.url.Scheme + "://" + p.url.Host + " (" + p.variable + ")"
}

// loginHint says what to do where the proxy wants a user and a password.
func (p proxy) loginHint() string {
	return fmt.Sprintf("give the proxy its user and password in %s: %s://USER:PASSWORD@%s", p.variable, p.url.Scheme, p.url.Host)
}

// proxyRefusal is a proxy that does not connect: the request itself was not sent.
type proxyRefusal struct {
	status   int
	location string // of a redirect
}

func (e *proxyRefusal) Error() string { return "the proxy " + e.answer() }

func (e *proxyRefusal) answer() string {
	return strings.TrimSpace(fmt.Sprintf("does not connect: %d %s", e.status, http.StatusText(e.status)))
}

// proxyAnswered makes a proxy that does not connect an error of its own.
func proxyAnswered(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{response.StatusCode, place(response)}
}

// connectionError is the reaction to a connection that failed: asking again, unless it was ended on purpose, or the next
// connection would fail in the same way.
func (c *Client) connectionError(failure Failure, err error) error {
	if c.underway.Err() != nil {
		return c.underway.Err()
	}
	cause := err
	if around, ok := errors.AsType[*url.Error](err); ok {
		cause = around.Err // the text around it repeats the call
	}
	failure.Message = short(cause.Error(), longestMessage)
	wait := &WaitError{Failure: failure, Err: cause}
	if broken, ok := errors.AsType[*net.OpError](err); ok && (broken.Op == "dial" || broken.Op == "proxyconnect") {
		wait.unsent = true
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		wait.Kind, wait.Message = Timeout, "no answer in time"
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		wait.Message = "the answer was cut off"
	}
	if c.proxy.url != nil {
		wait.Hint = fmt.Sprintf("requests go through the proxy %s: check that it is up, or unset %s", c.proxy, c.proxy.variable)
	}
	if refused, ok := errors.AsType[*proxyRefusal](err); ok {
		c.ofProxy(wait, refused)
		return wait
	}
	if broken, ok := errors.AsType[*net.OpError](err); ok && broken.Op == "proxyconnect" {
		wait.Message = short(fmt.Sprintf("the proxy %s cannot be reached: %v", c.proxy, broken.Err), longestMessage)
	}
	if missing, ok := errors.AsType[*net.DNSError](err); ok && missing.IsNotFound {
		wait.tries = triesDoubtful
		wait.Message = "there is no host " + short(missing.Name, 100)
		if c.proxy.url == nil {
			wait.Hint = "check --endpoint, and that this machine can resolve names"
		}
	}
	c.ofCertificate(wait, err)
	return wait
}

// ofProxy is the reaction to a proxy that does not connect.
func (c *Client) ofProxy(wait *WaitError, refused *proxyRefusal) {
	wait.unsent = true
	wait.Message = fmt.Sprintf("the proxy %s %s", c.proxy, refused.answer())
	switch {
	case refused.status == http.StatusProxyAuthRequired:
		wait.tries = triesLasting
		wait.Hint = c.proxy.loginHint()
	case refused.status/100 == 3:
		wait.tries = triesDoubtful
		wait.Message += redirectedTo(refused.location)
		wait.Hint = "the proxy wants a login first: open the page in a browser, or unset " + c.proxy.variable
	case refused.status/100 == 4:
		wait.tries = triesLasting
		wait.Hint = fmt.Sprintf("ask whoever runs the proxy to let %s pass, or go around it with NO_PROXY", c.host())
	}
}

// ofCertificate is the reaction to a certificate that is not believed: the request was not sent, and would not be the next time.
func (c *Client) ofCertificate(wait *WaitError, err error) {
	through := ""
	if c.proxy.url != nil {
		through = fmt.Sprintf(", or the proxy %s", c.proxy)
	}
	lasting := func(message, hint string) {
		wait.Kind, wait.Message, wait.Hint = Network, short(message, longestMessage), short(hint, longestMessage)
		wait.tries, wait.unsent = triesLasting, true
	}
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		issuer := "nobody"
		if unknown.Cert != nil {
			issuer = unknown.Cert.Issuer.String()
		}
		hint := fmt.Sprintf("somebody between here and OVHcloud%s reads what is sent: with SSL_CERT_FILE=FILE the certificates in FILE are trusted, where that is wanted", through)
		if file := os.Getenv("SSL_CERT_FILE"); file != "" {
			hint = fmt.Sprintf("SSL_CERT_FILE is %s: add the certificate of that authority to it, where it is to be trusted", file)
		}
		lasting(fmt.Sprintf("the certificate of %s is signed by an unknown authority, %s", c.host(), issuer), hint)
		return
	}
	if other, ok := errors.AsType[x509.HostnameError](err); ok {
		names := strings.Join(other.Certificate.DNSNames, ", ")
		lasting(fmt.Sprintf("the certificate is not for %s but for %s", other.Host, names),
			"check --endpoint; on a network with a login page, log in with a browser first")
		return
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		hint := "check --endpoint"
		if invalid.Reason == x509.Expired {
			hint = "check this machine's clock; if it is right, the server's certificate has expired"
		}
		lasting(fmt.Sprintf("the certificate of %s is not valid: %v", c.host(), invalid), hint)
		return
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		wait.tries, wait.unsent = triesDoubtful, true
		wait.Message = c.host() + " does not speak TLS"
		if string(record.RecordHeader[:]) == "HTTP/" {
			wait.Message = c.host() + " answers https with plain http"
		}
		wait.Hint = "check --endpoint; on a network with a login page, log in with a browser first"
	}
}

// host is the endpoint's, with its port where that is not the usual one.
func (c *Client) host() string {
	address, err := url.Parse(c.Endpoint())
	if err != nil {
		return "the endpoint"
	}
	return address.Host
}
