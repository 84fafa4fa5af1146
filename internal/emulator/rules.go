package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// OwnerRule is what a registry wants of the owner of a domain.
type OwnerRule struct {
	Extension  string   // "berlin"
	Filled     []string // fields of domain.Contact or of its address that must not be empty: "firstName", "city"
	LegalForms []string // of those who may own; empty: anybody
}

// cities are extensions for whose owners it matters where they live.
var cities = []string{"berlin", "hamburg", "koeln", "cologne", "london", "paris", "bzh", "wien", "tirol", "vegas", "nyc", "miami"}

// ruleOf is the rule of an extension, the zero value where everybody may own.
func (s *Server) ruleOf(e *extension) OwnerRule {
	if at := slices.IndexFunc(s.options.Rules, func(r OwnerRule) bool { return r.Extension == e.name }); at >= 0 {
		return s.options.Rules[at]
	}
	switch {
	case slices.Contains(cities, e.name):
		return OwnerRule{Extension: e.name, Filled: []string{"city"}}
	case s.world.hash("rule", e.name)%16 == 0:
		return OwnerRule{Extension: e.name, Filled: []string{"city"}, LegalForms: []string{"individual", "corporation"}}
	}
	return OwnerRule{Extension: e.name}
}

// violations are what in a contact breaks the rule, by the field's name in a refusal.
func (r OwnerRule) violations(owner contact) map[string]string {
	broken := map[string]string{}
	for _, field := range r.Filled {
		if owner.text(field) == "" {
			broken["owner."+snake(field)] = "must not be empty"
		}
	}
	if len(r.LegalForms) > 0 && !slices.Contains(r.LegalForms, owner.text("legalForm")) {
		broken["owner.legal_form"] = "must be one of " + strings.Join(r.LegalForms, ", ")
	}
	return broken
}

// snake writes firstName as first_name.
func snake(field string) string {
	var b strings.Builder
	for _, c := range field {
		if unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// ownerRules serves what a registry asks for, and the check of an owner against it.
func (s *Server) ownerRules() {
	s.route("GET /domain/configurationRule", anonymous, func(a *answer, r *http.Request) {
		if e, ok := a.ruled(r); ok {
			a.json(s.ruleOf(e).wire())
		}
	})
	s.route("POST /domain/configurationRule/check", needed, s.checkRule)
}

// ruled is the extension of the domain of a query about rules, or nothing, and then the request is answered.
func (a *answer) ruled(r *http.Request) (*extension, bool) {
	if !slices.Contains([]string{"create", "trade", "transfer", "update"}, r.URL.Query().Get("action")) {
		a.malformedParameter("action")
		return nil, false
	}
	_, e, ok := a.sold(r.URL.Query().Get("domain"))
	return e, ok
}

func (s *Server) checkRule(a *answer, r *http.Request) {
	var body struct {
		AdminAccount, TechAccount map[string]json.RawMessage
		Owner                     map[string]json.RawMessage
		Domain                    *struct {
			Audience, AuthInfo, OtherPurpose, Reason, Represent *string
			IsFor                                               []string
		}
		Extras *struct {
			AcceptCondition *bool
			AuthInfo        *string
		}
	}
	if !a.body(r, &body, "adminAccount", "techAccount", "owner", "domain", "extras") {
		return
	}
	e, ok := a.ruled(r)
	if !ok {
		return
	}
	for field, value := range body.Owner {
		if field != "id" && (!slices.Contains(domainFields, field) || !takesField(field, value)) {
			a.malformed("owner." + field)
			return
		}
	}
	owner := contact{fields: body.Owner}
	if body.Owner == nil { // the account owns what nobody else does
		owner = s.allContacts()[0]
	}
	if broken := s.ruleOf(e).violations(owner); len(broken) > 0 {
		a.refuseRule(broken)
		return
	}
	a.json(nil)
}

// refuseRule refuses what a registry's rule forbids, field by field.
func (a *answer) refuseRule(broken map[string]string) {
	message := fmt.Sprintf("%d constraints of rules are not respected", len(broken))
	details := map[string]string{
		"_id": fmt.Sprintf("%05x", a.s.queries.Load()), "_date": a.s.now().UTC().String(), "_message": message,
	}
	for field, why := range broken {
		details[field] = why
	}
	a.send(http.StatusBadRequest, mustJSON(map[string]any{"class": "Client::BadRequest::DOMDOCRuleNotRespected", "message": message, "details": details}))
}

// wire is the rule as GET /domain/configurationRule tells it. As in OVHcloud's guide it does not help: OWNER_CONTACT is
// required in it although the checkout does without, and OWNER_LEGAL_AGE is not.
func (r OwnerRule) wire() map[string]any {
	node := func(label, kind string, constraints ...map[string]any) map[string]any {
		node := map[string]any{
			"and": nil, "or": nil, "conditions": nil, "constraints": constraints, "contexts": nil, "description": nil, "fields": nil,
			"label": nil, "placeholder": nil, "type": nil,
		}
		if label != "" {
			node["label"], node["type"] = label, kind
		}
		return node
	}
	constraint := func(operator string, values []string) map[string]any {
		return map[string]any{"conditions": nil, "contexts": nil, "operator": operator, "value": nil, "values": values}
	}
	fields := node("", "")
	parts := []map[string]any{}
	for _, field := range r.Filled {
		parts = append(parts, node(field, "string", constraint("notempty", nil)))
	}
	if len(r.LegalForms) > 0 {
		parts = append(parts, node("legalForm", "string", constraint("contains", r.LegalForms)))
	}
	fields["and"] = parts
	owner := node("OWNER_CONTACT", "contact", constraint("required", nil))
	owner["fields"] = fields
	whole := node("", "")
	whole["and"] = []map[string]any{owner, node("OWNER_LEGAL_AGE", "bool", constraint("shouldbetrue", nil))}
	return whole
}
