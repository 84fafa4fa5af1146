// Command checkout places an order, and does not pay it.
//
//	go run ./checkout rocket.shop
//
// An order that is not paid reserves nothing, costs nothing, and can no longer be paid after some days.
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
		log.Fatal("usage: checkout DOMAIN")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	check(err)
	var cart struct {
		CartID string `json:"cartId"`
	}
	var item struct {
		ItemID int64 `json:"itemId"`
	}
	var contacts []int64
	check(client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR"}, &cart))
	path := "/order/cart/" + cart.CartID
	check(client.Post(path+"/assign", nil, nil))
	check(client.Post(path+"/domain", map[string]any{"domain": os.Args[1], "duration": "P1Y", "pricingMode": "create-default"}, &item))
	check(client.Get("/me/contact", &contacts))
	answers := fmt.Sprintf("%s/item/%d/configuration", path, item.ItemID)
	check(client.Post(answers, map[string]string{"label": "OWNER_LEGAL_AGE", "value": "true"}, nil))
	for _, id := range contacts[:min(1, len(contacts))] { // without one, the owner is who holds the account
		check(client.Post(answers, map[string]string{"label": "OWNER_CONTACT", "value": fmt.Sprintf("/me/contact/%d", id)}, nil))
	}
	var order struct {
		OrderID int64  `json:"orderId"`
		URL     string `json:"url"` // opens the order and pays it: a secret
		Prices  struct {
			WithTax struct {
				Text string `json:"text"`
			} `json:"withTax"`
		} `json:"prices"`
	}
	// With autoPayWithPreferredPaymentMethod true, the money moves at once. Where the reply is lost, look into
	// /me/order before you send it again: the order may be there.
	check(client.Post(path+"/checkout", map[string]bool{"autoPayWithPreferredPaymentMethod": false}, &order))
	fmt.Printf("order %d of %s, not paid: %s\n", order.OrderID, order.Prices.WithTax.Text, order.URL)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
