package app

import (
	"math"

	"tldsweep/internal/pace"
)

// UsualRate is fair use of one key according to an OVHcloud maintainer: 60 requests a minute
// (https://github.com/ovh/python-ovh/issues/81).
const UsualRate = "60/m"

// EnoughWorkers keeps a rate up while answers take two seconds.
func EnoughWorkers(rate pace.Rate) int {
	if rate == 0 {
		return 32
	}
	return min(max(int(math.Ceil(2*float64(rate))), 4), 256)
}
