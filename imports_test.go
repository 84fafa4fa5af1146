package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// who may import whom, among our own packages. A new edge is a change of the design: it is made here, on purpose. What stands
// at the root imports nothing below internal, so that it can be promised, save printable: that is no part of what it promises.
var allowed = map[string]string{
	"tldsweep":                       "internal/cli",
	"tldsweep/scanner":               "",
	"tldsweep/extensions":            "",
	"tldsweep/report":                "scanner internal/printable",
	"tldsweep/internal/cli":          "extensions report scanner internal/api internal/atomicfile internal/cart internal/cli/app internal/cli/console internal/cli/ordering internal/delegation internal/emulator internal/history internal/order internal/pace internal/sweep",
	"tldsweep/internal/cli/ordering": "report scanner internal/api internal/cart internal/cli/app internal/cli/console internal/order internal/pace",
	"tldsweep/internal/cli/app":      "internal/api internal/atomicfile internal/cli/console internal/emulator internal/order internal/pace", // order: its unknown outcome is reported before a signal
	"tldsweep/internal/cli/console":  "internal/printable",
	"tldsweep/internal/sweep":        "extensions report scanner internal/api internal/atomicfile internal/bounded internal/cart internal/delegation internal/history internal/pace",
	"tldsweep/internal/atomicfile":   "",
	"tldsweep/internal/order":        "internal/api internal/bounded internal/cart",
	"tldsweep/internal/cart":         "extensions scanner internal/api",
	"tldsweep/internal/api":          "internal/bounded internal/pace internal/printable",
	"tldsweep/internal/history":      "scanner",
	"tldsweep/internal/delegation":   "internal/pace",
	"tldsweep/internal/pace":         "",
	"tldsweep/internal/printable":    "",
	"tldsweep/internal/bounded":      "",
	"tldsweep/internal/emulator":     "", // none of ours: a misspelt field must fail a test, not agree with itself
	"tldsweep/benchmarks":            "report scanner internal/api internal/cart internal/delegation internal/emulator internal/history internal/pace",
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
			if ours && !slices.Contains(strings.Fields(may), name) {
				t.Errorf("%s must not import %s", words[0], imported)
			}
		}
	}
}

// The packages at the root ask nobody: what connects to OVHcloud or to name servers lives under internal. (A library that knows the
// public suffixes imports net/http for the type of a cookie jar; hence no look at what they import in turn.)
func TestRootPackagesAskNobody(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./scanner", "./extensions", "./report").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		for _, imported := range strings.Fields(line)[1:] {
			if imported == "net" || imported == "os/exec" || strings.HasPrefix(imported, "net/http") || strings.HasPrefix(imported, "tldsweep/internal/") && imported != "tldsweep/internal/printable" {
				t.Errorf("%s imports %s", strings.Fields(line)[0], imported)
			}
		}
	}
}
