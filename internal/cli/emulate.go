package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/emulator"
	"tldsweep/scanner"
)

type emulateFlags struct {
	listen         string
	dns            string
	registered     string
	onlyRegistered bool
	anonymous      bool
	oldPrices      bool
	oldErrors      bool
	latency        time.Duration
	jitter         time.Duration
	cartLife       time.Duration
	seed           uint64
	faults         []string
	limit          string
	server         emulatedServer
	orders         emulatedOrders
}

func (a *program) emulateCommand() *cobra.Command {
	var f emulateFlags
	cmd := &cobra.Command{
		Use:   "emulate [-- COMMAND [ARGUMENT…]]",
		Short: "Play OVHcloud's order API on this machine, with made-up answers",
		Long: `emulate answers like OVHcloud's order API, with a made-up world: the same question always gets the same
answer. It prints the environment to set for any OVHcloud client, this one among them, and serves until Ctrl-C; or it
runs a command in that environment, serves until that ends, and ends with its exit code.`,
		Example: `  tldsweep emulate --listen 127.0.0.1:8080
  tldsweep emulate --latency 100ms --limit 40/s,retry-after=seconds --fault 500:rate=0.05
  tldsweep emulate --tls --public-url https://127.0.0.1 --auth user
  tldsweep emulate -- go run ./my-shop rocket.shop`,
		Args: afterDashes,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			options, err := f.options()
			if err != nil {
				return err
			}
			server := emulator.New(options)
			if len(args) > 0 && !cmd.Flags().Changed("listen") {
				f.listen = "127.0.0.1:0"
			}
			address, variables, end, err := f.server.start(&a.Files, server, f.listen)
			defer func() { err = errors.Join(err, end()) }()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if _, err := fmt.Fprint(a.Stdout, f.server.shell(variables)); err != nil {
					return fmt.Errorf("stdout: %w", err)
				}
			}
			if f.dns != "" {
				names, err := server.StartDNS(f.dns)
				if err != nil {
					return app.Hinted(fmt.Errorf("serve DNS on %s: %w", f.dns, err), "choose another port with --dns 127.0.0.1:PORT")
				}
				a.Console.Note("serving DNS at %s: use it with --prefilter dns --resolver %s", names, names)
			}
			if len(args) > 0 {
				a.Console.Note("the emulator answers at %s: what it says is made up", address)
				return a.runWith(cmd.Context(), args, variables)
			}
			a.Console.Note("serving made-up answers at %s until Ctrl-C", address)
			<-cmd.Context().Done()
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "address and port; port 0 takes a free one, as a command does by default")
	flags.StringVar(&f.dns, "dns", "", "also be a name server at this address and port, which delegates what is taken")
	flags.StringVar(&f.registered, "registered", "", "a file of domains, one per line, that are taken")
	flags.BoolVar(&f.onlyRegistered, "only-registered", false, "nothing else is taken")
	flags.BoolVar(&f.anonymous, "anonymous-lookup", false, "lookups need no login, as from 2016 to 2023")
	flags.BoolVar(&f.oldPrices, "old-prices", false, "price lists as in 2016")
	flags.BoolVar(&f.oldErrors, "old-errors", false, "error bodies as before 2024")
	flags.DurationVar(&f.latency, "latency", 0, "latency of each answer")
	flags.DurationVar(&f.jitter, "jitter", 0, "added to the latency, up to this much, at random")
	flags.DurationVar(&f.cartLife, "cart-life", 0, "how long a cart lives (default 24h)")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the made-up world and of the faults")
	flags.StringArrayVar(&f.faults, "fault", nil, "KIND:rate=0.05,domain=*.fr,after=100,for=10s,times=2; repeatable; an unknown kind lists them all")
	f.server.add(flags)
	flags.StringVar(&f.limit, "limit", "", "requests that the server admits: 40/s, 40/s,burst=10,retry-after=seconds|date|none")
	f.orders.add(flags)
	return cmd
}

func (f *emulateFlags) options() (emulator.Options, error) {
	options := emulator.Options{
		AnonymousLookup: f.anonymous, OnlyRegistered: f.onlyRegistered,
		OldPrices: f.oldPrices, OldErrors: f.oldErrors,
		Latency: f.latency, Jitter: f.jitter, CartLife: f.cartLife, Seed: f.seed,
	}
	if err := f.server.into(&options); err != nil {
		return options, err
	}
	if err := f.orders.into(&options); err != nil {
		return options, err
	}
	for _, text := range f.faults {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			return options, app.Usage(err, "for example --fault 500:rate=0.05")
		}
		options.Faults = append(options.Faults, fault)
	}
	if f.limit != "" {
		limit, err := emulator.ParseLimit(f.limit)
		if err != nil {
			return options, app.Usage(err, "for example --limit 40/s")
		}
		options.Limit = &limit
	}
	if f.registered == "" {
		return options, nil
	}
	file, err := os.Open(f.registered)
	if err != nil {
		return options, fmt.Errorf("registered domains: %w", err)
	}
	defer file.Close()
	for domain, err := range scanner.ReadNames(file, f.registered) {
		if err != nil {
			return options, err
		}
		options.Registered = append(options.Registered, strings.ToLower(domain))
	}
	return options, nil
}
