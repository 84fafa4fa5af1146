package sweep

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tldsweep/extensions"
	"tldsweep/internal/bounded"
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
	text, err := json.Marshal(featured{list, time.Now()})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(e.Featured), 0o755); err != nil {
		return err
	}
	return e.Pending.WriteFile(e.Featured, text)
}

// largestKept is how much of a file that an earlier run wrote is read, in bytes. The largest, a catalogue, has some 100 kB.
const largestKept = 16 << 20

// keptFeatured is the list as it was seen last, whatever its age. There is none, false, before the first scan and where the file
// is not what it should be.
func (e Endpoint) keptFeatured() (kept featured, ok bool) {
	text, err := bounded.ReadFile(e.Featured, largestKept)
	if e.Featured == "" || err != nil || json.Unmarshal(text, &kept) != nil || len(kept.Extensions) == 0 {
		return featured{}, false
	}
	return kept, slices.Equal(extensions.Normalise(kept.Extensions), kept.Extensions)
}
