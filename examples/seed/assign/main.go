// Command assign binds a cart to your account and finds it there by its description.
//
//	go run ./assign merryChristmas
//
// Only a cart that is assigned can be checked out.
package main

import (
	"fmt"
	"log"
	"net/url"
	"os"

	"github.com/ovh/go-ovh/ovh"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: assign DESCRIPTION")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	if err != nil {
		log.Fatal(err)
	}
	var cart struct {
		CartID string `json:"cartId"`
	}
	body := map[string]string{"ovhSubsidiary": "FR", "description": os.Args[1]}
	if err := client.Post("/order/cart", body, &cart); err != nil {
		log.Fatal(err)
	}
	// Once: a second time is refused.
	if err := client.Post("/order/cart/"+cart.CartID+"/assign", nil, nil); err != nil {
		log.Fatal(err)
	}
	var found []string
	if err := client.Get("/order/cart?description="+url.QueryEscape(os.Args[1]), &found); err != nil {
		log.Fatal(err)
	}
	for _, id := range found {
		fmt.Printf("cart %s is yours\n", id)
	}
	if err := client.Delete("/order/cart/"+cart.CartID, nil); err != nil {
		log.Fatal(err)
	}
}
