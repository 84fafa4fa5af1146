package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/cli"
)

// play serves what a test says of OVHcloud's API, and points the environment at it. Everything else is not found.
func play(t *testing.T, answers map[string]http.HandlerFunc) {
	t.Helper()
	mux := http.NewServeMux()
	if answers["GET /auth/time"] == nil {
		mux.HandleFunc("GET /1.0/auth/time", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, time.Now().Unix()) })
	}
	for pattern, answer := range answers {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /1.0"+path, answer)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"class":"Client::NotFound","message":"Got an invalid (or empty) URL"}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("OVH_ENDPOINT", server.URL+"/1.0")
	t.Setenv("OVH_APPLICATION_KEY", "key")
	t.Setenv("OVH_APPLICATION_SECRET", "secret")
	t.Setenv("OVH_CONSUMER_KEY", "consumer")
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

// What can be ordered, but not by everybody, is a status of its own wherever statuses are told.
func TestRestrictedEverywhere(t *testing.T) {
	offers := map[string]string{
		"rocket.fr": `[{"action":"create","orderable":true,"phase":"sunrise","duration":["P1Y"],"prices":[{"label":"TOTAL","price":{"currencyCode":"EUR","value":320}},{"label":"RENEW","price":{"currencyCode":"EUR","value":20}}]}]`,
		"moon.fr":   `[{"action":"create","orderable":true,"phase":"ga","duration":["P1Y"],"prices":[{"label":"TOTAL","price":{"currencyCode":"EUR","value":5.99}}]}]`,
	}
	play(t, map[string]http.HandlerFunc{
		"GET /domain/extensions":             says(`["fr","com"]`),
		"GET /domain/extensions/highlighted": says(`["fr"]`),
		"POST /order/cart":                   says(`{"cartId":"c"}`),
		"GET /order/cart/c/domain":           func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, offers[r.URL.Query().Get("domain")]) },
	})
	run := func(arguments ...string) (stdout, stderr string) {
		t.Helper()
		var out, messages bytes.Buffer
		if code := cli.Main(arguments, strings.NewReader(""), &out, &messages); code != 0 {
			t.Fatalf("%v: exit code %d\n%s", arguments, code, &messages)
		}
		return out.String(), messages.String()
	}
	folder := t.TempDir()
	summary, metrics := filepath.Join(folder, "summary.json"), filepath.Join(folder, "metrics.prom")
	scan := []string{"scan", "--rate", "off", "--only", "restricted", "--max-price", "400", "--summary", summary, "--metrics", metrics, "rocket.fr", "moon.fr"}
	stdout, stderr := run(scan...)
	if rows := strings.Split(strings.TrimSpace(stdout), "\n"); len(rows) != 2 || !strings.HasPrefix(rows[1], "rocket.fr,rocket.fr,rocket,fr,restricted,sunrise,EUR,320.00,20.00,,,,P1Y,,sunrise,,api,") {
		t.Errorf("rows\n%s", stdout)
	}
	if !strings.Contains(stderr, "1 available, 1 restricted,") {
		t.Errorf("the counts are %s", stderr)
	}
	var sum struct {
		Statuses, Reasons map[string]int
	}
	text, err := os.ReadFile(summary)
	if err != nil || json.Unmarshal(text, &sum) != nil || sum.Statuses["restricted"] != 1 || sum.Statuses["available"] != 1 || sum.Reasons["sunrise"] != 1 {
		t.Errorf("the summary is %s, %v", text, err)
	}
	if text, err := os.ReadFile(metrics); err != nil || !strings.Contains(string(text), `status="restricted",source="api"} 1`) {
		t.Errorf("the metrics are %s, %v", text, err)
	}
	if stdout, _ := run("report", "--only", "restricted", "-f", "md"); !strings.Contains(stdout, "| rocket.fr | restricted | 320.00 EUR | 20.00 EUR | sunrise |") {
		t.Errorf("the report is\n%s", stdout)
	}
	if stdout, _ := run("scan", "--rate", "off", "--recheck", "restricted=1h", "rocket.fr"); !strings.Contains(stdout, "restricted,sunrise,EUR,320.00") || !strings.Contains(stdout, ",history,") {
		t.Errorf("from the history\n%s", stdout)
	}

	offers["rocket.fr"], offers["moon.fr"] = offers["moon.fr"], offers["rocket.fr"]
	run("scan", "--rate", "off", "--fresh", "rocket.fr", "moon.fr")
	stdout, _ = run("changes", "--since", "1")
	for _, want := range []string{
		"moon.fr: became restricted (available 5.99 EUR → restricted 320.00 EUR, then 20.00)",
		"rocket.fr: became available (restricted 320.00 EUR, then 20.00 → available 5.99 EUR)",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}
