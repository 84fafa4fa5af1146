package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Credential is what the API says of the application key that a Client signs with.
type Credential struct {
	Status  string    // "validated", "expired", "pendingValidation", "refused"
	Expires time.Time // zero: never
	Rules   []Rule
}

// Rule is a right: to use a method on paths in which * stands for any text, also none.
type Rule struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

// Allows says whether the credential has the right to a call.
func (c *Credential) Allows(method, path string) bool { return allow(c.Rules, method, path) }

func allow(rules []Rule, method, path string) bool {
	for _, rule := range rules {
		if rule.Method == method && matches(rule.Path, path) {
			return true
		}
	}
	return false
}

// matches compares with a pattern in which * stands for any text.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok || len(parts) == 1 {
		return ok && text == ""
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}

// ReadCredential asks what the application key may do.
//
// Route: GET /auth/currentCredential, signed. Costs a request, changes nothing. Source: OVHcloud API, auth.json. Errors are Do's,
// and a *RowError for an answer that leaves out the state, or has an end that cannot be read.
func (c *Client) ReadCredential(ctx context.Context) (*Credential, error) {
	var wire struct {
		Status     string  `json:"status"`
		Expiration *string `json:"expiration"`
		Rules      []Rule  `json:"rules"`
	}
	const route = "/auth/currentCredential"
	receipt, err := c.Do(ctx, Call{Method: http.MethodGet, Path: route, Into: &wire})
	if err != nil {
		return nil, err
	}
	if wire.Status == "" {
		return nil, lacking(route, "status", receipt)
	}
	credential := &Credential{Status: wire.Status, Rules: wire.Rules}
	if wire.Expiration != nil {
		if credential.Expires, err = time.Parse(time.RFC3339, *wire.Expiration); err != nil {
			return nil, lacking(route, "expiration", receipt)
		}
	}
	return credential, nil
}

// Login is as whom the API knows the one who asks, whatever kind of credentials they have.
type Login struct {
	Method  string // "account", "oauth2_client_credentials", "provider", "user"
	Account string // OVHcloud's name for it: "ab12345-ovh"
	User    string // of the account; empty: none
	Routes  []Rule // the calls that the login is kept to, unless Free
	Free    bool   // it is kept to none
}

// Allows says whether a call is open to the login. Policies of the account may still forbid it.
func (l *Login) Allows(method, path string) bool { return l.Free || allow(l.Routes, method, path) }

// ReadLogin asks who the API thinks is asking.
//
// Route: GET /auth/details, signed. Costs a request, changes nothing. Source: OVHcloud API, auth.json, auth.Details and
// auth.MethodEnum. Errors are Do's, and a *RowError for an answer that leaves out what tells rights.
func (c *Client) ReadLogin(ctx context.Context) (*Login, error) {
	var wire struct {
		Method  string          `json:"method"`
		Account string          `json:"account"`
		User    *string         `json:"user"`
		Routes  json.RawMessage `json:"allowedRoutes"` // null says that all are
	}
	receipt, err := c.Do(ctx, Call{Method: http.MethodGet, Path: "/auth/details", Into: &wire})
	if err != nil {
		return nil, err
	}
	login := &Login{Method: wire.Method, Account: wire.Account, Free: string(wire.Routes) == "null"}
	if wire.User != nil {
		login.User = *wire.User
	}
	switch {
	case wire.Method == "":
		return nil, lacking("/auth/details", "method", receipt)
	case wire.Routes == nil, json.Unmarshal(wire.Routes, &login.Routes) != nil:
		return nil, lacking("/auth/details", "allowedRoutes", receipt)
	}
	return login, nil
}

// lacking is an answer that leaves out what it is asked for.
func lacking(path, field string, receipt Receipt) error {
	return &RowError{Failure{
		Call: "GET " + path, Kind: Decode, Status: http.StatusOK, Attempts: receipt.Attempts,
		Message: "unexpected answer: " + field + " is missing, or is not what it should be",
	}}
}

// Account is whom the credentials belong to.
type Account struct {
	ID         string // OVHcloud's name for it, the "nichandle": "ab12345-ovh"
	Subsidiary string // "FR"
	Currency   string // ISO 4217
}

// ReadAccount asks whose credentials these are.
//
// Route: GET /me, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json. Errors are Do's, and a *RowError for an
// answer without a name or a subsidiary.
func (c *Client) ReadAccount(ctx context.Context) (*Account, error) {
	var wire struct {
		ID         string `json:"nichandle"`
		Subsidiary string `json:"ovhSubsidiary"`
		Currency   struct {
			Code string `json:"code"`
		} `json:"currency"`
	}
	receipt, err := c.Do(ctx, Call{Method: http.MethodGet, Path: "/me", Into: &wire})
	if err != nil {
		return nil, err
	}
	if wire.ID == "" || wire.Subsidiary == "" {
		return nil, lacking("/me", "nichandle or ovhSubsidiary", receipt)
	}
	return &Account{ID: wire.ID, Subsidiary: wire.Subsidiary, Currency: wire.Currency.Code}, nil
}
