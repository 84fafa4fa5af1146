// Command cart opens a cart, reads it again and deletes it.
//
//	go run ./cart
//
// A cart holds what is ordered together. It lives for a day unless expire says otherwise, costs nothing, and prices are
// those of its subsidiary.
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/ovh/go-ovh/ovh"
)

// cart is OVHcloud's order.cart.Cart.
type cart struct {
	CartID      string  `json:"cartId"`
	Description string  `json:"description"`
	Expire      string  `json:"expire"`
	Items       []int64 `json:"items"`
	ReadOnly    bool    `json:"readOnly"` // once it was checked out
}

func main() {
	log.SetFlags(0)
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	if err != nil {
		log.Fatal(err)
	}
	body := map[string]string{
		"ovhSubsidiary": "FR", // upper case: "fr" is refused
		"description":   "seed",
		"expire":        time.Now().Add(2 * time.Hour).Format(time.RFC3339),
	}
	var opened cart
	// No login is needed to open a cart, but one that is not yours can neither be found again nor be checked out.
	if err := client.PostUnAuth("/order/cart", body, &opened); err != nil {
		log.Fatal(err)
	}
	var read cart
	if err := client.GetUnAuth("/order/cart/"+opened.CartID, &read); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("cart %s %q until %s: %d items\n", read.CartID, read.Description, read.Expire, len(read.Items))

	if err := client.Delete("/order/cart/"+opened.CartID, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println("deleted")
}
