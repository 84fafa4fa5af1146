package scanner_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"tldsweep/scanner"
)

// Three lines of a list go through two stages: what cannot exist is answered on this machine, all else by a registry of two domains.
func Example() {
	lines := scanner.ReadNames(strings.NewReader("rocket # the product\nno spaces\nmoon.com\n"), "names.txt")
	var seen scanner.Seen
	defer seen.Close()
	queries := scanner.Queries(lines, []string{"fr"}, nil, &seen)

	registered := map[string]bool{"rocket.fr": true, "moon.fr": true}
	registry := scanner.Stage{Source: "registry", Workers: 4, Answer: func(ctx context.Context, query scanner.Query) (scanner.Answer, error) {
		if registered[query.Domain()] {
			return scanner.Answer{Status: scanner.Taken}, nil
		}
		return scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: "5.99"}, nil
	}}

	order := scanner.NewSequencer()
	for result, err := range scanner.Scan(context.Background(), order.Queries(queries), scanner.Check(nil), registry) {
		if err != nil {
			log.Fatal(err)
		}
		for result := range order.Ready(result) {
			fmt.Println(result.Domain(), result.Status, result.Source)
		}
	}
	// Output:
	// rocket.fr taken registry
	// no spaces.fr invalid local
	// moon.com available registry
}
