package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Whoever follows CONTRIBUTING.md from function to function finds each where it says.
func TestTheWaysThroughTheCodeExist(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile("`([a-z_/]+\\.go): (\\w+)`").FindAllStringSubmatch(string(text), -1)
	if len(steps) < 20 {
		t.Errorf("only %d steps are found", len(steps))
	}
	for _, step := range steps {
		code, err := os.ReadFile(step[1])
		if err != nil {
			t.Error(err)
			continue
		}
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + step[2] + `\(`).Match(code) {
			t.Errorf("%s has no function %s", step[1], step[2])
		}
	}
	for _, path := range regexp.MustCompile("`((?:internal|report|benchmarks|scanner)/[a-z_/.]+)`").FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(strings.TrimSuffix(path[1], "/")); err != nil {
			t.Error(err)
		}
	}
}
