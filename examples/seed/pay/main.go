// Command pay orders a domain and pays it with the account's default payment method, after you typed the total.
//
//	go run ./pay rocket.shop
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
		log.Fatal("usage: pay DOMAIN")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	check(err)
	// Nothing is ordered where it could not be paid.
	var methods []int64
	check(client.Get("/me/payment/method?default=true", &methods))
	if len(methods) == 0 {
		log.Fatal("this account has no default payment method")
	}
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
		OrderID int64 `json:"orderId"`
		Prices  struct {
			WithTax struct {
				Value float64 `json:"value"`
				Text  string  `json:"text"`
			} `json:"withTax"`
		} `json:"prices"`
	}
	check(client.Post(path+"/checkout", nil, &order))
	total := fmt.Sprintf("%.2f", order.Prices.WithTax.Value)
	fmt.Printf("order %d of %s. Type %s to pay it: ", order.OrderID, order.Prices.WithTax.Text, total)
	var typed string
	if fmt.Scanln(&typed); typed != total {
		log.Fatal("not paid")
	}
	path = fmt.Sprintf("/me/order/%d", order.OrderID)
	check(client.Post(path+"/pay", map[string]any{"paymentMethod": map[string]int64{"id": methods[0]}}, nil))
	var status string // a bare string: checking, delivering, delivered, …
	check(client.Get(path+"/status", &status))
	fmt.Println("paid:", status)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
