package emulator

import (
	"fmt"
	"strings"
)

// Want is a label that the checkout wants of some domains, beside what the world asks anyway.
type Want struct {
	Domains string // A-labels, with * for anything; empty means every one
	Label   string
	Hidden  bool // requiredConfiguration does not list it
}

// ParseWant reads "LABEL" or "LABEL:domain=x*.fr,hidden".
func ParseWant(text string) (Want, error) {
	label, options, _ := strings.Cut(text, ":")
	want := Want{Label: label}
	if label == "" || strings.ContainsFunc(label, func(r rune) bool { return (r < 'A' || r > 'Z') && r != '_' }) {
		return want, fmt.Errorf("want %q: a label has capital letters and _ alone", text)
	}
	for key, value := range pairs(options) {
		switch {
		case key == "domain" && value != "":
			want.Domains = value
		case key == "hidden" && value == "":
			want.Hidden = true
		default:
			return want, fmt.Errorf("want %q: there is no such option as %s; there are domain=PATTERN, hidden", text, key)
		}
	}
	return want, nil
}

func (w Want) of(domain string) bool { return w.Domains == "" || matches(w.Domains, domain) }
