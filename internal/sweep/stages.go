package sweep

import (
	"time"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
	"tldsweep/internal/delegation"
	"tldsweep/scanner"
)

// Sources says who answers, beside OVHcloud.
type Sources struct {
	Workers int                              // requests to OVHcloud under way at once at most; 0 means 1
	DNS     *delegation.Checker              // asked before OVHcloud; nil: not asked. Whoever made it closes it
	Ages    map[scanner.Status]time.Duration // up to which answers of earlier runs are taken, by status; none: they are not
}

// stages are who answers, in this order. What costs nothing comes first, and what costs a request last: each answers what it
// can, and OVHcloud what is left. sold says what can be ordered at all; nil: only OVHcloud knows.
func (s *Scan) stages(market *extensions.Market, sold func(extension string) bool, opened *cart.Cart) []scanner.Stage {
	stages := []scanner.Stage{scanner.Check(sold)}
	if market.Catalogue() != nil {
		stages = append(stages, unsold(market))
	}
	stages = append(stages, s.Recorder.Stages(s.Sources.Ages)...)
	lookup := cart.Lookup(opened, s.Sources.Workers)
	if s.Sources.DNS != nil {
		stages = append(stages, delegated(s.Sources.DNS))
		lookup.Queue = &scanner.Queue{Warn: s.warn} // DNS need not wait
	}
	return append(stages, lookup)
}
