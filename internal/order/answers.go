package order

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"tldsweep/internal/bounded"
)

// Answers is what its owner answers to the questions of registries: one set for all extensions, and for some extensions
// others that go before. The zero value answers nothing. Keys are OVHcloud's labels ("OWNER_CONTACT").
type Answers struct {
	all         map[string]any
	byExtension map[string]map[string]any
}

// AnswersError is a file of answers that cannot be used.
type AnswersError struct{ Err error }

func (e *AnswersError) Error() string { return e.Err.Error() }
func (e *AnswersError) Unwrap() error { return e.Err }

// largestAnswers is how large a file of answers may be, in bytes.
const largestAnswers = 1 << 20

// ReadAnswers reads TOML: labels in lower case with their values, and tables [extension.fr] or [extension."co.uk"] that
// hold the same for one extension.
//
//	owner_contact = 11235813      # of /me/contact, or a table of its fields, to create one
//	owner_legal_age = true
//	dns = ["ns1.example.net", "ns2.example.net"]
//
// Values are strings, numbers, true and false, lists of strings, and tables for what is a resource of OVHcloud's. Errors
// are *AnswersError.
func ReadAnswers(r io.Reader) (*Answers, error) {
	var file map[string]any
	if _, err := toml.NewDecoder(bounded.Reader(r, largestAnswers)).Decode(&file); err != nil {
		return nil, &AnswersError{err}
	}
	a := &Answers{byExtension: map[string]map[string]any{}}
	extensions, ok := file["extension"].(map[string]any)
	if _, there := file["extension"]; there && !ok {
		return nil, &AnswersError{fmt.Errorf(`"extension" is not a table: write [extension.fr]`)}
	}
	delete(file, "extension")
	var err error
	if a.all, err = labelled("", file); err != nil {
		return nil, err
	}
	for name, table := range extensions {
		answers, ok := table.(map[string]any)
		if !ok {
			return nil, &AnswersError{fmt.Errorf("extension.%s is not a table", name)}
		}
		name = strings.ToLower(strings.TrimPrefix(name, "."))
		if _, twice := a.byExtension[name]; twice {
			return nil, &AnswersError{fmt.Errorf("extension.%s is there twice, in other spellings", name)}
		}
		if a.byExtension[name], err = labelled("extension."+name+".", answers); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// labelled turns keys into labels, and refuses what no label takes.
func labelled(where string, table map[string]any) (map[string]any, error) {
	answers := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		value := undated(table[key])
		if list, ok := value.([]any); ok {
			for _, v := range list {
				if _, ok := v.(string); !ok {
					return nil, &AnswersError{fmt.Errorf("%s%s is not a list of strings", where, key)}
				}
			}
		}
		label := strings.ToUpper(key)
		if _, twice := answers[label]; twice {
			return nil, &AnswersError{fmt.Errorf("%s%s is answered twice, in other spellings", where, strings.ToLower(key))}
		}
		if err := usable(where+key, label, value); err != nil {
			return nil, err
		}
		answers[label] = value
	}
	return answers, nil
}

// usable refuses an answer that its label cannot take, with one that it can.
func usable(key, label string, answer any) error {
	if label == claimsNotice {
		return &AnswersError{fmt.Errorf("%s is confirmed for each domain, when its notice was read: --accept-claims DOMAIN", key)}
	}
	if _, why := encode(label, answer); why != "" {
		return &AnswersError{fmt.Errorf("%s: %s; for example: %s", key, why, example(label))}
	}
	return nil
}

// undated writes TOML's dates as OVHcloud wants them: "1980-01-31".
func undated(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case map[string]any:
		for key, inner := range v {
			v[key] = undated(inner)
		}
	}
	return value
}

// Set gives an answer for all extensions that do not have their own, unless there is one. Errors are *AnswersError.
func (a *Answers) Set(label, value string) error {
	if err := usable(label, strings.ToUpper(label), value); err != nil {
		return err
	}
	if a.all == nil {
		a.all = map[string]any{}
	}
	if _, there := a.all[strings.ToUpper(label)]; !there {
		a.all[strings.ToUpper(label)] = value
	}
	return nil
}

// of is the answer to a question about a domain of an extension.
func (a *Answers) of(extension, label string) (any, bool) {
	if value, ok := a.byExtension[extension][label]; ok {
		return value, true
	}
	value, ok := a.all[label]
	return value, ok
}

// labels are all that some answer is for, sorted.
func (a *Answers) labels() []string {
	seen := maps.Clone(a.all)
	if seen == nil {
		seen = map[string]any{}
	}
	for _, answers := range a.byExtension {
		maps.Copy(seen, answers)
	}
	return slices.Sorted(maps.Keys(seen))
}
