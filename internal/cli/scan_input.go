package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/sweep"
)

// inputFlags say where names come from, beside the arguments.
type inputFlags struct {
	files []string
}

func (f *inputFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.files, "input", "i", nil, "names, one per line; - is stdin; gzip and zstd are recognised; repeatable")
}

// check refuses names that cannot be read, and a report that would take the place of a list.
func (f *inputFlags) check(input *sweep.Input, outputs []string) error {
	if len(input.Names) == 0 && len(input.Files) == 0 {
		return app.Usage(errors.New("no names"), "give names as arguments, or -i FILE with one per line, or -i - for stdin")
	}
	if i := slices.Index(f.files, "-"); i >= 0 && slices.Contains(f.files[i+1:], "-") {
		return app.Usage(errors.New("stdin can be read only once"), "give -i - once")
	}
	if err := input.Check(); err != nil {
		return err
	}
	for _, output := range outputs {
		for _, input := range f.files {
			if sameFile(input, output) {
				return app.Usage(fmt.Errorf("the report would replace the list %s", console.OneLine(input)), "give the report another name")
			}
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}
