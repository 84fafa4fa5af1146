package cli

import (
	"os"
	"path/filepath"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/sweep"
)

// endpoint is who a connection asks. Its lists are kept on this machine, where it has a folder for that; what is made up is
// not.
func (a *program) endpoint(conn *app.Connection) sweep.Endpoint {
	e := sweep.Endpoint{Client: conn.Client, Pace: conn.Pace, Subsidiary: conn.Subsidiary, Emulated: conn.Emulated, Pending: &a.Files}
	if conn.Emulated {
		return e
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		a.Console.Detail("OVHcloud's lists are not kept: %v", err)
		return e
	}
	e.Featured = filepath.Join(folder, "tldsweep", "featured-"+conn.Digest()+".json")
	e.Catalogue = filepath.Join(folder, "tldsweep", "catalogue-"+conn.Digest()+".json")
	return e
}
