// Command search says whether domains can be registered, and for how much.
//
//	go run ./search rocket.shop moon.com
//
// Prices are without VAT.
package main

import (
	"fmt"
	"log"
	"net/url"
	"os"
	"strings"

	"github.com/ovh/go-ovh/ovh"
)

// offer is what is read here of OVHcloud's order.cart.ProductInformation.
type offer struct {
	Action      string `json:"action"`
	Orderable   bool   `json:"orderable"`
	Phase       string `json:"phase"`
	PricingMode string `json:"pricingMode"`
	Prices      []struct {
		Label string `json:"label"`
		Price struct {
			Text string `json:"text"`
		} `json:"price"`
	} `json:"prices"`
}

// price finds an amount by its label: their order has changed before, so it means nothing.
func (o offer) price(label string) string {
	for _, p := range o.Prices {
		if p.Label == label {
			return p.Price.Text
		}
	}
	return "unknown"
}

func main() {
	log.SetFlags(0)
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
	for _, domain := range os.Args[1:] {
		var offers []offer
		// A lookup needs a login, though the cart needs none.
		if err := client.Get("/order/cart/"+cart.CartID+"/domain?domain="+url.QueryEscape(domain), &offers); err != nil {
			log.Printf("%s: unknown: %v", domain, err) // an error says nothing about the domain
			continue
		}
		fmt.Printf("%s: %s\n", domain, verdict(offers))
	}
	if err := client.Delete("/order/cart/"+cart.CartID, nil); err != nil {
		log.Fatal(err)
	}
}

// verdict reads offers. No offer at all means that the domain is taken, and so does an offer to transfer it, although
// that one is orderable, too: by its holder.
func verdict(offers []offer) string {
	for _, o := range offers {
		switch {
		case o.Action != "create" || !o.Orderable || o.Phase != "ga": // ga: general availability, when anybody may order
		case strings.Contains(o.PricingMode, "premium"):
			return fmt.Sprintf("premium, %s, then %s a year", o.price("TOTAL"), o.price("RENEW"))
		default:
			return fmt.Sprintf("available, %s, then %s a year", o.price("TOTAL"), o.price("RENEW"))
		}
	}
	return "not available"
}
