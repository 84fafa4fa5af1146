package cli_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
)

func TestDoctor(t *testing.T) {
	right := func(text string) emulator.Right {
		method, path, _ := strings.Cut(text, " ")
		return emulator.Right{Method: method, Path: path}
	}
	self := right("GET /auth/currentCredential")
	for _, test := range []struct {
		name      string
		rights    []emulator.Right // nil: all
		consumer  string
		arguments []string
		code      int
		want      []string // regular expressions of lines
	}{
		{"everything", nil, emulator.DefaultConsumerKey, nil, 0,
			[]string{`ok +clock +within 1s`, `ok +credentials +an application key that does not expire`, `ok +to scan`, `ok +to pay`, `ok +subsidiary +FR, EUR`, `ok +history`}},
		{"a scan's rights", []emulator.Right{self, right("GET /order/cart/*"), right("POST /order/cart")}, emulator.DefaultConsumerKey, nil, 0,
			[]string{`ok +to scan`, `note +to list +missing: GET /domain/extensions, GET /domain/extensions/\*`, `note +to buy +missing: POST /order/cart/\*`, `note +subsidiary +FR;`}},
		{"no lookup", []emulator.Right{self, right("POST /order/cart")}, emulator.DefaultConsumerKey, nil, 1,
			[]string{`FAIL +to scan +missing: GET /order/cart/\*$`}},
		{"a scan's rights, for an order", []emulator.Right{self, right("GET /order/cart/*"), right("POST /order/cart")}, emulator.DefaultConsumerKey, []string{"--for", "order"}, 1,
			[]string{`FAIL +to quote +missing: POST /order/cart/\*, DELETE /order/cart/\*, GET /me, GET /me/\*, POST /domain/configurationRule/check$`, `FAIL +to buy +missing: POST /order/cart/\*, GET /order/cart, GET /me/\*, GET /domain, GET /domain/\*$`, `FAIL +to pay +missing: GET /me/\*, POST /me/order/\*`}},
		{"no look at itself", []emulator.Right{right("GET /order/cart/*"), right("POST /order/cart")}, emulator.DefaultConsumerKey, nil, 1,
			[]string{`note +credentials +they are good; .*GET /auth/currentCredential or GET /auth/details$`, `\? +to scan +unknown$`}},
		{"another subsidiary", nil, emulator.DefaultConsumerKey, []string{"--subsidiary", "GB"}, 0,
			[]string{`note +subsidiary +the account is in FR, and prices are asked for GB: use --subsidiary FR`}},
		{"refused", nil, "a-very-secret-consumer", nil, 1, []string{`FAIL +credentials .*This credential does not exist`}},
		{"none", nil, "", nil, 1, []string{`FAIL +credentials +there are none`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, emulator.Options{Rights: test.rights})
			t.Setenv("OVH_CONSUMER_KEY", test.consumer)
			if test.consumer == "" {
				t.Setenv("OVH_APPLICATION_KEY", "")
				t.Setenv("OVH_APPLICATION_SECRET", "")
			}
			var stdout, stderr bytes.Buffer
			code := cli.Main(append([]string{"doctor"}, test.arguments...), strings.NewReader(""), &stdout, &stderr)
			if code != test.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, test.code, &stdout, &stderr)
			}
			for _, want := range test.want {
				if !regexp.MustCompile("(?m)^" + want).MatchString(stdout.String()) {
					t.Errorf("no line %q in\n%s", want, &stdout)
				}
			}
			if text := stdout.String() + stderr.String(); strings.Contains(text, "very-secret") || strings.Contains(text, emulator.DefaultApplicationSecret) {
				t.Errorf("a secret is shown:\n%s", text)
			}
			if n := server.Counts().Requests; n > 6 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Every kind of login says which it is, and what it lacks; a check that cannot be made does not pass.
func TestDoctorOfLogins(t *testing.T) {
	const (
		noKey      = `{"class":"Client::Forbidden","message":"This credential does not exist"}`
		notGranted = `{"class":"Client::Forbidden","message":"This call has not been granted"}`
		key        = `{"status":"validated","expiration":"2030-01-02T03:04:05+01:00","rules":[{"method":"GET","path":"/*"},{"method":"POST","path":"/*"},{"method":"DELETE","path":"/*"}]}`
		visa       = `{"paymentMethodId":7,"paymentType":"CREDIT_CARD","status":"VALID","default":true}`
	)
	details := func(method, user, routes string) string {
		return fmt.Sprintf(`{"account":"ab12345-ovh","allowedRoutes":%s,"description":null,"identities":["urn:v1:eu:identity:account:ab12345-ovh"],"method":%q,"roles":null,"user":%s}`, routes, method, user)
	}
	const scanning = `{"method":"POST","path":"/order/cart"},{"method":"GET","path":"/order/cart/*"}`
	const ordering = scanning + `,{"method":"GET","path":"/order/cart"},{"method":"POST","path":"/order/cart/*"},{"method":"DELETE","path":"/order/cart/*"},{"method":"GET","path":"/me"},{"method":"GET","path":"/me/*"},{"method":"POST","path":"/me/order/*"},{"method":"GET","path":"/domain"},{"method":"GET","path":"/domain/*"}`
	for _, c := range []struct {
		name    string
		key     string // of /auth/currentCredential; what has a class is a refusal, and empty is not found
		details string // of /auth/details, likewise
		methods string // of /me/payment/method; empty: not found
		method  string // of the one of these, likewise
		order   bool
		code    int
		want    []string // regular expressions of lines
	}{
		{"a key", key, "", "[7]", visa, true, 0, []string{`ok +credentials +an application key until 2030-01-02`, `ok +to buy`, `ok +payment +there is a default means, CREDIT_CARD, and it is valid$`}},
		{"a service account", noKey, details("oauth2_client_credentials", "null", "null"), "[7]", visa, true, 0,
			[]string{`ok +credentials +an OAuth2 client, the login of a service account, at ab12345-ovh$`, `ok +to scan`, `ok +to pay`, `note +policies`, `ok +payment`}},
		{"the account", noKey, details("account", "null", "null"), "", "", false, 0, []string{`ok +credentials +the login of the account itself, at ab12345-ovh$`, `ok +to scan`}},
		{"a user", "", details("user", `"buyer"`, "null"), "", "", false, 0, []string{`ok +credentials +the login of a user, buyer, at ab12345-ovh$`, `note +policies`}},
		{"a provider", noKey, details("provider", `"ada@example.com"`, "null"), "", "", false, 0, []string{`ok +credentials +a login by a provider of identities, ada@example.com, at`}},
		{"a kind of the future", noKey, details("passkey", "null", "null"), "", "", false, 0, []string{`ok +credentials +a login of the kind "passkey", at`}},
		{"routes of a scan", noKey, details("oauth2_client_credentials", "null", "["+scanning+"]"), "", "", false, 0,
			[]string{`ok +to scan`, `note +to list +missing: GET /domain/extensions, GET /domain/extensions/\*$`, `note +to quote +missing: POST /order/cart/\*, DELETE`, `note +subsidiary +FR; without`}},
		{"routes of a scan, for an order", noKey, details("oauth2_client_credentials", "null", "["+scanning+"]"), "", "", true, 1,
			[]string{`ok +to scan`, `FAIL +to quote +missing: POST /order/cart/\*, DELETE`, `FAIL +to pay`}},
		{"routes of an order", noKey, details("user", "null", "["+ordering+"]"), "[7]", visa, true, 0,
			[]string{`note +to quote +missing: POST /domain/configurationRule/check; owners are checked by the cart alone$`, `ok +to buy`, `ok +to pay`}},
		{"no routes", noKey, details("user", "null", "[]"), "", "", false, 1, []string{`FAIL +to scan +missing: POST /order/cart, GET /order/cart/\*$`}},
		{"a key that may look at its login alone", notGranted, details("account", "null", "["+scanning+"]"), "", "", false, 0, []string{`ok +credentials +the login of the account`, `ok +to scan`}},
		{"nothing may be looked at", notGranted, notGranted, "", "", false, 1, []string{`note +credentials +they are good;`, `\? +to scan +unknown$`}},
		{"nothing may be looked at, for an order", notGranted, notGranted, "", "", true, 1, []string{`\? +to scan`, `\? +to quote`, `\? +to buy`, `\? +to pay`}},
		{"routes that are none", noKey, details("user", "null", `"all"`), "", "", false, 1, []string{`\? +credentials +GET /auth/details: 200 unexpected answer: allowedRoutes is missing`, `\? +to scan`}},
		{"routes left out", noKey, `{"account":"ab12345-ovh","method":"user"}`, "", "", false, 1, []string{`\? +credentials +GET /auth/details: 200 unexpected answer: allowedRoutes is missing`}},
		{"a method left out", noKey, `{"account":"ab12345-ovh","allowedRoutes":null}`, "", "", false, 1, []string{`\? +credentials +GET /auth/details: 200 unexpected answer: method is missing`}},
		{"no such routes", "", "", "", "", false, 1, []string{`\? +credentials +GET /auth/details: 404`, `\? +to scan`}},
		{"refused", noKey, noKey, "", "", false, 1, []string{`FAIL +credentials +GET /auth/currentCredential: 403 This credential does not exist`}},
		{"a key that has expired", strings.Replace(key, "2030", "2020", 1), "", "", "", false, 1, []string{`FAIL +credentials +the key has expired on 2020-01-02`}},
		{"a key whose end cannot be read", strings.Replace(key, "2030-01-02T03:04:05+01:00", "soon", 1), "", "", "", false, 1, []string{`\? +credentials +GET /auth/details: 404`, `\? +to scan`}},
		{"a key without a state", `{"rules":[{"method":"GET","path":"/*"},{"method":"POST","path":"/*"}]}`, "", "", "", false, 1, []string{`\? +credentials +GET /auth/details: 404`, `\? +to scan`}},
		{"no means", key, "", "[]", "", true, 0, []string{`note +payment +the account has no default means`}},
		{"a means that expired", key, "", "[7]", strings.Replace(visa, "VALID", "EXPIRED", 1), true, 0, []string{`note +payment +the default means, CREDIT_CARD, cannot pay: OVHcloud says it is EXPIRED$`}},
		{"means that are not told", key, "", "", "", true, 1, []string{`\? +payment +it is unknown whether the default means can pay: GET /me/payment/method: 404`}},
		{"a means that is not told", key, "", "[7]", "", true, 1, []string{`\? +payment +it is unknown whether the default means can pay: GET /me/payment/method/7: 404`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			routes := map[string]http.HandlerFunc{"GET /me": says(`{"nichandle":"ab12345-ovh","ovhSubsidiary":"FR","currency":{"code":"EUR","symbol":"€"}}`)}
			for route, body := range map[string]string{
				"GET /auth/currentCredential": c.key, "GET /auth/details": c.details, "GET /me/payment/method": c.methods, "GET /me/payment/method/7": c.method,
			} {
				switch {
				case strings.Contains(body, `"class"`):
					routes[route] = func(w http.ResponseWriter, _ *http.Request) {
						w.WriteHeader(http.StatusForbidden)
						fmt.Fprint(w, body)
					}
				case body != "":
					routes[route] = says(body)
				}
			}
			play(t, routes)
			arguments := []string{"doctor"}
			if c.order {
				arguments = append(arguments, "--for", "order")
			}
			var stdout, stderr bytes.Buffer
			if code := cli.Main(arguments, strings.NewReader(""), &stdout, &stderr); code != c.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, &stdout, &stderr)
			}
			for _, want := range c.want {
				if !regexp.MustCompile("(?m)^" + want).MatchString(stdout.String()) {
					t.Errorf("no line %q in\n%s", want, &stdout)
				}
			}
		})
	}
}

// What cannot be asked is not passed, and says who has answered instead.
func TestDoctorOfPages(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusProxyAuthRequired) // which is not repeated
		fmt.Fprint(w, "<html>")
	}
	const key = `{"status":"validated","expiration":null,"rules":[{"method":"GET","path":"/*"},{"method":"POST","path":"/*"}]}`
	for _, c := range []struct {
		name   string
		routes map[string]http.HandlerFunc
		want   []string
	}{
		{"of the credentials", map[string]http.HandlerFunc{"GET /auth/currentCredential": page}, []string{`\? +credentials +GET /auth/currentCredential: 407 an HTML page .*; it is not OVHcloud's API that answers`, `\? +to scan +unknown`}},
		{"of the account", map[string]http.HandlerFunc{"GET /auth/currentCredential": says(key), "GET /me": page}, []string{`\? +subsidiary +GET /me: 407 an HTML page`}},
		{"of an account that is not told", map[string]http.HandlerFunc{"GET /auth/currentCredential": says(key), "GET /me": says("{}")}, []string{`note +subsidiary +GET /me: 200 unexpected answer: nichandle or ovhSubsidiary is missing`}},
		{"of the time", map[string]http.HandlerFunc{"GET /auth/time": page}, []string{`FAIL +network +GET /auth/time: 407 an HTML page .*; it is not OVHcloud's API that answers`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, c.routes)
			var stdout, stderr bytes.Buffer
			code := cli.Main([]string{"doctor"}, strings.NewReader(""), &stdout, &stderr)
			if want := 1; code != want && !strings.HasPrefix(c.want[0], "note") {
				t.Errorf("exit code %d, want %d\n%s%s", code, want, &stdout, &stderr)
			}
			for _, want := range c.want {
				if !regexp.MustCompile("(?m)^" + want).MatchString(stdout.String()) {
					t.Errorf("no line %q in\n%s", want, &stdout)
				}
			}
		})
	}
}

// A bundle that ends in .zip has the same files.
func TestABundleAsZip(t *testing.T) {
	serve(t, emulator.Options{})
	path := filepath.Join(t.TempDir(), "bundle.zip")
	var stdout, stderr bytes.Buffer
	if code := cli.Main([]string{"doctor", "--bundle", path}, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	found := map[string]string{}
	for _, f := range archive.File {
		text, err := fs.ReadFile(archive, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		found[f.Name] = string(text)
	}
	if got := found["tldsweep-bundle/doctor.txt"]; got != stdout.String() || got == "" {
		t.Errorf("the bundle says\n%s, and doctor\n%s", got, &stdout)
	}
	for _, name := range []string{"version.txt", "settings.json", "runs.json"} {
		if found["tldsweep-bundle/"+name] == "" {
			t.Errorf("no %s", name)
		}
	}
	if len(found) != 4 {
		t.Errorf("%d files", len(found))
	}
}

// Without network, doctor still says whether there are credentials, and nothing that it cannot look at passes.
func TestDoctorWithoutNetwork(t *testing.T) {
	for _, test := range []struct{ name, key, want string }{
		{"none", "", `FAIL +credentials +there are none`},
		{"some", "key", `\? +credentials +there are some; whether they are good is unknown\n\? +to scan +unknown`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			server := emulator.New(emulator.Options{})
			address, _, err := server.StartTLS("127.0.0.1:0") // whose certificate nobody knows, so that nothing is tried again
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			t.Setenv("OVH_ENDPOINT", address)
			for _, name := range []string{"OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY"} {
				t.Setenv(name, test.key)
			}
			var stdout, stderr bytes.Buffer
			if code := cli.Main([]string{"doctor"}, strings.NewReader(""), &stdout, &stderr); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if !regexp.MustCompile(`(?m)^FAIL +network .*\n` + test.want).MatchString(stdout.String()) {
				t.Errorf("no line %q after the network's in\n%s", test.want, &stdout)
			}
		})
	}
}
