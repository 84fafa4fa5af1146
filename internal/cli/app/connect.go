package app

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

	"tldsweep/internal/api"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/emulator"
	"tldsweep/internal/pace"
)

// Emulated is the name of the endpoint whose answers are made up.
const Emulated = "emulator"

// The subsidiaries of OVHcloud's three APIs. Source: OVHcloud API, order.json, nichandle.OvhSubsidiaryEnum.
var (
	subsidiariesEU = []string{"CZ", "DE", "ES", "EU", "FI", "FR", "GB", "IE", "IT", "LT", "MA", "NL", "PL", "PT", "SN", "TN"}
	subsidiariesCA = []string{"ASIA", "AU", "CA", "IN", "QC", "SG", "WE", "WS"}
	subsidiariesUS = []string{"US"}
)

// Connection is an open way to OVHcloud, or to the emulator.
type Connection struct {
	Client     *api.Client
	Pace       *pace.Pace
	Subsidiary string
	Emulated   bool
	Server     *emulator.Server // nil unless emulated
	Unshared   error            // why the rate is not shared with other processes of this machine; nil where it is, or need not be
	Close      func()
}

// Digest is one of the endpoint and the subsidiary.
func (c *Connection) Digest() string {
	sum := sha256.Sum256([]byte(c.Client.Endpoint() + "\n" + c.Subsidiary))
	return hex.EncodeToString(sum[:8])
}

// IsEmulated says whether the answers will be made up by this process.
func (a *App) IsEmulated() bool {
	return a.Endpoint == Emulated || a.Endpoint == "" && strings.TrimSpace(os.Getenv("OVH_ENDPOINT")) == Emulated
}

// Connect finds the endpoint and prepares a client for it. It asks nothing yet.
func (a *App) Connect(rate pace.Rate, workers int, timeout time.Duration) (*Connection, error) {
	d := &Connection{Pace: pace.New(rate), Emulated: a.IsEmulated(), Close: func() {}}
	config := api.Config{
		Endpoint: a.Endpoint, Pace: d.Pace, Workers: workers, Timeout: timeout,
		UserAgent: "tldsweep/" + Version(),
	}
	if d.Emulated {
		server := emulator.New(emulator.Options{})
		address, err := server.Start("127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("start the emulator: %w", err)
		}
		d.Server = server
		d.Close = func() { server.Close() }
		config.Endpoint = address
		config.Key = &api.Key{
			ApplicationKey:    emulator.DefaultApplicationKey,
			ApplicationSecret: emulator.DefaultApplicationSecret,
			ConsumerKey:       emulator.DefaultConsumerKey,
		}
		a.Console.Note("the emulator answers: what it says is made up")
	}
	if !d.Emulated {
		for _, path := range api.Exposed() {
			a.Console.Warning("%s can be read by other users of this machine: chmod 600 %s", path, path)
		}
	}
	if a.Trace != "" {
		err := RefuseOverwrites(NamedFiles("the trace", a.Trace), nil)
		var trace *traceFile
		if err == nil {
			trace, err = openTrace(a.Trace)
		}
		if err != nil {
			d.Close()
			return nil, err
		}
		closeServer := d.Close
		config.Trace, d.Close = trace.write, func() {
			closeServer()
			if err := trace.close(); err != nil {
				a.Console.Warning("--trace: not every request is in the file: %v", err)
			}
		}
	}
	client, err := api.New(config)
	if err != nil {
		d.Close()
		if errors.Is(err, api.ErrConfig) && a.Endpoint != "" {
			err = Usage(err, "for example --endpoint ovh-eu")
		}
		return nil, err
	}
	closeServer := d.Close
	d.Client, d.Close = client, func() { client.Close(); d.Pace.Close(); closeServer() }
	if !d.Emulated {
		a.sharePace(d)
	}
	if d.Subsidiary, err = a.subsidiaryAt(client.Endpoint()); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// sharePace makes the pace one with that of other processes that use the same key on this machine.
func (a *App) sharePace(d *Connection) {
	folder, err := StateFolder()
	if err == nil {
		path := filepath.Join(folder, "pace-"+d.Client.Identity())
		_ = os.Remove(path + ".json") // of versions before this one; what it says is worth nothing by now
		err = d.Pace.Share(path)
	}
	if err != nil {
		d.Unshared = err
		a.Console.Warning("the rate is not shared with other runs on this machine: %v", err)
		return
	}
	told := false
	stop := every(delaysLooked, func(time.Time) {
		if err := d.Pace.Unshared(); err != nil && !told {
			told = true
			a.Console.Warning("the rate is no longer shared with other runs on this machine, so that together they may exceed it: %v", err)
		}
	})
	closePace := d.Close
	d.Close = func() { stop(); closePace() }
}

// subsidiaryAt is the subsidiary to ask for at an endpoint: the one that was named, else the endpoint's largest.
func (a *App) subsidiaryAt(endpoint string) (string, error) {
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
	if a.Subsidiary == "" {
		return usual, nil
	}
	if subsidiary := strings.ToUpper(a.Subsidiary); slices.Contains(known, subsidiary) {
		return subsidiary, nil
	}
	return "", Usage(fmt.Errorf("--subsidiary %s", console.OneLine(a.Subsidiary)), "want one of "+strings.Join(known, " "))
}

// RequireLogin refuses early what cannot work without credentials.
func (c *Connection) RequireLogin() error {
	if c.Client.Signed() {
		return nil
	}
	return Hinted(errors.New("no credentials for "+c.Client.Endpoint()),
		"copy ovh.conf-dist to ~/.ovh.conf and fill it in, or set OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY; to try without an account: --endpoint emulator")
}
