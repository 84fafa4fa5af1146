package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/api"
	"tldsweep/history"
)

// purpose is something to do with OVHcloud, and the calls that it takes.
type purpose struct {
	name  string
	calls []api.Rule // paths as they are asked for
	whole []api.Rule // the rights to ask for on the token page that cover them
}

var purposes = []purpose{
	{"scan", []api.Rule{{Method: "POST", Path: "/order/cart"}, {Method: "GET", Path: "/order/cart/x/domain"}},
		[]api.Rule{{Method: "POST", Path: "/order/cart"}, {Method: "GET", Path: "/order/cart/*"}}},
	{"list", []api.Rule{{Method: "GET", Path: "/domain/extensions"}, {Method: "GET", Path: "/domain/extensions/highlighted"}},
		[]api.Rule{{Method: "GET", Path: "/domain/extensions"}, {Method: "GET", Path: "/domain/extensions/*"}}},
	{"quote", []api.Rule{{Method: "POST", Path: "/order/cart/x/domain"}, {Method: "DELETE", Path: "/order/cart/x/item/1"}, {Method: "GET", Path: "/me"}, {Method: "GET", Path: "/me/contact"}},
		[]api.Rule{{Method: "POST", Path: "/order/cart/*"}, {Method: "DELETE", Path: "/order/cart/*"}, {Method: "GET", Path: "/me"}, {Method: "GET", Path: "/me/*"}}},
	{"buy", []api.Rule{{Method: "POST", Path: "/order/cart/x/checkout"}},
		[]api.Rule{{Method: "POST", Path: "/order/cart/*"}}},
	{"pay", []api.Rule{{Method: "GET", Path: "/me/order/1/status"}, {Method: "GET", Path: "/me/payment/method"}, {Method: "POST", Path: "/me/order/1/pay"}},
		[]api.Rule{{Method: "GET", Path: "/me/*"}, {Method: "GET", Path: "/me/*"}, {Method: "POST", Path: "/me/order/*"}}},
}

// missing are the rights to ask for, of those that a credential has not.
func (p purpose) missing(credential *api.Credential) []string {
	var missing []string
	for i, call := range p.calls {
		if right := p.whole[i].Method + " " + p.whole[i].Path; !credential.Allows(call.Method, call.Path) && !slices.Contains(missing, right) {
			missing = append(missing, right)
		}
	}
	return missing
}

// examination is a doctor's sheet: a line for each thing that was looked at.
type examination struct {
	lines  []string
	failed bool // something that is needed
}

func (x *examination) good(what, format string, args ...any) { x.line("ok", what, format, args...) }
func (x *examination) note(what, format string, args ...any) { x.line("note", what, format, args...) }
func (x *examination) bad(what, format string, args ...any) {
	x.failed = true
	x.line("FAIL", what, format, args...)
}

func (x *examination) line(mark, what, format string, args ...any) {
	x.lines = append(x.lines, fmt.Sprintf("%-5s %-12s %s", mark, what, oneLine(fmt.Sprintf(format, args...))))
}

// judged is bad where it is needed, and a note where it is not.
func (x *examination) judged(needed bool, what, format string, args ...any) {
	if needed {
		x.bad(what, format, args...)
	} else {
		x.note(what, format, args...)
	}
}

func (e *everywhere) doctorCommand() *cobra.Command {
	var aim string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is missing: network, clock, credentials, rights, history",
		Long: `doctor looks at everything that a scan needs, or with --for order an order, and says what is missing. It asks
OVHcloud five times at most, and changes nothing there. It exits with 1 where something is missing that is needed.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if aim != "scan" && aim != "order" {
				return &usageError{fmt.Errorf("--for %s", oneLine(aim)), "want scan or order"}
			}
			var x examination
			if err := e.examine(cmd.Context(), &x, aim == "order"); err != nil {
				return causeOf(cmd.Context(), err)
			}
			if _, err := fmt.Fprintln(e.stdout, strings.Join(x.lines, "\n")); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			if x.failed {
				return &hintedError{errors.New("something is missing"), "see the lines above that begin with FAIL"}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&aim, "for", "scan", "what shall be possible: scan or order")
	return cmd
}

// examine looks at one thing after the other. What it finds is on the sheet; an error is only the user's or ctx's.
func (e *everywhere) examine(ctx context.Context, x *examination, order bool) error {
	door, err := e.open(0, 1, 10*time.Second) // five requests are no scan
	if err != nil {
		return err
	}
	defer door.close()
	if door.emulated {
		x.note("endpoint", "the emulator: its answers are made up")
	} else {
		x.good("endpoint", "%s", door.client.Endpoint())
	}
	e.examineHistory(ctx, x)
	ahead, err := door.client.ReadClock(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		x.bad("network", "%v", err)
		return nil
	case ahead.Abs() > time.Minute:
		x.note("clock", "this machine's is %s off; requests are signed by the server's", ahead.Round(time.Second))
	default:
		x.good("clock", "within %s of the server's", max(ahead.Abs(), time.Second).Round(time.Second))
	}
	if !door.client.Signed() {
		x.bad("credentials", "there are none: copy ovh.conf-dist to ~/.ovh.conf and fill it in")
		return nil
	}
	return e.examineRights(ctx, x, door, order)
}

func (e *everywhere) examineHistory(ctx context.Context, x *examination) {
	path, err := defaultHistory()
	if err != nil {
		x.note("history", "none can be kept: %v", err)
		return
	}
	h, err := history.Open(ctx, path)
	if err != nil {
		x.note("history", "%v", err)
		return
	}
	h.Close()
	x.good("history", "%s", path)
}

func (e *everywhere) examineRights(ctx context.Context, x *examination, door *door, order bool) error {
	credential, err := door.client.ReadCredential(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if stop, ok := errors.AsType[*api.StopError](err); ok && stop.Right {
		x.note("credentials", "they are good; which rights they have can be told with the right to GET /auth/currentCredential")
		return nil
	}
	if err != nil {
		x.bad("credentials", "%v", err)
		return nil
	}
	switch {
	case credential.Status != "validated":
		x.bad("credentials", "the key is %s: make a new one on OVHcloud's token page", credential.Status)
	case credential.Expires.IsZero():
		x.good("credentials", "a key that does not expire")
	default:
		x.good("credentials", "a key until %s", credential.Expires.Format(time.DateTime))
	}
	for _, p := range purposes {
		needed := p.name == "scan" || order && p.name != "list"
		if missing := p.missing(credential); len(missing) > 0 {
			x.judged(needed, "to "+p.name, "missing: %s", strings.Join(missing, ", "))
		} else {
			x.good("to "+p.name, "every right is there")
		}
	}
	return e.examineAccount(ctx, x, door, credential, order)
}

func (e *everywhere) examineAccount(ctx context.Context, x *examination, door *door, credential *api.Credential, order bool) error {
	if credential.Allows("GET", "/me") {
		account, err := door.client.ReadAccount(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			x.judged(order, "subsidiary", "%v", err)
		case account.Subsidiary != door.subsidiary:
			x.judged(order, "subsidiary", "the account is in %s, and prices are asked for %s: use --subsidiary %[1]s", account.Subsidiary, door.subsidiary)
		default:
			x.good("subsidiary", "%s, %s", account.Subsidiary, account.Currency)
		}
	} else {
		x.note("subsidiary", "%s; without the right to GET /me the account's is not known", door.subsidiary)
	}
	if !order || !credential.Allows("GET", "/me/payment/method") {
		return nil
	}
	methods, err := door.client.DefaultPaymentMethods(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		x.note("payment", "%v", err)
	case len(methods) == 0:
		x.note("payment", "the account has no default means: an order is then paid on OVHcloud's page")
	default:
		x.good("payment", "there is a default means")
	}
	return nil
}
