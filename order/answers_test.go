package order

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tldsweep/cart"
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
	contact := cart.Requirement{Label: "OWNER_CONTACT", Type: "/me/contact", Fields: []string{"firstName", "address.city"}}
	for _, c := range []struct {
		extension string
		q         cart.Requirement
		want      string
		wrong     string
	}{
		{"com", contact, "/me/contact/42", ""},
		{"co.uk", contact, "/domain/contact/7", ""},
		{"com", cart.Requirement{Label: "OWNER_LEGAL_AGE", Type: "bool"}, "true", ""},
		{"com", cart.Requirement{Label: "OWNER_LEGAL_AGE", Type: "Boolean"}, "true", ""},
		{"com", cart.Requirement{Label: "DNS", Type: "String"}, "ns1.example.net,ns2.example.net", ""},
		{"com", cart.Requirement{Label: "AGE", Type: "Integer"}, "18", ""},
		{"com", cart.Requirement{Label: "REASON", Type: "String"}, "private", ""},
		{"fr", cart.Requirement{Label: "REASON", Type: "String", Allowed: []string{"business"}}, "business", ""},
		{"com", cart.Requirement{Label: "REASON", Type: "String", Allowed: []string{"business"}}, "", "private is not allowed"},
		{"com", cart.Requirement{Label: "REASON", Type: "bool"}, "", "private is neither true nor false"},
		{"com", cart.Requirement{Label: "REASON", Type: "Integer"}, "", "private is not a whole number"},
		{"com", cart.Requirement{Label: "REASON", Type: "/me/contact"}, "", `"private" is neither a number nor a path such as /me/contact/123`},
		{"de", cart.Requirement{Label: "OWNER_CONTACT", Type: "/me/contact", Fields: []string{"address.zip", "email", "firstName"}}, "", "the new contact lacks address.zip, email"},
		{"de", cart.Requirement{Label: "OWNER_CONTACT", Type: "/domain/contact"}, "", "tldsweep creates contacts alone: create it at OVHcloud and name its path, /domain/contact/123"},
	} {
		answer, there := a.of(c.extension, c.q.Label)
		if !there {
			t.Errorf("%s of %s has no answer", c.q.Label, c.extension)
			continue
		}
		if got, wrong := replyTo(c.q, answer); got.value != c.want || wrong != c.wrong {
			t.Errorf("%s of %s: %q, %q", c.q.Label, c.extension, got.value, wrong)
		}
	}
	answer, _ := a.of("de", "OWNER_CONTACT")
	got, _ := replyTo(contact, answer)
	if diff := cmp.Diff(cart.Contact{"firstName": "Ada", "birthDay": "1980-01-31", "address": map[string]any{"city": "Roubaix"}}, got.new); diff != "" {
		t.Error(diff)
	}
	if _, there := a.of("com", "ADMIN_ACCOUNT"); there {
		t.Error("answered what nobody answered")
	}
	a.Set("reason", "association")
	a.Set("admin_account", "ab1-ovh")
	if reason, _ := a.of("com", "REASON"); reason != "private" {
		t.Errorf("%v", reason)
	}
	if admin, _ := a.of("com", "ADMIN_ACCOUNT"); admin != "ab1-ovh" {
		t.Errorf("%v", admin)
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
			for _, kind := range []string{"bool", "Integer", "String", "/me/contact"} {
				for extension := range a.byExtension {
					if answer, there := a.of(extension, label); there {
						replyTo(cart.Requirement{Label: label, Type: kind, Fields: []string{"a.b"}}, answer)
					}
				}
				if answer, there := a.of("", label); there {
					replyTo(cart.Requirement{Label: label, Type: kind, Fields: []string{"a.b"}}, answer)
				}
			}
		}
	})
}
