package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/console"
)

// traceFile is where requests are written to, one JSON object a line. It is safe for concurrent use.
type traceFile struct {
	mu     sync.Mutex
	file   *os.File
	failed error // the first; nothing is written after it
}

// traceLine is a line of the file.
type traceLine struct {
	Time    string `json:"time"`
	Call    string `json:"call"`
	Attempt int    `json:"attempt"`
	Sent    int    `json:"sent"`
	Status  int    `json:"status,omitempty"`
	Latency int64  `json:"latency_ms,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Cause   string `json:"cause,omitempty"`
}

// TraceLines are the lines of a text that a trace has: whatever else stands in a file that was named by mistake is left out.
func TraceLines(text []byte) (lines []byte) {
	for line := range bytes.Lines(text) {
		if isTraceLine(line) {
			lines = append(lines, line...)
		}
	}
	return lines
}

func isTraceLine(line []byte) bool {
	var t traceLine
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	return d.Decode(&t) == nil && t.Time != "" && t.Call != ""
}

// checkTrace refuses to append to a file that is no trace, as far as its first line tells.
func checkTrace(path string) error {
	about, err := os.Stat(path)
	if err != nil || !about.Mode().IsRegular() || about.Size() == 0 {
		return nil // to open it says what is wrong
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	first, _ := bufio.NewReader(io.LimitReader(file, 1<<20)).ReadBytes('\n')
	if !isTraceLine(first) {
		return Usage(fmt.Errorf("--trace %s: the file is there and holds something else", console.OneLine(path)), "name a new file, such as --trace trace.jsonl")
	}
	return nil
}

// openTrace opens the file of --trace to append to, which others cannot read.
func openTrace(path string) (*traceFile, error) {
	if err := checkTrace(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, Hinted(fmt.Errorf("--trace: %w", err), "name a file that can be written, such as --trace trace.jsonl")
	}
	return &traceFile{file: file}, nil
}

func (f *traceFile) write(t api.Trace) {
	line, err := json.Marshal(traceLine{t.Time.UTC().Format(time.RFC3339Nano), t.Call, t.Attempt, t.Attempts, t.Status, t.Latency.Milliseconds(), string(t.Kind), t.Cause})
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
