package pace

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate is a number of requests per second. Zero means no limit.
type Rate float64

// fastest is beyond what one machine sends; a larger number is a typing mistake.
const fastest = 1e6

var units = map[string]float64{"s": 1, "m": 60, "h": 3600}

// ParseRate reads "60/m", "1/s", "0.5/s", "3600/h", or "off" for no limit.
func ParseRate(s string) (Rate, error) {
	if s == "off" {
		return 0, nil
	}
	number, unit, _ := strings.Cut(s, "/")
	seconds, known := units[unit]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !known || math.IsNaN(n) || n <= 0 || n/seconds > fastest || n/seconds < 1/86400.0 {
		return 0, fmt.Errorf("rate %q: want requests per second, minute or hour, such as 1/s, 60/m or 3600/h, or off", s)
	}
	return Rate(n / seconds), nil
}

// String is the rate as ParseRate reads it, in the largest unit in which it is a whole number.
func (r Rate) String() string {
	if r == 0 {
		return "off"
	}
	for _, unit := range []string{"s", "m", "h"} {
		if n := float64(r) * units[unit]; math.Abs(n-math.Round(n)) < 1e-9 && math.Round(n) >= 1 {
			return strconv.FormatFloat(math.Round(n), 'f', -1, 64) + "/" + unit
		}
	}
	return strconv.FormatFloat(float64(r), 'g', -1, 64) + "/s"
}

// Roughly is the rate in three digits, for people: "12.5/m".
func (r Rate) Roughly() string {
	if perMinute := 60 * float64(r); perMinute < 1000 {
		return fmt.Sprintf("%.3g/m", perMinute)
	}
	return fmt.Sprintf("%.0f/s", float64(r))
}
