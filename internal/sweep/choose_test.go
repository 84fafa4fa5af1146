package sweep_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
	"tldsweep/internal/sweep"
)

// What patterns mean is found out of OVHcloud's lists; that they could not be read is said.
func TestChoose(t *testing.T) {
	e, _ := endpoint(t, emulator.Options{})
	carts, _ := endpoint(t, emulator.Options{Rights: []emulator.Right{{Method: "*", Path: "/order/*"}}})
	closed, _ := endpoint(t, emulator.Options{Rights: []emulator.Right{{Method: "*", Path: "/order/*"}}, Faults: []emulator.Fault{{Kind: "404", Path: "GET /domain/*"}}})
	known, _, err := cart.Sold(t.Context(), e.Client, "FR")
	if err != nil {
		t.Fatal(err)
	}
	featured, err := cart.Featured(t.Context(), e.Client, "FR", known)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		endpoint sweep.Endpoint
		patterns []string
		want     []string
		warning  string
	}{
		{"the featured ones", e, []string{"featured"}, featured, ""},
		{"some, in the order in which they are given", e, []string{"com,fr"}, []string{"com", "fr"}, ""},
		{"of a list", e, []string{"@" + writeFile(t, "fr\ncom\n")}, []string{"fr", "com"}, ""},
		{"without the right to the list, by what is public", carts, []string{"com,fr"}, []string{"com", "fr"}, ""},
		{"without any list", closed, []string{"com,fr"}, []string{"com", "fr"}, "is not open to these credentials"},
	} {
		var said bytes.Buffer
		chosen, market, err := c.endpoint.Choose(t.Context(), c.patterns, slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil || !slices.Equal(chosen, c.want) || !market.Sells("fr") {
			t.Errorf("%s: chosen are %q, want %q; %v", c.name, chosen, c.want, err)
		}
		if got := said.String(); !strings.Contains(got, c.warning) || c.warning == "" && got != "" {
			t.Errorf("%s: said is %q", c.name, got)
		}
	}
	_, _, err = e.Choose(t.Context(), []string{"con"}, slog.New(slog.DiscardHandler))
	if _, ok := errors.AsType[*extensions.PatternError](err); !ok {
		t.Errorf("the error is %v", err)
	}
}
