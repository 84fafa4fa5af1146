package sweep

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
	"tldsweep/scanner"
)

const (
	// Prices change with promotions, and what is sold hardly ever.
	catalogueAge = 24 * time.Hour

	// The catalogue has some 30 MB: it is fetched where the list alone does not tell what is meant, or where many
	// extensions are asked for, since featured ones are sold.
	manyExtensions = 50
)

// catalogue is what OVHcloud lists for sale: the copy on this machine, or, where it is needed, a new one. It is nil where
// there is none; a scan goes on without it.
func (e Endpoint) catalogue(ctx context.Context, needed bool, log *slog.Logger) *extensions.Catalogue {
	if kept := e.keptCatalogue(); kept != nil {
		return kept
	}
	if !needed {
		return nil
	}
	catalogue, err := cart.ReadCatalogue(ctx, e.Client, e.Subsidiary)
	if err != nil {
		log.Warn(fmt.Sprintf("going on without OVHcloud's catalogue: %v", err))
		return nil
	}
	log.Debug(fmt.Sprintf("the catalogue lists %d extensions", len(catalogue.Prices)))
	if e.Catalogue != "" {
		if err := storeKept(e.Pending, e.Catalogue, catalogue); err != nil {
			log.Debug(fmt.Sprintf("the catalogue is not kept: %v", err))
		}
	}
	return catalogue
}

// keptCatalogue is the copy on this machine, or nil.
func (e Endpoint) keptCatalogue() *extensions.Catalogue {
	if e.Catalogue == "" {
		return nil
	}
	return loadCatalogue(e.Catalogue)
}

// loadCatalogue returns nil for a copy that is not there, too old, or not what it should be.
func loadCatalogue(path string) *extensions.Catalogue {
	var catalogue extensions.Catalogue
	if loadKept(path, &catalogue) != nil || len(catalogue.Prices) == 0 {
		return nil
	}
	if age := time.Since(catalogue.ReadAt); age < 0 || age > catalogueAge {
		return nil
	}
	return &catalogue
}

// unsold is the stage that answers for what the catalogue proves not to be sold.
func unsold(market *extensions.Market) scanner.Stage {
	return scanner.Stage{Source: scanner.Catalogue, Answer: func(_ context.Context, query scanner.Query) (scanner.Answer, error) {
		if !market.Unsold(query.Extension) {
			return scanner.Answer{}, scanner.ErrPass
		}
		return scanner.Answer{Status: scanner.Unsupported, Reason: scanner.NotSold, CheckedAt: market.Catalogue().ReadAt}, nil
	}}
}
