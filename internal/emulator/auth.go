package emulator

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// login is what a route asks of a caller.
type login bool

const (
	anonymous login = false
	needed    login = true
)

// route serves a pattern, after the checks that come before every call: key, signature, clock, rights.
func (s *Server) route(pattern string, login login, serve func(*answer, *http.Request)) {
	s.routes = append(s.routes, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		a := w.(*answer)
		if !a.authenticate(r, login) {
			return
		}
		serve(a, r)
	})
}

// authenticate answers with the refusal where there is one to give.
func (a *answer) authenticate(r *http.Request, login login) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if token != DefaultAccessToken {
			a.fail(http.StatusForbidden, "Client::Forbidden", "This credential is not valid")
			return false
		}
		return a.granted(r)
	}
	key := r.Header.Get("X-Ovh-Application")
	if key != "" && key != DefaultApplicationKey {
		a.fail(http.StatusForbidden, "Client::Forbidden", "This application key is invalid")
		return false
	}
	signature := r.Header.Get("X-Ovh-Signature")
	if signature == "" {
		if login == needed {
			a.fail(http.StatusUnauthorized, "Client::Unauthorized", "You must login first")
			return false
		}
		return true
	}
	consumer, stamp := r.Header.Get("X-Ovh-Consumer"), r.Header.Get("X-Ovh-Timestamp")
	if consumer != DefaultConsumerKey {
		a.fail(http.StatusForbidden, "Client::Forbidden", "This credential does not exist")
		return false
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if off := a.s.now().Sub(time.Unix(seconds, 0)); err != nil || off.Abs() > clockWindowMinutes*time.Minute {
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Query out of time")
		return false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha1.New()
	io.WriteString(sum, DefaultApplicationSecret+"+"+consumer+"+"+r.Method+"+"+a.publicURL()+"+")
	sum.Write(body)
	io.WriteString(sum, "+"+stamp)
	want := "$1$" + hex.EncodeToString(sum.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(signature), []byte(want)) != 1 {
		a.fail(http.StatusBadRequest, "Client::BadRequest", "Invalid signature")
		return false
	}
	return a.granted(r)
}

// publicURL is what the client signed: the URL as it asked for it, with its escaped query.
func (a *answer) publicURL() string {
	base := a.s.options.PublicURL
	if base == "" {
		scheme := "http://"
		if a.r.TLS != nil {
			scheme = "https://"
		}
		base = scheme + a.r.Host
	}
	return base + a.r.RequestURI
}

func (a *answer) granted(r *http.Request) bool {
	if a.s.options.Rights == nil {
		return true
	}
	for _, right := range a.s.options.Rights {
		if right.Method == r.Method && matches(right.Path, a.path) {
			return true
		}
	}
	a.fail(http.StatusForbidden, "Client::Forbidden", "This call has not been granted")
	return false
}

// matches compares with a pattern in which * stands for any text, also none, and also with slashes or dots.
func matches(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for i := range len(text) + 1 {
		if matches(rest, text[i:]) {
			return true
		}
	}
	return false
}

// The kinds of login, as GET /auth/details names them.
const (
	AccountLogin = "account"                   // the account's own
	UserLogin    = "user"                      // one of its users'
	ForeignLogin = "provider"                  // of somebody whom a provider of identities vouches for
	OAuth2Login  = "oauth2_client_credentials" // of a service account
)

// Logins are the kinds of login that Options.Login takes.
func Logins() []string { return []string{AccountLogin, UserLogin, ForeignLogin, OAuth2Login} }

// login is the kind of login of a request that is let in.
func (a *answer) login(r *http.Request) string {
	switch {
	case a.s.options.Login != "":
		return a.s.options.Login
	case strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "):
		return OAuth2Login
	}
	return AccountLogin
}

// identities are what each kind of login is called in a policy; that of a foreign one is made up.
var identities = map[string]string{
	AccountLogin: "urn:v1:eu:identity:account:" + account,
	UserLogin:    "urn:v1:eu:identity:user:" + account + "/buyer",
	ForeignLogin: "urn:v1:eu:identity:user:" + account + "/provider/ada@example.com",
	OAuth2Login:  "urn:v1:eu:identity:credential:" + account + "/oauth2-EU.0123456789abcdef",
}

// users are who is logged in, where that is not the account itself.
var users = map[string]string{UserLogin: "buyer", ForeignLogin: "ada@example.com"}

// auth serves /auth.
func (s *Server) auth() {
	s.route("GET /auth/time", anonymous, func(a *answer, _ *http.Request) {
		a.send(http.StatusOK, strconv.AppendInt(nil, s.now().Unix(), 10))
	})
	s.route("GET /auth/currentCredential", needed, func(a *answer, r *http.Request) {
		if a.login(r) == OAuth2Login { // it is about application keys, and there is none
			a.fail(noCredentialStatus, noCredentialClass, noCredentialMessage)
			return
		}
		rules := s.options.Rights
		if rules == nil {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
				rules = append(rules, Right{method, "/*"})
			}
		}
		a.json(map[string]any{
			"credentialId": 123456789, "applicationId": 12345, "status": "validated", "expiration": nil,
			"creation": "2026-01-01T00:00:00+01:00", "lastUse": wireTime(s.now()),
			"allowedIPs": nil, "ovhSupport": false, "rules": rules,
		})
	})
	s.route("GET /auth/details", needed, func(a *answer, r *http.Request) {
		kind := a.login(r)
		var user, roles, routes any // null
		if users[kind] != "" {
			user = users[kind]
		}
		if kind != OAuth2Login {
			roles = []string{"ADMIN"}
		}
		if s.options.Rights != nil {
			routes = s.options.Rights
		}
		a.json(map[string]any{
			"account": account, "user": user, "description": nil, "method": kind, "roles": roles,
			"identities": []string{identities[kind]}, "allowedRoutes": routes,
		})
	})
}
