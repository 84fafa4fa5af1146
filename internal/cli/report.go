package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/report"
	"tldsweep/scanner"
)

type reportFlags struct {
	history    string
	run        int64
	outputs    []string
	format     string
	only       []string
	maxPrice   string
	sort       string
	threeYears bool
}

func (a *program) reportCommand() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write a report again, in any format, from what is kept",
		Long: `report writes the rows of a run again from the history, in any format, sorted and filtered. It asks nobody. The rows of
the last run of each question are kept; those that were errors, and names that cannot exist, are not.`,
		Example: `  tldsweep report -o report.html
  tldsweep report --only available --sort price --three-years -f md`,
		Args: app.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.CauseOf(cmd.Context(), a.report(cmd.Context(), f))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.history, "history", "", "the history to look into (default: in the state folder)")
	flags.Int64Var(&f.run, "run", 0, "a run's number; tldsweep history lists them (default: the last that finished)")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write a file in the format of its suffix: .csv .jsonl .json .html .md; repeatable")
	flags.StringVarP(&f.format, "format", "f", "", "format of stdout: table, csv, jsonl, json, md or html (default: table on a terminal, else csv)")
	flags.StringSliceVar(&f.only, "only", nil, "write only rows of these statuses")
	flags.StringVar(&f.maxPrice, "max-price", "", "write only rows whose price is known and at most this")
	flags.StringVar(&f.sort, "sort", "domain", "by domain, extension, status, price, renewal or three-years; unknown amounts come last")
	flags.BoolVar(&f.threeYears, "three-years", false, "add a column: what the first period and two renewals cost")
	return cmd
}

func (a *program) report(ctx context.Context, f reportFlags) (err error) {
	filter, err := filterOf(f.only, f.maxPrice)
	if err != nil {
		return err
	}
	order, known := orders[f.sort]
	if !known {
		return app.Usage(fmt.Errorf("--sort %s", console.OneLine(f.sort)), "want domain, extension, status, price, renewal or three-years")
	}
	if err := app.RefuseOverwrites(app.NamedFiles("the report", f.outputs...), historyFiles(f.history)); err != nil {
		return err
	}
	h, err := a.openHistory(ctx, f.history)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.closeHistory(h)) }()
	run, err := h.FindRun(ctx, f.run)
	if err != nil {
		return err
	}
	a.noteOrigin(run)
	var further []report.Column
	if f.threeYears {
		further = append(further, report.ThreeYears)
	}
	out, err := a.openOutputs(f.outputs, f.format, further...)
	if err != nil {
		return err
	}
	var rows []scanner.Result // in their order; empty where the history's own does
	for result, err := range h.Results(ctx, run) {
		if err == nil && filter.Keeps(result) {
			if order != nil {
				rows = append(rows, result)
			} else {
				err = out.Write(result)
			}
		}
		if err != nil {
			out.Abandon()
			return err
		}
	}
	slices.SortStableFunc(rows, order)
	for _, result := range rows {
		if err := out.Write(result); err != nil {
			out.Abandon()
			return err
		}
	}
	if run.Rows == 0 {
		a.Console.Note("run %d has left no rows: those of the last run of a question are kept", run.ID)
	}
	return out.Complete()
}

// orders are what a report can be sorted by; nil is the history's own order, by domain.
var orders = map[string]func(a, b scanner.Result) int{
	"domain":    nil,
	"extension": func(a, b scanner.Result) int { return strings.Compare(a.Extension, b.Extension) },
	"status": func(a, b scanner.Result) int {
		return slices.Index(scanner.Statuses[:], a.Status) - slices.Index(scanner.Statuses[:], b.Status)
	},
	"price":       func(a, b scanner.Result) int { return byAmount(a.Price, b.Price) },
	"renewal":     func(a, b scanner.Result) int { return byAmount(a.Renewal, b.Renewal) },
	"three-years": func(a, b scanner.Result) int { return byAmount(report.InThreeYears(a), report.InThreeYears(b)) },
}

// byAmount puts what is not known last.
func byAmount(a, b string) int {
	x, wrongA := decimal.Parse(a)
	y, wrongB := decimal.Parse(b)
	switch {
	case wrongA != nil && wrongB != nil:
		return 0
	case wrongA != nil:
		return 1
	case wrongB != nil:
		return -1
	}
	return x.Cmp(y)
}
