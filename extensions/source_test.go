package extensions_test

import (
	"slices"
	"testing"

	"tldsweep/extensions"
)

func TestShippedListIsTheSample(t *testing.T) {
	list := extensions.Shipped()
	if len(list) != 924 || list[0] != "abogado" || list[923] != "zone" || slices.Index(list, "com") != 124 || slices.Index(list, "fr") != 235 {
		t.Errorf("%d extensions from %s to %s, want 924 from abogado to zone with com as the 125th and fr as the 236th", len(list), list[0], list[len(list)-1])
	}
	list[0] = "changed"
	if extensions.Shipped()[0] != "abogado" {
		t.Error("a caller's change is seen by the next one")
	}
}

func TestShippedFeaturedStartsAtHome(t *testing.T) {
	for subsidiary, first := range map[string]string{
		"FR": "fr", "DE": "de", "ES": "es", "IT": "it", "GB": "co.uk", "PL": "pl", "NL": "nl", "IE": "ie", "PT": "pt",
		"CA": "ca", "QC": "quebec", "US": "us", "WE": "com", "": "com", "XX": "com",
	} {
		got := extensions.ShippedFeatured(subsidiary, extensions.Shipped())
		if len(got) < 10 || len(got) > 20 || got[0] != first {
			t.Errorf("%s: %v, want 10 to 20 with %s first", subsidiary, got, first)
		}
	}
	if got := extensions.ShippedFeatured("FR", []string{"zone"}); len(got) != 0 {
		t.Errorf("%v, though none is sold", got)
	}
}

func TestSourceSaysWhatItIsWorth(t *testing.T) {
	for source, want := range map[extensions.Source]string{
		extensions.Current: "OVHcloud's list",
		extensions.Public:  "OVHcloud's public list",
		extensions.BuiltIn: "the list shipped with tldsweep of 2023-09",
	} {
		if source.String() != want || source.Authoritative() == (source == extensions.BuiltIn) {
			t.Errorf("%q, authoritative: %t; want %q", source, source.Authoritative(), want)
		}
	}
}
