package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/sweep"
	"tldsweep/report"
	"tldsweep/scanner"
)

// openOutputs opens what -o and -f name. Rows go to stdout where no file is named, or a format for stdout is.
func (a *program) openOutputs(paths []string, format string, further ...report.Column) (*sweep.Outputs, error) {
	options := sweep.OutputOptions{Stdout: a.Stdout, Columns: further, Pending: &a.Files}
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
		if terminal, options.Width = a.Terminal(a.Stdout); terminal {
			options.Stdout = a.Status.Above(a.Stdout)
		}
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
	if left := report.LeftOut(options.Width, further...); options.Format == "table" && len(left) > 0 {
		a.Console.Note("the terminal is too narrow for %s: widen it, or write a file with -o report.csv", strings.Join(left, ", "))
	}
	return sweep.OpenOutputs(options)
}

// filterOf reads --only and --max-price.
func filterOf(only []string, maxPrice string) (filter sweep.Filter, err error) {
	known := make([]string, len(scanner.Statuses))
	for i, status := range scanner.Statuses {
		known[i] = string(status)
	}
	for _, status := range only {
		status = strings.ToLower(strings.TrimSpace(status))
		if !slices.Contains(known, status) {
			return filter, app.Usage(fmt.Errorf("--only: there is no status %q", console.OneLine(status)), "want one or more of "+strings.Join(known, ","))
		}
		filter.Statuses = append(filter.Statuses, scanner.Status(status))
	}
	if maxPrice != "" {
		most, err := decimal.Parse(maxPrice)
		if err != nil || most.IsNeg() {
			return filter, app.Usage(fmt.Errorf("--max-price: %q is not an amount", console.OneLine(maxPrice)), "want an amount without currency, such as 15 or 9.99")
		}
		filter.MaxPrice = decimal.NullDecimal{Decimal: most, Valid: true}
	}
	return filter, nil
}
