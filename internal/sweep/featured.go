package sweep

import (
	"slices"
	"time"

	"tldsweep/extensions"
)

// featured are the extensions that OVHcloud featured when a scan asked last, for plans, which ask nothing.
type featured struct {
	Extensions []string  `json:"extensions"`
	ReadAt     time.Time `json:"read_at"`
}

// storeFeatured keeps the list, where there is a file for it.
func (e Endpoint) storeFeatured(list []string) error {
	if e.Featured == "" {
		return nil
	}
	return storeKept(e.Pending, e.Featured, featured{list, time.Now()})
}

// keptFeatured is the list as it was seen last, whatever its age. There is none, false, before the first scan and where the file
// is not what it should be.
func (e Endpoint) keptFeatured() (kept featured, ok bool) {
	if e.Featured == "" || loadKept(e.Featured, &kept) != nil || len(kept.Extensions) == 0 {
		return featured{}, false
	}
	return kept, slices.Equal(extensions.Normalise(kept.Extensions), kept.Extensions)
}
