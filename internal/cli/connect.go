package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/api"
	"tldsweep/internal/emulator"
	"tldsweep/internal/pace"
)

// emulated is the name of the endpoint whose answers are made up.
const emulated = "emulator"

// The subsidiaries of OVHcloud's three APIs. Source: OVHcloud API, order.json, nichandle.OvhSubsidiaryEnum.
var (
	subsidiariesEU = []string{"CZ", "DE", "ES", "EU", "FI", "FR", "GB", "IE", "IT", "LT", "MA", "NL", "PL", "PT", "SN", "TN"}
	subsidiariesCA = []string{"ASIA", "AU", "CA", "IN", "QC", "SG", "WE", "WS"}
	subsidiariesUS = []string{"US"}
)

// connection is an open way to OVHcloud, or to the emulator.
type connection struct {
	client     *api.Client
	pace       *pace.Pace
	subsidiary string
	emulated   bool
	server     *emulator.Server // nil unless emulated
	close      func()
}

// place is a digest of the endpoint and the subsidiary.
func (c *connection) serverDigest() string {
	sum := sha256.Sum256([]byte(c.client.Endpoint() + "\n" + c.subsidiary))
	return hex.EncodeToString(sum[:8])
}

// isEmulated says whether the answers will be made up by this process.
func (a *app) isEmulated() bool {
	return a.endpoint == emulated || a.endpoint == "" && os.Getenv("OVH_ENDPOINT") == emulated
}

// open finds the endpoint and prepares a client for it. It asks nothing yet.
func (a *app) connect(rate pace.Rate, workers int, timeout time.Duration) (*connection, error) {
	d := &connection{pace: pace.New(rate), emulated: a.isEmulated(), close: func() {}}
	config := api.Config{
		Endpoint: a.endpoint, Pace: d.pace, Workers: workers, Timeout: timeout,
		UserAgent: "tldsweep/" + version(),
	}
	if d.emulated {
		server := emulator.New(emulator.Options{})
		address, err := server.Start("127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("start the emulator: %w", err)
		}
		d.server = server
		d.close = func() { server.Close() }
		config.Endpoint = address
		config.Key = &api.Key{
			ApplicationKey:    emulator.DefaultApplicationKey,
			ApplicationSecret: emulator.DefaultApplicationSecret,
			ConsumerKey:       emulator.DefaultConsumerKey,
		}
		a.console.note("the emulator answers: what it says is made up")
	}
	if !d.emulated {
		for _, path := range api.Exposed() {
			a.console.warning("%s can be read by other users of this machine: chmod 600 %s", path, path)
		}
	}
	client, err := api.New(config)
	if err != nil {
		d.close()
		if errors.Is(err, api.ErrConfig) && a.endpoint != "" {
			err = &usageError{err, "want --endpoint ovh-eu, ovh-ca, ovh-us, emulator, or a URL such as https://eu.api.ovh.com/1.0"}
		}
		return nil, err
	}
	closeServer := d.close
	d.client, d.close = client, func() { client.Close(); closeServer() }
	if !d.emulated {
		a.sharePace(d)
	}
	if d.subsidiary, err = a.subsidiaryAt(client.Endpoint()); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// sharePace makes the pace one with that of other processes that use the same key on this machine.
func (a *app) sharePace(d *connection) {
	folder, err := stateFolder()
	if err == nil {
		err = d.pace.Share(filepath.Join(folder, "pace-"+d.client.Identity()+".json"))
	}
	if err != nil {
		a.console.warning("the rate is not shared with other runs on this machine: %v", err)
	}
}

// subsidiaryAt is the subsidiary to ask for at an endpoint: the one that was named, else the endpoint's largest.
func (a *app) subsidiaryAt(endpoint string) (string, error) {
	known := slices.Concat(subsidiariesEU, subsidiariesCA, subsidiariesUS)
	usual := "FR"
	switch {
	case strings.Contains(endpoint, "//eu.api."):
		known = subsidiariesEU
	case strings.Contains(endpoint, "//ca.api."):
		known, usual = subsidiariesCA, "CA"
	case strings.Contains(endpoint, "//api.us."):
		known, usual = subsidiariesUS, "US"
	}
	if a.subsidiary == "" {
		return usual, nil
	}
	if subsidiary := strings.ToUpper(a.subsidiary); slices.Contains(known, subsidiary) {
		return subsidiary, nil
	}
	return "", &usageError{fmt.Errorf("--subsidiary %s", oneLine(a.subsidiary)), "want one of " + strings.Join(known, " ")}
}

// needLogin refuses early what cannot work without credentials.
func (c *connection) requireLogin() error {
	if c.client.Signed() {
		return nil
	}
	return &hintedError{
		errors.New("no credentials for " + c.client.Endpoint()),
		"copy ovh.conf-dist to ~/.ovh.conf and fill it in, or set OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY; to try without an account: --endpoint emulator",
	}
}

// noArguments is cobra.NoArgs in this program's words.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{fmt.Errorf("%s takes no arguments, but was given %s", cmd.CommandPath(), oneLine(args[0])), "see " + cmd.CommandPath() + " --help"}
}
