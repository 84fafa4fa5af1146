package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/history"
)

// examination is a doctor's sheet: a line for each thing that was looked at.
type examination struct {
	lines  []string
	failed bool // something that is needed is missing, or unknown

	client *api.Client // nil where none could be made
}

// redact takes the secrets of the credentials out of a text. Where there is no client, no text has any: what is wrong with a
// configuration is told without it.
func (x *examination) redact(text string) string {
	if x.client == nil {
		return text
	}
	return x.client.Redact(text)
}

func (x *examination) good(what, format string, args ...any) { x.line("ok", what, format, args...) }
func (x *examination) note(what, format string, args ...any) { x.line("note", what, format, args...) }
func (x *examination) bad(what, format string, args ...any) {
	x.failed = true
	x.line("FAIL", what, format, args...)
}

// unsure is for what cannot be looked at: that must not look as if it were there.
func (x *examination) unsure(what, format string, args ...any) {
	x.failed = true
	x.line("?", what, format, args...)
}

func (x *examination) line(mark, what, format string, args ...any) {
	x.lines = append(x.lines, fmt.Sprintf("%-5s %-12s %s", mark, what, fmt.Sprintf(format, args...)))
}

// judged is bad where it is needed, and a note where it is not.
func (x *examination) judged(needed bool, what, format string, args ...any) {
	if needed {
		x.bad(what, format, args...)
	} else {
		x.note(what, format, args...)
	}
}

func (a *program) doctorCommand() *cobra.Command {
	var aim, bundle string
	var forgetRate bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is missing: network, clock, credentials, rights, history",
		Long: `doctor looks at everything that a scan needs, or with --for order an order, and says what is missing. It asks
OVHcloud seven times at most, and changes nothing there. It exits with 1 where something is missing that is needed, and
where it cannot tell. It says
what rate was learnt, where that is less than was asked for; --forget-rate forgets it, for runs under way as well.
--bundle puts what it says into a file, with the version, the names of the settings, the newest
runs of the history, the summary of the last scan, and with --trace the trace, too: for a bug report.`,
		Args: app.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if aim != "scan" && aim != "order" {
				return app.Usage(fmt.Errorf("--for %s", console.OneLine(aim)), "want scan or order")
			}
			if bundle != "" {
				if err := a.checkBundle(bundle); err != nil {
					return err
				}
			}
			var x examination
			err := a.examine(cmd.Context(), &x, aim == "order", forgetRate)
			if bundle != "" && cmd.Context().Err() == nil {
				if failed := a.writeBundle(cmd.Context(), bundle, &x, err); failed != nil {
					err = errors.Join(err, failed)
				}
			}
			if err != nil {
				return app.CauseOf(cmd.Context(), err)
			}
			if err := console.Lines(a.Stdout, x.lines...); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			if x.failed {
				return app.Hinted(errors.New("something is missing, or unknown"), "see the lines above that begin with FAIL or ?")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&aim, "for", "scan", "what must be possible: scan or order")
	cmd.Flags().StringVar(&bundle, "bundle", "", "put what a bug report needs into this file (.zip, .tar.gz), without secrets")
	cmd.Flags().BoolVar(&forgetRate, "forget-rate", false, "forget the rate that was learnt with this key")
	return cmd
}

// examine looks at one thing after the other. What it finds is on the sheet; an error is only the user's or ctx's.
func (a *program) examine(ctx context.Context, x *examination, order, forgetRate bool) error {
	conn, err := a.Connect(0, 1, 10*time.Second) // some requests are no scan
	if err != nil {
		return err
	}
	x.client = conn.Client
	defer conn.Close()
	defer a.TellDelays(ctx, conn)()
	if conn.Emulated {
		x.note("endpoint", "the emulator: its answers are made up")
	} else {
		x.good("endpoint", "%s", conn.Client.Endpoint())
	}
	examineRate(x, conn, forgetRate)
	a.examineHistory(ctx, x)
	examineCatalogue(x, a.endpoint(conn).Catalogue)
	ahead, unreached := conn.Client.ReadClock(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case unreached != nil:
		x.bad("network", "%s", withHint(unreached))
	case ahead.Abs() > time.Minute:
		x.note("clock", "this machine's is %s off; requests are signed by the server's", ahead.Round(time.Second))
	default:
		x.good("clock", "within %s of the server's", max(ahead.Abs(), time.Second).Round(time.Second))
	}
	if !conn.Client.Signed() {
		x.bad("credentials", "there are none: copy ovh.conf-dist to ~/.ovh.conf and fill it in")
		return nil
	}
	if unreached != nil {
		x.unsure("credentials", "there are some; whether they are good is unknown")
		x.untold(order)
		return nil
	}
	return a.examineRights(ctx, x, conn, order, ahead)
}

// examineRate says what was learnt of the rate, before the doctor's own requests can add to it.
func examineRate(x *examination, conn *app.Connection, forget bool) {
	switch learnt := conn.Pace.Learnt().String(); {
	case conn.Unshared != nil:
		x.note("rate", "what was learnt is unknown: %v", conn.Unshared)
	case learnt == "":
		x.good("rate", "none was learnt: scans go at --rate")
	case forget:
		conn.Pace.Forget()
		x.good("rate", "forgotten: %s", learnt)
	default:
		x.note("rate", "%s; --forget-rate forgets it", learnt)
	}
}

func (a *program) examineHistory(ctx context.Context, x *examination) {
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
	moved := h.SetAside
	size, unknown := h.Size()
	if err := errors.Join(unknown, h.Close()); err != nil {
		x.note("history", "%v", err)
		return
	}
	if moved != "" {
		x.note("history", "%s was damaged; it is now %s, and a new one is begun", path, moved)
		return
	}
	x.good("history", "%s, %s", path, bytesOf(size))
}

// examineCatalogue says where the copy of the catalogue is, for the endpoint and the subsidiary; what is made up is not kept.
func examineCatalogue(x *examination, path string) {
	switch {
	case path == "":
	case app.Exists(path):
		x.good("catalogue", "a copy of OVHcloud's is %s, %s", path, sizeOf(path))
	default:
		x.good("catalogue", "none is kept yet; a scan that needs OVHcloud's puts it into %s", path)
	}
}

// examineRights finds out what the credentials may do: an application key by itself, every other kind of login, and a key
// that may not look at itself, by how the API knows it.
func (a *program) examineRights(ctx context.Context, x *examination, conn *app.Connection, order bool, ahead time.Duration) error {
	credential, err := conn.Client.ReadCredential(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		x.credential(credential, time.Now().Add(-ahead))
		x.rights(credential.Allows, order)
		return a.examineAccount(ctx, x, conn, credential.Allows, order)
	case !isAnswer(err):
		x.unsure("credentials", "%s", withHint(err))
		x.untold(order)
		return nil
	}
	login, failed := conn.Client.ReadLogin(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed != nil {
		x.unreadable(err, failed, order)
		return nil
	}
	x.good("credentials", "%s", kindOf(login))
	x.rights(login.Allows, order)
	if login.Free && login.Method != "account" {
		x.note("policies", "no call is closed to this login; the account's policies cannot be read; what they forbid is refused when it is asked for")
	}
	return a.examineAccount(ctx, x, conn, login.Allows, order)
}

// isAnswer says whether OVHcloud itself said no, so that another question makes sense.
func isAnswer(err error) bool {
	_, stop := errors.AsType[*api.StopError](err)
	_, row := errors.AsType[*api.RowError](err)
	return stop || row
}

func (x *examination) credential(credential *api.Credential, now time.Time) {
	switch {
	case credential.Status != "validated":
		x.bad("credentials", "the key is %s: make a new one on OVHcloud's token page", credential.Status)
	case !credential.Expires.IsZero() && credential.Expires.Before(now):
		x.bad("credentials", "the key has expired on %s: make a new one on OVHcloud's token page", credential.Expires.Format(time.DateTime))
	case credential.Expires.IsZero():
		x.good("credentials", "an application key that does not expire")
	default:
		x.good("credentials", "an application key until %s", credential.Expires.Format(time.DateTime))
	}
}

// unreadable is for credentials that tell nothing of themselves, by what was said to the two ways to ask.
func (x *examination) unreadable(key, login error, order bool) {
	if stop, ok := errors.AsType[*api.StopError](login); ok && !stop.Right {
		if _, stopped := errors.AsType[*api.StopError](key); stopped {
			login = key // which is about the credentials themselves
		}
		x.bad("credentials", "%v", login)
		return
	}
	if isRight(key) || isRight(login) {
		x.note("credentials", "they are good; which rights they have is unknown without the right to GET /auth/currentCredential or GET /auth/details")
	} else {
		x.unsure("credentials", "%s", withHint(login))
	}
	x.untold(order)
}

// untold is for rights that cannot be looked at.
func (x *examination) untold(order bool) {
	for _, p := range purposes {
		if p.isNeeded(order) {
			x.unsure("to "+p.name, "unknown")
		}
	}
}

// withHint is an error and what to do about it, in one line.
func withHint(err error) string {
	if what := hint(err); what != "" {
		return fmt.Sprintf("%v; %s", err, what)
	}
	return err.Error()
}

func isRight(err error) bool {
	stop, ok := errors.AsType[*api.StopError](err)
	return ok && stop.Right
}

// kindOf says of which kind a login is. The kinds are those of OVHcloud API, auth.json, auth.MethodEnum.
func kindOf(login *api.Login) string {
	kind := map[string]string{
		"account":                   "the login of the account itself",
		"user":                      "the login of a user",
		"provider":                  "a login by a provider of identities",
		"oauth2_client_credentials": "an OAuth2 client, the login of a service account",
	}[login.Method]
	if kind == "" {
		kind = fmt.Sprintf("a login of the kind %q", login.Method)
	}
	if login.User != "" {
		kind += ", " + login.User
	}
	return kind + ", at " + login.Account
}

// rights says for each purpose whether the calls that it takes are allowed.
func (x *examination) rights(allowed func(method, path string) bool, order bool) {
	for _, p := range purposes {
		switch ask, without := p.missing(allowed); {
		case len(ask) == 0:
			x.good("to "+p.name, "every right is there")
		case without != "":
			x.note("to "+p.name, "missing: %s; %s", strings.Join(ask, ", "), without)
		default:
			x.judged(p.isNeeded(order), "to "+p.name, "missing: %s", strings.Join(ask, ", "))
		}
	}
}

func (a *program) examineAccount(ctx context.Context, x *examination, conn *app.Connection, allowed func(method, path string) bool, order bool) error {
	if allowed("GET", "/me") {
		account, err := conn.Client.ReadAccount(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !isAnswer(err):
			x.unsure("subsidiary", "%s", withHint(err))
		case err != nil:
			x.judged(order, "subsidiary", "%v", err)
		case account.Subsidiary != conn.Subsidiary:
			x.judged(order, "subsidiary", "the account is in %s, and prices are asked for %s: use --subsidiary %[1]s", account.Subsidiary, conn.Subsidiary)
		default:
			x.good("subsidiary", "%s, %s", account.Subsidiary, account.Currency)
		}
	} else {
		x.note("subsidiary", "%s; without the right to GET /me the account's is not known", conn.Subsidiary)
	}
	if !order || !allowed("GET", "/me/payment/method") || !allowed("GET", "/me/payment/method/1") {
		return nil // "to pay" has said so
	}
	method, err := cart.DefaultMethod(ctx, conn.Client)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		x.unsure("payment", "it is unknown whether the default means can pay: %v", err)
	case method == nil:
		x.note("payment", "the account has no default means: an order is then paid on OVHcloud's page")
	case method.Status != "VALID":
		x.note("payment", "the default means, %s, cannot pay: OVHcloud says it is %s", method.Type, method.Status)
	default:
		x.good("payment", "there is a default means, %s, and it is valid", method.Type)
	}
	return nil
}
