package emulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// contact is somebody who can own a domain, as it was sent. What is null was not.
type contact struct {
	id     int64
	fields map[string]json.RawMessage
}

// firstContact is the contact that there is from the start.
const firstContact = 11235813

// contacts serves /me/contact and /domain/contact, which are two views of the same contacts.
func (s *Server) contacts() {
	s.people = []contact{{id: firstContact, fields: map[string]json.RawMessage{
		"firstName": json.RawMessage(`"Ada"`), "lastName": json.RawMessage(`"Example"`), "legalForm": json.RawMessage(`"individual"`),
		"email": json.RawMessage(`"ada@example.com"`), "phone": json.RawMessage(`"+33.100000000"`), "language": json.RawMessage(`"fr_FR"`),
		"address": json.RawMessage(`{"country":"FR","city":"Roubaix","line1":"2 rue Kellermann","zip":"59100"}`),
	}}}
	s.route("GET /me/contact", needed, func(a *answer, _ *http.Request) {
		ids := []int64{}
		for _, c := range s.allContacts() {
			ids = append(ids, c.id)
		}
		a.json(ids)
	})
	s.route("GET /domain/contact", needed, func(a *answer, _ *http.Request) {
		all := []map[string]any{}
		for _, c := range s.allContacts() {
			all = append(all, c.wire(domainFields))
		}
		a.json(all)
	})
	for _, view := range []struct {
		path           string
		fields, needed []string
		wire           func(contact) map[string]any
	}{
		{"/me/contact", meFields, neededFields, contact.me},
		{"/domain/contact", domainFields, nil, func(c contact) map[string]any { return c.wire(domainFields) }},
	} {
		s.route("POST "+view.path, needed, func(a *answer, r *http.Request) {
			fields, ok := a.contactFields(r, view.fields)
			if !ok {
				return
			}
			for _, field := range view.needed {
				if value := string(fields[field]); value == "" || value == "null" || value == `""` {
					a.malformed(field)
					return
				}
			}
			a.json(view.wire(s.putContact(contact{s.newID(), fields})))
		})
		s.contactRoute("GET "+view.path+"/{contact}", func(a *answer, _ *http.Request, c contact) { a.json(view.wire(c)) })
		s.contactRoute("PUT "+view.path+"/{contact}", func(a *answer, r *http.Request, c contact) {
			fields, ok := a.contactFields(r, view.fields)
			if !ok {
				return
			}
			for _, field := range view.needed {
				if value, sent := fields[field]; sent && string(value) == "null" {
					a.malformed(field)
					return
				}
			}
			changed := maps.Clone(c.fields)
			maps.Copy(changed, fields)
			a.json(view.wire(s.putContact(contact{c.id, changed})))
		})
	}
}

// contactRoute is route for the calls about one contact.
func (s *Server) contactRoute(pattern string, serve func(*answer, *http.Request, contact)) {
	s.route(pattern, needed, func(a *answer, r *http.Request) {
		for _, c := range s.allContacts() {
			if strconv.FormatInt(c.id, 10) == r.PathValue("contact") {
				serve(a, r, c)
				return
			}
		}
		a.unknown()
	})
}

// allContacts are those there are. They are replaced and never changed.
func (s *Server) allContacts() []contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.people)
}

// putContact keeps a contact, in place of the one with its id where there is one, and returns it.
func (s *Server) putContact(c contact) contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.IndexFunc(s.people, func(other contact) bool { return other.id == c.id }); at >= 0 {
		s.people[at] = c
	} else {
		s.people = append(s.people, c)
	}
	return c
}

// contactFields reads a contact that was sent, or answers with what is wrong with it. The id is read-only: clients send it
// back and it counts for nothing.
func (a *answer) contactFields(r *http.Request, known []string) (map[string]json.RawMessage, bool) {
	fields := map[string]json.RawMessage{}
	if !a.body(r, &fields, append(slices.Clip(known), "id")...) {
		return nil, false
	}
	delete(fields, "id")
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !takesField(field, fields[field]) {
			a.malformed(field)
			return nil, false
		}
	}
	return fields, true
}

// wire is a contact with all of its fields; what is not known of it is null.
func (c contact) wire(fields []string) map[string]any {
	wire := map[string]any{"id": c.id}
	for _, field := range fields {
		wire[field] = nil
		if value := c.fields[field]; value != nil && string(value) != "null" {
			wire[field] = value
		}
	}
	if address := c.address(); address != nil {
		wire["address"] = address
	}
	return wire
}

// address is a contact's address with all of its parts, or nil.
func (c contact) address() map[string]any {
	var sent map[string]any
	if c.fields["address"] == nil || json.Unmarshal(c.fields["address"], &sent) != nil || sent == nil {
		return nil
	}
	address := map[string]any{}
	for _, part := range addressFields {
		address[part] = sent[part]
	}
	return address
}

// me is a contact as /me has it, where some of its fields cannot be null: what was not sent is empty or the account's.
func (c contact) me() map[string]any {
	wire := c.wire(meFields)
	fill := func(object, with map[string]any) {
		for field, value := range with {
			if object[field] == nil {
				object[field] = value
			}
		}
	}
	fill(wire, map[string]any{"email": "", "firstName": "", "lastName": "", "language": "fr_FR", "legalForm": "individual"})
	address := c.address()
	if address == nil {
		address = contact{fields: map[string]json.RawMessage{"address": json.RawMessage("{}")}}.address()
	}
	fill(address, map[string]any{"city": "", "country": "FR", "line1": ""})
	wire["address"] = address
	return wire
}

// text is a field of a contact, or of its address: "firstName", "city". It is empty where there is none.
func (c contact) text(field string) string {
	if slices.Contains(addressFields, field) {
		text, _ := c.address()[field].(string)
		return text
	}
	var text string
	if c.fields[field] != nil {
		_ = json.Unmarshal(c.fields[field], &text) // what is no text is none
	}
	return text
}
