package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tldsweep/internal/cli"
)

// An extension that OVHcloud withdraws is no typing mistake in a run that was seen to work before: OVHcloud says what it says of its
// domains, in their rows, and one warning does.
func TestAnExtensionThatIsWithdrawn(t *testing.T) {
	var withdrawn atomic.Bool
	list := func(w http.ResponseWriter, _ *http.Request) {
		if withdrawn.Load() {
			fmt.Fprint(w, `["fr","com","co.uk"]`)
			return
		}
		fmt.Fprint(w, `["fr","com","co.uk","shop"]`)
	}
	play(t, map[string]http.HandlerFunc{
		"GET /domain/extensions":             list,
		"GET /domain/extensions/highlighted": says(`["fr"]`),
		"POST /order/cart":                   says(`{"cartId":"c"}`),
		"GET /order/cart/c/domain": func(w http.ResponseWriter, r *http.Request) {
			if withdrawn.Load() && strings.HasSuffix(r.URL.Query().Get("domain"), ".shop") {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, `{"class":"Client::BadRequest","message":"Some parameters are invalid in the request: Check failed. The extension is not available"}`)
				return
			}
			fmt.Fprint(w, "[]")
		},
	})
	folder := t.TempDir()
	file := filepath.Join(folder, "extensions.txt")
	if err := os.WriteFile(file, []byte("fr\nshop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(want int, arguments ...string) (stdout, stderr string) {
		t.Helper()
		var out, messages bytes.Buffer
		arguments = append([]string{"scan", "--rate", "off", "--history", filepath.Join(folder, "h.db"), "-f", "csv"}, arguments...)
		if code := cli.Main(append(arguments, "rocket", "moon"), strings.NewReader(""), &out, &messages); code != want {
			t.Fatalf("%v: exit code %d, want %d\n%s", arguments, code, want, &messages)
		}
		return out.String(), messages.String()
	}
	if _, said := run(2, "-e", "fr,shpo"); !strings.Contains(said, "shpo") {
		t.Errorf("a typing mistake: %s", said)
	}
	run(0, "-e", "fr,shop")
	withdrawn.Store(true)
	for range 2 { // also when the last run knew it already
		for _, list := range []string{"fr,shop", "@" + file, "com,shop"} {
			rows, said := run(0, "-e", list)
			if n := strings.Count(rows, ",unsupported,"); n != 2 || strings.Count(rows, ",taken,") != 2 {
				t.Errorf("%s: %d rows are unsupported:\n%s", list, n, rows)
			}
			if n := strings.Count(said, "warning: OVHcloud no longer lists .shop"); n != 1 {
				t.Errorf("%s: said %d times:\n%s", list, n, said)
			}
		}
	}
	for _, list := range []string{"fr,shpo", "fr,moon", "fr,rocket.fr"} {
		if _, said := run(2, "-e", list); !strings.Contains(said, "hint:") {
			t.Errorf("%s: %s", list, said)
		}
	}
	if _, said := run(2, "-e", "fr,shop", "--history", "off"); !strings.Contains(said, "shop") {
		t.Errorf("without a history: %s", said)
	}
}
