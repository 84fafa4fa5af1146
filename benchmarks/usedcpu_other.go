//go:build !unix

package main

import "time"

func usedCPU() (time.Duration, error) {
	return 0, &missingError{"getrusage", "run it on Linux, macOS or BSD"}
}
