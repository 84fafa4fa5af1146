package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"tldsweep/internal/api"
)

// traceFile is where requests are written to, one JSON object a line. It is safe for concurrent use.
type traceFile struct {
	mu     sync.Mutex
	file   *os.File
	failed error // the first; nothing is written after it
}

// openTrace opens the file of --trace to append to, which others cannot read.
func openTrace(path string) (*traceFile, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, Hinted(fmt.Errorf("--trace: %w", err), "name a file that can be written, such as --trace trace.jsonl")
	}
	return &traceFile{file: file}, nil
}

func (f *traceFile) write(t api.Trace) {
	line, err := json.Marshal(struct {
		Time    string `json:"time"`
		Call    string `json:"call"`
		Attempt int    `json:"attempt"`
		Sent    int    `json:"sent"`
		Status  int    `json:"status,omitempty"`
		Latency int64  `json:"latency_ms,omitempty"`
		Kind    string `json:"kind,omitempty"`
		Cause   string `json:"cause,omitempty"`
	}{t.Time.UTC().Format(time.RFC3339Nano), t.Call, t.Attempt, t.Attempts, t.Status, t.Latency.Milliseconds(), string(t.Kind), t.Cause})
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && f.failed == nil {
		_, err = f.file.Write(append(line, '\n'))
	}
	if f.failed == nil {
		f.failed = err
	}
}

// close returns the first error there was.
func (f *traceFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.failed, f.file.Close())
}
