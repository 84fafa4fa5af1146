package emulator_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

// keys are the emulator's, in the environment of a program.
func keys() []string {
	return append(os.Environ(), "OVH_APPLICATION_KEY="+emulator.DefaultApplicationKey,
		"OVH_APPLICATION_SECRET="+emulator.DefaultApplicationSecret, "OVH_CONSUMER_KEY="+emulator.DefaultConsumerKey)
}

// OVHcloud's client for Python, where it is installed.
func TestPythonOrdersADomain(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import ovh").CombinedOutput(); err != nil {
		t.Skipf("needs OVHcloud's client for Python: pip install ovh (%v %s)", err, out)
	}
	server, address := start(t, steady(emulator.Like{}))
	python := exec.Command("python3", "testdata/order.py", "example-shop.fr")
	python.Env = append(keys(), "OVH_ENDPOINT="+address)
	out, err := python.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "7.19 €\nchecking\nThis cart is read only") {
		t.Errorf("%v: %s", err, out)
	}
	if orders := server.Orders(); len(orders) != 1 || !orders[0].Paid {
		t.Errorf("%+v", orders)
	}
}

// OVHcloud's client for Node.js, where it is installed, in every world. It speaks TLS only, and signs for the host without
// the port that it asks: behind a port of its own, the emulator must be told so.
func TestNodeOrdersADomain(t *testing.T) {
	const folder = "testdata/clients/node"
	check := exec.Command("node", "-e", "require('ovh')")
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		t.Skipf("needs OVHcloud's client for Node.js: npm ci --prefix emulator/%s (%v %s)", folder, err, out)
	}
	for name, l := range worlds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := steady(l)
			options.PublicURL = "https://127.0.0.1"
			server := emulator.New(options)
			address, _, err := server.StartTLS("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			at, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			certificate := filepath.Join(t.TempDir(), "certificate.pem")
			if err := os.WriteFile(certificate, server.Certificate(), 0o600); err != nil {
				t.Fatal(err)
			}
			node := exec.Command("node", "order.js", at.Port(), "example-shop.com")
			node.Dir = folder
			node.Env = append(keys(), "NODE_EXTRA_CA_CERTS="+certificate)
			if out, err := node.CombinedOutput(); err != nil || !strings.Contains(string(out), " checking\n") {
				t.Errorf("%v: %s", err, out)
			}
			if orders := server.Orders(); len(orders) != 1 || !orders[0].Paid || orders[0].Domains[0] != "example-shop.com" {
				t.Errorf("%+v", orders)
			}
		})
	}
}
