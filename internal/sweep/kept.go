package sweep

import (
	"encoding/json"
	"os"
	"path/filepath"

	"tldsweep/internal/atomicfile"
	"tldsweep/internal/bounded"
)

// largestKept is how much of a file that an earlier run wrote is read, in bytes. The largest, a catalogue, has some 100 kB.
const largestKept = 16 << 20

// storeKept writes a value for later runs as JSON, whole or not at all, into a folder that is made.
func storeKept(files *atomicfile.Pending, path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return files.WriteFile(path, text)
}

// loadKept reads what an earlier run has stored.
func loadKept(path string, into any) error {
	text, err := bounded.ReadFile(path, largestKept)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
