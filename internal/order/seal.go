package order

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Seal completes a quote: it notes who will own the domains, and writes the quote's digest into the description of its cart, where every
// machine sees it: a file that is edited by accident is told from the one that was made. Errors are ctx's or the api
// package's.
func (s *Shop) Seal(ctx context.Context, q *Quote) error {
	for i, owner := range q.Owners {
		contact, err := s.contactAt(ctx, owner.Path)
		if stop, ok := errors.AsType[*api.StopError](err); ok && stop.Right {
			continue // then nobody can tell later whether it has changed
		}
		if err != nil {
			return fmt.Errorf("look at the owner: %w", err)
		}
		q.Owners[i] = ownerOf(owner.Path, contact)
	}
	q.Description += q.seal()
	basket := cart.NewBasket(s.Client, q.Cart)
	err := s.repeatable(Entry{Action: Seal, Cart: q.Cart, Detail: q.digest()}, func() error { return basket.Describe(ctx, q.Description) })
	if err != nil {
		return fmt.Errorf("write the quote's digest into its cart: %w", err)
	}
	return nil
}

// sealed refuses a quote that is not as it was made, by its cart, and by the journal where it knows the cart.
func (s *Shop) sealed(q *Quote, state *cart.State) error {
	digest := q.digest()
	edited := !strings.HasSuffix(state.Description, q.seal())
	for _, d := range s.Journal.records(Seal) {
		edited = edited || d.Cart == q.Cart && d.Endpoint == s.Client.Server() && d.Detail != digest
	}
	if edited {
		return refuse(quoteAgain, "the quote file is not as it was made, or its cart is not that of the quote")
	}
	return nil
}

// sameOwners refuses where an owner has changed since the quote.
func (s *Shop) sameOwners(ctx context.Context, q *Quote) error {
	for _, owner := range q.Owners {
		if owner.Digest == "" {
			continue
		}
		contact, err := s.readContact(ctx, owner.Path)
		if stop, ok := errors.AsType[*api.StopError](err); ok && stop.Right {
			return refuse("give the key that right, or quote with it", "whether %s is still %s cannot be read: %s", owner.Path, owner.Name, stop.Explanation())
		}
		if err != nil {
			return fmt.Errorf("look at the owner: %w", err)
		}
		if now := ownerOf(owner.Path, contact); now.Digest != owner.Digest {
			return refuse(quoteAgain, "the owner %s has changed since the quote: %s, and now %s", owner.Path, owner.Name, now.Name)
		}
	}
	return nil
}

// ownerOf is a contact as a quote knows it.
func ownerOf(path string, contact cart.Contact) Owner {
	text, _ := json.Marshal(contact) // it came as JSON
	sum := sha256.Sum256(text)
	var name []string
	for _, field := range []string{"firstName", "lastName", "organisationName"} {
		if part, ok := contact[field].(string); ok && part != "" {
			name = append(name, part)
		}
	}
	return Owner{Path: path, Name: strings.Join(name, " "), Digest: hex.EncodeToString(sum[:8])}
}

// contractsOf are contracts as one text, in any order.
func contractsOf(contracts []cart.Contract) string {
	var all []string
	for _, c := range contracts {
		all = append(all, c.Name+" "+c.URL)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
