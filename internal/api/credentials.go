package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/ovh/go-ovh/ovh"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"gopkg.in/ini.v1"
)

// tokenURLs is where an OAuth2 client gets its access token, by endpoint. go-ovh keeps its own copy private and asks
// there with no deadline, so the token is fetched here.
var tokenURLs = map[string]string{
	ovh.OvhEU: "https://www.ovh.com/auth/oauth2/token",
	ovh.OvhCA: "https://ca.ovh.com/auth/oauth2/token",
	ovh.OvhUS: "https://us.ovhcloud.com/auth/oauth2/token",
}

// load finds endpoint and credentials as go-ovh does: what is given, then the environment, then ./ovh.conf,
// ~/.ovh.conf and /etc/ovh.conf. A client without credentials can still make the calls that need none.
func load(endpoint string, key *Key) (*ovh.Client, error) {
	endpoint = strings.TrimRight(endpoint, "/")
	if key != nil {
		client := &ovh.Client{AppKey: key.ApplicationKey, AppSecret: key.ApplicationSecret, ConsumerKey: key.ConsumerKey}
		return client, client.SetEndpoint(endpoint)
	}
	client, err := ovh.NewEndpointClient(endpoint)
	if err == nil {
		return client, nil
	}
	if !strings.HasPrefix(err.Error(), "missing authentication information") {
		return nil, configError(endpoint, err)
	}
	// go-ovh only says which endpoint it found once it also found credentials: give it some that are never sent.
	probe, err := ovh.NewClient(endpoint, "-", "-", "")
	if err != nil {
		return nil, configError(endpoint, err)
	}
	unsigned := &ovh.Client{}
	if err := unsigned.SetEndpoint(probe.Endpoint()); err != nil {
		return nil, configError(endpoint, err)
	}
	return unsigned, nil
}

// ErrConfig is wrapped by every error about an endpoint or credentials that cannot be used as they are written.
var ErrConfig = errors.New("configuration")

func configError(endpoint string, err error) error {
	if strings.Contains(err.Error(), "unknown endpoint") {
		names := make([]string, 0, len(ovh.Endpoints))
		for name := range ovh.Endpoints {
			names = append(names, name)
		}
		slices.Sort(names)
		return fmt.Errorf("%w: unknown endpoint %q: want %s, emulator, or a URL such as http://127.0.0.1:8080/1.0", ErrConfig, endpoint, strings.Join(names, ", "))
	}
	return fmt.Errorf("%w: %w", ErrConfig, err)
}

// signed says whether the client has anything to sign with. An application key alone signs nothing.
func signed(c *ovh.Client) bool {
	return c.AppKey != "" && c.ConsumerKey != "" || c.ClientID != "" || c.AccessToken != ""
}

// checkPlain refuses to send credentials in clear text over a network.
func checkPlain(c *ovh.Client) error {
	address, err := url.Parse(c.Endpoint())
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return fmt.Errorf("%w: endpoint %q is not a URL such as https://eu.api.ovh.com/1.0", ErrConfig, printable(c.Endpoint(), 100))
	}
	if address.User != nil {
		return fmt.Errorf("%w: the endpoint's URL must not hold a user or a password", ErrConfig)
	}
	hasSecret := signed(c) || c.AppKey != ""
	if address.Scheme == "https" || !hasSecret {
		return nil
	}
	host := address.Hostname()
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%w: will not send credentials to %s without encryption: use https", ErrConfig, host)
}

// tokens returns where access tokens come from, or nil where the client signs in another way.
func tokens(c *ovh.Client, over *http.Client) oauth2.TokenSource {
	if c.ClientID == "" {
		return nil
	}
	config := clientcredentials.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		TokenURL: tokenURLs[c.Endpoint()], Scopes: []string{"all"},
	}
	return config.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, over))
}

// sameHost is one name for hosts that are one server: OVHcloud Europe answers under three, this machine under two. Source:
// OVHcloud's guide to its API of 2026.
var sameHost = map[string]string{
	"api.ovh.com": "eu.api.ovh.com", "api.eu.ovhcloud.com": "eu.api.ovh.com",
	"localhost": "127.0.0.1",
}

// Canonical is one name for all URLs of one server, to tell whether two are the same. It is the URL itself where it is the usual
// one, and where it cannot be read.
func Canonical(endpoint string) string {
	address, err := url.Parse(strings.TrimRight(endpoint, "/"))
	if err != nil || address.Host == "" {
		return endpoint
	}
	host, port := strings.ToLower(address.Hostname()), address.Port()
	if same, ok := sameHost[host]; ok {
		host = same
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && !(address.Scheme == "https" && port == "443") && !(address.Scheme == "http" && port == "80") {
		host += ":" + port
	}
	path := address.Path
	if path == "/v1" { // the same as /1.0
		path = "/1.0"
	}
	return strings.ToLower(address.Scheme) + "://" + host + path
}

// Server is one name for all endpoints that are the same server: what accounts, orders and limits belong to.
func (c *Client) Server() string { return Canonical(c.signer.Endpoint()) }

// Identity is a digest that is the same for the same credentials at the same server: what OVHcloud counts requests by.
func (c *Client) Identity() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		c.Server(), c.signer.AppKey, c.signer.ConsumerKey, c.signer.ClientID, c.signer.AccessToken,
	}, "\n")))
	return hex.EncodeToString(sum[:8])
}

// files are where go-ovh looks for credentials, the one that counts most last.
func files() []string {
	paths := []string{"/etc/ovh.conf"}
	if me, err := user.Current(); err == nil {
		paths = append(paths, filepath.Join(me.HomeDir, ".ovh.conf"))
	}
	return append(paths, "ovh.conf")
}

// Settings is a section of ovh.conf that OVHcloud's libraries leave alone, from the files that they read: its keys in
// lower case. A section that nobody knows is an error, since what stands there would count for nothing. A key in ./ovh.conf goes before one in ~/.ovh.conf, and that before one in /etc/ovh.conf.
func Settings(section string) (map[string]string, error) {
	paths := files()
	others := make([]any, len(paths)-1)
	for i, path := range paths[1:] {
		others[i] = path
	}
	file, err := ini.LooseLoad(paths[0], others...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	for _, name := range file.SectionStrings() {
		_, isEndpoint := ovh.Endpoints[name]
		if known := isEndpoint || name == section || strings.EqualFold(name, ini.DefaultSection) || strings.Contains(name, "/"); !known {
			return nil, fmt.Errorf("%w: ovh.conf has an unknown section [%s]: want [default], the name of an endpoint such as [ovh-eu], or [%s]", ErrConfig, printable(name, 100), section)
		}
	}
	settings := map[string]string{}
	for _, key := range file.Section(section).Keys() {
		settings[strings.ToLower(key.Name())] = strings.TrimSpace(key.Value())
	}
	return settings, nil
}

// Exposed lists the files that credentials are read from, hold some, and can be read by other users of this machine.
func Exposed() []string {
	var exposed []string
	for _, path := range files() {
		about, err := os.Stat(path)
		if err != nil || about.Mode().Perm()&0o044 == 0 || runtime.GOOS == "windows" {
			continue
		}
		if text, err := os.ReadFile(path); err == nil && secretLine.Match(text) {
			exposed = append(exposed, path)
		}
	}
	return exposed
}

var secretLine = regexp.MustCompile(`(?m)^\s*(application_secret|consumer_key|client_secret|access_token)\s*[=:]\s*\S`)
