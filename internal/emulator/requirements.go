package emulator

import (
	"slices"
	"strings"
)

// requirement is a label of a domain's configuration.
type requirement struct {
	label  string
	values []string // that it takes; nil: any of its type
	wanted bool     // the checkout refuses without it
	byName bool     // because of the name, not of the extension
	hidden bool     // requiredConfiguration does not list it
}

// labelTypes are those of the labels that are not a String.
var labelTypes = map[string]string{
	"OWNER_LEGAL_AGE": "bool", "ACCEPT_CONDITIONS": "bool", "KEEP_DNS": "bool",
	"OWNER_CONTACT": "/me/contact", "ADMIN_ACCOUNT": "Nichandle", "TECH_ACCOUNT": "Nichandle",
}

func (r requirement) kind() string {
	if kind := labelTypes[r.label]; kind != "" {
		return kind
	}
	return "String"
}

// namesWant are beginnings of names that a registry has set apart, and the label that it wants for them.
var namesWant = map[string]string{"reserved-": "REASON", "protected-": "PROTECTED_CODE", "claims-": "CLAIMS_NOTICE"}

// requirements are all labels that a domain's configuration knows: they differ by extension and by name.
func (s *Server) requirements(i *item) []requirement {
	all := []requirement{
		{label: "OWNER_LEGAL_AGE", values: []string{"true", "false"}, wanted: !s.options.NoLegalAge},
		{label: "OWNER_CONTACT", wanted: s.options.OwnerContact},
		{label: "ADMIN_ACCOUNT"}, {label: "TECH_ACCOUNT"}, {label: "DNS"},
	}
	if s.world.hash("conditions", i.extension.name)%4 == 0 {
		all = append(all, requirement{label: "ACCEPT_CONDITIONS", values: []string{"true"}, wanted: true})
	}
	if s.world.hash("reason", i.extension.name)%8 == 0 {
		all = append(all, requirement{label: "REASON"}) // some of its names need it, and the list says it of all
	}
	if i.forSale {
		all = append(all, requirement{label: "AUTH_INFO", wanted: true}, requirement{label: "KEEP_DNS", values: []string{"true", "false"}})
	}
	want := func(label string, hidden bool) {
		at := slices.IndexFunc(all, func(r requirement) bool { return r.label == label })
		if at < 0 {
			at, all = len(all), append(all, requirement{label: label})
		}
		all[at].byName, all[at].wanted, all[at].hidden = !all[at].wanted, true, hidden
	}
	for beginning, label := range namesWant {
		if strings.HasPrefix(i.domain, beginning) {
			want(label, false)
		}
	}
	for _, w := range s.options.Wants {
		if w.of(i.domain) {
			want(w.Label, w.Hidden)
		}
	}
	return all
}

// listed is ConfigurationRequirements[], which is not what the checkout wants.
func (s *Server) listed(i *item) []map[string]any {
	list := []map[string]any{}
	for _, r := range s.requirements(i) {
		if r.hidden {
			continue
		}
		wire := map[string]any{"label": r.label, "type": r.kind()}
		if s.options.Like.Required != "absent" {
			wire["fields"], wire["required"] = []string{}, r.wanted
			if r.label == "OWNER_CONTACT" {
				wire["fields"] = []string{"firstName", "lastName", "legalForm", "email"}
			}
		}
		if s.options.Like.Required == "misleading" {
			// As recorded: false although the checkout refuses, true although it does not.
			switch {
			case r.label == "OWNER_LEGAL_AGE", r.byName:
				wire["required"] = false
			case r.label == "OWNER_CONTACT":
				wire["required"] = true
			}
		}
		if s.options.Like.AllowedValues == "present" {
			wire["allowedValues"] = nil
			if r.values != nil {
				wire["allowedValues"] = r.values
			}
		}
		list = append(list, wire)
	}
	return list
}

// accepts says whether the checkout accepts a value of a label.
func (s *Server) accepts(r requirement, value string) bool {
	switch {
	case value == "":
		return false
	case r.values != nil:
		return slices.Contains(r.values, value)
	case r.kind() == "bool":
		return value == "true" || value == "false"
	case r.kind() == "/me/contact":
		_, is := s.contactAt(value)
		return is
	case r.kind() == "Nichandle":
		return isNichandle(value)
	case r.label == "DNS":
		return isNameServers(value)
	}
	return true
}
