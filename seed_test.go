package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

// The samples run against the emulator, print what they are there to show, and order what they say.
func TestTheSamplesOfOrderCartExamples(t *testing.T) {
	programs := buildSamples(t)
	const order = `order \d+ of 30\.00 (EUR|€)`
	for _, sample := range []struct {
		name, arguments, stdin string
		prints                 string // a regular expression of the whole output
		fails                  bool
		orders                 string
	}{
		{name: "cart", prints: `cart [0-9a-f-]{36} "seed" until \S+: 0 items\ndeleted\n`},
		// Taken is an offer to transfer, none at all, or one that is not orderable.
		{name: "search", arguments: "sunflower.shop gone.fr held.fr taken.fr nosuch.tldx",
			prints: `sunflower\.shop: available, 25\.00 EUR, then 28\.50 EUR a year\n` +
				`gone\.fr: not available\nheld\.fr: not available\ntaken\.fr: not available\nnosuch\.tldx: unknown: .*Check failed.*\n`},
		{name: "search", arguments: "planet73.com planet6.com", prints: `planet73\.com: premium, \d+\.00 EUR, then .* a year\nplanet6\.com: not available\n`},
		{name: "featured", arguments: "sunflower", prints: `(sunflower\.\S+ is (not )?available\n){10}`},
		{name: "add", arguments: "sunflower.shop", prints: `item (\d+): \.shop for P1Y\nitem (\d+) taken out\n`},
		{name: "add", arguments: "gone.fr", prints: `.*not available.*\n`, fails: true},
		{name: "assign", arguments: "merryChristmas", prints: `cart [0-9a-f-]{36} is yours\n`},
		{name: "configure", arguments: "sunflower.shop", prints: `(?s).*OWNER_LEGAL_AGE .* = true\n.*DNS .* = ns1\.example\.net;ns2\.example\.net\n.*`},
		{name: "dryrun", arguments: "sunflower.shop",
			prints: `(?s)refused: .*OWNER_LEGAL_AGE.*\n *25\.00 (EUR|€)  sunflower\.shop .*\ncontract .*\n25\.00 (EUR|€) without tax, 30\.00 (EUR|€) with\n`},
		{name: "checkout", arguments: "sunflower.shop", prints: order + `, not paid: https://\S+\n`, orders: "sunflower.shop 3000"},
		{name: "pay", arguments: "sunflower.shop", stdin: "30.00\n", prints: order + `\. Type 30\.00 to pay it: paid: \w+\n`, orders: "sunflower.shop 3000 paid"},
		{name: "pay", arguments: "sunflower.shop", stdin: "yes\n", prints: order + `\. Type 30\.00 to pay it: not paid\n`, fails: true, orders: "sunflower.shop 3000"},
	} {
		t.Run(strings.Join([]string{sample.name, sample.arguments, sample.stdin}, " "), func(t *testing.T) {
			t.Parallel()
			ran := runSample(t, filepath.Join(programs, sample.name), sample.arguments, sample.stdin,
				emulator.Options{Registered: []string{"gone.fr", "held.fr", "taken.fr"}})
			if ran.failed != sample.fails {
				t.Errorf("it failed: %t", ran.failed)
			}
			if !regexp.MustCompile(`^` + sample.prints + `$`).MatchString(ran.printed) {
				t.Errorf("it printed\n%swant %s", ran.printed, sample.prints)
			}
			if ran.orders != sample.orders {
				t.Errorf("the orders are %q, want %q", ran.orders, sample.orders)
			}
		})
	}
	for _, name := range emulator.Likes() {
		t.Run("pay in the world of "+name, func(t *testing.T) {
			t.Parallel()
			like, err := emulator.ParseLike(name)
			if err != nil {
				t.Fatal(err)
			}
			if ran := runSample(t, filepath.Join(programs, "pay"), "sunflower.shop", "30.00\n", emulator.Options{Like: like}); ran.orders != "sunflower.shop 3000 paid" {
				t.Errorf("%+v", ran)
			}
		})
	}
}

// sampleRun is what became of a run of a sample.
type sampleRun struct {
	printed string // on stdout and stderr
	failed  bool
	orders  string // each its domains, cents, and whether it is paid
}

func runSample(t *testing.T, program, arguments, stdin string, options emulator.Options) sampleRun {
	t.Helper()
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	command := exec.Command(program, strings.Fields(arguments)...)
	// Without the keys of whoever runs the tests.
	command.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OVH_") }),
		"OVH_ENDPOINT="+address, "OVH_APPLICATION_KEY="+emulator.DefaultApplicationKey,
		"OVH_APPLICATION_SECRET="+emulator.DefaultApplicationSecret, "OVH_CONSUMER_KEY="+emulator.DefaultConsumerKey)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	_, failed := err.(*exec.ExitError)
	if err != nil && !failed {
		t.Fatal(err)
	}
	ran := sampleRun{printed: string(out), failed: failed}
	for _, o := range server.Orders() {
		ran.orders += fmt.Sprint(strings.Join(o.Domains, ","), " ", o.Cents)
		if o.Paid {
			ran.orders += " paid"
		}
	}
	return ran
}

// buildSamples builds the module of samples, with the race detector where this test has it, and returns the folder of
// the programs.
func buildSamples(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	arguments := []string{"build", "-o", folder + string(filepath.Separator)}
	if build, ok := debug.ReadBuildInfo(); ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		arguments = append(arguments, "-race")
	}
	build := exec.Command("go", append(arguments, "./...")...)
	build.Dir = "examples/seed"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return folder
}
