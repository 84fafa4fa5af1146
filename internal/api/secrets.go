package api

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ovh/go-ovh/ovh"
)

const hidden = "(hidden)"

// minSecret is how long a secret is at least: what is shorter is a placeholder, and part of too many words.
const minSecret = 8

// secrets are the values that no text may hold, whoever wrote it.
type secrets struct{ *strings.Replacer }

func secretsOf(c *ovh.Client) secrets {
	var pairs []string
	for _, value := range []string{c.AppKey, c.AppSecret, c.ConsumerKey, c.ClientID, c.ClientSecret, c.AccessToken} {
		if len(value) >= minSecret {
			pairs = append(pairs, value, hidden)
		}
	}
	return secrets{strings.NewReplacer(pairs...)}
}

// hideIn takes the secrets out of an error of this package, which may repeat what a server, a proxy or a library said. It returns
// the error itself.
func (s secrets) hideIn(err error) error {
	var failure *Failure
	if wait, ok := errors.AsType[*WaitError](err); ok {
		failure = &wait.Failure
		wait.Hint = s.Replace(wait.Hint)
	} else if stop, ok := errors.AsType[*StopError](err); ok {
		failure = &stop.Failure
	} else if row, ok := errors.AsType[*RowError](err); ok {
		failure = &row.Failure
	} else {
		return err
	}
	for _, text := range []*string{&failure.Class, &failure.Code, &failure.Message, &failure.QueryID} {
		*text = s.Replace(*text)
	}
	for i := range failure.Details {
		failure.Details[i].Field, failure.Details[i].Text = s.Replace(failure.Details[i].Field), s.Replace(failure.Details[i].Text)
	}
	return err
}

var (
	// A setting's name, and whatever stands after it, be it a value or not.
	besideName = regexp.MustCompile(`(?i)(application_key|application_secret|consumer_key|client_id|client_secret|access_token)\s*[^\s\w]*\s*\S*`)
	// What looks like a key: letters and digits, and many of them.
	likeKey = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)
	digits  = regexp.MustCompile(`[0-9]`)
)

// quoted shows text of a configuration that is not understood, and so may hold a secret anywhere: without what stands beside a
// secret's name, and without what looks like a key.
func quoted(text string) string {
	text = besideName.ReplaceAllString(short(text, longestMessage), "${1} "+hidden)
	text = likeKey.ReplaceAllStringFunc(text, func(word string) string {
		if digits.MatchString(word) {
			return hidden
		}
		return word
	})
	return short(text, 100)
}

// sendable refuses a credential that cannot be meant: no key holds a blank, a quote, or what is not ASCII.
func sendable(name, value string) error {
	for _, r := range value {
		if r <= ' ' || r > '~' || r == '"' || r == '\'' {
			return fmt.Errorf("%w: %s holds a blank, a quote or another character that no key has: write the key alone", ErrConfig, name)
		}
	}
	return nil
}
