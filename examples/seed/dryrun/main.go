// Command dryrun shows the bill of an order that it does not place.
//
//	go run ./dryrun rocket.shop
//
// GET …/checkout is the only call that knows whether a cart can be ordered: it refuses what is missing or wrong.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/ovh/go-ovh/ovh"
)

type price struct {
	Text string `json:"text"`
}

// bill is what is read here of OVHcloud's order.cart.Order.
type bill struct {
	Details []struct {
		Description string `json:"description"`
		TotalPrice  price  `json:"totalPrice"`
	} `json:"details"`
	Contracts []struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"contracts"` // ordering accepts them
	Prices struct {
		WithoutTax price `json:"withoutTax"`
		WithTax    price `json:"withTax"`
	} `json:"prices"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: dryrun DOMAIN")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	check(err)
	var cart struct {
		CartID string `json:"cartId"`
	}
	var item struct {
		ItemID int64 `json:"itemId"`
	}
	check(client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR"}, &cart))
	path := "/order/cart/" + cart.CartID
	check(client.Post(path+"/assign", nil, nil))
	check(client.Post(path+"/domain", map[string]any{"domain": os.Args[1], "duration": "P1Y", "pricingMode": "create-default"}, &item))

	// Without answers to what its registry asks, it is refused, with words such as "Custom field OWNER_LEGAL_AGE is
	// mandatory for product …".
	if err := client.Get(path+"/checkout", nil); err != nil {
		fmt.Println("refused:", err)
	}
	var contacts []int64
	check(client.Get("/me/contact", &contacts))
	answers := fmt.Sprintf("%s/item/%d/configuration", path, item.ItemID)
	check(client.Post(answers, map[string]string{"label": "OWNER_LEGAL_AGE", "value": "true"}, nil))
	for _, id := range contacts[:min(1, len(contacts))] { // without one, the owner is who holds the account
		check(client.Post(answers, map[string]string{"label": "OWNER_CONTACT", "value": fmt.Sprintf("/me/contact/%d", id)}, nil))
	}
	var bill bill
	check(client.Get(path+"/checkout", &bill))
	for _, row := range bill.Details {
		fmt.Printf("%12s  %s\n", row.TotalPrice.Text, row.Description)
	}
	for _, contract := range bill.Contracts {
		fmt.Println("contract", contract.Name, contract.URL)
	}
	fmt.Printf("%s without tax, %s with\n", bill.Prices.WithoutTax.Text, bill.Prices.WithTax.Text)
	check(client.Delete(path, nil))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
