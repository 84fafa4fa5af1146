package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"tldsweep/internal/cli"
)

// Whatever list and catalogue look like, what may be sold is asked for, and only a catalogue that can be believed spares
// requests.
func TestWhatIsSold(t *testing.T) {
	const bare = `["ac","ad","ae","af","ag","ai","al","am","fr","uk"]`
	plans := func(extensions string) string {
		var list []string
		for _, extension := range strings.Fields(extensions) {
			list = append(list, fmt.Sprintf(`{"planCode":%q,"pricings":[]}`, extension))
		}
		return `{"locale":{"currencyCode":"EUR"},"plans":[` + strings.Join(list, ",") + `]}`
	}
	const whole = "ac ad ae af ag ai al am fr uk co.uk me.uk zone"
	for _, c := range []struct {
		name       string
		list       string
		catalogue  string // empty: there is none
		extensions string
		names      []string
		asked      string
		unsold     string // by their rows
		warning    string
	}{
		{"second-level extensions by the catalogue alone", bare, plans(whole), "fr,co.uk", []string{"rocket", "moon.me.uk"}, "rocket.fr rocket.co.uk moon.me.uk", "", ""},
		{"all is both", bare, plans(whole), "all", []string{"rocket"},
			"rocket.ac rocket.ad rocket.ae rocket.af rocket.ag rocket.ai rocket.al rocket.am rocket.fr rocket.uk rocket.co.uk rocket.me.uk rocket.zone", "", ""},
		{"a glob is of both", bare, plans(whole), "*.uk", []string{"rocket"}, "rocket.co.uk rocket.me.uk", "", ""},
		{"neither has it", bare, plans(whole), "fr", []string{"rocket.zz", "moon.co.zz"}, "", "moon.co.zz rocket.zz", ""},
		{"no plan", bare, plans(strings.ReplaceAll(whole, "ac ", "")), "ac,fr", []string{"rocket"}, "rocket.fr", "rocket.ac", ""},
		{"a catalogue that has lost most", bare, plans("fr co.uk"), "ac,fr,me.uk", []string{"rocket", "moon.ltd.uk"}, "rocket.ac rocket.fr rocket.me.uk moon.ltd.uk", "",
			"only 1 of 10 extensions are in the catalogue: it is not used to tell what is not sold"},
		{"no catalogue, and a bare list", bare, "", "fr,co.uk", []string{"rocket", "moon.me.uk"}, "rocket.fr rocket.co.uk moon.me.uk", "", "going on without OVHcloud's catalogue"},
		{"no catalogue", `["fr","uk","co.uk"]`, "", "fr", []string{"rocket", "moon.co.uk", "moon.zz"}, "rocket.fr moon.co.uk", "moon.zz", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lock sync.Mutex
			var asked []string
			routes := map[string]http.HandlerFunc{
				"GET /domain/extensions": says(c.list),
				"POST /order/cart":       says(`{"cartId":"c"}`),
				"GET /order/cart/c/domain": func(w http.ResponseWriter, r *http.Request) {
					lock.Lock()
					defer lock.Unlock()
					asked = append(asked, r.URL.Query().Get("domain"))
					fmt.Fprint(w, "[]")
				},
			}
			if c.catalogue != "" {
				routes["GET /order/catalog/public/domain"] = says(c.catalogue)
			}
			play(t, routes)
			for _, again := range []string{"", ", with what is kept"} {
				asked = nil
				var stdout, stderr bytes.Buffer
				code := cli.Main(append([]string{"scan", "--rate", "off", "--workers", "1", "--ordered", "--history", "off", "-e", c.extensions}, c.names...), strings.NewReader(""), &stdout, &stderr)
				if code != 0 {
					t.Fatalf("exit code %d%s\n%s", code, again, &stderr)
				}
				if got := strings.Join(asked, " "); got != c.asked {
					t.Errorf("asked for %s%s, want %s", got, again, c.asked)
				}
				var unsold []string
				for _, domain := range []string{"rocket.ac", "moon.co.zz", "moon.zz", "rocket.zz"} {
					if strings.Contains(stdout.String(), "\n"+domain+","+domain+",") && strings.Contains(stdout.String(), ",unsupported,not_sold,") {
						unsold = append(unsold, domain)
					}
				}
				if got := strings.Join(unsold, " "); got != c.unsold || strings.Count(stdout.String(), ",not_sold,") != len(unsold) {
					t.Errorf("not sold are %q%s, want %q\n%s", got, again, c.unsold, &stdout)
				}
				if !strings.Contains(stderr.String(), c.warning) || c.warning == "" && strings.Contains(stderr.String(), "warning") {
					t.Errorf("want a warning %q in\n%s", c.warning, &stderr)
				}
			}
		})
	}
}
