package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseAge reads a duration, in which d stands for 24 hours.
func parseAge(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, err
	}
	age := time.Duration(n) * 24 * time.Hour
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 {
			return 0, fmt.Errorf("age %q", text)
		}
		age += more
	}
	return age, nil
}
