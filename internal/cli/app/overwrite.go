package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"tldsweep/internal/api"
	"tldsweep/internal/atomicfile"
	"tldsweep/internal/cli/console"
)

// NamedFile is a file that a command reads or writes.
type NamedFile struct {
	What string // it is to the user: "the report"
	Path string // as it was named; empty, or "-", is none
}

// NamedFiles are several of a kind.
func NamedFiles(what string, paths ...string) []NamedFile {
	files := make([]NamedFile, len(paths))
	for i, path := range paths {
		files[i] = NamedFile{what, path}
	}
	return files
}

// RefuseOverwrites is a *UsageError where an output would replace an input, another output, or a file that holds what no scan brings
// back: credentials, answers to registries, the journal of orders.
func RefuseOverwrites(outputs, inputs []NamedFile) error {
	inputs = slices.Concat(inputs, kept())
	for i, output := range outputs {
		for _, other := range slices.Concat(inputs, outputs[:i]) {
			if isFile(output.Path) && isFile(other.Path) && atomicfile.Same(output.Path, other.Path) {
				return Usage(fmt.Errorf("%s would replace %s %s", output.What, other.What, console.OneLine(other.Path)), "give "+output.What+" another name")
			}
		}
	}
	return nil
}

func isFile(path string) bool { return path != "" && path != "-" }

// kept are the files of the user that every command leaves alone.
func kept() []NamedFile {
	files := NamedFiles("the credentials in", api.Files()...)
	if folder, err := statePath(); err == nil {
		files = append(files, NamedFile{"the journal of orders", filepath.Join(folder, "orders.jsonl")})
	}
	if folder, err := os.UserConfigDir(); err == nil {
		files = append(files, NamedFile{"the answers", filepath.Join(folder, "tldsweep", "order.toml")})
	}
	return files
}
