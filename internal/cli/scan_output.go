package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/sweep"
)

// outputFlags say which rows go where, and what is shown and written of the run itself.
type outputFlags struct {
	files    []string
	format   string
	ordered  bool
	only     []string
	maxPrice string
	progress string
	summary  string
	metrics  string
	errors   string

	filter    sweep.Filter // by check, as the next
	maxErrors decimal.NullDecimal
}

func (f *outputFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.files, "output", "o", nil, "write a file, whole or not at all, in the format of its suffix: .csv .jsonl .json .html .md; repeatable")
	flags.StringVarP(&f.format, "format", "f", "", "format of stdout: table, csv, jsonl, json, md or html (default: table on a terminal, else csv)")
	flags.BoolVar(&f.ordered, "ordered", false, "write the rows in the order of the list (default: as the answers come)")
	flags.StringSliceVar(&f.only, "only", nil, "write only rows of these statuses: available, premium, aftermarket, restricted, taken, unsupported, invalid, error")
	flags.StringVar(&f.maxPrice, "max-price", "", "write only rows whose price is known and at most this")
	flags.StringVar(&f.errors, "max-errors", "", "fail, and write no file, where more of the rows that OVHcloud was asked for are errors than this: 5% (default: where all are)")
	flags.StringVar(&f.progress, "progress", "auto", "bar, plain (a line every 30 s), json (an object a second on stderr, for programs), off, or auto: a bar on a terminal, else plain")
	flags.StringVar(&f.summary, "summary", "", "write what was asked and with what result to a file, as one JSON object")
	flags.StringVar(&f.metrics, "metrics", "", "write figures of the run for node_exporter's textfile collector: FILE.prom")
}

func (f *outputFlags) check() (err error) {
	if !slices.Contains(progressKinds, f.progress) {
		return app.Usage(fmt.Errorf("--progress %s", console.OneLine(f.progress)), "want one of "+strings.Join(progressKinds, ", "))
	}
	if f.filter, err = filterOf(f.only, f.maxPrice); err != nil {
		return err
	}
	if f.maxErrors, err = shareOf(f.errors); err != nil {
		return err
	}
	if f.summary != "" {
		if err := app.CheckWritable("summary", f.summary); err != nil {
			return err
		}
	}
	if f.metrics != "" {
		return app.CheckWritable("metrics", f.metrics)
	}
	return nil
}

// shareOf reads percents; nothing is null.
func shareOf(text string) (decimal.NullDecimal, error) {
	if text == "" {
		return decimal.NullDecimal{}, nil
	}
	percent, err := decimal.Parse(strings.TrimSuffix(text, "%"))
	if err != nil || !strings.HasSuffix(text, "%") || percent.IsNeg() || percent.Cmp(decimal.Hundred) > 0 {
		return decimal.NullDecimal{}, app.Usage(fmt.Errorf("--max-errors %s", console.OneLine(text)), "want 0% to 100%, such as 5%")
	}
	return decimal.NullDecimal{Decimal: percent, Valid: true}, nil
}
