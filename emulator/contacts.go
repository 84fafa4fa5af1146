package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// contact is somebody who can own a domain, as it was sent.
type contact struct {
	id     int64
	fields map[string]json.RawMessage
}

// contacts serves /me/contact. There is one from the start.
func (s *Server) contacts() {
	s.people = []contact{{id: 11235813, fields: map[string]json.RawMessage{
		"firstName": json.RawMessage(`"Ada"`), "lastName": json.RawMessage(`"Example"`), "legalForm": json.RawMessage(`"individual"`),
		"email": json.RawMessage(`"ada@example.com"`), "phone": json.RawMessage(`"+33.100000000"`), "language": json.RawMessage(`"fr_FR"`),
		"address": json.RawMessage(`{"country":"FR","city":"Roubaix","line1":"2 rue Kellermann","zip":"59100"}`),
	}}}
	s.route("GET /me/contact", needed, func(a *answer, _ *http.Request) {
		ids := []int64{}
		s.mu.Lock()
		for _, c := range s.people {
			ids = append(ids, c.id)
		}
		s.mu.Unlock()
		a.json(ids)
	})
	s.route("POST /me/contact", needed, s.createContact)
	s.route("GET /me/contact/{contact}", needed, func(a *answer, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("contact"), 10, 64)
		s.mu.Lock()
		at := slices.IndexFunc(s.people, func(c contact) bool { return err == nil && c.id == id })
		var found contact
		if at >= 0 {
			found = s.people[at]
		}
		s.mu.Unlock()
		if at < 0 {
			a.fail(http.StatusNotFound, "Client::NotFound", "This service does not exist")
			return
		}
		a.json(found.wire())
	})
}

func (c contact) wire() map[string]any {
	wire := map[string]any{"id": c.id}
	for field, value := range c.fields {
		wire[field] = value
	}
	return wire
}

// The fields of a contact that must be there, and those that may.
var (
	contactFields     = []string{"firstName", "lastName", "legalForm", "email", "phone", "language", "address"}
	moreContactFields = []string{
		"birthCity", "birthCountry", "birthDay", "birthZip", "cellPhone", "companyNationalIdentificationNumber", "fax", "gender",
		"nationalIdentificationNumber", "nationality", "organisationName", "organisationType", "vat",
	}
)

func (s *Server) createContact(a *answer, r *http.Request) {
	var fields map[string]json.RawMessage
	if !a.body(r, &fields, slices.Concat(contactFields, moreContactFields)...) {
		return
	}
	for _, field := range contactFields {
		if value := string(fields[field]); value == "" || value == "null" || value == `""` {
			a.malformed(field)
			return
		}
	}
	c := contact{id: s.newID(), fields: fields}
	s.mu.Lock()
	s.people = append(s.people, c)
	s.mu.Unlock()
	a.json(c.wire())
}

func (s *Server) hasContact(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.people, func(c contact) bool { return c.id == id })
}
