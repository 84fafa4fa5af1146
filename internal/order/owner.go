package order

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// OwnerCheck is what OVHcloud says, before there is a cart, of whether the owner may have domains of each extension.
type OwnerCheck struct {
	Unfit   []Unfit
	Skipped []Skipped
}

// Unfit is an extension whose rules the owner does not meet.
type Unfit struct {
	Extension string
	Domains   []string
	Fields    []api.Detail // what is wrong, field by field; at least one
	IsAccount bool         // no owner is named: the account's own data was checked, and the checkout has the last word
}

// Skipped are extensions for which the check could not be made. The checkout decides.
type Skipped struct {
	Extensions []string
	Why        string
}

// NoContactError says that the answers name a contact that the account does not have.
type NoContactError struct{ Path string }

func (e *NoContactError) Error() string { return "the account has no " + e.Path }

// CheckOwner asks once for each extension whether the owner that the answers name, or where they name none the account
// itself, may have its domains. domains are by extension. It reads the owner first: one request for each contact, and one for
// each extension. Errors: a *NoContactError; ctx's; the api package's, where no other call could succeed either.
func (s *Shop) CheckOwner(ctx context.Context, extensions []string, domains map[string][]string, answers *Answers) (*OwnerCheck, error) {
	check := &OwnerCheck{}
	for _, extension := range extensions {
		answer, named := answers.of(extension, "OWNER_CONTACT")
		owner, err := s.owner(ctx, answer, named)
		if err == nil {
			err = cart.CheckOwner(ctx, s.Client, domains[extension][0], owner)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if missing, ok := errors.AsType[*NoContactError](err); ok {
			return nil, missing
		}
		switch refusal, refused := errors.AsType[*api.RowError](err); {
		case err == nil:
		case refused && isRule(refusal):
			check.Unfit = append(check.Unfit, Unfit{Extension: extension, Domains: domains[extension], Fields: fieldsOf(refusal), IsAccount: !named})
		default:
			if stop, ok := errors.AsType[*api.StopError](err); ok && !stop.Right {
				return nil, err
			}
			check.skip(extension, err)
		}
	}
	return check, nil
}

// skip notes an extension under its cause.
func (c *OwnerCheck) skip(extension string, err error) {
	why := words(err)
	if i := len(c.Skipped) - 1; i >= 0 && c.Skipped[i].Why == why {
		c.Skipped[i].Extensions = append(c.Skipped[i].Extensions, extension)
		return
	}
	c.Skipped = append(c.Skipped, Skipped{[]string{extension}, why})
}

// words are what went wrong, without what differs from call to call.
func words(err error) string {
	var failure api.Failure
	if e, ok := errors.AsType[*api.RowError](err); ok {
		failure = e.Failure
	} else if e, ok := errors.AsType[*api.StopError](err); ok {
		failure = e.Failure
	} else if e, ok := errors.AsType[*api.WaitError](err); ok {
		failure = e.Failure
	} else {
		return err.Error()
	}
	if failure.Status == 0 {
		return failure.Explanation()
	}
	return fmt.Sprintf("%d %s", failure.Status, failure.Explanation())
}

// isRule tells a registry's rule that is not met from a check that could not be made.
func isRule(refusal *api.RowError) bool {
	return refusal.Status == http.StatusBadRequest && (strings.Contains(refusal.Class, "RuleNotRespected") || len(fieldsOf(refusal)) > 0)
}

// fieldsOf are the fields that a refusal names; OVHcloud's keys of its own begin with "_". Where it names none, its message
// stands for them.
func fieldsOf(refusal *api.RowError) (fields []api.Detail) {
	for _, detail := range refusal.Details {
		if !strings.HasPrefix(detail.Field, "_") {
			fields = append(fields, detail)
		}
	}
	if len(fields) == 0 && strings.Contains(refusal.Class, "RuleNotRespected") {
		fields = []api.Detail{{Field: "owner", Text: refusal.Message}}
	}
	return fields
}

// owner is all that is known of the owner that an answer names, else of the account.
func (s *Shop) owner(ctx context.Context, answer any, named bool) (cart.Contact, error) {
	if !named {
		return s.contactAt(ctx, "")
	}
	reply, why := encode("OWNER_CONTACT", answer)
	if why != "" {
		return nil, fmt.Errorf("owner_contact: %s", why) // it was looked at when it was read
	}
	if reply.new != nil {
		return reply.new, nil
	}
	return s.contactAt(ctx, reply.value)
}

// contactAt is a contact by its path, or the account itself where that is empty, read once.
func (s *Shop) contactAt(ctx context.Context, path string) (contact cart.Contact, err error) {
	if contact, ok := s.contacts[path]; ok {
		return contact, nil
	}
	if path == "" {
		contact, err = cart.AccountAsContact(ctx, s.Client)
	} else {
		contact, err = s.readContact(ctx, path)
	}
	if err == nil {
		if s.contacts == nil {
			s.contacts = map[string]cart.Contact{}
		}
		s.contacts[path] = contact
	}
	return contact, err
}

// readContact reads a contact where most is said of it, else where the key may look.
func (s *Shop) readContact(ctx context.Context, path string) (cart.Contact, error) {
	id := path[strings.LastIndex(path, "/")+1:]
	owner, err := cart.ReadContact(ctx, s.Client, "/domain/contact/"+id)
	stop, stopped := errors.AsType[*api.StopError](err)
	if isGone(err) || stopped && stop.Right {
		owner, err = cart.ReadContact(ctx, s.Client, "/me/contact/"+id)
	}
	if isGone(err) {
		return nil, &NoContactError{path}
	}
	return owner, err
}
