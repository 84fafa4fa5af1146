package cli_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tldsweep/cli"
	"tldsweep/emulator"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tldsweep": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs one script per behaviour of the command. Nothing of the machine's own configuration is seen: go-ovh
// takes the home from the passwd entry, so endpoint and keys are always set.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("OVH_ENDPOINT", "http://127.0.0.1:1/1.0")
			env.Setenv("OVH_APPLICATION_KEY", "key")
			env.Setenv("OVH_APPLICATION_SECRET", "a-very-secret-secret")
			env.Setenv("OVH_CONSUMER_KEY", "a-very-secret-consumer")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"emulator": startEmulator,
		},
	})
}

// startEmulator serves the order API on a port for the rest of the script and points the environment at it. Its
// arguments are faults.
func startEmulator(ts *testscript.TestScript, _ bool, args []string) {
	options := emulator.Options{Record: true}
	for _, text := range args {
		fault, err := emulator.ParseFault(text)
		ts.Check(err)
		options.Faults = append(options.Faults, fault)
	}
	server := emulator.New(options)
	address, err := server.Start("127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { server.Close() })
	ts.Setenv("OVH_ENDPOINT", address)
	ts.Setenv("OVH_APPLICATION_KEY", emulator.DefaultApplicationKey)
	ts.Setenv("OVH_APPLICATION_SECRET", emulator.DefaultApplicationSecret)
	ts.Setenv("OVH_CONSUMER_KEY", emulator.DefaultConsumerKey)
}
