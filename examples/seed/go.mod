module tldsweep/examples/seed

go 1.26.0

require github.com/ovh/go-ovh v1.9.0

// At the versions that tldsweep has: whoever has built that builds these without a network.
require (
	golang.org/x/oauth2 v0.37.0 // indirect
	gopkg.in/ini.v1 v1.67.3 // indirect
)
