package extensions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Market is what OVHcloud sells, as far as it is known: its list of extensions together with its catalogue. The list is
// the same for all subsidiaries, and may hold top-level extensions alone; the catalogue is one subsidiary's, and may have
// lost a part. So what is in either of them is sold, and that something is not sold is said only where whatever should
// have it can be believed: doubt costs requests, never a wrong verdict. It is safe for concurrent use once Read has
// returned.
type Market struct {
	list   []string
	listed map[string]bool
	from   Source
	second bool // the list has second-level extensions

	catalogue          *Catalogue // nil: not read
	believed           bool       // what it lacks of top-level extensions is not sold
	believedSecond     bool       // the same of second-level ones
	topLevel, withPlan int        // top-level extensions of the list, and those of them that have a plan
}

// NewMarket is what a list says that Sold or Shipped has returned, and whose it is.
func NewMarket(list []string, from Source) *Market {
	return &Market{list: list, listed: setOf(list), from: from, second: slices.ContainsFunc(list, isSecondLevel)}
}

func isSecondLevel(extension string) bool { return strings.Contains(extension, ".") }

// Read adds what the catalogue says; nil says nothing.
//
// Whether its silence is believed is found out by the top-level extensions, since those are what both are sure to have:
// of ten that are in the list nine must have a plan. A catalogue of another kind, or one that has lost a part, has fewer.
// Of second-level ones the list may have none, and then the catalogue must have some; or it has many that nobody can
// order (gov.uk), and then half must have a plan.
func (m *Market) Read(catalogue *Catalogue) {
	m.catalogue = catalogue
	if catalogue == nil {
		return
	}
	second, secondWithPlan, anySecond := 0, 0, false
	for _, extension := range m.list {
		of, with := &m.topLevel, &m.withPlan
		if isSecondLevel(extension) {
			of, with = &second, &secondWithPlan
		}
		*of++
		if catalogue.Sells(extension) {
			*with++
		}
	}
	for extension := range catalogue.Prices {
		anySecond = anySecond || isSecondLevel(extension)
	}
	m.believed = m.topLevel > 0 && 10*m.withPlan >= 9*m.topLevel
	m.believedSecond = m.believed && anySecond && 2*secondWithPlan >= second
}

// All is every extension that is sold, each once: those of the list in its order, then what only the catalogue has. The
// slice is the caller's.
func (m *Market) All() []string {
	all := slices.Clone(m.list)
	if m.catalogue != nil {
		for _, extension := range slices.Sorted(maps.Keys(m.catalogue.Prices)) {
			if !m.listed[extension] {
				all = append(all, extension)
			}
		}
	}
	return all
}

// Sells says whether an extension is known to be sold. Where it is not, that proves something only if Complete.
func (m *Market) Sells(extension string) bool {
	return m.listed[extension] || m.catalogue != nil && m.catalogue.Sells(extension)
}

// Complete says whether what Sells does not know is not sold: the list is OVHcloud's own and current, and it or a catalogue
// that is believed has second-level extensions. Otherwise only OVHcloud can say.
func (m *Market) Complete() bool { return m.from.Authoritative() && m.knowsSecond() }

func (m *Market) knowsSecond() bool { return m.second || m.believedSecond }

// Unknown says whether an extension is of a kind that nothing here knows of, so that only OVHcloud can say whether it is
// sold.
func (m *Market) Unknown(extension string) bool {
	return isSecondLevel(extension) && !m.knowsSecond() && !m.Sells(extension)
}

// Unsold says whether the catalogue proves that an extension is not sold, so that no request need be spent on it.
func (m *Market) Unsold(extension string) bool {
	believed := m.believed
	if isSecondLevel(extension) {
		believed = m.believedSecond
	}
	return believed && !m.catalogue.Sells(extension)
}

// Catalogue is what was read last; nil: none.
func (m *Market) Catalogue() *Catalogue { return m.catalogue }

// Doubt says in words why a catalogue that was read is not believed; empty where it is, or none was read.
func (m *Market) Doubt() string {
	if m.catalogue == nil || m.believed {
		return ""
	}
	return fmt.Sprintf("only %d of %d extensions are in the catalogue: it is not used to tell what is not sold", m.withPlan, m.topLevel)
}

// NeedsCatalogue says whether the list alone cannot tell what patterns mean: it has no second-level extension, or not one
// that a pattern names, or a pattern means all that there is of some kind. It opens no file, and so says yes to every
// @FILE.
func (m *Market) NeedsCatalogue(patterns []string) bool {
	if !m.second {
		return true
	}
	for _, text := range split(patterns) {
		text = strings.TrimSpace(strings.TrimPrefix(text, "!"))
		if strings.HasPrefix(text, "@") || strings.EqualFold(text, wordAll) || strings.ContainsAny(text, `*?[\`) {
			return true
		}
		if extension, ok := normalise(text); ok && !m.listed[extension] && !strings.EqualFold(text, wordFeatured) {
			return true
		}
	}
	return false
}
