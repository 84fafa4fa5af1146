package cli_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"tldsweep/cli"
	"tldsweep/emulator"
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
		{"everything", nil, emulator.DefaultConsumerKey, []string{"--for", "order"}, 0,
			[]string{`ok +clock +within 1s`, `ok +credentials`, `ok +to scan`, `ok +to pay`, `ok +subsidiary +FR, EUR`, `ok +payment`, `ok +history`}},
		{"a scan's rights", []emulator.Right{self, right("GET /order/cart/*"), right("POST /order/cart")}, emulator.DefaultConsumerKey, nil, 0,
			[]string{`ok +to scan`, `note +to list +missing: GET /domain/extensions, GET /domain/extensions/\*`, `note +to buy +missing: POST /order/cart/\*`, `note +subsidiary +FR;`}},
		{"no lookup", []emulator.Right{self, right("POST /order/cart")}, emulator.DefaultConsumerKey, nil, 1,
			[]string{`FAIL +to scan +missing: GET /order/cart/\*$`}},
		{"a scan's rights, for an order", []emulator.Right{self, right("GET /order/cart/*"), right("POST /order/cart")}, emulator.DefaultConsumerKey, []string{"--for", "order"}, 1,
			[]string{`FAIL +to quote +missing: POST /order/cart/\*, DELETE /order/cart/\*, GET /me, GET /me/\*`, `FAIL +to pay +missing: GET /me/\*, POST /me/order/\*`}},
		{"no look at itself", []emulator.Right{right("GET /order/cart/*"), right("POST /order/cart")}, emulator.DefaultConsumerKey, nil, 0,
			[]string{`note +credentials +they are good; .*GET /auth/currentCredential`}},
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
