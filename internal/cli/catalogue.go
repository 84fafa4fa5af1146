package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"

	"tldsweep/extensions"
	"tldsweep/internal/cart"
	"tldsweep/internal/cli/app"
	"tldsweep/scanner"
)

const (
	// Prices change with promotions, and what is sold hardly ever.
	catalogueAge = 24 * time.Hour

	// The catalogue has some 30 MB: it is fetched where the list alone does not tell what is meant, or where many
	// extensions are asked for, since featured ones are sold.
	manyExtensions = 50
)

// catalogueFile is where the catalogue of an endpoint and a subsidiary is kept.
func catalogueFile(identity string) (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "tldsweep", "catalogue-"+identity+".json"), nil
}

// catalogue is what OVHcloud lists for sale: the copy on this machine, or, where it is needed, a new one. It is nil where
// there is none; a scan goes on without it.
func (a *program) catalogue(ctx context.Context, conn *app.Connection, needed bool) *extensions.Catalogue {
	path, err := catalogueFile(conn.Digest())
	if err == nil && !conn.Emulated {
		if kept := loadCatalogue(path); kept != nil {
			return kept
		}
	}
	if !needed {
		return nil
	}
	catalogue, failed := cart.ReadCatalogue(ctx, conn.Client, conn.Subsidiary)
	if failed != nil {
		a.Console.Warning("going on without OVHcloud's catalogue: %v", failed)
		return nil
	}
	a.Console.Detail("the catalogue lists %d extensions", len(catalogue.Prices))
	if err == nil && !conn.Emulated {
		err = storeCatalogue(path, catalogue)
	}
	if err != nil {
		a.Console.Detail("the catalogue is not kept: %v", err)
	}
	return catalogue
}

// loadCatalogue returns nil for a copy that is not there, too old, or not what it should be.
func loadCatalogue(path string) *extensions.Catalogue {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var catalogue extensions.Catalogue
	if json.Unmarshal(text, &catalogue) != nil || len(catalogue.Prices) == 0 {
		return nil
	}
	if age := time.Since(catalogue.ReadAt); age < 0 || age > catalogueAge {
		return nil
	}
	return &catalogue
}

func storeCatalogue(path string, catalogue *extensions.Catalogue) error {
	text, err := json.Marshal(catalogue)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return maybe.WriteFile(path, text, 0o644)
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
