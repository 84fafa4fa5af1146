package cart_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tldsweep/extensions"
	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// sold is what the tests' OVHcloud sells.
var sold = []string{
	"academy", "co", "com", "de", "dev", "eu", "fr", "asso.fr", "com.fr", "net", "org", "photography",
	"uk", "co.uk", "gov.uk", "me.uk", "xn--p1ai", "xn--80adxhks", "zone",
}

const (
	current     = "/domain/extensions?ovhSubsidiary=FR"
	public      = "/domain/data/extension?country=FR"
	highlighted = "/domain/extensions/highlighted?ovhSubsidiary=FR"
)

// answer is what the server says to one path with its query.
type answer struct {
	status int // 0: 200
	body   string
}

var (
	notGranted   = answer{403, `{"class":"Client::Forbidden","message":"This call has not been granted"}`}
	deniedByIAM  = answer{403, `{"class":"Client::Forbidden","message":"User not granted for this request","details":{"unauthorizedActionsByIAM":"domain:apiovh:extensions/get"}}`}
	invalidKey   = answer{403, `{"class":"Client::Forbidden","message":"This application key is invalid"}`}
	noCredential = answer{403, `{"class":"Client::Forbidden","message":"This credential is not valid"}`}
	oldNoRight   = answer{403, `{"errorCode":"NOT_GRANTED_CALL","httpCode":"403 Forbidden","message":"This call has not been granted"}`}
	loginFirst   = answer{401, `{"class":"Client::Unauthorized","message":"You must login first"}`}
	badEnum      = answer{400, `{"class":"Client::BadRequest","message":"Parameter ovhSubsidiary isn't formatted correctly"}`}
	challenge    = answer{400, `{"class":"Client::BadRequest::ChallengeRequired","message":"Challenge required","body":{"type":"url","payload":"https://example.org"}}`}
)

// ovhcloud is a server that answers by the contract, and what it was asked for.
type ovhcloud struct {
	url string

	lock  sync.Mutex
	asked []string // without /auth/time
}

// serve answers the given paths, and others with 404. Routes that need a signature want one, and the public list has to
// come without.
func serve(t *testing.T, answers map[string]answer) *ovhcloud {
	t.Helper()
	server := &ovhcloud{}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1.0/auth/time" {
			w.Write([]byte(strconv.FormatInt(time.Now().Unix(), 10)))
			return
		}
		path := strings.TrimPrefix(r.URL.RequestURI(), "/1.0")
		server.lock.Lock()
		server.asked = append(server.asked, path)
		server.lock.Unlock()
		isPublic := strings.HasPrefix(path, "/domain/data/") || strings.HasPrefix(path, "/order/catalog/public/")
		if isSigned := r.Header.Get("X-Ovh-Signature") != ""; isSigned == isPublic {
			t.Errorf("%s signed: %t", path, isSigned)
		}
		said, ok := answers[path]
		if !ok {
			said = answer{404, `{"class":"Client::NotFound","message":"Got an invalid (or empty) URL"}`}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if said.status != 0 {
			w.WriteHeader(said.status)
		}
		w.Write([]byte(said.body))
	}))
	t.Cleanup(listener.Close)
	server.url = listener.URL + "/1.0"
	return server
}

func (s *ovhcloud) client(t *testing.T, signed bool) *api.Client {
	t.Helper()
	key := &api.Key{}
	if signed {
		key = &api.Key{ApplicationKey: "7kbG7Bk7S9Nt7ZSV", ApplicationSecret: "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF", ConsumerKey: "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1"}
	}
	client, err := api.New(api.Config{Endpoint: s.url, Timeout: 5 * time.Second, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if client.Signed() != signed {
		t.Fatalf("the client is signed: %t, want %t", client.Signed(), signed)
	}
	return client
}

func list(extensions ...string) answer {
	body, _ := json.Marshal(extensions)
	return answer{body: string(body)}
}

func TestSoldComesFromTheBestSourceThereIs(t *testing.T) {
	mine, theirs := list("fr", "asso.fr", "zone"), list("com", "fr")
	shipped := strings.Join(extensions.Shipped(), " ")
	for name, test := range map[string]struct {
		unsigned bool
		answers  map[string]answer
		want     string
		from     extensions.Source
		asked    []string
	}{
		"signed":                   {false, map[string]answer{current: mine, public: theirs}, "fr asso.fr zone", extensions.Current, []string{current}},
		"unsigned":                 {true, map[string]answer{current: mine, public: theirs}, "com fr", extensions.Public, []string{public}},
		"no right":                 {false, map[string]answer{current: notGranted, public: theirs}, "com fr", extensions.Public, []string{current, public}},
		"no right, in 2020":        {false, map[string]answer{current: oldNoRight, public: theirs}, "com fr", extensions.Public, []string{current, public}},
		"no right, by IAM":         {false, map[string]answer{current: deniedByIAM, public: theirs}, "com fr", extensions.Public, []string{current, public}},
		"no right, list gone":      {false, map[string]answer{current: notGranted}, shipped, extensions.BuiltIn, []string{current, public}},
		"both gone":                {false, nil, shipped, extensions.BuiltIn, []string{current, public}},
		"unsigned, list gone":      {true, nil, shipped, extensions.BuiltIn, []string{public}},
		"unsigned, list closed":    {true, map[string]answer{public: loginFirst}, shipped, extensions.BuiltIn, []string{public}},
		"unsigned, list forbidden": {true, map[string]answer{public: notGranted}, shipped, extensions.BuiltIn, []string{public}},
		"unsigned, other enum":     {true, map[string]answer{public: badEnum}, shipped, extensions.BuiltIn, []string{public}},
		"empty":                    {false, map[string]answer{current: {body: "[]"}, public: theirs}, "com fr", extensions.Public, []string{current, public}},
		"null":                     {false, map[string]answer{current: {body: "null"}, public: {body: "null"}}, shipped, extensions.BuiltIn, []string{current, public}},
		"untidy": {
			false, map[string]answer{current: list(".FR", "fr", " com ", "", "рф", "co.uk", "not one", "-", "a..b", "1", "*.uk", "xn--ngbc5azd", "<b>")},
			"fr com xn--p1ai co.uk xn--ngbc5azd", extensions.Current, []string{current},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, test.answers)
			got, from, err := cart.Sold(t.Context(), server.client(t, !test.unsigned), "FR")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if from != test.from {
				t.Errorf("from %s, want %s", from, test.from)
			}
			if diff := cmp.Diff(test.asked, server.asked); diff != "" {
				t.Errorf("asked for (-want +got)\n%s", diff)
			}
		})
	}
}

func TestSoldDoesNotCoverUpFailures(t *testing.T) {
	for name, test := range map[string]struct {
		unsigned bool
		answers  map[string]answer
		status   int
	}{
		"invalid key":           {false, map[string]answer{current: invalidKey}, 403},
		"expired credential":    {false, map[string]answer{current: noCredential}, 403},
		"not logged in":         {false, map[string]answer{current: loginFirst}, 401},
		"unknown subsidiary":    {false, map[string]answer{current: badEnum}, 400},
		"key refused unsigned":  {true, map[string]answer{public: invalidKey}, 403},
		"challenge":             {true, map[string]answer{public: challenge}, 400},
		"no right, key refused": {false, map[string]answer{current: notGranted, public: invalidKey}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			if test.answers[public].body == "" {
				test.answers[public] = list("com")
			}
			server := serve(t, test.answers)
			got, _, err := cart.Sold(t.Context(), server.client(t, !test.unsigned), "FR")
			status := 0
			if stop, ok := errors.AsType[*api.StopError](err); ok {
				status = stop.Status
			} else if row, ok := errors.AsType[*api.RowError](err); ok {
				status = row.Status
			}
			if status != test.status || got != nil {
				t.Errorf("%v and %v, want the error with status %d", got, err, test.status)
			}
		})
	}
}

func TestSoldAndFeaturedReturnWhatPasses(t *testing.T) {
	server := serve(t, map[string]answer{current: notGranted})
	client := server.client(t, true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, _, err := cart.Sold(ctx, client, "FR"); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("Sold: %v and %v, want context.Canceled", got, err)
	}
	if got, err := cart.Featured(ctx, client, "FR", sold); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("Featured: %v and %v, want context.Canceled", got, err)
	}
}

func TestSubsidiaryIsEscapedOrLeftOut(t *testing.T) {
	server := serve(t, nil)
	client := server.client(t, true)
	for _, subsidiary := range []string{"", "F&R"} {
		if _, _, err := cart.Sold(t.Context(), client, subsidiary); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"/domain/extensions", "/domain/data/extension", "/domain/extensions?ovhSubsidiary=F%26R", "/domain/data/extension?country=F%26R"}
	if diff := cmp.Diff(want, server.asked); diff != "" {
		t.Errorf("asked for (-want +got)\n%s", diff)
	}
}

func TestFeaturedAreTheMostImportantOfWhatIsSold(t *testing.T) {
	const ours = "fr com net org eu co dev"
	for name, test := range map[string]struct {
		unsigned bool
		answer   answer
		want     string
	}{
		"highlighted":       {false, list("zone", ".COM", "nowhere", "com", "fr"), "zone com fr"},
		"none":              {false, list(), ours},
		"none that is sold": {false, list("nowhere"), ours},
		"no right":          {false, notGranted, ours},
		"gone":              {false, answer{404, `{"message":"Not found"}`}, ours},
		"unsigned":          {true, list("zone"), ours},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, map[string]answer{highlighted: test.answer})
			got, err := cart.Featured(t.Context(), server.client(t, !test.unsigned), "FR", sold)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if test.unsigned && len(server.asked) > 0 {
				t.Errorf("asked for %v without credentials", server.asked)
			}
		})
	}
	server := serve(t, map[string]answer{highlighted: invalidKey})
	if got, err := cart.Featured(t.Context(), server.client(t, true), "FR", sold); err == nil {
		t.Errorf("%v with a refused key, want an error", got)
	}
}

// A plan in the shape that is described, whole, over the wire.
func TestCatalogueOverTheWire(t *testing.T) {
	body, err := os.ReadFile("testdata/catalogue-plan-months.json")
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, map[string]answer{"/order/catalog/public/domain?ovhSubsidiary=FR": {body: string(body)}})
	catalogue, err := cart.ReadCatalogue(t.Context(), server.client(t, false), "FR")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]extensions.ListPrice{"fr": {FirstYear: "4.99", Renewal: "6.99"}}
	if diff := cmp.Diff(want, catalogue.Prices); diff != "" || catalogue.Currency != "EUR" || catalogue.Subsidiary != "FR" {
		t.Errorf("%s in %s (-want +got)\n%s", catalogue.Currency, catalogue.Subsidiary, diff)
	}
}
