// Command featured looks a name up under the extensions that OVHcloud highlights.
//
//	go run ./featured rocket
//
// A client of go-ovh must not be shared between goroutines: one that asks several things at once makes a client for
// each. Here one asks after the other, for about 60 requests a minute are fair use of a key.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/ovh/go-ovh/ovh"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: featured NAME")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	if err != nil {
		log.Fatal(err)
	}
	// Most important first. /domain/data/extension is alphabetical: its first ten are abogado, ac, academy, …
	var extensions []string
	if err := client.Get("/domain/extensions/highlighted?ovhSubsidiary=FR", &extensions); err != nil {
		log.Fatal(err)
	}
	var cart struct {
		CartID string `json:"cartId"`
	}
	if err := client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR"}, &cart); err != nil {
		log.Fatal(err)
	}
	for _, extension := range extensions[:min(10, len(extensions))] {
		domain := os.Args[1] + "." + extension
		var offers []struct {
			Action    string `json:"action"`
			Orderable bool   `json:"orderable"`
		}
		if err := client.Get("/order/cart/"+cart.CartID+"/domain?domain="+domain, &offers); err != nil {
			log.Printf("%s: unknown: %v", domain, err) // an error says nothing about the domain
			continue
		}
		available := false // no offer, or only one to transfer it: taken
		for _, o := range offers {
			available = available || o.Action == "create" && o.Orderable
		}
		if available {
			fmt.Println(domain, "is available")
		} else {
			fmt.Println(domain, "is not available")
		}
	}
	if err := client.Delete("/order/cart/"+cart.CartID, nil); err != nil {
		log.Fatal(err)
	}
}
