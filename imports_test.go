package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// who may import whom, among our own packages. A new edge is a change of the design: it is made here, on purpose.
var allowed = map[string]string{
	"tldsweep":                     "cli",
	"tldsweep/internal/cli":        "api cart delegation emulator extensions history order pace report scanner",
	"tldsweep/internal/order":      "api cart",
	"tldsweep/scanner":             "api cart", // api: what an error of a lookup means for a row
	"tldsweep/report":              "scanner",
	"tldsweep/internal/history":    "scanner",
	"tldsweep/internal/delegation": "pace",
	"tldsweep/internal/cart":       "api",
	"tldsweep/extensions":          "api",
	"tldsweep/internal/api":        "pace",
	"tldsweep/internal/pace":       "",
	"tldsweep/internal/emulator":   "", // none of ours: a misspelt field must fail a test, not agree with itself
	"tldsweep/benchmarks":          "api cart delegation emulator history pace report scanner",
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		may, known := allowed[words[0]]
		if !known {
			t.Errorf("package %s is not in the table", words[0])
		}
		for _, imported := range words[1:] {
			name, ours := strings.CutPrefix(imported, "tldsweep/")
			name = strings.TrimPrefix(name, "internal/")
			if ours && !slices.Contains(strings.Fields(may), name) {
				t.Errorf("%s must not import %s", words[0], imported)
			}
		}
	}
}
