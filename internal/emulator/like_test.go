package emulator_test

import (
	"strings"
	"testing"

	"tldsweep/internal/emulator"
)

func TestEveryWorldHasItsName(t *testing.T) {
	for _, name := range emulator.Likes() {
		if _, err := emulator.ParseLike(name); err != nil {
			t.Error(err)
		}
	}
	// What was recorded in 2026 is the default world with what no description has.
	if like, err := emulator.ParseLike("2026"); err != nil || like != (emulator.Like{AllowedValues: "present", Settings: "named", FollowUp: "naive"}) {
		t.Errorf("%+v %v", like, err)
	}
	if _, err := emulator.ParseLike("1999"); err == nil || !strings.Contains(err.Error(), "2026 guide us 2016") {
		t.Errorf("%v", err)
	}
}

func TestShapesAreChangedOneByOne(t *testing.T) {
	for _, shape := range emulator.Shapes() {
		for _, value := range shape.Values {
			if _, err := (emulator.Like{}).With(shape.Name, value); err != nil {
				t.Error(err)
			}
		}
		if _, err := (emulator.Like{}).With(shape.Name, "wild"); err == nil || !strings.Contains(err.Error(), strings.Join(shape.Values, " ")) {
			t.Errorf("%s: %v", shape.Name, err)
		}
	}
	guide, _ := emulator.ParseLike("guide")
	if got, err := guide.With("rows", "star"); err != nil || got.Rows != "star" || got.Bill != "guide" || guide.Rows == "star" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := guide.With("colour", "red"); err == nil {
		t.Error("a shape that does not exist was changed")
	}
	defer func() {
		if recover() == nil {
			t.Error("a misspelt shape made a server")
		}
	}()
	emulator.New(emulator.Options{Like: emulator.Like{Rows: "stars"}})
}

func TestWants(t *testing.T) {
	for text, want := range map[string]emulator.Want{
		"REASON":                     {Label: "REASON"},
		"REASON:domain=x*.fr,hidden": {Label: "REASON", Domains: "x*.fr", Hidden: true},
		"SHOE_SIZE:hidden":           {Label: "SHOE_SIZE", Hidden: true},
	} {
		if got, err := emulator.ParseWant(text); err != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "reason", ":domain=x", "REASON:domain=", "REASON:domains=x", "REASON:hidden=no"} {
		if got, err := emulator.ParseWant(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}
