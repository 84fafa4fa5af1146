// Command configure shows what a registry wants to know of a domain, and answers some of it.
//
//	go run ./configure rocket.shop
//
// Values are always text, also "true". OVHcloud takes nearly anything here and refuses it at the dry run.
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
		log.Fatal("usage: configure DOMAIN")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	if err != nil {
		log.Fatal(err)
	}
	var cart struct {
		CartID string `json:"cartId"`
	}
	var item struct {
		ItemID int64 `json:"itemId"`
	}
	var asked []struct {
		Label    string `json:"label"`
		Type     string `json:"type"`     // a path such as /me/contact: a resource, named by its path
		Required bool   `json:"required"` // a hint; only the dry run knows what must be there
	}
	check(client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR"}, &cart))
	path := "/order/cart/" + cart.CartID
	check(client.Post(path+"/assign", nil, nil))
	check(client.Post(path+"/domain", map[string]any{"domain": os.Args[1], "duration": "P1Y", "pricingMode": "create-default"}, &item))
	path = fmt.Sprintf("%s/item/%d", path, item.ItemID)
	check(client.Get(path+"/requiredConfiguration", &asked))

	// The owner is a contact of yours; POST /me/contact makes another one.
	var contacts []int64
	check(client.Get("/me/contact", &contacts))
	answers := map[string]string{"OWNER_LEGAL_AGE": "true", "DNS": "ns1.example.net;ns2.example.net"}
	if len(contacts) > 0 {
		answers["OWNER_CONTACT"] = fmt.Sprintf("/me/contact/%d", contacts[0])
	}
	// One after the other: posts to one item that overtake each other are not safe.
	for _, a := range asked {
		fmt.Printf("%-18s %-12s required: %t", a.Label, a.Type, a.Required)
		if value := answers[a.Label]; value != "" {
			check(client.Post(path+"/configuration", map[string]string{"label": a.Label, "value": value}, nil))
			fmt.Printf(" = %s", value)
		}
		fmt.Println()
	}
	check(client.Delete("/order/cart/"+cart.CartID, nil))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
