package emulator

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong with some requests. With the same seed the same requests are affected, in whatever order
// they arrive: what decides is the domain and how often it was asked for.
type Fault struct {
	Kind    string        // one of FaultKinds
	Rate    float64       // the share of requests that are affected, from 0 to 1; 0 means all of them
	Domains string        // of the lookups that are affected, with * for anything; empty means every one
	Path    string        // method and path of the calls that are affected, with * for anything: "POST /order/cart/*/checkout"; empty: lookups
	After   int           // requests that are spared first
	For     time.Duration // from the first affected one on; 0 means for ever
	Times   int           // how many are affected at most; 0 means any number
	Wait    time.Duration // of "slow", and what Retry-After tells; 0 means 1 s
	All     bool          // every request may be affected, not lookups alone
}

// faultKinds is what can go wrong. A function says whether it has answered.
var faultKinds = map[string]func(*answer, Fault) bool{
	"429":         func(a *answer, f Fault) bool { a.throttle("none", f.wait()); return true },
	"429-seconds": func(a *answer, f Fault) bool { a.throttle("seconds", f.wait()); return true },
	"429-date":    func(a *answer, f Fault) bool { a.throttle("date", f.wait()); return true },
	"429-html":    loadBalancer(http.StatusTooManyRequests),
	"500":         refusal(http.StatusInternalServerError, "Server::InternalServerError", "Internal server error"),
	"500-empty": func(a *answer, _ Fault) bool {
		a.send(http.StatusInternalServerError, nil)
		return true
	},
	"502":            loadBalancer(http.StatusBadGateway),
	"503":            loadBalancer(http.StatusServiceUnavailable),
	"504":            loadBalancer(http.StatusGatewayTimeout),
	"408":            loadBalancer(http.StatusRequestTimeout),
	"check-timeout":  refusal(http.StatusBadRequest, "Client::BadRequest", "Check timeout. Please retry later"),
	"check-failed":   refusal(checkFailedStatus, checkFailedClass, checkFailedMessage),
	"clock":          refusal(http.StatusBadRequest, "Client::BadRequest", "Query out of time"),
	"401":            refusal(http.StatusUnauthorized, "Client::Unauthorized", "You must login first"),
	"403-key":        refusal(http.StatusForbidden, "Client::Forbidden", "This application key is invalid"),
	"403-credential": refusal(http.StatusForbidden, "Client::Forbidden", "This credential is not valid"),
	"403-right":      refusal(http.StatusForbidden, "Client::Forbidden", "This call has not been granted"),
	"404":            refusal(http.StatusNotFound, "Client::NotFound", "This service does not exist"),
	"challenge": func(a *answer, _ Fault) bool {
		a.send(http.StatusBadRequest, []byte(`{"class":"Client::BadRequest::ChallengeRequired","message":"Challenge required",`+
			`"body":{"type":"url","payload":"https://challenge.example/?id=1"}}`))
		return true
	},
	"cart-gone": func(a *answer, _ Fault) bool {
		id, _, _ := strings.Cut(strings.TrimPrefix(a.path, "/order/cart/"), "/")
		a.s.dropCart(id)
		return false // the route will find that there is none
	},
	"dearer": func(a *answer, _ Fault) bool {
		a.s.MovePrices(100)
		return false // the answer says so
	},
	"reset": func(a *answer, _ Fault) bool { return a.reset() },
	"lost-reply": func(a *answer, _ Fault) bool {
		// What was asked for is done, and nobody hears of it.
		a.r.URL.Path = a.path
		a.s.mux.ServeHTTP(&answer{s: a.s, w: discard{}, r: a.r, path: a.path, isLookup: a.isLookup, domain: a.domain}, a.r)
		return a.reset()
	},
	"hang": func(a *answer, _ Fault) bool {
		a.s.sleep(a.r.Context(), 24*time.Hour)
		panic(http.ErrAbortHandler)
	},
	"slow": func(a *answer, f Fault) bool { return !a.s.sleep(a.r.Context(), f.wait()) },
	"truncated": func(a *answer, _ Fault) bool {
		const half = `[{"action":"create","offerId":"fr-create","orderable":true,"pricingMode":"create-default","prices":[{"lab`
		a.header("Content-Length", strconv.Itoa(2*len(half)))
		a.WriteHeader(http.StatusOK)
		a.w.Write([]byte(half))
		http.NewResponseController(a.w).Flush()
		panic(http.ErrAbortHandler)
	},
	"wrong-json": func(a *answer, _ Fault) bool {
		bodies := []string{`null`, `{}`, `"ok"`, `[1]`, `{"orderable":true}`, `[{"action":"create","orderable":"perhaps"}]`, `[null]`, `[[]`}
		a.send(http.StatusOK, []byte(bodies[a.s.world.hash("wrong", a.domain)%uint64(len(bodies))]))
		return true
	},
	"html": loadBalancer(http.StatusOK),
	"redirect": func(a *answer, _ Fault) bool {
		a.header("Location", "http://elsewhere.invalid"+a.r.RequestURI)
		a.send(http.StatusFound, nil)
		return true
	},
}

// FaultKinds are the names of everything that can go wrong, sorted.
func FaultKinds() []string { return slices.Sorted(maps.Keys(faultKinds)) }

func (f Fault) wait() time.Duration {
	if f.Wait == 0 {
		return time.Second
	}
	return f.Wait
}

// reset breaks the connection. It returns true, or not at all.
func (a *answer) reset() bool {
	if hijacker, ok := a.w.(http.Hijacker); ok {
		if conn, _, err := hijacker.Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0) // closing it then sends a reset
			}
			conn.Close()
			return true
		}
	}
	panic(http.ErrAbortHandler) // HTTP/2 resets the stream
}

// discard is a ResponseWriter that nobody listens to.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) WriteHeader(int)             {}
func (discard) Write(b []byte) (int, error) { return len(b), nil }

func refusal(status int, class, message string) func(*answer, Fault) bool {
	return func(a *answer, _ Fault) bool { a.fail(status, class, message); return true }
}

// loadBalancer answers as a load balancer does, which knows nothing of JSON.
func loadBalancer(status int) func(*answer, Fault) bool {
	return func(a *answer, _ Fault) bool {
		a.header("Content-Type", "text/html")
		a.send(status, fmt.Appendf(nil, "<html><body><h1>%d %s</h1>\nThe server could not answer in time.\n</body></html>\n", status, http.StatusText(status)))
		return true
	}
}

// apply does to a request what the fault says, and says whether that was an answer.
func (f Fault) apply(a *answer) bool { return faultKinds[f.Kind](a, f) }

// faultState is what the faults have done so far. The server's mutex guards it.
type faultState struct {
	faults  []Fault
	asked   []int            // by fault, requests that it could have applied to
	applied []int            // by fault
	since   []time.Time      // by fault, the first that it applied to
	tries   map[string]int32 // by domain, and kept only where a rate asks for it
}

func (f *faultState) init(faults []Fault) {
	f.faults = faults
	f.asked, f.applied, f.since = make([]int, len(faults)), make([]int, len(faults)), make([]time.Time, len(faults))
	f.tries = map[string]int32{}
}

// faultOf is the fault that applies to a request, the first that applies.
func (s *Server) faultOf(a *answer, arrived time.Time) (Fault, bool) {
	if len(s.options.Faults) == 0 {
		return Fault{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := &s.faults
	what := a.domain
	if what == "" {
		what = a.r.Method + a.path
	}
	try := int32(-1)
	for i, f := range state.faults {
		switch {
		case f.Path != "":
			if !matches(f.Path, a.r.Method+" "+a.path) {
				continue
			}
		case a.domain == "" && (!f.All || f.Domains != ""), f.Domains != "" && !matches(f.Domains, a.domain):
			continue
		}
		state.asked[i]++
		if state.asked[i] <= f.After || f.Times > 0 && state.applied[i] >= f.Times {
			continue
		}
		if f.For > 0 && !state.since[i].IsZero() && arrived.Sub(state.since[i]) > f.For {
			continue
		}
		if f.Rate > 0 {
			if try < 0 {
				try = state.tries[what]
				state.tries[what] = try + 1
			}
			if s.world.fraction("fault", strconv.Itoa(i), f.Kind, what, strconv.Itoa(int(try))) >= f.Rate {
				continue
			}
		}
		if state.since[i].IsZero() {
			state.since[i] = arrived
		}
		state.applied[i]++
		return f, true
	}
	return Fault{}, false
}

// ParseFault reads "KIND" or "KIND:rate=0.05,domain=*.fr,path=POST /order/cart/*/checkout,after=100,for=10s,times=2,wait=1s,scope=all".
func ParseFault(text string) (Fault, error) {
	kind, options, _ := strings.Cut(text, ":")
	fault := Fault{Kind: kind}
	if faultKinds[kind] == nil {
		return fault, fmt.Errorf("fault %q: there is no kind %q; there are %s", text, kind, strings.Join(FaultKinds(), " "))
	}
	for key, value := range pairs(options) {
		var err error
		switch key {
		case "rate":
			fault.Rate, err = strconv.ParseFloat(value, 64)
			if err == nil && !(fault.Rate > 0 && fault.Rate <= 1) {
				err = fmt.Errorf("a rate is more than 0 and at most 1")
			}
		case "domain":
			fault.Domains = value
		case "path":
			fault.Path = value
		case "after":
			fault.After, err = strconv.Atoi(value)
		case "for":
			fault.For, err = time.ParseDuration(value)
		case "times":
			fault.Times, err = strconv.Atoi(value)
		case "wait":
			fault.Wait, err = time.ParseDuration(value)
		case "scope":
			fault.All = value == "all"
			if value != "all" && value != "lookups" {
				err = fmt.Errorf("a scope is lookups or all")
			}
		default:
			err = fmt.Errorf("there is no such option; there are rate, domain, path, after, for, times, wait, scope")
		}
		if err == nil && (fault.After < 0 || fault.Times < 0 || fault.For < 0 || fault.Wait < 0) {
			err = fmt.Errorf("it must not be negative")
		}
		if err != nil {
			return fault, fmt.Errorf("fault %q: %s=%s: %w", text, key, value, err)
		}
	}
	return fault, nil
}
