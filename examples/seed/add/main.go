// Command add puts a domain into a cart and shows what is in there.
//
//	go run ./add rocket.shop
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/ovh/go-ovh/ovh"
)

// item is what is read here of OVHcloud's order.cart.Item.
type item struct {
	ItemID   int64          `json:"itemId"`
	Duration string         `json:"duration"`
	Settings map[string]any `json:"settings"` // planCode, pricingMode, quantity; the domain mostly, too, which is not described
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: add DOMAIN")
	}
	client, err := ovh.NewDefaultClient() // OVH_ENDPOINT and the keys, or ovh.conf
	if err != nil {
		log.Fatal(err)
	}
	var cart struct {
		CartID string `json:"cartId"`
	}
	if err := client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR"}, &cart); err != nil {
		log.Fatal(err)
	}
	path := "/order/cart/" + cart.CartID
	// Without pricingMode the first offer is taken, be it at a premium price or a transfer.
	body := map[string]any{"domain": os.Args[1], "duration": "P1Y", "pricingMode": "create-default"}
	var added item
	if err := client.Post(path+"/domain", body, &added); err != nil {
		log.Fatal(err)
	}
	var ids []int64
	if err := client.Get(path+"/item", &ids); err != nil {
		log.Fatal(err)
	}
	for _, id := range ids {
		var in item
		if err := client.Get(fmt.Sprintf("%s/item/%d", path, id), &in); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("item %d: .%v for %s\n", in.ItemID, in.Settings["planCode"], in.Duration)
	}
	// A domain that is not wanted after all is taken out again.
	if err := client.Delete(fmt.Sprintf("%s/item/%d", path, added.ItemID), nil); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("item %d taken out\n", added.ItemID)
	if err := client.Delete(path, nil); err != nil {
		log.Fatal(err)
	}
}
