package emulator_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"tldsweep/emulator"
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
