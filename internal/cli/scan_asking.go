package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/pace"
)

// askingFlags say for which extensions OVHcloud is asked, and how fast.
type askingFlags struct {
	extensions []string
	rate       string
	workers    int
	timeout    time.Duration
	plan       bool

	pace pace.Rate // by check
}

func (f *askingFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.extensions, "extensions", "e", []string{"featured"}, "which ones: featured, all, fr, co.uk, '*.uk', @FILE, '!pattern' to leave out; comma-separated, repeatable")
	flags.StringVar(&f.rate, "rate", "", "requests per second, minute or hour: 1/s, 60/m, 3600/h, or off (default "+app.UsualRate+"; off for the emulator)")
	flags.IntVar(&f.workers, "workers", 0, "requests under way at once at most (default: enough for the rate)")
	flags.DurationVar(&f.timeout, "timeout", 0, "for one request (default 30s)")
	flags.BoolVar(&f.plan, "plan", false, "say what would be asked, how many requests and how long; ask nothing")
}

// check also finds out what is meant where nothing is said.
func (f *askingFlags) check(emulated bool) (err error) {
	rate := f.rate
	if rate == "" {
		rate = app.UsualRate
		if emulated {
			rate = "off"
		}
	}
	if f.pace, err = pace.ParseRate(rate); err != nil {
		return app.Usage(err, "for example --rate 60/m")
	}
	if f.workers < 0 || f.workers > 4096 {
		return app.Usage(fmt.Errorf("--workers: %d is not a number of requests at once", f.workers), "want 1 to 4096, or 0 for enough for the rate")
	}
	if f.workers == 0 {
		f.workers = app.EnoughWorkers(f.pace)
	}
	if f.timeout < 0 {
		return app.Usage(fmt.Errorf("--timeout: %s is below zero", f.timeout), "want a duration such as 30s")
	}
	return nil
}

// extensionFiles are the files of patterns that are named.
func (f *askingFlags) extensionFiles() (files []string) {
	for _, text := range f.extensions {
		for pattern := range strings.SplitSeq(text, ",") {
			pattern = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(pattern), "!"))
			if path, ok := strings.CutPrefix(pattern, "@"); ok {
				files = append(files, path)
			}
		}
	}
	return files
}
