package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// changes makes histories of four runs, of which the second and the third find nothing new and the fourth a tenth, and
// measures what they weigh and what it takes to tell what changed.
func changes(b *bench) error {
	// From 100,000 on SQLite's cache is full, so that what grows besides would show.
	small, large := 100_000, 300_000
	if b.short {
		small, large = 10_000, 30_000
	}
	times := 5
	if b.short {
		times = 2
	}
	var peaks [2][]float64
	for i, n := range []int{small, large} {
		path := filepath.Join(b.folder, fmt.Sprintf("changes-%d.db", n))
		var sizes []int64
		for run := range 4 {
			took, err := fill(path, n, run)
			if err != nil {
				return err
			}
			about, err := os.Stat(path)
			if err != nil {
				return err
			}
			sizes = append(sizes, about.Size())
			fmt.Fprintf(os.Stderr, "  run %d of %d domains kept in %s, %d MiB\n", run+1, n, took.Round(time.Millisecond), about.Size()>>20)
		}
		output := filepath.Join(b.folder, "changes.jsonl")
		var seconds []float64
		for range times {
			used, err := measure(b.tldsweep("", "changes", "-q", "--history", path, "-o", output))
			if err != nil {
				return err
			}
			seconds, peaks[i] = append(seconds, used.wall.Seconds()), append(peaks[i], used.peak)
		}
		text, err := os.ReadFile(output)
		if err != nil {
			return err
		}
		told := bytes.Count(text, []byte("\n"))
		if n == large {
			b.add("changes told of those made", "", "= 1", float64(told)/float64(n/10))
			b.add(fmt.Sprintf("seconds to tell %d changes among %d domains (drifts with the machine)", n/10, n), "s", "", seconds...)
			b.add(fmt.Sprintf("peak memory of changes among %d domains", n), "MiB", "", peaks[i]...)
			b.add("bytes of history per domain", "B", "", float64(sizes[0])/float64(n))
			b.add("bytes of history more per domain for a second run, in which nothing changed", "B", "", float64(sizes[1]-sizes[0])/float64(n))
			b.add("bytes of history more per domain for a third run, in which nothing changed", "B", "≤ 8", float64(sizes[2]-sizes[1])/float64(n))
		}
		os.Remove(path)
	}
	b.add(fmt.Sprintf("peak memory of changes among %d domains ÷ among %d", large, small), "", b.goal("≤ 1.1"), ratios(peaks[1], peaks[0])...)
	return nil
}

// fill is one run over n domains of twenty extensions; the fourth finds other prices for a tenth of them.
func fill(path string, n, run int) (time.Duration, error) {
	ctx := context.Background()
	began := time.Now()
	h, err := history.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	r, err := h.Begin(ctx, history.Question{Endpoint: "https://eu.api.ovh.com/1.0", Subsidiary: "FR", Names: "names", Extensions: []string{twenty}}, history.RunOptions{})
	if err != nil {
		return 0, err
	}
	for i := range n {
		answer := scanner.Answer{Status: scanner.Taken, Reason: scanner.NoOffer, Source: scanner.API, Attempts: 1, CheckedAt: began}
		if i%5 == 0 {
			price := "7.99"
			if run == 3 && i%10 == 0 {
				price = "8.99"
			}
			answer = scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: price, Renewal: "8.99", Regular: "9.99", Discount: "2.00", Fee: "0.00",
				Duration: "P1Y", PricingMode: "create-default", Phase: "ga", OfferID: "fr-create", Source: scanner.API, Attempts: 1, CheckedAt: began}
		}
		name := fmt.Sprintf("name%d", i/20)
		query := scanner.Query{Name: scanner.Name{ASCII: name, Unicode: name}, Extension: fmt.Sprintf("ext%d", i%20)}
		if err := r.Keep(scanner.Result{Query: query, Answer: answer}); err != nil {
			return 0, err
		}
	}
	err = firstOf(r.Finish(), r.Close(), h.Close())
	return time.Since(began), err
}
