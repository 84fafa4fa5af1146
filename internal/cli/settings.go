package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/pace"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// settings is what the flags of scan mean.
type settings struct {
	input   *sweep.Input
	rate    pace.Rate
	workers int
	keep    func(scanner.Result) bool
	ages    map[scanner.Status]time.Duration // up to which answers of earlier runs are taken
}

// settle checks every flag before anything is asked or opened.
func (a *program) resolve(f scanFlags, names []string) (*settings, error) {
	s := &settings{input: &sweep.Input{Names: names, Files: f.inputs, Stdin: a.Stdin}}
	rate := f.rate
	if rate == "" {
		rate = app.UsualRate
		if a.IsEmulated() {
			rate = "off"
		}
	}
	var err error
	if s.rate, err = pace.ParseRate(rate); err != nil {
		return nil, app.Usage(err, "for example --rate 60/m")
	}
	if f.workers < 0 || f.workers > 4096 {
		return nil, app.Usage(fmt.Errorf("--workers %d", f.workers), "want 1 to 4096, or 0 for enough for the rate")
	}
	s.workers = f.workers
	if s.workers == 0 {
		s.workers = app.EnoughWorkers(s.rate)
	}
	if f.timeout < 0 {
		return nil, app.Usage(fmt.Errorf("--timeout %s", f.timeout), "want a duration such as 30s")
	}
	if !slices.Contains([]string{"auto", "bar", "plain", "off"}, f.progress) {
		return nil, app.Usage(fmt.Errorf("--progress %s", console.OneLine(f.progress)), "want auto, bar, plain or off")
	}
	if f.waitLock < 0 {
		return nil, app.Usage(fmt.Errorf("--wait-lock %s", f.waitLock), "want a duration such as 10m")
	}
	if f.summary != "" {
		if err := app.CheckFolder("summary", f.summary); err != nil {
			return nil, err
		}
	}
	if err := f.changeFlags.check(a.historyOff(f.history)); err != nil {
		return nil, err
	}
	if err := f.checkPrefilter(); err != nil {
		return nil, err
	}
	if s.ages, err = ages(f.maxAge, f.recheck); err != nil {
		return nil, err
	}
	if s.keep, err = filter(f.only, f.maxPrice); err != nil {
		return nil, err
	}
	if err := checkInput(s.input); err != nil {
		return nil, err
	}
	for _, output := range f.outputs {
		for _, input := range f.inputs {
			if sameFile(input, output) {
				return nil, app.Usage(fmt.Errorf("the report would replace the list %s", console.OneLine(input)), "give the report another name")
			}
		}
	}
	return s, nil
}

// checkInput refuses names that cannot be read.
func checkInput(in *sweep.Input) error {
	if len(in.Names) == 0 && len(in.Files) == 0 {
		return app.Usage(errors.New("no names"), "give names as arguments, or -i FILE with one per line, or -i - for stdin")
	}
	if i := slices.Index(in.Files, "-"); i >= 0 && slices.Contains(in.Files[i+1:], "-") {
		return app.Usage(errors.New("stdin can be read only once"), "give -i - once")
	}
	return in.Check()
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// filter says which rows are written.
func filter(only []string, maxPrice string) (func(scanner.Result) bool, error) {
	known := make([]string, len(scanner.Statuses))
	for i, status := range scanner.Statuses {
		known[i] = string(status)
	}
	for i, status := range only {
		status = strings.ToLower(strings.TrimSpace(status))
		only[i] = status
		if !slices.Contains(known, status) {
			return nil, app.Usage(fmt.Errorf("--only %s", console.OneLine(status)), "want one or more of "+strings.Join(known, ","))
		}
	}
	var most decimal.Decimal
	if maxPrice != "" {
		var err error
		if most, err = decimal.Parse(maxPrice); err != nil || most.IsNeg() {
			return nil, app.Usage(fmt.Errorf("--max-price %s", console.OneLine(maxPrice)), "want an amount without currency, such as 15 or 9.99")
		}
	}
	return func(result scanner.Result) bool {
		if len(only) > 0 && !slices.Contains(only, string(result.Status)) {
			return false
		}
		if maxPrice == "" {
			return true
		}
		price, err := decimal.Parse(result.Price)
		return err == nil && price.Cmp(most) <= 0
	}, nil
}

// ages reads --max-age and --recheck.
func ages(maxAge string, recheck []string) (map[scanner.Status]time.Duration, error) {
	all := map[scanner.Status]time.Duration{}
	if maxAge != "" {
		age, err := parseAge(maxAge)
		if err != nil {
			return nil, app.Usage(fmt.Errorf("--max-age %s", console.OneLine(maxAge)), "want an age such as 12h or 7d")
		}
		for _, status := range scanner.Statuses {
			all[status] = age
		}
	}
	for _, text := range recheck {
		name, value, _ := strings.Cut(text, "=")
		age, err := parseAge(value)
		if err != nil || !slices.Contains(scanner.Statuses[:], scanner.Status(name)) || name == string(scanner.Failed) || name == string(scanner.Invalid) {
			return nil, app.Usage(fmt.Errorf("--recheck %s", console.OneLine(text)), "want STATUS=AGE, such as taken=7d,available=1h")
		}
		all[scanner.Status(name)] = age
	}
	maps.DeleteFunc(all, func(_ scanner.Status, age time.Duration) bool { return age == 0 })
	return all, nil
}

// parseAge reads a duration, in which d stands for 24 hours.
func parseAge(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, err
	}
	age := time.Duration(n) * 24 * time.Hour
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 {
			return 0, fmt.Errorf("age %q", text)
		}
		age += more
	}
	return age, nil
}
