package order

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"tldsweep/cart"
)

// Answers is what its owner answers to the questions of registries: one set for all extensions, and for some extensions
// others that go before. The zero value answers nothing. Keys are OVHcloud's labels ("OWNER_CONTACT").
type Answers struct {
	all         map[string]any
	byExtension map[string]map[string]any
}

// AnswersError is a file of answers that cannot be used.
type AnswersError struct{ Err error }

func (e *AnswersError) Error() string { return e.Err.Error() }
func (e *AnswersError) Unwrap() error { return e.Err }

// ReadAnswers reads TOML: labels in lower case with their values, and tables [extension.fr] or [extension."co.uk"] that
// hold the same for one extension.
//
//	owner_contact = 11235813      # of /me/contact, or a table of its fields, to create one
//	owner_legal_age = true
//	dns = ["ns1.example.net", "ns2.example.net"]
//
// Values are strings, numbers, true and false, lists of strings, and tables for what is a resource of OVHcloud's. Errors
// are *AnswersError.
func ReadAnswers(r io.Reader) (*Answers, error) {
	var file map[string]any
	if _, err := toml.NewDecoder(r).Decode(&file); err != nil {
		return nil, &AnswersError{err}
	}
	a := &Answers{byExtension: map[string]map[string]any{}}
	extensions, ok := file["extension"].(map[string]any)
	if _, there := file["extension"]; there && !ok {
		return nil, &AnswersError{fmt.Errorf(`"extension" is not a table: write [extension.fr]`)}
	}
	delete(file, "extension")
	var err error
	if a.all, err = labelled("", file); err != nil {
		return nil, err
	}
	for name, table := range extensions {
		answers, ok := table.(map[string]any)
		if !ok {
			return nil, &AnswersError{fmt.Errorf("extension.%s is not a table", name)}
		}
		name = strings.ToLower(strings.TrimPrefix(name, "."))
		if a.byExtension[name], err = labelled("extension."+name+".", answers); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// labelled turns keys into labels.
func labelled(where string, table map[string]any) (map[string]any, error) {
	answers := map[string]any{}
	for key, value := range table {
		value = undated(value)
		if list, ok := value.([]any); ok {
			for _, v := range list {
				if _, ok := v.(string); !ok {
					return nil, &AnswersError{fmt.Errorf("%s%s is not a list of strings", where, key)}
				}
			}
		}
		answers[strings.ToUpper(key)] = value
	}
	return answers, nil
}

// undated writes TOML's dates as OVHcloud wants them: "1980-01-31".
func undated(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case map[string]any:
		for key, inner := range v {
			v[key] = undated(inner)
		}
	}
	return value
}

// Set gives an answer for all extensions that do not have their own, unless there is one.
func (a *Answers) Set(label, value string) {
	if a.all == nil {
		a.all = map[string]any{}
	}
	if _, there := a.all[strings.ToUpper(label)]; !there {
		a.all[strings.ToUpper(label)] = value
	}
}

// of is the answer to a question about a domain of an extension.
func (a *Answers) of(extension, label string) (any, bool) {
	if value, ok := a.byExtension[extension][label]; ok {
		return value, true
	}
	value, ok := a.all[label]
	return value, ok
}

// wellKnown are the labels that some registry asks for. Source: OVHcloud's guide "api-domain-order".
var wellKnown = []string{
	"OWNER_LEGAL_AGE", "OWNER_CONTACT", "ADMIN_ACCOUNT", "TECH_ACCOUNT", "DNS", "DOMAIN_CONFIG", "ACCEPT_CONDITIONS", "REASON",
	"CLAIMS_NOTICE", "PROTECTED_CODE", "AUTH_INFO",
}

// labels are all that some answer is for, sorted.
func (a *Answers) labels() []string {
	seen := maps.Clone(a.all)
	if seen == nil {
		seen = map[string]any{}
	}
	for _, answers := range a.byExtension {
		maps.Copy(seen, answers)
	}
	return slices.Sorted(maps.Keys(seen))
}

// reply is an answer in the form in which OVHcloud takes it.
type reply struct {
	value string       // empty while the contact is not there
	new   cart.Contact // to create; nil: none
}

// replyTo fits an answer to a question, or says what is wrong with it.
func replyTo(q cart.Requirement, answer any) (reply, string) {
	if strings.HasPrefix(q.Type, "/") {
		return resource(q, answer)
	}
	var value string
	switch v := answer.(type) {
	case string:
		value = strings.TrimSpace(v)
	case bool:
		value = strconv.FormatBool(v)
	case int64:
		value = strconv.FormatInt(v, 10)
	case []any:
		var parts []string
		for _, part := range v {
			parts = append(parts, part.(string))
		}
		value = strings.Join(parts, ",")
	default:
		return reply{}, fmt.Sprintf("%v is no answer", v)
	}
	switch {
	case value == "":
		return reply{}, "the answer is empty"
	case strings.EqualFold(q.Type, "bool") || strings.EqualFold(q.Type, "boolean"):
		if value != "true" && value != "false" {
			return reply{}, value + " is neither true nor false"
		}
	case strings.EqualFold(q.Type, "integer"):
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return reply{}, value + " is not a whole number"
		}
	}
	if len(q.Allowed) > 0 && !slices.Contains(q.Allowed, value) {
		return reply{}, value + " is not allowed"
	}
	return reply{value: value}, ""
}

// resource is a reply that names something of the account's, such as a contact, by its path.
func resource(q cart.Requirement, answer any) (reply, string) {
	switch v := answer.(type) {
	case int64:
		return reply{value: q.Type + "/" + strconv.FormatInt(v, 10)}, ""
	case string:
		if _, err := strconv.ParseInt(v, 10, 64); err == nil {
			return reply{value: q.Type + "/" + v}, ""
		}
		for _, resource := range []string{"/me/contact/", "/domain/contact/", q.Type + "/"} {
			if id, ok := strings.CutPrefix(v, resource); ok && id != "" && strings.Trim(id, "0123456789") == "" {
				return reply{value: v}, ""
			}
		}
		return reply{}, fmt.Sprintf("%q is neither a number nor a path such as %s/123", v, q.Type)
	case map[string]any:
		if q.Type != "/me/contact" {
			return reply{}, "tldsweep creates contacts alone: create it at OVHcloud and name its path, " + q.Type + "/123"
		}
		if lacking := lacks(v, q.Fields); len(lacking) > 0 {
			return reply{}, "the new contact lacks " + strings.Join(lacking, ", ")
		}
		return reply{new: v}, ""
	}
	return reply{}, fmt.Sprintf("%v is no answer: want a number, a path or a table", answer)
}

// lacks are the fields that a contact has not; "address.city" is a field of a field.
func lacks(contact cart.Contact, fields []string) []string {
	var lacking []string
	for _, field := range fields {
		var at any = map[string]any(contact)
		for part := range strings.SplitSeq(field, ".") {
			table, _ := at.(map[string]any)
			at = table[part]
		}
		if at == nil || at == "" {
			lacking = append(lacking, field)
		}
	}
	return lacking
}

// question is a requirement in words, with what can be answered.
func question(q cart.Requirement) string {
	text := q.Label + " (" + q.Type
	if len(q.Fields) > 0 {
		text += " with " + strings.Join(q.Fields, ", ")
	}
	if len(q.Allowed) > 0 {
		text += ": " + strings.Join(q.Allowed, ", ")
	}
	return text + ")"
}
