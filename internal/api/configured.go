package api

import (
	"net/url"
	"os"

	"github.com/ovh/go-ovh/ovh"
)

// Configured is a setting as it is written somewhere, for a bug report: of its value, nothing is told but which endpoint it names.
type Configured struct {
	Name  string `json:"name"`  // "application_key", "[tldsweep] max_total"; what looks like a key is hidden there, too
	From  string `json:"from"`  // the file, or the variable of the environment
	Value string `json:"value"` // "(hidden)" but for an endpoint
}

// ListConfigured lists what the environment and the files set, whether it counts or not. An error is about a file that cannot be
// read, and holds nothing of it.
func ListConfigured() ([]Configured, error) {
	var all []Configured
	for _, name := range []string{"endpoint", "application_key", "application_secret", "consumer_key", "client_id", "client_secret", "access_token"} {
		if value, ok := os.LookupEnv(variableOf(name)); ok {
			all = append(all, Configured{name, variableOf(name), shown(name, value)})
		}
	}
	files, err := readFiles()
	if err != nil {
		return all, err
	}
	for _, file := range files {
		for _, section := range file.Sections() {
			for _, key := range section.Keys() {
				all = append(all, Configured{"[" + quoted(section.Name()) + "] " + quoted(key.Name()), file.path, shown(key.Name(), key.Value())})
			}
		}
	}
	return all, nil
}

func shown(name, value string) string {
	switch {
	case value == "":
		return "(empty)"
	case name == "endpoint":
		return ShownEndpoint(value)
	}
	return hidden
}

// ShownEndpoint is an endpoint's name or address, without what else may stand in a URL or in a value that is none.
func ShownEndpoint(value string) string {
	if value == "" || value == "emulator" {
		return value
	}
	if _, known := ovh.Endpoints[value]; known {
		return value
	}
	if address, err := url.Parse(value); err == nil && address.Host != "" {
		return quoted((&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}).String())
	}
	return hidden
}

// Redact takes the secrets of the credentials out of a text.
func (c *Client) Redact(text string) string { return c.secrets.Replace(text) }
