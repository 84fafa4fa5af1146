package history_test

import (
	"path/filepath"
	"testing"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// An extension was asked for where one of its domains has an answer of OVHcloud's, at this endpoint and subsidiary alone.
func TestAsked(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "h.db"))
	defer h.Close()
	question := history.Question{Endpoint: "https://api.example/1.0", Subsidiary: "FR", Names: "n", Extensions: []string{"fr"}}
	run := begin(t, h, question, false)
	for extension, status := range map[string]scanner.Status{
		"fr": scanner.Taken, "co.uk": scanner.Available, "shop": scanner.Unsupported, "invalid": scanner.Invalid, "failed": scanner.Failed,
	} {
		run.Keep(scanner.Result{Query: scanner.Query{Name: scanner.ParseName("rocket"), Extension: extension}, Answer: scanner.Answer{Status: status}})
	}
	run.Finish()
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		subsidiary, extension string
		want                  bool
	}{
		{"FR", "fr", true}, {"FR", "co.uk", true}, {"FR", "shop", true}, {"FR", "uk", false}, {"FR", "f", false},
		{"FR", "invalid", false}, {"FR", "failed", false}, {"FR", "com", false}, {"GB", "fr", false},
	} {
		at := question
		at.Subsidiary = c.subsidiary
		answers, err := h.Lookup(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := answers.Asked(t.Context(), c.extension); err != nil || got != c.want {
			t.Errorf(".%s in %s: %v, %v", c.extension, c.subsidiary, got, err)
		}
	}
}
