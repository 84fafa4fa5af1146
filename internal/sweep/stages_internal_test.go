package sweep

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tldsweep/extensions"
	"tldsweep/internal/delegation"
	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// Who answers comes in the order of what it costs, and OVHcloud last.
func TestStages(t *testing.T) {
	dns, err := delegation.New(delegation.Options{Resolvers: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer dns.Close()
	path := filepath.Join(t.TempDir(), "history.db")
	recorder := func() *Recorder {
		r, err := NewRecorder(t.Context(), path, history.Question{Names: "n"}, history.RunOptions{Warn: func(line string) { t.Error(line) }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	stopped := recorder()
	stopped.Keep(scanner.Result{Query: scanner.Query{Name: scanner.Name{ASCII: "moon"}, Extension: "fr"}, Answer: scanner.Answer{Status: scanner.Taken, Source: scanner.API, CheckedAt: time.Now()}})
	stopped.Close()
	resumed := recorder()
	defer resumed.Close()
	ages := map[scanner.Status]time.Duration{scanner.Taken: time.Hour}
	for _, c := range []struct {
		name      string
		scan      Scan
		catalogue *extensions.Catalogue
		want      []scanner.Source
	}{
		{"nothing but OVHcloud", Scan{}, nil, []scanner.Source{scanner.Local, scanner.API}},
		{"all", Scan{Recorder: resumed, Sources: Sources{DNS: dns, Ages: ages, Workers: 3}}, &extensions.Catalogue{},
			[]scanner.Source{scanner.Local, scanner.Catalogue, scanner.History, scanner.History, scanner.DNS, scanner.API}},
		{"a history that answers nothing", Scan{Sources: Sources{Ages: ages}}, nil, []scanner.Source{scanner.Local, scanner.API}},
	} {
		market := extensions.NewMarket([]string{"fr"}, extensions.Current)
		market.Read(c.catalogue)
		stages := c.scan.stages(market, nil, nil)
		var got []scanner.Source
		for _, stage := range stages {
			got = append(got, stage.Source)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the stages are %q, want %q", c.name, got, c.want)
		}
		if last := stages[len(stages)-1]; last.Workers != c.scan.Sources.Workers {
			t.Errorf("%s: %d workers", c.name, last.Workers)
		}
	}
}

// The catalogue answers only for what it proves not to be sold.
func TestUnsoldStage(t *testing.T) {
	market := extensions.NewMarket([]string{"fr"}, extensions.Current)
	market.Read(&extensions.Catalogue{ReadAt: time.Unix(5, 0), Prices: map[string]extensions.ListPrice{"fr": {}}})
	stage := unsold(market)
	for extension, want := range map[string]scanner.Status{"fr": "", "zz": scanner.Unsupported} {
		answer, err := stage.Answer(context.Background(), scanner.Query{Extension: extension})
		if answer.Status != want || (err == scanner.ErrPass) != (want == "") {
			t.Errorf("%s: %+v, %v", extension, answer, err)
		}
		if want != "" && !answer.CheckedAt.Equal(time.Unix(5, 0)) {
			t.Errorf("%s was checked at %v", extension, answer.CheckedAt)
		}
	}
}

// A copy of the catalogue counts for a day, and not if the time of this machine was wrong when it was made.
func TestKeptCatalogue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "catalogue.json")
	sold := map[string]extensions.ListPrice{"fr": {}}
	for _, c := range []struct {
		name   string
		age    time.Duration
		prices map[string]extensions.ListPrice
		want   bool
	}{
		{"fresh", time.Minute, sold, true},
		{"of yesterday", 25 * time.Hour, sold, false},
		{"of tomorrow", -time.Hour, sold, false},
		{"without any extension", time.Minute, nil, false},
	} {
		if err := storeKept(nil, path, &extensions.Catalogue{ReadAt: time.Now().Add(-c.age), Prices: c.prices}); err != nil {
			t.Fatal(err)
		}
		if got := (Endpoint{Catalogue: path}).keptCatalogue(); (got != nil) != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	text, err := json.Marshal(extensions.Catalogue{ReadAt: time.Now(), Prices: sold})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range []Endpoint{{Catalogue: path}, {Catalogue: path + ".none"}, {}} {
		if got := e.keptCatalogue(); got != nil {
			t.Errorf("%q: %+v", e.Catalogue, got)
		}
	}
}
