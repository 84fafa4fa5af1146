package scanner

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func each(lines ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, line := range lines {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func sells(extension string) bool { return someSold[extension] }

func TestQueries(t *testing.T) {
	for _, test := range []struct {
		says       string
		lines      []string
		extensions []string
		want       []string
		repeats    int
	}{
		{"name by name", []string{"a", "b"}, []string{"fr", "com"}, []string{"a.fr", "a.com", "b.fr", "b.com"}, 0},
		{"nothing makes nothing", nil, []string{"fr"}, nil, 0},
		{"names under no extension make nothing", []string{"a", "b.fr"}, nil, []string{"b.fr"}, 0},
		{"an extension given twice counts once", []string{"a"}, []string{"fr", "com", "fr"}, []string{"a.fr", "a.com"}, 0},
		{"a repeat is dropped", []string{"Rocket", "rocket", "ROCKET "}, []string{"fr", "com"}, []string{"rocket.fr", "rocket.com"}, 4},
		{"also in its other form", []string{"café", "xn--caf-dma"}, []string{"fr"}, []string{"xn--caf-dma.fr"}, 1},
		{"a name, then its domain", []string{"rocket", "rocket.fr"}, []string{"fr", "com"}, []string{"rocket.fr", "rocket.com"}, 1},
		{"a domain, then its name", []string{"rocket.com", "rocket"}, []string{"fr", "com"}, []string{"rocket.com", "rocket.fr"}, 1},
		{"a domain outside the chosen ones", []string{"rocket", "rocket.uk", "rocket.uk"}, []string{"fr"}, []string{"rocket.fr", "rocket.uk"}, 1},
		{"a bad name makes a row for each extension", []string{"a_b", "a_b", "c"}, []string{"fr", "com"}, []string{"!a_b.fr", "!a_b.com", "c.fr", "c.com"}, 2},
		{"a bad name and its domain", []string{"a_b.fr", "a_b"}, []string{"fr", "com"}, []string{"!a_b.fr", "!a_b.com"}, 1},
		{"another bad name is another row", []string{"a_b", "A_b"}, []string{"fr"}, []string{"!a_b.fr", "!A_b.fr"}, 0},
		{"a subdomain is one row", []string{"www.rocket.fr"}, []string{"fr", "com"}, []string{"!www.rocket.fr"}, 0},
		{"a name with two dots is not the name", []string{"a..", "a"}, []string{"fr"}, []string{"!a..fr", "a.fr"}, 0},
		{"a control byte is not taken for a length", []string{"a.fr", "\x02afr"}, []string{"com"}, []string{"a.fr", "!\x02afr.com"}, 0},
		{"an empty line is a row", []string{""}, []string{"fr"}, []string{"!.fr"}, 0},
	} {
		var seen Seen
		var got []string
		for query, err := range Queries(each(test.lines...), test.extensions, sells, &seen) {
			if err != nil {
				t.Fatal(err)
			}
			domain := query.Domain()
			if query.Name.Err != nil {
				domain = "!" + domain
			}
			got = append(got, domain)
		}
		if !slices.Equal(got, test.want) || seen.Repeats() != test.repeats {
			t.Errorf("%s: %q and %d repeats", test.says, got, seen.Repeats())
		}
		seen.Close()
	}
}

func TestQueriesEndWithTheErrorOfTheirLines(t *testing.T) {
	broken := errors.New("input/output error")
	var seen Seen
	defer seen.Close()
	var got []string
	for query, err := range Queries(func(yield func(string, error) bool) {
		_ = yield("a", nil) && yield("", broken) && yield("b", nil)
	}, []string{"fr"}, nil, &seen) {
		got = append(got, fmt.Sprint(query.Name.ASCII, err))
	}
	if want := []string{"a<nil>", fmt.Sprint(broken)}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestQueriesEndWhenSeenCannotBeRead(t *testing.T) {
	var broken error
	seen := Seen{newFile: disk{room: 1 << 30, broken: &broken}.open, coarse: hashBits}
	defer seen.Close()
	var last error
	for _, err := range Queries(func(yield func(string, error) bool) {
		for i := range 1200 {
			if i == 1150 {
				broken = errors.New("input/output error")
			}
			if !yield(fmt.Sprintf("%02000d", i), nil) {
				return
			}
		}
	}, []string{"fr"}, nil, &seen) {
		last = err
	}
	if broken == nil || !errors.Is(last, broken) {
		t.Errorf("the last error is %v", last)
	}
}

// Each pair once, in the order in which a map would see them first, whatever the list and however bad the hash.
func TestQueriesAskEachPairOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "A", "b", "é", "É", "xn--9ca", "a_b", "-", "", "a\x00", "\x00", "www.a", "caf\xe9", "\x02afr", ".", "a..", "a."})
		extension := rapid.SampledFrom([]string{"fr", "FR", "com", "uk", "co.uk", "nz", "co.nz", "f_r", "рф", "xn--p1ai", "", "fr."})
		lines := rapid.SliceOf(rapid.OneOf(
			name,
			rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "name") + "." + extension.Draw(t, "extension") }),
			rapid.StringN(0, 5, -1),
		)).Draw(t, "lines")
		extensions := rapid.SliceOfN(rapid.SampledFrom([]string{"fr", "com", "uk", "co.uk", "xn--p1ai"}), 0, 6).Draw(t, "extensions")

		type pair struct{ name, extension string }
		var want []pair
		asked := map[pair]bool{}
		repeats := 0
		for _, line := range lines {
			entry := Split(line, sells)
			under := []string{entry.Extension}
			if entry.Extension == "" {
				under = nil
				for _, extension := range extensions {
					if !slices.Contains(under, extension) {
						under = append(under, extension)
					}
				}
			}
			for _, extension := range under {
				p := pair{entry.Name.ASCII, extension}
				if asked[p] {
					repeats++
					continue
				}
				asked[p] = true
				want = append(want, p)
			}
		}

		seen := Seen{coarse: rapid.SampledFrom([]uint{0, 27, hashBits}).Draw(t, "coarse")}
		defer seen.Close()
		var got []pair
		for query, err := range Queries(each(lines...), extensions, sells, &seen) {
			if err != nil {
				t.Fatal(err)
			}
			if query.Extension == "" {
				t.Fatalf("%+v has no extension", query)
			}
			got = append(got, pair{query.Name.ASCII, query.Extension})
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, not %q", got, want)
		}
		if seen.Repeats() != repeats {
			t.Fatalf("%d repeats, not %d", seen.Repeats(), repeats)
		}
	})
}

func TestQueriesAllocateNextToNothing(t *testing.T) {
	lines := make([]string, 10_000)
	for i := range lines {
		lines[i] = fmt.Sprint("name-", i)
		if i%2 == 0 {
			lines[i] += ".co.uk"
		}
	}
	extensions := []string{"fr", "com", "co.uk"}
	n := testing.AllocsPerRun(2, func() {
		var seen Seen
		defer seen.Close()
		for range Queries(each(lines...), extensions, sells, &seen) {
		}
	})
	if each := n / 20_000; each > 0.1 {
		t.Errorf("%.2f allocations per query", each)
	}
}

func BenchmarkQueries(b *testing.B) {
	var seen Seen
	defer seen.Close()
	b.ReportAllocs()
	lines := func(yield func(string, error) bool) {
		for i := range b.N {
			if !yield(fmt.Sprint("name", i), nil) {
				return
			}
		}
	}
	for range Queries(lines, []string{"fr", "com", "net"}, sells, &seen) {
	}
}
