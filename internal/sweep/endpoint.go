package sweep

import (
	"context"

	"tldsweep/internal/api"
	"tldsweep/internal/atomicfile"
	"tldsweep/internal/pace"
)

// Endpoint is who is asked. Client and Pace must be given. It is safe for concurrent use.
type Endpoint struct {
	Client     *api.Client
	Pace       *pace.Pace // that Client keeps
	Subsidiary string     // OVHcloud's, which fixes prices and currency, such as "FR"; empty leaves it to OVHcloud
	Emulated   bool       // the answers are made up
	Featured   string     // a file in which the featured extensions are kept, as OVHcloud told them last, in a folder that is made; empty: they are not
	Catalogue  string     // a file in which the catalogue is kept for a day, in a folder that is made; empty: it is not kept

	asked func(ctx context.Context, extension string) (bool, error) // whether earlier runs have; nil: that is unknown

	Pending *atomicfile.Pending // of the process, which discards half-written lists where it ends early; may be nil
}
