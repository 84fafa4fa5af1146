package cli

import (
	"fmt"
	"time"

	"tldsweep/extensions"
	"tldsweep/scanner"
)

// housekeeping is what a scan spends beside its lookups: the server's clock, the two lists and a cart.
const housekeeping = 4

// plan says what a scan would ask. It asks nothing itself, so it knows the extensions by the list in the program.
func (e *everywhere) plan(f scanFlags, s *settings) error {
	subsidiary, err := e.subsidiaryAt(e.endpoint)
	if err != nil {
		return err
	}
	sold := extensions.Shipped()
	chosen, err := extensions.Select(f.extensions, sold, extensions.ShippedFeatured(subsidiary, sold), openFile)
	if err != nil {
		return err
	}
	var seen scanner.Seen
	defer seen.Close()
	var pairs, invalid int
	for query, err := range scanner.Queries(s.input.all, chosen, nil, &seen) {
		if err != nil {
			return err
		}
		pairs++
		if query.Name.Err != nil {
			invalid++
		}
	}
	requests := pairs - invalid + housekeeping
	fmt.Fprintf(e.stdout, "lines      %d\n", s.input.lines)
	fmt.Fprintf(e.stdout, "extensions %d (by the list in the program; OVHcloud's own may differ)\n", len(chosen))
	fmt.Fprintf(e.stdout, "pairs      %d, of which %d invalid at no request\n", pairs, invalid)
	fmt.Fprintf(e.stdout, "requests   about %d\n", requests)
	if s.rate == 0 {
		_, err = fmt.Fprintf(e.stdout, "time       as fast as the server answers\n")
		return err
	}
	needed := time.Duration(float64(requests) / float64(s.rate) * float64(time.Second))
	_, err = fmt.Fprintf(e.stdout, "time       about %s at %s, until %s\n",
		needed.Round(time.Second), s.rate, time.Now().Add(needed).Format("2006-01-02 15:04"))
	return err
}
