package delegation_test

import (
	"context"
	"fmt"
	"log"

	"tldsweep/internal/delegation"
	"tldsweep/internal/emulator"
)

// Of three domains one is delegated. The name server is the emulator's; without Resolvers, those of each extension are asked.
func Example() {
	server := emulator.New(emulator.Options{OnlyRegistered: true, Registered: []string{"moon.fr"}, DNSWildcards: []string{"shop"}})
	defer server.Close()
	address, err := server.StartDNS("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	checker, err := delegation.New(delegation.Options{Resolvers: []string{address}})
	if err != nil {
		log.Fatal(err)
	}
	defer checker.Close()
	for _, domain := range [][2]string{{"moon.fr", "fr"}, {"rocket.fr", "fr"}, {"rocket.shop", "shop"}} {
		answer, err := checker.Check(context.Background(), domain[0], domain[1])
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(domain[0], "is", answer)
	}
	// Output:
	// moon.fr is delegated
	// rocket.fr is not delegated
	// rocket.shop is wildcard
}
