package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
)

// vulnerabilities counts the known ones of which this module calls something. It needs the database at vuln.go.dev.
func vulnerabilities(b *bench) error {
	if b.short {
		return nil
	}
	check := exec.Command("go", "tool", "-modfile=.ci/tools.mod", "govulncheck", "-format", "json", "./...")
	var complaint bytes.Buffer
	check.Stderr = &complaint
	out, err := check.Output()
	if err != nil {
		if bytes.Contains(complaint.Bytes(), []byte("fetching vulnerabilities")) {
			return &missingError{"the database of vulnerabilities", "give this machine a way to https://vuln.go.dev"}
		}
		return errors.New(complaint.String())
	}
	called, err := calledVulnerabilities(out)
	if err != nil {
		return err
	}
	b.add("known vulnerabilities that are called", "", "= 0", float64(called))
	return nil
}

// calledVulnerabilities counts those of which govulncheck has found a call, by its JSON messages.
func calledVulnerabilities(report []byte) (int, error) {
	called := map[string]bool{}
	messages := json.NewDecoder(bytes.NewReader(report))
	for {
		var message struct {
			Finding *struct {
				OSV   string `json:"osv"`
				Trace []struct {
					Function string `json:"function"`
				} `json:"trace"`
			} `json:"finding"`
		}
		switch err := messages.Decode(&message); {
		case err == io.EOF:
			return len(called), nil
		case err != nil:
			return 0, err
		}
		if found := message.Finding; found != nil && len(found.Trace) > 0 && found.Trace[0].Function != "" {
			called[found.OSV] = true
		}
	}
}
