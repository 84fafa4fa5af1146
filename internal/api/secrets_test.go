package api_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"tldsweep/internal/api"
)

// names of all settings of credentials.
var settings = []string{"application_key", "application_secret", "consumer_key", "client_id", "client_secret", "access_token"}

// inFolder runs a test in an empty folder, with no file of credentials but those it writes.
func inFolder(t *testing.T) {
	clean(t)
	t.Chdir(t.TempDir())
}

// Whatever is wrong with a file or a variable, what is said of it is one line, and holds no secret.
func TestMalformedCredentialsAreNotShown(t *testing.T) {
	const value = "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF"
	shapes := map[string]func(name string) (file string, variable string){
		"no delimiter":           func(name string) (string, string) { return "[ovh-eu]\n" + name + " " + value + "\n", "" },
		"no delimiter, no blank": func(name string) (string, string) { return "[ovh-eu]\n" + name + value + "\n", "" },
		"the value alone":        func(string) (string, string) { return "[ovh-eu]\n" + value + "\n", "" },
		"the value as a section": func(string) (string, string) { return "[" + value + "]\n", "" },
		"a setting as a section": func(name string) (string, string) { return "[" + name + "=" + value + "]\n", "" },
		"a section without end":  func(name string) (string, string) { return "[ovh-eu\n" + name + "=" + value + "\n", "" },
		"a setting as a name":    func(name string) (string, string) { return "[" + name + " " + value, "" },
		"a quote without end":    func(name string) (string, string) { return "[ovh-eu]\n" + name + "=\"\"\"" + value + "\n", "" },
		"a key in quotes":        func(name string) (string, string) { return "[ovh-eu]\n\"" + name + " = " + value + "\n", "" },
		"a blank in it":          func(name string) (string, string) { return "[ovh-eu]\n" + name + "=" + value + " " + value + "\n", "" },
		"a quote in it":          func(name string) (string, string) { return "[ovh-eu]\n" + name + "=" + value + "'\n", "" },
		"no key":                 func(name string) (string, string) { return "[ovh-eu]\n=" + value + "\n" + name, "" },
		"the endpoint's":         func(string) (string, string) { return "[default]\nendpoint=" + value + "\n", "" },
		"the endpoint's line": func(name string) (string, string) {
			return "[default]\nendpoint=ovh-eu " + name + "=" + value + "\n", ""
		},
		"the endpoint's URL": func(name string) (string, string) { return "[default]\nendpoint=https://" + value + "@x/1.0\n", "" },
		"the endpoint's query": func(name string) (string, string) {
			return "[default]\nendpoint=https://x/1.0?" + name + "=" + value + "\n", ""
		},
		"a recursion": func(name string) (string, string) {
			return "[ovh-eu]\n" + name + "=%(" + name + ")s" + value + "\n", ""
		},
		"a binary file":           func(name string) (string, string) { return "\x00\x01" + name + "\x02" + value, "" },
		"a variable with a blank": func(string) (string, string) { return "", value + " " + value },
		"a variable with a quote": func(string) (string, string) { return "", `"` + value + `"` },
		"a variable of two lines": func(string) (string, string) { return "", value + "\n" + value },
		"a variable with bytes":   func(string) (string, string) { return "", value + "\xff" },
	}
	for shape, make := range shapes {
		for _, name := range settings {
			t.Run(shape+"/"+name, func(t *testing.T) {
				inFolder(t)
				file, variable := make(name)
				if file != "" {
					if err := os.WriteFile("ovh.conf", []byte(file), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				t.Setenv("OVH_"+strings.ToUpper(name), variable)
				var said []string
				client, err := api.New(api.Config{})
				if err != nil {
					if !errors.Is(err, api.ErrConfig) {
						t.Errorf("no error of the configuration: %v", err)
					}
					said = append(said, err.Error())
				} else {
					said = append(said, client.Endpoint())
					client.Close()
				}
				if _, err := api.Settings("tldsweep"); err != nil {
					said = append(said, err.Error())
				}
				for _, text := range said {
					if strings.Contains(text, value) || strings.Contains(text, value[:10]) || strings.ContainsAny(text, "\n\r\x00") || !utf8.ValidString(text) {
						t.Errorf("%q", text)
					}
				}
			})
		}
	}
}

// What surrounds a key is no part of it, wherever it comes from.
func TestKeysAreTrimmed(t *testing.T) {
	inFolder(t)
	var got []string
	server := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1.0/auth/time" {
			fmt.Fprint(w, 1764100000)
			return
		}
		got = []string{r.Header.Get("X-Ovh-Application"), r.Header.Get("X-Ovh-Consumer")}
		io.WriteString(w, "1")
	})
	t.Setenv("OVH_ENDPOINT", " "+server+"/1.0/\r\n")
	t.Setenv("OVH_APPLICATION_KEY", "key\n")
	t.Setenv("OVH_CONSUMER_KEY", "\tconsumer\r\n")
	if err := os.WriteFile("ovh.conf", []byte("["+server+"/1.0]\r\napplication_secret =  secret \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := api.New(api.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x"}); err != nil || fmt.Sprint(got) != "[key consumer]" {
		t.Errorf("%q, %v", got, err)
	}
}

// Half a login, several and one that is not for its endpoint are refused, each by where it stands.
func TestLoginsAreWhole(t *testing.T) {
	for _, c := range []struct {
		file      string
		variables []string // of OVH_, with the value x
		want      string   // empty: none
	}{
		{"", []string{"APPLICATION_KEY", "CONSUMER_KEY"}, "there is OVH_APPLICATION_KEY, but no application_secret for it"},
		{"[ovh-eu]\nclient_secret=x\n", nil, "there is client_secret in ovh.conf, but no client_id for it"},
		{"[ovh-eu]\naccess_token=x\n", []string{"CLIENT_ID", "CLIENT_SECRET"}, "there are several logins, by OVH_CLIENT_ID and by access_token in ovh.conf: leave one"},
		{"[default]\nendpoint=kimsufi-eu\n[kimsufi-eu]\nclient_id=x\nclient_secret=x\n", nil, "an OAuth2 client can only be used with ovh-eu, ovh-ca and ovh-us"},
		{"[default]\nendpoint=ovh-moon\n", nil, `unknown endpoint "ovh-moon" (endpoint in ovh.conf)`},
		{"[default]\nendpoint=https://api.example/1.0\n", []string{"ACCESS_TOKEN"}, "ovh.conf in this folder would have OVH_ACCESS_TOKEN sent to api.example: if that is right, name it with --endpoint or OVH_ENDPOINT"},
		{"[default]\nendpoint=https://api.example/1.0\n", nil, ""},
		{"[default]\nendpoint=https://api.example/1.0\n[https://api.example/1.0]\naccess_token=x\n", nil, ""},
		{"[default]\nendpoint=https://api.eu.ovhcloud.com/v1\n", []string{"ACCESS_TOKEN"}, ""},
		{"[default]\nendpoint=ovh-ca\n", []string{"ACCESS_TOKEN"}, ""},
		{"[ovh-eu]\naccess_token=x\n", nil, ""},
	} {
		inFolder(t)
		for _, name := range c.variables {
			t.Setenv("OVH_"+name, "x")
		}
		if err := os.WriteFile("ovh.conf", []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		client, err := api.New(api.Config{})
		if err == nil {
			client.Close()
		}
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, api.ErrConfig) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q with %v: %v, want %q", c.file, c.variables, err, c.want)
		}
	}
	inFolder(t)
	t.Setenv("OVH_ACCESS_TOKEN", "x")
	if err := os.WriteFile("ovh.conf", []byte("[default]\nendpoint=https://api.example/1.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := api.New(api.Config{Endpoint: "https://api.example/1.0"})
	if err != nil {
		t.Fatalf("an endpoint that is named: %v", err)
	}
	client.Close()
}

// A server that repeats what it was sent does not bring it into errors.
func TestWhatIsRepeatedIsHidden(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ovh-Queryid", consumer)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"class":"Client::BadRequest::%s","message":"no %s","details":{"%s":"is %s"}}`, key, secret, consumer, key)
	})
	_, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Anonymous: true})
	row, ok := errors.AsType[*api.RowError](err)
	if !ok || !strings.Contains(err.Error(), "(hidden)") {
		t.Fatalf("%T %v", err, err)
	}
	for _, text := range []string{key, secret, consumer} {
		if strings.Contains(fmt.Sprintf("%+v", *row), text) {
			t.Errorf("the error holds %q: %+v", text, *row)
		}
	}
}

func serving(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
