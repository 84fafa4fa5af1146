package cli

import (
	"errors"
	"slices"

	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
)

// inputFlags say where names come from, beside the arguments.
type inputFlags struct {
	files []string
}

func (f *inputFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.files, "input", "i", nil, "names, one per line; - is stdin; gzip and zstd are recognised; repeatable")
}

// check refuses names that cannot be read.
func (f *inputFlags) check(input *sweep.Input) error {
	if len(input.Names) == 0 && len(input.Files) == 0 {
		return app.Usage(errors.New("no names"), "give names as arguments, or -i FILE with one per line, or -i - for stdin")
	}
	if i := slices.Index(f.files, "-"); i >= 0 && slices.Contains(f.files[i+1:], "-") {
		return app.Usage(errors.New("stdin can be read only once"), "give -i - once")
	}
	return input.Check()
}
