// Tldsweep tells which of many names OVHcloud would sell under which extensions, and for how much.
package main

import (
	"os"

	"tldsweep/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
