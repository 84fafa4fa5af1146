package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/history"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

const (
	// What a scan spends beside its lookups: the server's clock, the two lists and a cart.
	housekeeping = 4

	// How many names DNS is asked for an estimate: it is then right within some 4 of 100.
	sampleSize = 500
	sampleTime = 20 * time.Second
)

// forecast is what a scan would ask.
type forecast struct {
	pairs, invalid, unsold, answered, recalled int
	sample                                     []scanner.Query // of those that are left
}

// plan says what a scan would ask. It asks OVHcloud nothing itself, so it knows the extensions by the copy of the
// catalogue on this machine or else by the list in the program.
func (a *program) plan(ctx context.Context, f scanFlags, s *settings) error {
	conn, err := a.Connect(s.rate, s.workers, f.timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Without asking, the list in the program has to do.
	market, from := extensions.NewMarket(extensions.Shipped(), extensions.Kept), "the list in the program; OVHcloud's own may differ"
	if conn.Emulated { // that is not asking OVHcloud
		list, whose, err := cart.Sold(ctx, conn.Client, conn.Subsidiary)
		if err != nil {
			return app.CauseOf(ctx, err)
		}
		market, from = extensions.NewMarket(list, whose), "the emulator"
	}
	market.Read(a.endpoint(conn).KeptCatalogue())
	if catalogue := market.Catalogue(); catalogue != nil && !conn.Emulated {
		from = "the catalogue of " + catalogue.ReadAt.Format(time.DateOnly)
	}
	sold := market.All()
	featured := extensions.ShippedFeatured(conn.Subsidiary, sold)
	if conn.Emulated {
		if featured, err = cart.Featured(ctx, conn.Client, conn.Subsidiary, sold); err != nil {
			return app.CauseOf(ctx, err)
		}
	}
	for _, extension := range extensions.Named(f.extensions) {
		if !conn.Emulated && !market.Sells(extension) {
			// It may be newer than the list, and only OVHcloud can say.
			sold = append(sold, extension)
			from += "; not in it: " + extension
		}
	}
	chosen, err := extensions.Select(f.extensions, sold, featured, openList)
	if err != nil {
		return err
	}
	past, closePast, err := a.earlierAnswers(ctx, f, s, conn)
	if err != nil {
		return err
	}
	defer closePast()
	c, err := s.forecast(ctx, chosen, market, past)
	if err != nil {
		return app.CauseOf(ctx, err)
	}
	left := c.pairs - c.invalid - c.unsold - c.answered - c.recalled
	lines := [][2]string{
		{"lines", fmt.Sprint(s.input.Lines())},
		{"extensions", fmt.Sprintf("%d (by %s)", len(chosen), from)},
		{"pairs", fmt.Sprintf("%d, of which %d invalid at no request", c.pairs, c.invalid)},
	}
	if c.unsold > 0 {
		lines = append(lines, [2]string{"not sold", fmt.Sprintf("%d by the catalogue of %s", c.unsold, market.Catalogue().ReadAt.Format(time.DateOnly))})
	}
	if c.answered+c.recalled > 0 {
		lines = append(lines, [2]string{"known", fmt.Sprintf("%d answered before the run was stopped, %d of earlier runs", c.answered, c.recalled)})
	}
	requests := left
	if f.prefilter == "dns" && left > 0 {
		delegated, asked, err := a.sample(ctx, f, conn, c.sample)
		if err != nil {
			return app.CauseOf(ctx, err)
		}
		requests = left - left*delegated/max(asked, 1)
		lines = append(lines, [2]string{"dns", fmt.Sprintf("%d of a sample of %d are delegated", delegated, asked)})
	}
	requests += housekeeping
	lines = append(lines, [2]string{"requests", fmt.Sprintf("about %d", requests)})
	if s.rate == 0 {
		lines = append(lines, [2]string{"time", "as fast as the server answers"})
	} else {
		needed := time.Duration(float64(requests) / float64(s.rate) * float64(time.Second))
		lines = append(lines, [2]string{"time", fmt.Sprintf("about %s at %s, until %s",
			needed.Round(time.Second), s.rate, time.Now().Add(needed).Format("2006-01-02 15:04"))})
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%-10s %s\n", line[0], line[1])
	}
	if _, err := fmt.Fprint(a.Stdout, b.String()); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	return nil
}

// past is what the history knows of the question, or nil. What is wrong with the history is a warning: a plan is made all
// the same. An error is the input's.
func (a *program) earlierAnswers(ctx context.Context, f scanFlags, s *settings, conn *app.Connection) (past *history.Past, release func(), err error) {
	release = func() {}
	path := a.historyFile(f.history)
	if path == "" || f.fresh && len(s.ages) == 0 || !app.Exists(path) {
		return nil, release, nil
	}
	question, _, err := s.question(f, conn)
	if err != nil {
		return nil, release, err
	}
	h, err := history.Open(ctx, path)
	if err == nil {
		release = func() { h.Close() }
		past, err = h.Look(ctx, question)
	}
	if err != nil {
		a.Console.Warning("the plan is made without history: %v", err)
	}
	return past, release, nil
}

// forecast counts the queries by who would answer them.
func (s *settings) forecast(ctx context.Context, chosen []string, market *extensions.Market, past *history.Past) (forecast, error) {
	var c forecast
	var seen scanner.Seen
	defer seen.Close()
	var known []scanner.Stage
	if past != nil {
		known = append(known, past.Replay(), past.Recall(s.ages))
	}
	left := 0
	for query, err := range scanner.Queries(s.input.All, chosen, nil, &seen) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c, err
		}
		c.pairs++
		switch {
		case query.Name.Err != nil:
			c.invalid++
			continue
		case market.Unsold(query.Extension):
			c.unsold++
			continue
		}
		answered, err := answeredBy(ctx, known, query)
		if err != nil {
			return c, err
		}
		switch {
		case answered.Replayed:
			c.answered++
			continue
		case answered.Status != "":
			c.recalled++
			continue
		}
		// Each that is left is as likely to be in the sample as any other.
		left++
		if len(c.sample) < sampleSize {
			c.sample = append(c.sample, query)
		} else if at := rand.IntN(left); at < sampleSize {
			c.sample[at] = query
		}
	}
	return c, nil
}

// answeredBy is the answer of the first stage that has one; its Status is empty where none has.
func answeredBy(ctx context.Context, stages []scanner.Stage, query scanner.Query) (scanner.Answer, error) {
	for _, stage := range stages {
		answer, err := stage.Answer(ctx, query)
		if !errors.Is(err, scanner.ErrPass) {
			return answer, err
		}
	}
	return scanner.Answer{}, nil
}

// sample asks DNS for some of the queries, and says how many of those it got to are delegated.
func (a *program) sample(ctx context.Context, f scanFlags, conn *app.Connection, queries []scanner.Query) (delegated, asked int, err error) {
	checker, err := a.prefilter(&f, conn)
	if err != nil {
		return 0, 0, err
	}
	defer checker.Close()
	stage := sweep.Delegated(checker)
	soon, cancel := context.WithTimeout(ctx, sampleTime)
	defer cancel()
	results := make([]error, len(queries))
	var group errgroup.Group
	group.SetLimit(stage.Workers)
	for i, query := range queries {
		group.Go(func() error {
			_, results[i] = stage.Answer(soon, query)
			return nil
		})
	}
	group.Wait()
	for _, err := range results {
		switch {
		case err == nil:
			delegated++
			asked++
		case errors.Is(err, scanner.ErrPass):
			asked++
		}
	}
	return delegated, asked, ctx.Err()
}

func openList(path string) (io.ReadCloser, error) { return os.Open(path) }
