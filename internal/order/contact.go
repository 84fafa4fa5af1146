package order

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// contact is the path of a new contact, which is created once: an earlier quote's is taken again.
func (p *preparation) contact(ctx context.Context, fields cart.Contact) (string, error) {
	text, err := json.Marshal(fields)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	if path := p.contacts[digest]; path != "" {
		return path, nil
	}
	path, err := p.contactOf(ctx, fields, digest)
	if err == nil {
		p.contacts[digest] = path
	}
	return path, err
}

func (p *preparation) contactOf(ctx context.Context, fields cart.Contact, digest string) (string, error) {
	unclear := false
	for _, d := range slices.Backward(p.Journal.records(Contact)) {
		if d.Endpoint != p.Client.Server() || d.Account != p.Account || d.Detail != digest {
			continue
		}
		if d.outcome() == api.Done {
			return d.last.Detail, nil
		}
		unclear = unclear || d.outcome() == api.Unknown
	}
	for tries := 1; ; tries++ {
		if unclear {
			if path, err := p.findContact(ctx, fields); path != "" || err != nil {
				return path, err
			}
		}
		path := ""
		intent := Entry{Action: Contact, Endpoint: p.Client.Server(), Account: p.Account, Detail: digest}
		result, err := p.Journal.perform(intent, func(outcome *Entry) (receipt api.Receipt, err error) {
			path, receipt, err = cart.CreateContact(ctx, p.Client, fields)
			if err == nil {
				outcome.Detail = path
			}
			return receipt, err
		}, func() bool {
			there, wrong := p.findContact(ctx, fields)
			return there == "" && wrong == nil
		})
		if err == nil {
			return path, nil
		}
		unclear = unclear || result == api.Unknown
		if !retry(ctx, err, tries) {
			return "", err
		}
	}
}

// findContact looks among the account's contacts for one with these fields, the newest first.
func (p *preparation) findContact(ctx context.Context, fields cart.Contact) (string, error) {
	ids, err := cart.Contacts(ctx, p.Client)
	if err != nil {
		return "", err
	}
	slices.Sort(ids)
	for _, id := range slices.Backward(ids) {
		path := cart.ContactPath(id)
		contact, err := cart.ReadContact(ctx, p.Client, path)
		if err != nil {
			return "", err
		}
		if holds(map[string]any(contact), map[string]any(fields)) {
			return path, nil
		}
	}
	return "", nil
}

// holds says whether a value has all that another has, as JSON would say it.
func holds(value, wanted any) bool {
	table, ok := wanted.(map[string]any)
	if !ok {
		return reflect.DeepEqual(viaJSON(value), viaJSON(wanted))
	}
	has, ok := value.(map[string]any)
	if !ok {
		return false
	}
	for field, want := range table {
		if !holds(has[field], want) {
			return false
		}
	}
	return true
}

func viaJSON(v any) (out any) {
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return nil
	}
	return out
}
