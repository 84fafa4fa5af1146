package order

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tldsweep/internal/bounded"
	"tldsweep/internal/cart"
)

const answered = `
owner_contact = 42
owner_legal_age = true
dns = ["ns1.example.net", "ns2.example.net"]
age = 18
reason = "private"
[extension.fr]
reason = "business"
[extension."co.uk"]
owner_contact = "/domain/contact/7"
[extension.de.owner_contact]
firstName = "Ada"
birthDay = 1980-01-31
address = { city = "Roubaix" }
`

func TestAnswersFitTheirQuestions(t *testing.T) {
	a, err := ReadAnswers(strings.NewReader(answered))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		extension string
		q         cart.Requirement
		want      string
		wrong     string
	}{
		{"com", cart.Requirement{Label: "OWNER_CONTACT", Type: "/me/contact"}, "/me/contact/42", ""},
		{"com", cart.Requirement{Label: "OWNER_CONTACT"}, "/me/contact/42", ""},
		{"co.uk", cart.Requirement{Label: "OWNER_CONTACT", Type: "/me/contact"}, "/domain/contact/7", ""},
		{"com", cart.Requirement{Label: "OWNER_LEGAL_AGE", Type: "bool"}, "true", ""},
		{"com", cart.Requirement{Label: "OWNER_LEGAL_AGE", Type: "bool", Allowed: []string{"True", "False"}}, "True", ""},
		{"com", cart.Requirement{Label: "DNS", Type: "String"}, "ns1.example.net;ns2.example.net", ""},
		{"com", cart.Requirement{Label: "AGE", Type: "Integer"}, "18", ""},
		{"com", cart.Requirement{Label: "AGE", Type: "bool"}, "", "18: it is neither true nor false"},
		{"com", cart.Requirement{Label: "AGE", Type: "/me/age"}, "/me/age/18", ""},
		{"com", cart.Requirement{Label: "REASON", Type: "String"}, "private", ""},
		{"fr", cart.Requirement{Label: "REASON", Type: "String", Allowed: []string{"business"}}, "business", ""},
		{"com", cart.Requirement{Label: "REASON", Type: "String", Allowed: []string{"business", "other"}}, "", "private is none of business, other"},
	} {
		answer, there := a.of(c.extension, c.q.Label)
		if !there {
			t.Errorf("%s of %s has no answer", c.q.Label, c.extension)
			continue
		}
		got, wrong := encode(c.q.Label, answer)
		if wrong == "" {
			got, wrong = got.fit(c.q)
		}
		if got.value != c.want || wrong != c.wrong {
			t.Errorf("%s of %s: %q, %q", c.q.Label, c.extension, got.value, wrong)
		}
	}
	answer, _ := a.of("de", "OWNER_CONTACT")
	got, _ := encode("OWNER_CONTACT", answer)
	if diff := cmp.Diff(cart.Contact{"firstName": "Ada", "birthDay": "1980-01-31", "address": map[string]any{"city": "Roubaix"}}, got.new); diff != "" {
		t.Error(diff)
	}
	if _, there := a.of("com", "ADMIN_ACCOUNT"); there {
		t.Error("answered what nobody answered")
	}
	for label, value := range map[string]string{"reason": "association", "admin_account": "ab1-ovh"} {
		if err := a.Set(label, value); err != nil {
			t.Error(err)
		}
	}
	if reason, _ := a.of("com", "REASON"); reason != "private" {
		t.Errorf("%v", reason)
	}
	if admin, _ := a.of("com", "ADMIN_ACCOUNT"); admin != "ab1-ovh" {
		t.Errorf("%v", admin)
	}
}

// OVHcloud takes any value when it is configured and refuses it late, so what a label cannot take is refused when it is read,
// with an example that works.
func TestAnswersThatALabelCannotTake(t *testing.T) {
	for text, want := range map[string]string{
		`owner_legal_age = "yes"`:                       `owner_legal_age: it is neither true nor false; for example: owner_legal_age = true`,
		`accept_conditions = 1`:                         `accept_conditions: it is neither true nor false`,
		`dns = "ns1.example.net, ns2.example.net"`:      `dns: "ns1.example.net, ns2.example.net" is not the name of a name server; for example: dns = ["ns1.example.net", "ns2.example.net"]`,
		`dns = ["ns1.example.net", " ns2.example.net"]`: `" ns2.example.net" is not the name`,
		`dns = "ns1.example.net; ns2.example.net"`:      `" ns2.example.net" is not the name`,
		`dns = ["ns1.example.net", "ns1.example.net"]`:  `ns1.example.net is named twice`,
		`dns = []`:              `dns: it is empty`,
		`dns = ["192.0.2.1"]`:   `is not the name of a name server`,
		`owner_contact = "ada"`: `owner_contact: it is neither the number of a contact nor a path such as /me/contact/123; for example: owner_contact = 11235813`,
		`owner_contact = -1`:    `neither the number`,
		`admin_account = "me"`:  `it is not the name of an account; for example: admin_account = "ab12345-ovh"`,
		`reason = ""`:           `reason: it is empty`,
		"reason = \"a\\nb\"":    `reason: it has a line end`,
		`reason = "` + strings.Repeat("x", 1001) + `"`: `reason: it has 1001 characters, and 1000 are the most`,
		`domain_config = "{"`:                          `domain_config: it is not JSON`,
		`claims_notice = "x"`:                          `--accept-claims DOMAIN`,
		"[extension.fr]\nowner_legal_age = \"no\"":     `extension.fr.owner_legal_age: it is neither`,
		"reason = \"a\"\nREASON = \"b\"":               `reason is answered twice`,
		"[extension.fr]\n[extension.FR]":               `extension.fr is there twice`,
		`reason = { because = "x" }`:                   `a table is not an answer`,
	} {
		_, err := ReadAnswers(strings.NewReader(text))
		if _, ours := errors.AsType[*AnswersError](err); !ours || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if err := new(Answers).Set("dns", "ns1.example.net,ns2.example.net"); err == nil {
		t.Error("commas are taken from ovh.conf")
	}
}

// Every example is an answer that is taken.
func TestExamplesWork(t *testing.T) {
	for label := range knownLabels {
		a, err := ReadAnswers(strings.NewReader(example(label)))
		if err != nil {
			t.Errorf("%s: %v", label, err)
		} else if _, there := a.of("fr", label); !there {
			t.Errorf("%s answers something else", example(label))
		}
	}
}

// Whatever a file of answers holds, it is refused or every answer fits or is refused.
func FuzzAnswers(f *testing.F) {
	f.Add(answered)
	f.Add("extension = 1")
	f.Add("dns = [1]\n[extension]\nfr = 2")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ReadAnswers(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, label := range a.labels() {
			for _, kind := range []string{"", "bool", "Integer", "String", "/me/contact"} {
				for _, extension := range append(slices.Collect(maps.Keys(a.byExtension)), "") {
					answer, there := a.of(extension, label)
					if !there {
						continue
					}
					r, wrong := encode(label, answer)
					if wrong != "" {
						t.Errorf("%s = %v was taken: %s", label, answer, wrong)
					}
					if r, wrong = r.fit(cart.Requirement{Label: label, Type: kind, Allowed: []string{"x"}}); wrong == "" && r.new == nil && r.value != "x" {
						t.Errorf("%s = %q fits x", label, r.value)
					}
				}
			}
		}
	})
}

func TestEndlessFiles(t *testing.T) {
	for text, read := range map[string]func(io.Reader) error{
		"a": func(r io.Reader) error { _, err := ReadAnswers(r); return err },
		" ": func(r io.Reader) error { _, err := ReadQuote(r); return err },
	} {
		forever := &endless{text: text}
		err := read(forever)
		if _, ok := errors.AsType[*bounded.TooLargeError](err); !ok || forever.read > 65<<20 {
			t.Errorf("%v after %d bytes", err, forever.read)
		}
	}
}
