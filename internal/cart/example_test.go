package cart_test

import (
	"context"
	"fmt"
	"log"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
)

// A domain is looked up in a cart, judged, put into the cart, and its price without an order is asked for.
func Example() {
	ctx := context.Background()
	server := emulator.New(emulator.Options{OnlyRegistered: true})
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := api.New(api.Config{Endpoint: address, Key: &api.Key{
		ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey,
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	opened, err := cart.Open(ctx, client, cart.Options{Subsidiary: "FR"})
	if err != nil {
		log.Fatal(err)
	}
	found, err := opened.Lookup(ctx, "rocket.shop")
	if err != nil {
		log.Fatal(err)
	}
	verdict := cart.Verdict(found.Offers)
	fmt.Println("looked up:", verdict.Status, verdict.Price, verdict.Currency)

	basket, _, err := opened.Basket(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if _, _, err := basket.Add(ctx, cart.Wanted{Domain: "rocket.shop", PlanCode: "shop", Duration: verdict.Duration, PricingMode: verdict.PricingMode, OfferID: verdict.OfferID}); err != nil {
		log.Fatal(err)
	}
	bill, err := basket.Summary(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("in the cart:", bill.WithoutTax, "and", bill.Tax, "of tax")
	// Output:
	// looked up: available 25.00 EUR
	// in the cart: 25.00 and 5.00 of tax
}
