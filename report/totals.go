package report

import (
	"fmt"
	"maps"
	"slices"

	"tldsweep/scanner"
)

// counts is how many results there are of each status.
type counts map[scanner.Status]int

// statuses are those that there are some of, in the order of scanner.Statuses; a status of a later version still counts.
func (c counts) statuses() []scanner.Status {
	var statuses []scanner.Status
	for _, status := range scanner.Statuses {
		if c[status] > 0 {
			statuses = append(statuses, status)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(scanner.Statuses[:], status) {
			statuses = append(statuses, status)
		}
	}
	return statuses
}

// totals is "3 domains" and "2 available", "1 taken", in the order in which statuses are listed.
func (c counts) totals() (all string, parts []string) {
	n := 0
	for _, status := range c.statuses() {
		n += c[status]
		parts = append(parts, fmt.Sprintf("%d %s", c[status], status))
	}
	if n == 1 {
		return "1 domain", parts
	}
	return fmt.Sprintf("%d domains", n), parts
}
