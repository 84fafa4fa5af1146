package order

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tldsweep/internal/cart"
)

// longestText bounds what is typed as a text. OVHcloud names no bound; what is longer is a mistake.
const longestText = 1000

// labelForm is what a label can take.
type labelForm struct {
	// wrong says what is wrong with a value in the form in which it is sent; empty: nothing.
	wrong   func(value string) string
	example string // a line of the answers that works
}

// known are the labels that are documented for domains. OVHcloud takes any value when it is configured and refuses a wrong one
// when the cart is checked out, so values are checked here. Source: its guide "api-domain-order" of 2026-02-10.
var knownLabels = map[string]labelForm{
	"OWNER_LEGAL_AGE":   {wrongBoolean, `owner_legal_age = true`},
	"ACCEPT_CONDITIONS": {wrongBoolean, `accept_conditions = true`},
	"OWNER_CONTACT":     {wrongContact, `owner_contact = 11235813`},
	"ADMIN_ACCOUNT":     {wrongAccount, `admin_account = "ab12345-ovh"`},
	"TECH_ACCOUNT":      {wrongAccount, `tech_account = "ab12345-ovh"`},
	"DNS":               {wrongServers, `dns = ["ns1.example.net", "ns2.example.net"]`},
	"REASON":            {wrongText, `reason = "name of the company"`},
	"PROTECTED_CODE":    {wrongText, `protected_code = "A1B2C3"`},
	"AUTH_INFO":         {wrongText, `auth_info = "code of the holder"`},
	"DOMAIN_CONFIG":     {wrongJSON, `domain_config = '{"key": "value"}'`},
}

// claimsNotice is the label that no file answers: it is confirmed for one domain, by a person who has read the notice.
const claimsNotice = "CLAIMS_NOTICE"

// example is a line of the answers that works for a label.
func example(label string) string {
	if k, ok := knownLabels[label]; ok {
		return k.example
	}
	return strings.ToLower(label) + ` = "…"`
}

func wrongBoolean(value string) string {
	if value != "true" && value != "false" {
		return "it is neither true nor false"
	}
	return ""
}

var (
	contactPath = regexp.MustCompile(`^/(me|domain)/contact/[0-9]+$`)
	accountName = regexp.MustCompile(`^[A-Za-z0-9]+(-[A-Za-z0-9]+)+$`)
	serverName  = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*$`)
)

func wrongContact(value string) string {
	if !contactPath.MatchString(value) {
		return "it is neither the number of a contact nor a path such as /me/contact/123"
	}
	return ""
}

func wrongAccount(value string) string {
	if !accountName.MatchString(value) {
		return "it is not the name of an account"
	}
	return ""
}

func wrongServers(value string) string {
	servers := strings.Split(value, ";")
	for i, server := range servers {
		if len(server) > 253 || !serverName.MatchString(server) {
			return fmt.Sprintf("%q is not the name of a name server", server)
		}
		if slices.Contains(servers[:i], server) {
			return server + " is named twice"
		}
	}
	return ""
}

func wrongText(value string) string {
	switch n := utf8.RuneCountInString(value); {
	case n > longestText:
		return fmt.Sprintf("it has %d characters, and %d are the most", n, longestText)
	case strings.ContainsFunc(value, unicode.IsControl):
		return "it has a line end or another control character"
	}
	return ""
}

func wrongJSON(value string) string {
	if !json.Valid([]byte(value)) {
		return "it is not JSON"
	}
	return ""
}

// encoded is an answer in the form in which OVHcloud takes it.
type encoded struct {
	value string       // empty while the contact is not there
	new   cart.Contact // to create; nil: none
}

// encode writes an answer in the form in which its label takes it, or says what is wrong with it.
func encode(label string, answer any) (encoded, string) {
	var value string
	switch v := answer.(type) {
	case string:
		value = strings.TrimSpace(v)
	case bool:
		value = strconv.FormatBool(v)
	case int64:
		value = strconv.FormatInt(v, 10)
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i], _ = part.(string) // they were looked at when they were read
		}
		value = strings.Join(parts, ";")
	case map[string]any:
		if label != "OWNER_CONTACT" {
			return encoded{}, "a table is not an answer to it"
		}
		return encoded{new: v}, ""
	default:
		return encoded{}, fmt.Sprintf("%v is not an answer", v)
	}
	if value == "" {
		return encoded{}, "it is empty"
	}
	if label == "OWNER_CONTACT" {
		if _, err := strconv.ParseUint(value, 10, 63); err == nil {
			value = "/me/contact/" + value
		}
	}
	wrong := wrongText
	if k, ok := knownLabels[label]; ok {
		wrong = k.wrong
	}
	if why := wrong(value); why != "" {
		return encoded{}, why
	}
	return encoded{value: value}, ""
}

// fit holds an answer against what OVHcloud says of the question, which is less than is known of most labels.
func (r encoded) fit(q cart.Requirement) (encoded, string) {
	if _, ok := knownLabels[q.Label]; !ok && r.new == nil {
		switch {
		case strings.EqualFold(q.Type, "bool") || strings.EqualFold(q.Type, "boolean"):
			if why := wrongBoolean(r.value); why != "" {
				return encoded{}, r.value + ": " + why
			}
		case strings.EqualFold(q.Type, "integer"):
			if _, err := strconv.ParseInt(r.value, 10, 64); err != nil {
				return encoded{}, r.value + " is not a whole number"
			}
		case strings.HasPrefix(q.Type, "/"):
			if _, err := strconv.ParseUint(r.value, 10, 63); err == nil {
				r.value = q.Type + "/" + r.value
			} else if !strings.HasPrefix(r.value, "/") {
				return encoded{}, fmt.Sprintf("%s is neither a number nor a path such as %s/123", r.value, q.Type)
			}
		}
	}
	if len(q.Allowed) == 0 || r.new != nil {
		return r, ""
	}
	at := slices.IndexFunc(q.Allowed, func(allowed string) bool { return strings.EqualFold(allowed, r.value) })
	if at < 0 {
		return encoded{}, r.value + " is none of " + strings.Join(q.Allowed, ", ")
	}
	return encoded{value: q.Allowed[at]}, ""
}

// question is a label in words, with what can be answered where OVHcloud says so.
func question(label string, asked []cart.Requirement) string {
	at := slices.IndexFunc(asked, func(q cart.Requirement) bool { return q.Label == label })
	if at < 0 {
		return label
	}
	q := asked[at]
	text := label + " (" + q.Type
	if len(q.Fields) > 0 {
		text += " with " + strings.Join(q.Fields, ", ")
	}
	if len(q.Allowed) > 0 {
		text += ": " + strings.Join(q.Allowed, ", ")
	}
	return text + ")"
}
