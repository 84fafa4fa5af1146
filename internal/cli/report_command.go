package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/govalues/decimal"
	"github.com/spf13/cobra"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/report"
	"tldsweep/scanner"
)

func (a *program) historyCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "history [DOMAIN]",
		Short: "List the runs, or show one domain over time",
		Example: `  tldsweep history
  tldsweep history rocket.fr`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			domain := ""
			if len(args) > 0 {
				entry := scanner.Split(args[0], nil)
				if entry.Name.Err != nil || entry.Extension == "" {
					return app.Usage(fmt.Errorf("%s is no domain", console.OneLine(args[0])), "write it with its extension, such as rocket.fr")
				}
				domain = scanner.Query(entry).Domain()
			}
			h, err := openHistory(cmd.Context(), path)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, h.Close()) }()
			table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
			if domain == "" {
				runs, err := h.Runs(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(table, "RUN\tBEGAN\tSTATE\tROWS\tAT\tEXTENSIONS\n")
				for _, r := range runs {
					fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%s\n", r.ID, r.Started.Local().Format(time.DateTime), r.State, r.Rows, console.OneLine(r.Subsidiary), console.OneLine(r.Extensions))
				}
			} else {
				spells, err := h.Timeline(cmd.Context(), domain)
				if err != nil {
					return err
				}
				if len(spells) == 0 {
					return app.Hinted(fmt.Errorf("nothing is known of %s", console.OneLine(domain)), "scan it with a history, or name another with --history FILE")
				}
				fmt.Fprintf(table, "FROM\tTO\tSTATUS\tPRICE\tRENEWAL\tNOTE\n")
				for _, s := range spells {
					note := string(s.Reason)
					if len(spells) > 1 && s.Subsidiary != spells[0].Subsidiary {
						note = s.Subsidiary + " " + note
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", s.From.Local().Format(time.DateTime), s.CheckedAt.Local().Format(time.DateTime), s.Status,
						strings.TrimSpace(s.Price+" "+s.Currency), s.Renewal, console.OneLine(note))
				}
			}
			if err := table.Flush(); err != nil {
				return fmt.Errorf("stdout: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "history", "", "the history to look into (default: in the state folder)")
	return cmd
}

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
	flags.StringVarP(&f.format, "format", "f", "", "of stdout: table, csv, jsonl, json, md or html (default: table on a terminal, else csv)")
	flags.StringSliceVar(&f.only, "only", nil, "write only rows of these statuses")
	flags.StringVar(&f.maxPrice, "max-price", "", "write only rows whose price is known and at most this")
	flags.StringVar(&f.sort, "sort", "domain", "by domain, extension, status, price, renewal or three-years; unknown amounts come last")
	flags.BoolVar(&f.threeYears, "three-years", false, "add a column: what the first period and two renewals cost")
	return cmd
}

func (a *program) report(ctx context.Context, f reportFlags) (err error) {
	keep, err := filter(f.only, f.maxPrice)
	if err != nil {
		return err
	}
	order, known := orders[f.sort]
	if !known {
		return app.Usage(fmt.Errorf("--sort %s", console.OneLine(f.sort)), "want domain, extension, status, price, renewal or three-years")
	}
	h, err := openHistory(ctx, f.history)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	run, err := h.Finished(ctx, f.run)
	if err != nil {
		return err
	}
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
		if err == nil && keep(result) {
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
