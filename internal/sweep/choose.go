package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
)

// Choose finds out what is sold, and which of it the patterns mean; a @FILE among them is opened. It costs up to four requests,
// besides repetitions. What makes the lists doubtful is a warning in log, which must not be nil. An
// extension that is named and no longer sold is a *extensions.PatternError, or in a scan that has asked for it before, a warning. Errors are ctx's, the api package's, and
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
		if err := e.storeFeatured(featured); err != nil {
			log.Debug(fmt.Sprintf("the featured extensions are not kept for plans: %v", err))
		}
	}
	chosen, withdrawn, err := e.selectKnown(ctx, patterns, known, featured)
	if err != nil {
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
	if len(withdrawn) > 0 {
		log.Warn(fmt.Sprintf("OVHcloud no longer lists .%s, which earlier runs have asked for: what it says of those domains now is in their rows", strings.Join(withdrawn, ", .")))
	}
	return chosen, market, nil
}

// selectKnown is extensions.Select, which also takes what was sold when it was asked for before. Those are withdrawn.
func (e Endpoint) selectKnown(ctx context.Context, patterns, known, featured []string) (chosen, withdrawn []string, err error) {
	for {
		chosen, err = extensions.Select(patterns, known, featured, openFile)
		wrong, ok := errors.AsType[*extensions.PatternError](err)
		if !ok || wrong.Unsold == "" || e.asked == nil {
			return chosen, withdrawn, err
		}
		before, failed := e.asked(ctx, wrong.Unsold)
		if failed != nil {
			return nil, nil, failed
		}
		if !before {
			return nil, nil, err
		}
		known, withdrawn = append(known, wrong.Unsold), append(withdrawn, wrong.Unsold)
	}
}

func openFile(path string) (io.ReadCloser, error) { return os.Open(path) }
