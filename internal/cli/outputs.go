package cli

import (
	"io"
	"slices"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
	"tldsweep/report"
)

// openOutputs opens what -o and -f name. Rows go to stdout where no file is named, or a format for stdout is.
func (a *program) openOutputs(paths []string, format string, further ...report.Column) (*sweep.Outputs, error) {
	options := sweep.OutputOptions{Stdout: a.Stdout, Columns: further}
	for _, path := range paths {
		if path == "-" {
			continue
		}
		if _, err := report.FormatOf(path); err != nil {
			return nil, app.Usage(err, "end the name of the output file with its format, such as report.csv")
		}
		options.Files = append(options.Files, path)
	}
	if len(paths) == 0 || format != "" || slices.Contains(paths, "-") {
		var terminal bool
		terminal, options.Width = a.Terminal(a.Stdout)
		if options.Format = format; format == "" {
			options.Format = "csv"
			if terminal {
				options.Format = "table"
			}
		}
		if _, err := report.New(options.Format, io.Discard); err != nil {
			return nil, app.Usage(err, "see tldsweep scan --help")
		}
	}
	return sweep.OpenOutputs(options)
}
