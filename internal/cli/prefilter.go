package cli

import (
	"fmt"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/delegation"
)

// checkPrefilter refuses what cannot be meant.
func (f *scanFlags) checkPrefilter() error {
	if f.prefilter != "" && f.prefilter != "dns" && f.prefilter != "off" {
		return app.Usage(fmt.Errorf("--prefilter %s", console.OneLine(f.prefilter)), "want dns or off")
	}
	if len(f.resolvers) > 0 && f.prefilter != "dns" {
		return app.Usage(fmt.Errorf("--resolver without --prefilter dns"), "add --prefilter dns, or leave the resolver out")
	}
	return nil
}

// prefilter is what asks DNS first, or nil where it is not wanted.
func (a *program) prefilter(f *scanFlags, conn *app.Connection) (*delegation.Checker, error) {
	if f.prefilter != "dns" {
		return nil, nil
	}
	options := delegation.Options{Resolvers: f.resolvers}
	if conn.Emulated && len(options.Resolvers) == 0 {
		address, err := conn.Server.StartDNS("127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("start the emulator's DNS: %w", err)
		}
		options.Resolvers = []string{address}
	}
	checker, err := delegation.New(options)
	if err != nil {
		return nil, app.Usage(err, "give an address with --resolver ADDR[:PORT]")
	}
	return checker, nil
}
