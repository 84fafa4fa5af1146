package sweep

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
	"tldsweep/internal/delegation"
	"tldsweep/internal/history"
	"tldsweep/internal/pace"
	"tldsweep/scanner"
)

const (
	// What a scan spends beside its lookups: the server's clock, the two lists and a cart.
	housekeeping = 4

	// How many pairs are looked up in the history at most; of more, that many are drawn: it is then right within 1 of 100.
	historySample = 10000

	// How many names DNS is asked for an estimate: it is then right within some 4 of 100.
	sampleSize = 500
	sampleTime = 20 * time.Second
)

// Plan is what a scan would ask.
type Plan struct {
	Lines      int    // of the input
	Extensions int    // how many are chosen
	List       string // in words, by which list
	Forecast
	CatalogueOf time.Time   // when the catalogue that Unsold is by was read; zero: there is none
	DNS         bool        // it was asked for a sample
	Sample      Sample      // what it said
	Undelegated undelegated // as the latest run that asked DNS first has found; Taken is 0 where there is none
	Requests    int         // about so many
	Rate        pace.Rate   // at most; 0: no limit
	Learnt      pace.Learnt // what OVHcloud was seen to admit, where that is less; it is taken into account
}

// Sample is what DNS says of some of the queries. Those that are not Delegated would be asked for at OVHcloud.
type Sample struct {
	Asked      int // in time
	Delegated  int
	Unanswered int
	Wildcard   int // their extensions delegate every name
}

// String is the sample in words.
func (s Sample) String() string {
	text := fmt.Sprintf("%d of a sample of %d are delegated", s.Delegated, s.Asked)
	if s.Unanswered > 0 {
		text += fmt.Sprintf(", %d without an answer", s.Unanswered)
	}
	if s.Wildcard > 0 {
		text += fmt.Sprintf(", %d under extensions that delegate every name", s.Wildcard)
	}
	return text
}

// Forecast is how many pairs of a name and an extension there are, and who would answer them. What is left of Pairs after all
// others would be asked for.
type Forecast struct {
	Pairs    int // each once
	Invalid  int // by this machine, since they cannot exist
	Unsold   int // by the catalogue
	Answered int // by what the run has answered before it was stopped
	Recalled int // by earlier runs

	Estimated bool // Answered and Recalled are estimated by a sample
}

// Left is how many pairs nobody answers but DNS or OVHcloud.
func (f Forecast) Left() int { return f.Pairs - f.Invalid - f.Unsold - f.Answered - f.Recalled }

// Plan says what the scan would ask, and reads the input for it. It asks OVHcloud nothing, so it knows the extensions by the copy
// of the catalogue on this machine or else by the list in the program; DNS it asks for a sample. path is the history in which
// answers are looked up; empty: in none. What is wrong with it is a warning: a plan is made all the same. Errors are ctx's cause,
// *extensions.PatternError, and the input's.
func (s *Scan) Plan(ctx context.Context, path string) (*Plan, error) {
	chosen, market, list, err := s.Endpoint.ChooseOffline(ctx, s.Extensions)
	if err != nil {
		return nil, err
	}
	past, closePast, err := s.earlierAnswers(ctx, path)
	if err != nil {
		return nil, err
	}
	defer closePast()
	plan := &Plan{Extensions: len(chosen), List: list, Rate: s.Endpoint.Pace.Rate(), Learnt: s.Endpoint.Pace.Learnt()}
	if market.Catalogue() != nil {
		plan.CatalogueOf = market.Catalogue().ReadAt
	}
	var sample []scanner.Query
	if plan.Forecast, sample, err = s.forecast(ctx, chosen, market, past); err != nil {
		return nil, causeOf(ctx, err)
	}
	plan.Lines = s.Input.Lines()
	plan.Requests = plan.Left()
	if plan.DNS = s.Sources.DNS != nil && plan.Left() > 0; plan.DNS {
		if plan.Sample, err = s.sample(ctx, sample); err != nil {
			return nil, causeOf(ctx, err)
		}
		plan.Requests -= plan.Left() * plan.Sample.Delegated / max(plan.Sample.Asked, 1)
		plan.Undelegated = s.undelegatedBefore(ctx, past)
	}
	plan.Requests += housekeeping
	return plan, nil
}

// String is the plan as a table of lines, with the local time at which a scan that began now would end.
func (p *Plan) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("lines", "%d", p.Lines)
	line("extensions", "%d (by %s)", p.Extensions, p.List)
	line("pairs", "%d, %d of them invalid, which costs no request", p.Pairs, p.Invalid)
	if p.Unsold > 0 {
		line("not sold", "%d by the catalogue of %s", p.Unsold, p.CatalogueOf.Format(time.DateOnly))
	}
	if p.Answered+p.Recalled > 0 {
		about := ""
		if p.Estimated {
			about = "about "
		}
		line("known", "%s%d answered before the run was stopped, %s%d of earlier runs", about, p.Answered, about, p.Recalled)
	}
	if p.DNS {
		line("dns", "%s", p.Sample)
		if p.Undelegated.Taken > 0 {
			line("", "%s were not delegated in the latest run with DNS", p.Undelegated)
		} else {
			line("", "how many taken domains are not delegated is not measured: the history has no run with DNS")
		}
	}
	line("requests", "about %d", p.Requests)
	rate, shown := p.Rate, p.Rate.String()
	if p.Learnt.Limit > 0 {
		rate, shown = p.Learnt.Limit, p.Learnt.Limit.Roughly()
		line("rate", "%s", p.Learnt)
	}
	if rate == 0 {
		line("time", "as fast as the server answers")
		return b.String()
	}
	needed := time.Duration(float64(p.Requests) / float64(rate) * float64(time.Second))
	line("time", "about %s at %s, until %s", needed.Round(time.Second), shown, time.Now().Add(needed).Format("2006-01-02 15:04"))
	return b.String()
}

// ChooseOffline is Choose without asking OVHcloud: by the copy of the catalogue on this machine, or else by the list in the program.
// list says by which, and what is doubtful about it. The emulator is asked: that is not OVHcloud. Errors are ctx's cause, those of
// the emulator, and *extensions.PatternError.
func (e Endpoint) ChooseOffline(ctx context.Context, patterns []string) (chosen []string, market *extensions.Market, list string, err error) {
	// Without asking, the list in the program has to do.
	market, list = extensions.NewMarket(extensions.Shipped(), extensions.BuiltIn), "the list in the program; OVHcloud's own may differ"
	if e.Emulated {
		sold, whose, err := cart.Sold(ctx, e.Client, e.Subsidiary)
		if err != nil {
			return nil, nil, "", causeOf(ctx, err)
		}
		market, list = extensions.NewMarket(sold, whose), "the emulator"
	}
	market.Read(e.keptCatalogue())
	if catalogue := market.Catalogue(); catalogue != nil && !e.Emulated {
		list = "the catalogue of " + catalogue.ReadAt.Format(time.DateOnly)
	}
	sold := market.All()
	featured := extensions.ShippedFeatured(e.Subsidiary, sold)
	switch kept, ok := e.keptFeatured(); {
	case !extensions.NeedsFeatured(patterns):
	case e.Emulated:
		if featured, err = cart.Featured(ctx, e.Client, e.Subsidiary, sold); err != nil {
			return nil, nil, "", causeOf(ctx, err)
		}
	case ok:
		featured = kept.Extensions
		list += "; featured as of " + kept.ReadAt.Format(time.DateOnly)
		for _, extension := range featured {
			if !market.Sells(extension) { // it is newer than the list
				sold = append(sold, extension)
			}
		}
	default:
		list += "; which ones OVHcloud features now is asked by the first scan"
	}
	var newer []string
	for _, extension := range extensions.Named(patterns) {
		if !e.Emulated && !market.Sells(extension) {
			// It may be newer than the list, and only OVHcloud can say.
			newer = append(newer, extension)
		}
	}
	if len(newer) > 0 {
		sold = append(sold, newer...)
		list += "; not in it: " + strings.Join(newer, ", ")
	}
	chosen, err = extensions.Select(patterns, sold, featured, openFile)
	return chosen, market, list, err
}

// earlierAnswers is what the history knows of the question, or nil. An error is the input's.
func (s *Scan) earlierAnswers(ctx context.Context, path string) (past *history.Answers, release func(), err error) {
	release = func() {}
	if _, err := os.Stat(path); path == "" || err != nil {
		return nil, release, nil
	}
	question, _, err := s.Question()
	if err != nil {
		return nil, release, err
	}
	h, err := history.OpenToRead(ctx, path)
	if err == nil {
		release = func() { h.Close() }
		if h.SetAside != "" {
			s.log().Warn(fmt.Sprintf("the history was damaged; it is now %s", h.SetAside))
		}
		past, err = h.Lookup(ctx, question)
	}
	if err != nil {
		s.log().Warn(fmt.Sprintf("the plan is made without history: %v", err))
	}
	return past, release, nil
}

// forecast counts the queries by who would answer them, and draws a sample of those that nobody does but DNS or OVHcloud.
func (s *Scan) forecast(ctx context.Context, chosen []string, market *extensions.Market, past *history.Answers) (c Forecast, sample []scanner.Query, err error) {
	var seen scanner.Seen
	defer seen.Close()
	var drawn draw
	for query, err := range s.unspilled(scanner.Queries(s.Input.All, chosen, nil, &seen), &seen) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c, nil, err
		}
		c.Pairs++
		switch {
		case query.Name.Err != nil:
			c.Invalid++
		case market.Unsold(query.Extension):
			c.Unsold++
		default:
			drawn.add(query)
		}
	}
	left, err := c.lookUp(ctx, s.known(past), drawn)
	if err != nil {
		return c, nil, err
	}
	rand.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	return c, left[:min(len(left), sampleSize)], nil
}

// known are the stages that answer from a history, those that can.
func (s *Scan) known(past *history.Answers) (stages []scanner.Stage) {
	if past != nil && past.Kept > 0 {
		stages = append(stages, past.Replay())
	}
	if past != nil && len(s.Sources.Ages) > 0 {
		stages = append(stages, past.Recall(s.Sources.Ages))
	}
	return stages
}

// draw is a sample of queries: each that was added is as likely to be in it as any other.
type draw struct {
	queries []scanner.Query // historySample at most
	of      int             // how many were added
}

func (d *draw) add(query scanner.Query) {
	d.of++
	if len(d.queries) < historySample {
		d.queries = append(d.queries, query)
	} else if at := rand.IntN(d.of); at < historySample {
		d.queries[at] = query
	}
}

// lookUp counts how many of the queries are known, by those that were drawn, and returns which of these are not.
func (f *Forecast) lookUp(ctx context.Context, known []scanner.Stage, drawn draw) (left []scanner.Query, err error) {
	if len(known) == 0 {
		return drawn.queries, nil
	}
	answered, recalled := 0, 0
	for _, query := range drawn.queries {
		answer, err := answeredBy(ctx, known, query)
		switch {
		case err != nil:
			return nil, err
		case answer.Replayed:
			answered++
		case answer.Status != "":
			recalled++
		default:
			left = append(left, query)
		}
	}
	f.Estimated = drawn.of > len(drawn.queries)
	f.Answered = answered * drawn.of / max(len(drawn.queries), 1)
	f.Recalled = recalled * drawn.of / max(len(drawn.queries), 1)
	return left, nil
}

// answeredBy is the answer of the first stage that has one; its Status is empty where none has.
func answeredBy(ctx context.Context, stages []scanner.Stage, query scanner.Query) (scanner.Answer, error) {
	for _, stage := range stages {
		answer, err := stage.Answer(ctx, query)
		if _, unreadable := errors.AsType[*history.Error](err); unreadable && ctx.Err() == nil {
			continue // a scan asks it again
		}
		if !errors.Is(err, scanner.ErrPass) {
			return answer, err
		}
	}
	return scanner.Answer{}, nil
}

// sample asks DNS for some of the queries, as far as it answers in time.
func (s *Scan) sample(ctx context.Context, queries []scanner.Query) (sample Sample, err error) {
	soon, cancel := context.WithTimeout(ctx, sampleTime)
	defer cancel()
	answers, late := make([]delegation.Answer, len(queries)), make([]error, len(queries))
	var group errgroup.Group
	group.SetLimit(s.Sources.DNS.Workers())
	for i, query := range queries {
		group.Go(func() error {
			answers[i], late[i] = s.Sources.DNS.Check(soon, query.Domain(), query.Extension)
			return nil
		})
	}
	_ = group.Wait()
	for i, answer := range answers {
		if late[i] != nil {
			continue
		}
		sample.Asked++
		switch answer {
		case delegation.Delegated:
			sample.Delegated++
		case delegation.Unanswered:
			sample.Unanswered++
		case delegation.Wildcard:
			sample.Wildcard++
		}
	}
	return sample, ctx.Err()
}

// undelegatedBefore is the share that the history knows.
func (s *Scan) undelegatedBefore(ctx context.Context, past *history.Answers) (u undelegated) {
	if past == nil {
		return u
	}
	delegated, not, err := past.TakenBy(ctx)
	if err != nil {
		s.log().Warn(fmt.Sprintf("how many taken domains are not delegated is not measured: %v", err))
		return undelegated{}
	}
	return undelegated{Taken: delegated + not, NotDelegated: not}
}
