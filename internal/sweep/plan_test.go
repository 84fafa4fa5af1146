package sweep_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/emulator"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// A plan counts the extensions that OVHcloud featured when it was asked last, and before that says whose list it goes by.
func TestPlanOfFeaturedExtensions(t *testing.T) {
	e, server := endpoint(t, emulator.Options{OnlyRegistered: true})
	e.Emulated = false // it stands for OVHcloud
	e.Featured = filepath.Join(t.TempDir(), "tldsweep", "featured.json")
	scan := func() *sweep.Scan {
		return &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: []string{"moon"}}, Extensions: []string{"featured"}}
	}
	plan, err := scan().Plan(t.Context(), "")
	if err != nil || !strings.HasSuffix(plan.List, "; which ones OVHcloud features now is asked by the first scan") {
		t.Errorf("before any scan: %v\n%s", err, plan)
	}
	count, err := scan().Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := server.Counts().Requests
	after, err := scan().Plan(t.Context(), "")
	if err != nil || after.Extensions != count.Extensions || !strings.HasSuffix(after.List, "; featured as of "+time.Now().Format(time.DateOnly)) {
		t.Errorf("after one of %d extensions: %v\n%s", count.Extensions, err, after)
	}
	if after.Extensions == plan.Extensions {
		t.Errorf("both lists have %d extensions: the test cannot tell them apart", plan.Extensions)
	}
	if n := server.Counts().Requests - before; n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Of more pairs than are worth looking up, a part is, and the plan says that it is an estimate. Without answers to take, none is.
func TestPlanOfManyPairs(t *testing.T) {
	const names, known = 11000, 5500
	e, _ := endpoint(t, emulator.Options{})
	e.Emulated = false
	path := filepath.Join(t.TempDir(), "history.db")
	scan := func(ages map[scanner.Status]time.Duration) *sweep.Scan {
		list := make([]string, names)
		for i := range list {
			list[i] = fmt.Sprintf("name%d", i)
		}
		return &sweep.Scan{Endpoint: e, Input: &sweep.Input{Names: list}, Extensions: []string{"fr"}, Sources: sweep.Sources{Ages: ages}}
	}
	before := withRecorder(t, scan(nil), path)
	for i := range known {
		before.Recorder.Keep(answered(fmt.Sprintf("name%d.fr", i), scanner.Taken))
	}
	before.Recorder.Finish()
	before.Recorder.Close()
	plan, err := scan(map[scanner.Status]time.Duration{scanner.Taken: time.Hour}).Plan(t.Context(), path)
	if err != nil || !plan.Estimated || plan.Answered != 0 || plan.Recalled < known*95/100 || plan.Recalled > known*105/100 {
		t.Errorf("%v\n%s", err, plan)
	}
	if want := fmt.Sprintf("known      about 0 answered before the run was stopped, about %d of earlier runs\n", plan.Recalled); !strings.Contains(plan.String(), want) {
		t.Errorf("no %q in\n%s", want, plan)
	}
	if plan, err = scan(nil).Plan(t.Context(), path); err != nil || plan.Estimated || plan.Left() != names {
		t.Errorf("without ages: %v\n%s", err, plan)
	}
}
