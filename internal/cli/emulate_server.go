package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tldsweep/internal/atomicfile"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/emulator"
)

// emulatedServer is what the emulator is as a server, and who its clients are to it.
type emulatedServer struct {
	tls       bool
	publicURL string
	clock     time.Duration
	auth      string
	rights    []string
	owned     []string
	noisy     bool
}

func (f *emulatedServer) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.tls, "tls", false, "serve https, with a certificate of its own in a temporary file")
	flags.StringVar(&f.publicURL, "public-url", "", "scheme and host that clients sign for, where they are not the address: https://127.0.0.1")
	flags.DurationVar(&f.clock, "clock", 0, "how far its clock is ahead, or behind: +1h, -10m")
	flags.StringVar(&f.auth, "auth", "", "kind of login of every request: "+strings.Join(emulator.Logins(), ", ")+" (default as the request is signed)")
	flags.StringArrayVar(&f.rights, "right", nil, "a right of the credentials, 'GET /order/cart/*'; repeatable (default all)")
	flags.StringArrayVar(&f.owned, "owned", nil, "a domain that the account holds; repeatable")
	flags.BoolVar(&f.noisy, "noisy-prices", false, "prices with the rounding errors of doubles: 19.979999999999997")
}

// into puts the flags into the options.
func (f *emulatedServer) into(options *emulator.Options) error {
	options.ClockOffset, options.NoisyPrices = f.clock, f.noisy
	if f.publicURL != "" {
		u, err := url.Parse(f.publicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.TrimRight(u.Path, "/") != "" || u.RawQuery != "" {
			return app.Usage(fmt.Errorf("--public-url %q is not a scheme and a host", f.publicURL), "for example --public-url https://127.0.0.1")
		}
		options.PublicURL = u.Scheme + "://" + u.Host
	}
	if f.auth != "" && !slices.Contains(emulator.Logins(), f.auth) {
		return app.Usage(fmt.Errorf("--auth %q: there is no such login; there are %s", f.auth, strings.Join(emulator.Logins(), " ")), "for example --auth user")
	}
	options.Login = f.auth
	for _, text := range f.rights {
		method, path, ok := strings.Cut(text, " ")
		if !ok || method != strings.ToUpper(method) || !strings.HasPrefix(path, "/") {
			return app.Usage(fmt.Errorf("--right %q is not a method and a path", text), "for example --right 'GET /order/cart/*'")
		}
		options.Rights = append(options.Rights, emulator.Right{Method: method, Path: path})
	}
	for _, domain := range f.owned {
		options.Owned = append(options.Owned, strings.ToLower(domain))
	}
	return nil
}

// start listens, and returns the variables that clients need in their environment, and what is to be done at the end.
func (f *emulatedServer) start(files *atomicfile.Pending, server *emulator.Server, listen string) (address string, variables []string, end func() error, err error) {
	end = server.Close
	if f.tls {
		address, _, err = server.StartTLS(listen)
	} else {
		address, err = server.Start(listen)
	}
	if err != nil {
		return "", nil, end, app.Hinted(fmt.Errorf("listen on %s: %w", listen, err), "choose another port with --listen 127.0.0.1:PORT")
	}
	variables = []string{"OVH_ENDPOINT=" + address}
	if f.auth == emulator.OAuth2Login {
		variables = append(variables, "OVH_ACCESS_TOKEN="+emulator.DefaultAccessToken)
	} else {
		variables = append(variables, "OVH_APPLICATION_KEY="+emulator.DefaultApplicationKey,
			"OVH_APPLICATION_SECRET="+emulator.DefaultApplicationSecret, "OVH_CONSUMER_KEY="+emulator.DefaultConsumerKey)
	}
	if !f.tls {
		return address, variables, end, nil
	}
	file, err := keepCertificate(files, server.Certificate())
	if file != "" {
		end = func() error { return errors.Join(server.Close(), os.Remove(file)) }
	}
	// Each world has its own word for one more certificate to trust: Go and OpenSSL, Node, Python.
	for _, name := range []string{"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"} {
		variables = append(variables, name+"="+file)
	}
	return address, variables, end, err
}

// shell is the commands that set variables.
func (f *emulatedServer) shell(variables []string) string {
	commands := "export " + strings.Join(variables, "\nexport ") + "\n"
	if f.auth == emulator.OAuth2Login { // which clients refuse to mix with keys
		return "unset OVH_APPLICATION_KEY OVH_APPLICATION_SECRET OVH_CONSUMER_KEY\n" + commands
	}
	return commands
}

// keepCertificate writes a certificate into a temporary file, whose name it returns as soon as there is one.
func keepCertificate(files *atomicfile.Pending, certificate []byte) (file string, err error) {
	f, err := os.CreateTemp("", "tldsweep-emulator-*.pem")
	if err != nil {
		return "", fmt.Errorf("the certificate: %w", err)
	}
	files.Remove(f.Name())
	_, err = f.Write(certificate)
	if err := errors.Join(err, f.Close()); err != nil {
		return f.Name(), fmt.Errorf("the certificate: %w", err)
	}
	return f.Name(), nil
}
