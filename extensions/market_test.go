package extensions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tldsweep/extensions"
)

func catalogueOf(plans string) *extensions.Catalogue {
	c := &extensions.Catalogue{Prices: map[string]extensions.ListPrice{}}
	for _, extension := range strings.Fields(plans) {
		c.Prices[extension] = extensions.ListPrice{}
	}
	return c
}

func TestMarket(t *testing.T) {
	const top = "ac ad ae af ag ai al am ao aq" // ten
	const most = "ac ad ae af ag ai al am ao"
	for name, c := range map[string]struct {
		list      string
		from      extensions.Source
		plans     string // empty: no catalogue
		all       string
		complete  bool   // what is in neither is not sold
		unsold    string // of all, and of zz and co.zz
		unknown   string // of these two
		isDoubted bool
	}{
		"a list alone":                              {top + " co.uk", extensions.Current, "", top + " co.uk", true, "", "", false},
		"a public list alone":                       {top + " co.uk", extensions.Public, "", top + " co.uk", true, "", "", false},
		"the list in the program":                   {top + " co.uk", extensions.BuiltIn, "", top + " co.uk", false, "", "", false},
		"top-level extensions alone":                {top, extensions.Current, "", top, false, "", "co.zz", false},
		"both the same":                             {top + " co.uk", extensions.Current, top + " co.uk", top + " co.uk", true, "zz co.zz", "", false},
		"the catalogue has more":                    {top + " co.uk", extensions.Current, top + " co.uk zone com.fr", top + " co.uk com.fr zone", true, "zz co.zz", "", false},
		"the catalogue has second-level ones only":  {top, extensions.Current, "co.uk com.fr", top + " co.uk com.fr", false, "", "co.zz", true},
		"the list has top-level ones only":          {top, extensions.Current, top + " co.uk", top + " co.uk", true, "zz co.zz", "", false},
		"both have top-level ones only":             {top, extensions.Current, top, top, false, "zz", "co.zz", false},
		"nine of ten have a plan":                   {top + " co.uk", extensions.Current, most + " co.uk", top + " co.uk", true, "aq zz co.zz", "", false},
		"eight of ten have a plan":                  {top + " co.uk", extensions.Current, "ac ad ae af ag ai al am co.uk", top + " co.uk", true, "", "", true},
		"one of ten, and a bare list":               {top, extensions.Current, "ac co.uk", top + " co.uk", false, "", "co.zz", true},
		"plans of something else":                   {top + " co.uk", extensions.Current, "dedicated vps zone", top + " co.uk dedicated vps zone", true, "", "", true},
		"half of the second-level ones have a plan": {top + " co.uk gov.uk", extensions.Current, top + " co.uk", top + " co.uk gov.uk", true, "gov.uk zz co.zz", "", false},
		"fewer of them have":                        {top + " co.uk gov.uk me.uk", extensions.Current, top + " co.uk", top + " co.uk gov.uk me.uk", true, "zz", "", false},
		"none of them has":                          {top + " co.uk", extensions.Current, top, top + " co.uk", true, "zz", "", false},
		"the list in the program, and a catalogue":  {top + " co.uk", extensions.BuiltIn, most + " co.uk", top + " co.uk", false, "aq zz co.zz", "", false},
		"second-level extensions alone":             {"co.uk com.fr", extensions.Current, "co.uk com.fr", "co.uk com.fr", true, "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			m := extensions.NewMarket(strings.Fields(c.list), c.from)
			if c.plans != "" {
				m.Read(catalogueOf(c.plans))
			}
			all := m.All()
			if got := strings.Join(all, " "); got != c.all {
				t.Errorf("it sells %s, want %s", got, c.all)
			}
			var unsold, unknown []string
			for _, extension := range append(all, "zz", "co.zz") {
				if m.Unsold(extension) {
					unsold = append(unsold, extension)
				}
				if m.Unknown(extension) {
					unknown = append(unknown, extension)
				}
				if sold := slices.Contains(all, extension); m.Sells(extension) != sold {
					t.Errorf("%s is sold: %t", extension, !sold)
				}
			}
			if got := strings.Join(unsold, " "); got != c.unsold {
				t.Errorf("not sold are %q, want %q", got, c.unsold)
			}
			if got := strings.Join(unknown, " "); got != c.unknown {
				t.Errorf("unknown are %q, want %q", got, c.unknown)
			}
			if m.Complete() != c.complete {
				t.Errorf("complete: %t", !c.complete)
			}
			if (m.Doubt() != "") != c.isDoubted {
				t.Errorf("the doubt is %q", m.Doubt())
			}
		})
	}
}

// A catalogue that has lost plans makes more requests, never a verdict that the whole one would not have given, apart
// from what it has lost while it is still believed: a tenth of the top-level extensions, half of the others.
func TestLostPlansMakeNoVerdicts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var list []string
		for i := range rapid.IntRange(1, 40).Draw(r, "top") {
			list = append(list, fmt.Sprintf("a%d", i))
		}
		for i := range rapid.IntRange(0, 10).Draw(r, "second") {
			list = append(list, fmt.Sprintf("co.a%d", i))
		}
		plans := rapid.SliceOfDistinct(rapid.SampledFrom(list), rapid.ID[string]).Draw(r, "plans")
		m := extensions.NewMarket(list, extensions.Current)
		m.Read(catalogueOf(strings.Join(plans, " ")))
		top, unsoldTop := 0, 0
		for _, extension := range list {
			unsold := m.Unsold(extension)
			if unsold && slices.Contains(plans, extension) {
				r.Fatalf("%s has a plan and is not sold", extension)
			}
			if !strings.Contains(extension, ".") {
				top++
				if unsold {
					unsoldTop++
				}
			}
		}
		if 10*unsoldTop > top {
			r.Fatalf("%d of %d are not sold", unsoldTop, top)
		}
	})
}

func TestNeedsCatalogue(t *testing.T) {
	whole, bare := []string{"fr", "uk", "co.uk"}, []string{"fr", "uk"}
	for _, c := range []struct {
		list     []string
		patterns string
		want     bool
	}{
		{whole, "fr", false},
		{whole, ".FR, co.uk", false},
		{whole, "featured", false},
		{whole, "fr,!uk", false},
		{whole, "*.uk", true},
		{whole, "all", true},
		{whole, "fr,!*.uk", true},
		{whole, "fr,zone", true},
		{whole, "@mine.txt", true},
		{bare, "fr", true},
	} {
		if got := extensions.NewMarket(c.list, extensions.Current).NeedsCatalogue([]string{c.patterns}); got != c.want {
			t.Errorf("%s of %v: %t", c.patterns, c.list, got)
		}
	}
}
