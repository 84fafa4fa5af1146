package cart

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"tldsweep/api"
)

// Contact is somebody who can own a domain: OVHcloud's fields by their names ("firstName", "address" with fields of its
// own), as JSON decodes them.
type Contact map[string]any

// Contacts lists the ids of the account's contacts.
//
// Route: GET /me/contact, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json.
func Contacts(ctx context.Context, client *api.Client) (ids []int64, err error) {
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: "/me/contact", Into: &ids})
	return ids, err
}

// ReadContact asks who a contact is. resource is its path: "/me/contact/123" or "/domain/contact/123".
//
// Route: GET /me/contact/{contactId} or GET /domain/contact/{contactId}, signed. Costs a request, changes nothing.
// Source: OVHcloud API, me.json, domain.json.
func ReadContact(ctx context.Context, client *api.Client, resource string) (contact Contact, err error) {
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: resource, Into: &contact})
	return contact, err
}

// CreateContact makes a contact, once, and returns its path. Where the reply is lost, Contacts tells whether it is there.
//
// Route: POST /me/contact, signed. Costs a request, changes the account's contacts. A *api.RowError names the field that
// is wrong. Source: OVHcloud API, me.json.
func CreateContact(ctx context.Context, client *api.Client, contact Contact) (resource string, receipt api.Receipt, err error) {
	var made struct {
		ID int64 `json:"id"`
	}
	receipt, err = client.Do(ctx, api.Call{Method: http.MethodPost, Path: "/me/contact", Body: contact, Into: &made, Once: true})
	if err == nil && made.ID == 0 {
		err = unread("POST /me/contact", receipt, errors.New("the answer names no contact"))
	}
	return ContactPath(made.ID), receipt, err
}

// ContactPath is how a contact is named where a registry asks for one.
func ContactPath(id int64) string { return "/me/contact/" + strconv.FormatInt(id, 10) }
