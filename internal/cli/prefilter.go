package cli

import (
	"context"
	"fmt"
	"time"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/delegation"
	"tldsweep/scanner"
)

// dnsWorkers is how many questions are under way at once: DNS answers within some 30 ms, and the API is what takes time.
const dnsWorkers = 64

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

// prefilter is the stage that asks DNS first, or nil where it is not wanted.
func (a *program) prefilter(f *scanFlags, conn *app.Connection) (*scanner.Stage, func(), error) {
	if f.prefilter != "dns" {
		return nil, func() {}, nil
	}
	options := delegation.Options{Resolvers: f.resolvers}
	if conn.Emulated && len(options.Resolvers) == 0 {
		address, err := conn.Server.StartDNS("127.0.0.1:0")
		if err != nil {
			return nil, nil, fmt.Errorf("start the emulator's DNS: %w", err)
		}
		options.Resolvers = []string{address}
	}
	checker, err := delegation.New(options)
	if err != nil {
		return nil, nil, app.Usage(err, "give an address with --resolver ADDR[:PORT]")
	}
	stage := dnsStage(checker)
	return &stage, checker.Close, nil
}

// dnsStage answers what is surely taken, and passes on everything else.
func dnsStage(checker *delegation.Checker) scanner.Stage {
	return scanner.Stage{Source: scanner.DNS, Workers: dnsWorkers, Answer: func(ctx context.Context, query scanner.Query) (scanner.Answer, error) {
		delegated, err := checker.Delegated(ctx, query.Domain(), query.Extension)
		switch {
		case err != nil:
			return scanner.Answer{}, err
		case !delegated:
			return scanner.Answer{}, scanner.ErrPass
		}
		return scanner.Answer{Status: scanner.Taken, Reason: scanner.Delegated, CheckedAt: time.Now()}, nil
	}}
}
