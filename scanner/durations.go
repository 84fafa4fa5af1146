package scanner

import "strings"

// Durations is for how long a domain can be ordered, each as OVHcloud writes it, in ISO 8601: "P1Y". The zero value
// lists none.
type Durations []string

// Shortest is the shortest of those that can be read, the first where several are; empty where there is none. OVHcloud's
// prices are for that one, whatever else it recommends.
func (d Durations) Shortest() string {
	shortest, least := "", 0
	for _, duration := range d {
		if months, ok := monthsOf(duration); ok && (least == 0 || months < least) {
			shortest, least = duration, months
		}
	}
	return shortest
}

// Lists says whether so many years are among them.
func (d Durations) Lists(years int) bool { return d.OfYears(years) != "" }

// OfYears is the one of so many years as OVHcloud writes it; empty where there is none.
func (d Durations) OfYears(years int) string {
	for _, duration := range d {
		if months, ok := monthsOf(duration); ok && months%12 == 0 && months/12 == years {
			return duration
		}
	}
	return ""
}

// monthsOf reads what is made of years and months, in this order: "P1Y", "P18M", "P1Y6M". Whatever else there is in ISO
// 8601, and nothing at all, is no time to order a domain for.
func monthsOf(duration string) (months int, ok bool) {
	rest, ok := strings.CutPrefix(duration, "P")
	if !ok {
		return 0, false
	}
	for _, unit := range [...]struct {
		letter string
		months int
	}{{"Y", 12}, {"M", 1}} {
		digits, after, found := strings.Cut(rest, unit.letter)
		if !found {
			continue
		}
		n, ok := count(digits)
		if !ok {
			return 0, false
		}
		months, rest = months+n*unit.months, after
	}
	return months, rest == "" && months > 0
}

// count reads up to three digits: nobody orders a domain for a thousand years.
func count(digits string) (n int, ok bool) {
	if digits == "" || len(digits) > 3 {
		return 0, false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
