package cart

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"tldsweep/internal/api"
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

// ReadContact asks who a contact is. resource is its path: "/me/contact/123" or "/domain/contact/123". The ids of both are
// the same, and the latter says more.
//
// Route: GET /me/contact/{contactId} or GET /domain/contact/{contactId}, signed. Costs a request, changes nothing.
// Source: OVHcloud API, me.json, domain.json.
func ReadContact(ctx context.Context, client *api.Client, resource string) (contact Contact, err error) {
	_, err = client.Do(ctx, api.Call{Method: http.MethodGet, Path: resource, Into: &contact})
	return contact, err
}

// AccountAsContact is the account itself as the owner that OVHcloud makes of it where no other is named.
//
// Route: GET /me, signed. Costs a request, changes nothing. Source: OVHcloud API, me.json, nichandle.Nichandle; which field of
// it becomes which of a contact is by their names.
func AccountAsContact(ctx context.Context, client *api.Client) (Contact, error) {
	var me map[string]any
	if _, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: "/me", Into: &me}); err != nil {
		return nil, err
	}
	pick := func(fields map[string]string) map[string]any {
		picked := map[string]any{}
		for field, from := range fields {
			if value := me[from]; value != nil && value != "" {
				picked[field] = value
			}
		}
		return picked
	}
	contact := Contact(pick(map[string]string{
		"firstName": "firstname", "lastName": "name", "legalForm": "legalform", "organisationName": "organisation", "email": "email",
		"phone": "phone", "fax": "fax", "language": "language", "vat": "vat", "gender": "sex", "birthDay": "birthDay", "birthCity": "birthCity",
		"nationalIdentificationNumber": "nationalIdentificationNumber", "companyNationalIdentificationNumber": "companyNationalIdentificationNumber",
	}))
	contact["address"] = pick(map[string]string{"line1": "address", "line2": "complementaryAddress", "zip": "zip", "city": "city", "province": "area", "country": "country"})
	return contact, nil
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
		err = decodeError("POST /me/contact", receipt, errors.New("the answer names no contact"))
	}
	return ContactPath(made.ID), receipt, err
}

// ContactPath is how a contact is named where a registry asks for one.
func ContactPath(id int64) string { return "/me/contact/" + strconv.FormatInt(id, 10) }
