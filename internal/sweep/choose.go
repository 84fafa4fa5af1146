package sweep

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
)

// Choose finds out what is sold, and which of it the patterns mean; a @FILE among them is opened. It costs up to four requests,
// besides repetitions. What makes the lists doubtful is a warning in log, which must not be nil. Errors are ctx's, the api package's, and
// *extensions.PatternError.
func (e Endpoint) Choose(ctx context.Context, patterns []string, log *slog.Logger) (chosen []string, market *extensions.Market, err error) {
	list, from, err := cart.Sold(ctx, e.Client, e.Subsidiary)
	if err != nil {
		return nil, nil, err
	}
	log.Debug(fmt.Sprintf("%d extensions from %s", len(list), from))
	market = extensions.NewMarket(list, from)
	needed := market.NeedsCatalogue(patterns)
	market.Read(e.catalogue(ctx, needed, log))
	known := market.All()
	for _, extension := range extensions.Named(patterns) {
		if market.Unknown(extension) {
			known = append(known, extension)
		}
	}
	var featured []string
	if extensions.NeedsFeatured(patterns) {
		if featured, err = cart.Featured(ctx, e.Client, e.Subsidiary, known); err != nil {
			return nil, nil, err
		}
	}
	if chosen, err = extensions.Select(patterns, known, featured, openFile); err != nil {
		return nil, nil, err
	}
	if !needed && market.Catalogue() == nil {
		market.Read(e.catalogue(ctx, len(chosen) >= manyExtensions, log))
	}
	if !from.Authoritative() {
		log.Warn(fmt.Sprintf("OVHcloud's list of extensions is not open to these credentials; using %s", from))
	}
	if doubt := market.Doubt(); doubt != "" {
		log.Warn(doubt)
	}
	return chosen, market, nil
}

func openFile(path string) (io.ReadCloser, error) { return os.Open(path) }
