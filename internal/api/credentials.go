package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/ovh/go-ovh/ovh"
	"gopkg.in/ini.v1"

	"tldsweep/internal/bounded"
)

// load finds endpoint and credentials as go-ovh does: what is given, then the environment, then ./ovh.conf,
// ~/.ovh.conf and /etc/ovh.conf. A client without credentials can still make the calls that need none. go-ovh's own errors repeat
// the line of a file that it does not understand, and keys are taken as they are, with the line end that a shell put there: hence
// not by go-ovh.
func load(endpoint string, key *Key) (*ovh.Client, error) {
	endpoint = strings.TrimRight(strings.TrimSpace(endpoint), "/")
	if key != nil {
		client := &ovh.Client{AppKey: key.ApplicationKey, AppSecret: key.ApplicationSecret, ConsumerKey: key.ConsumerKey}
		return client, client.SetEndpoint(endpoint)
	}
	configured, err := readFiles()
	if err != nil {
		return nil, err
	}
	named := setting{value: endpoint}
	if endpoint == "" {
		if named, err = configured.find("default", "endpoint"); err != nil {
			return nil, err
		}
		named.value = strings.TrimRight(named.value, "/")
	}
	if named.value == "" {
		named = setting{value: "ovh-eu"}
	}
	address := named.value
	if !strings.Contains(address, "/") {
		if address = ovh.Endpoints[named.value]; address == "" {
			return nil, unknownEndpoint(named)
		}
	}
	client := &ovh.Client{}
	found := map[string]setting{}
	fields := map[string]*string{
		"application_key": &client.AppKey, "application_secret": &client.AppSecret, "consumer_key": &client.ConsumerKey,
		"client_id": &client.ClientID, "client_secret": &client.ClientSecret, "access_token": &client.AccessToken,
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value, err := configured.find(named.value, name)
		if err != nil {
			return nil, err
		}
		if err := sendable(value.from, value.value); err != nil {
			return nil, err
		}
		if *fields[name] = value.value; value.value != "" {
			found[name] = value
		}
	}
	if err := checkCredentials(found, address); err != nil {
		return nil, err
	}
	if err := checkNamed(named, address, found); err != nil {
		return nil, err
	}
	if err := client.SetEndpoint(address); err != nil {
		return nil, fmt.Errorf("%w: endpoint %q is not a URL such as https://eu.api.ovh.com/1.0", ErrConfig, quoted(address))
	}
	return client, nil
}

// checkCredentials refuses what is half a login, and several.
func checkCredentials(found map[string]setting, address string) error {
	var ways []string
	for _, names := range [][]string{{"application_key", "application_secret", "consumer_key"}, {"client_id", "client_secret"}, {"access_token"}} {
		for _, name := range names {
			if value, ok := found[name]; ok {
				ways = append(ways, value.from)
				break
			}
		}
	}
	if len(ways) > 1 {
		return fmt.Errorf("%w: there are several logins, by %s: leave one", ErrConfig, strings.Join(ways, " and by "))
	}
	for _, pair := range [][2]string{{"application_key", "application_secret"}, {"client_id", "client_secret"}} {
		for i, name := range pair {
			if other, ok := found[pair[1-i]]; ok && found[name].value == "" {
				return fmt.Errorf("%w: there is %s, but no %s for it", ErrConfig, other.from, name)
			}
		}
	}
	if _, ok := found["client_id"]; ok && tokenURLs[address] == "" {
		return fmt.Errorf("%w: an OAuth2 client can only be used with ovh-eu, ovh-ca and ovh-us", ErrConfig)
	}
	return nil
}

// checkNamed refuses to send credentials of the environment to a host that nobody but a file of the current folder names, which
// may be anybody's.
func checkNamed(endpoint setting, address string, found map[string]setting) error {
	if endpoint.from != settingIn("endpoint", localFile) {
		return nil
	}
	if IsOVHcloud(address) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(found)) { // in an order, so that the error is the same each time
		if value := found[name]; value.from == variableOf(name) {
			return fmt.Errorf("%w: %s in this folder would have %s sent to %s: if that is right, name it with --endpoint or OVH_ENDPOINT",
				ErrConfig, localFile, value.from, quoted(hostOf(address)))
		}
	}
	return nil
}

// setting is what is configured under one name.
type setting struct {
	value string
	from  string // "OVH_CONSUMER_KEY", "consumer_key in ovh.conf"; empty: nobody has set it
}

func variableOf(name string) string      { return "OVH_" + strings.ToUpper(name) }
func settingIn(name, path string) string { return name + " in " + path }

// configuration is what the files say, the one that counts most last.
type configuration []configFile

type configFile struct {
	path string
	*ini.File
}

// find is the environment's value, or else that of the files. Blanks and line ends around it are no part of it.
func (c configuration) find(section, name string) (setting, error) {
	if text := os.Getenv(variableOf(name)); text != "" {
		found := setting{strings.TrimSpace(text), variableOf(name)}
		if found.value == "" {
			return found, fmt.Errorf("%w: %s is set, but is blank: unset it, or fill it in", ErrConfig, found.from)
		}
		return found, nil
	}
	for _, file := range slices.Backward(c) {
		if file.HasSection(section) && file.Section(section).HasKey(name) {
			return setting{strings.TrimSpace(file.Section(section).Key(name).String()), settingIn(name, file.path)}, nil
		}
	}
	return setting{}, nil
}

// largestConfiguration is how much of ovh.conf is read, in bytes.
const largestConfiguration = 1 << 20

// readFiles reads those of the files that are there.
func readFiles() (configuration, error) {
	var all configuration
	for _, path := range Files() {
		text, err := bounded.ReadFile(path, largestConfiguration)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fileError(path, err)
		}
		file, err := ini.Load(text)
		if err != nil {
			return nil, fileError(path, err)
		}
		all = append(all, configFile{path, file})
	}
	return all, nil
}

// fileError says which line of a file cannot be read, and shows nothing of it: a secret may stand there.
func fileError(path string, err error) error {
	if broken, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%w: %w", ErrConfig, broken)
	}
	if large, ok := errors.AsType[*bounded.TooLargeError](err); ok {
		return fmt.Errorf("%w: %s: %w, which no configuration has: take it away", ErrConfig, path, large)
	}
	where := path
	if lone, ok := errors.AsType[ini.ErrDelimiterNotFound](err); ok {
		text, _ := bounded.ReadFile(path, largestConfiguration) // where it cannot be read again, the line is not told
		number := 0
		for line := range strings.Lines(string(text)) {
			if number++; strings.TrimSpace(line) == strings.TrimSpace(lone.Line) {
				where = fmt.Sprintf("%s, line %d", path, number)
				break
			}
		}
	}
	return fmt.Errorf("%w: %s: want a [section], or NAME = VALUE", ErrConfig, where)
}

// ErrConfig is wrapped by every error about an endpoint or credentials that cannot be used as they are written.
var ErrConfig = errors.New("configuration")

func unknownEndpoint(named setting) error {
	names := slices.Sorted(maps.Keys(ovh.Endpoints))
	from := ""
	if named.from != "" {
		from = " (" + named.from + ")"
	}
	return fmt.Errorf("%w: unknown endpoint %q%s: want %s, emulator, or a URL such as http://127.0.0.1:8080/1.0",
		ErrConfig, quoted(named.value), from, strings.Join(names, ", "))
}

// signed says whether the client has anything to sign with. An application key alone signs nothing.
func signed(c *ovh.Client) bool {
	return c.AppKey != "" && c.ConsumerKey != "" || c.ClientID != "" || c.AccessToken != ""
}

// checkPlain refuses to send credentials in clear text over a network.
func checkPlain(c *ovh.Client) error {
	address, err := url.Parse(c.Endpoint())
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return fmt.Errorf("%w: endpoint %q is not a URL such as https://eu.api.ovh.com/1.0", ErrConfig, quoted(c.Endpoint()))
	}
	if address.User != nil {
		return fmt.Errorf("%w: the endpoint's URL must not hold a user or a password", ErrConfig)
	}
	if address.RawQuery != "" || address.Fragment != "" {
		return fmt.Errorf("%w: the endpoint's URL must not hold a query: want one such as https://eu.api.ovh.com/1.0", ErrConfig)
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

// IsOVHcloud says whether the server of an endpoint's URL is one of OVHcloud's own, under whichever of its names.
func IsOVHcloud(endpoint string) bool {
	for _, known := range ovh.Endpoints {
		if hostOf(Canonical(known)) == hostOf(Canonical(endpoint)) {
			return true
		}
	}
	return false
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

// localFile is the one in the current folder.
const localFile = "ovh.conf"

// Files are where go-ovh looks for credentials, the one that counts most last. They need not be there.
func Files() []string {
	paths := []string{"/etc/ovh.conf"}
	if me, err := user.Current(); err == nil {
		paths = append(paths, filepath.Join(me.HomeDir, ".ovh.conf"))
	}
	return append(paths, localFile)
}

// Settings is a section of ovh.conf that OVHcloud's libraries leave alone, from the files that they read: its keys in
// lower case. A section that nobody knows is an error, since what stands there would count for nothing. A key in ./ovh.conf goes before one in ~/.ovh.conf, and that before one in /etc/ovh.conf.
func Settings(section string) (map[string]string, error) {
	all, err := readFiles()
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for _, file := range all {
		for _, name := range file.SectionStrings() {
			_, isEndpoint := ovh.Endpoints[name]
			if known := isEndpoint || name == section || strings.EqualFold(name, ini.DefaultSection) || strings.Contains(name, "/"); !known {
				return nil, fmt.Errorf("%w: %s has an unknown section [%s]: want [default], the name of an endpoint such as [ovh-eu], or [%s]", ErrConfig, file.path, quoted(name), section)
			}
		}
		for _, key := range file.Section(section).Keys() {
			settings[strings.ToLower(key.Name())] = strings.TrimSpace(key.Value())
		}
	}
	return settings, nil
}

// Exposed lists the files that credentials are read from, hold some, and can be read by other users of this machine.
func Exposed() []string {
	var exposed []string
	for _, path := range Files() {
		about, err := os.Stat(path)
		if err != nil || about.Mode().Perm()&0o044 == 0 || runtime.GOOS == "windows" {
			continue
		}
		if text, err := bounded.ReadFile(path, largestConfiguration); err == nil && secretLine.Match(text) {
			exposed = append(exposed, path)
		}
	}
	return exposed
}

var secretLine = regexp.MustCompile(`(?m)^\s*(application_secret|consumer_key|client_secret|access_token)\s*[=:]\s*\S`)
