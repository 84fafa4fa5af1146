package cli_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// printsOurs are the files that print by fmt, since all that they print is this program's own.
var printsOurs = map[string]string{
	"exit.go":    "the table of exit codes, into the help",
	"version.go": "the version",
	"emulate.go": "the variables of the emulator's address",
}

// What commands print passes console.Fprintf or console.Lines, which let no text of others act on the terminal.
func TestPrintingIsSafe(t *testing.T) {
	used := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "console" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := call.X.(*ast.Ident); ok && from.Name == "fmt" && (strings.HasPrefix(call.Sel.Name, "Fprint") || strings.HasPrefix(call.Sel.Name, "Print")) {
				if used[path] = true; printsOurs[path] == "" {
					t.Errorf("%s uses fmt.%s: print by console.Fprintf or console.Lines", path, call.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range printsOurs {
		if !used[path] {
			t.Errorf("%s prints nothing by fmt: take it out of the table", path)
		}
	}
}
