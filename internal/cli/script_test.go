package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tldsweep": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		// Succeeds when the script's emulator was asked for a domain.
		"tldsweep-asked": func() {
			asked, err := os.ReadFile(os.Getenv("ASKED"))
			if err != nil || !bytes.Contains(asked, []byte(os.Args[1]+"\n")) {
				os.Exit(1)
			}
		},
	})
}

// TestScripts runs one script per behaviour of the command.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	run(t, slices.DeleteFunc(scripts, isOfOrders), emulator.Like{})
}

// TestOrderScripts runs those about orders in every world that is on record.
func TestOrderScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/order*.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("described", func(t *testing.T) { run(t, scripts, emulator.Like{}) })
	for _, name := range emulator.Likes() {
		like, err := emulator.ParseLike(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { run(t, scripts, like) })
	}
}

func isOfOrders(script string) bool { return strings.HasPrefix(filepath.Base(script), "order") }

// run runs scripts in one world. Nothing of the machine's own configuration is seen: go-ovh takes the home from the passwd
// entry, so endpoint and keys are always set.
func run(t *testing.T, scripts []string, world emulator.Like) {
	testscript.Run(t, testscript.Params{
		Files: scripts,
		// Worlds differ in what they tell: whether an order's rows name its domains, whether a refusal names anything.
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "named":
				return world.Rows == "named" || world.Rows == "star", nil
			case "terse":
				return world.Refusals == "terse", nil
			case "old":
				return world.Old, nil
			}
			return false, fmt.Errorf("unknown condition %s", condition)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_STATE_HOME", env.Getenv("WORK")+"/state")
			env.Setenv("XDG_CACHE_HOME", env.Getenv("WORK")+"/cache")
			env.Setenv("OVH_ENDPOINT", "http://127.0.0.1:1/1.0")
			env.Setenv("OVH_APPLICATION_KEY", "key")
			env.Setenv("OVH_APPLICATION_SECRET", "a-very-secret-secret")
			env.Setenv("OVH_CONSUMER_KEY", "a-very-secret-consumer")
			env.Setenv("XDG_CONFIG_HOME", env.Getenv("WORK")+"/config")
			env.Values[theServer{}] = &theServer{like: world}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"emulator": startEmulator,
			"until":    until,
			"prices":   movePrices,
			"placed":   placed,
			"received": received,
		},
	})
}

// serve starts an emulator for a Go test, and points the environment at it.
func serve(t *testing.T, options emulator.Options) *emulator.Server {
	t.Helper()
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("OVH_ENDPOINT", address)
	t.Setenv("OVH_APPLICATION_KEY", emulator.DefaultApplicationKey)
	t.Setenv("OVH_APPLICATION_SECRET", emulator.DefaultApplicationSecret)
	t.Setenv("OVH_CONSUMER_KEY", emulator.DefaultConsumerKey)
	return server
}

// startEmulator serves the order API on a port for the rest of the script and points the environment at it. Its
// arguments are faults, and what else the world shall be.
func startEmulator(ts *testscript.TestScript, _ bool, args []string) {
	the := ts.Value(theServer{}).(*theServer)
	options := emulator.Options{Record: true, Like: the.like, CheckTimeouts: -1}
	dns := false
	for _, text := range args {
		switch key, value, _ := strings.Cut(text, "="); key {
		case "want":
			want, err := emulator.ParseWant(value)
			ts.Check(err)
			options.Wants = append(options.Wants, want)
		case "rule":
			options.Rules = append(options.Rules, emulator.OwnerRule{Extension: value, Filled: []string{"vat"}, LegalForms: []string{"corporation"}})
		case "default":
			options.DefaultPayment = value
		case "dns": // $DNS then is a name server of its world
			dns = true
		case "refuse-payment":
			options.PaymentRefused = true
		case "free":
			options.FreeOrders = true
		default:
			fault, err := emulator.ParseFault(text)
			ts.Check(err)
			options.Faults = append(options.Faults, fault)
		}
	}
	asked, err := os.Create(ts.MkAbs("asked"))
	ts.Check(err)
	ts.Setenv("ASKED", asked.Name())
	ts.Defer(func() { asked.Close() })
	release := ts.MkAbs("release")
	options.OnLookup = func(domain string) {
		fmt.Fprintln(asked, domain)
		// The answer to held… comes when the script makes the file "release".
		for strings.HasPrefix(domain, "held") {
			if _, err := os.Stat(release); err == nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { server.Close() })
	if dns {
		resolver, err := server.StartDNS("127.0.0.1:0")
		ts.Check(err)
		ts.Setenv("DNS", resolver)
	}
	the.Server = server
	ts.Setenv("OVH_ENDPOINT", address)
	ts.Setenv("OVH_APPLICATION_KEY", emulator.DefaultApplicationKey)
	ts.Setenv("OVH_APPLICATION_SECRET", emulator.DefaultApplicationSecret)
	ts.Setenv("OVH_CONSUMER_KEY", emulator.DefaultConsumerKey)
}

// theServer is the emulator of a script.
type theServer struct {
	*emulator.Server
	like emulator.Like
}

// movePrices makes all standard prices dearer by so many cents.
func movePrices(ts *testscript.TestScript, _ bool, args []string) {
	cents, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	ts.Value(theServer{}).(*theServer).MovePrices(cents)
}

// placed fails unless the orders are these: for each its domains, its total and whether it is paid.
func placed(ts *testscript.TestScript, _ bool, want []string) {
	got := []string{}
	for _, o := range ts.Value(theServer{}).(*theServer).Orders() {
		line := fmt.Sprintf("%s %d.%02d", strings.Join(o.Domains, ","), o.Cents/100, o.Cents%100)
		if o.Paid {
			line += " paid"
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) {
		ts.Fatalf("the orders are %q, want %q", got, want)
	}
}

// received waits until the script's emulator has received a request of a method whose path ends so.
func received(ts *testscript.TestScript, _ bool, args []string) {
	is := func(r emulator.Request) bool { return r.Method == args[0] && strings.HasSuffix(r.Path, args[1]) }
	for started := time.Now(); !slices.ContainsFunc(ts.Value(theServer{}).(*theServer).Requests(), is); time.Sleep(time.Millisecond) {
		if time.Since(started) > time.Minute {
			ts.Fatalf("no %s %s is received", args[0], args[1])
		}
	}
}

// until runs a shell command again and again until it succeeds: a script waits for another process by what it does.
func until(ts *testscript.TestScript, _ bool, args []string) {
	for started := time.Now(); ts.Exec("sh", "-c", args[0]) != nil; {
		if time.Since(started) > time.Minute {
			ts.Fatalf("%s does not come true", args[0])
		}
	}
}
