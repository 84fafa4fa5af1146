package order_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
	"tldsweep/internal/order"
)

// A quote of one domain, its order, and its payment.
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
	folder, err := os.MkdirTemp("", "order")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	journal, err := order.OpenJournal(filepath.Join(folder, "orders.jsonl"), true)
	if err != nil {
		log.Fatal(err)
	}
	defer journal.Close()

	shop := &order.Shop{Client: client, Journal: journal, Account: "ab12345-ovh", Subsidiary: "FR"}
	opened, err := shop.Open(ctx, "an example")
	if err != nil {
		log.Fatal(err)
	}
	basket, _, err := opened.Basket(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var answers order.Answers
	if err := answers.Set("owner_legal_age", "true"); err != nil {
		log.Fatal(err)
	}
	picks := []order.Pick{{
		Wanted: cart.Wanted{Domain: "rocket.fr", Duration: "P1Y", PlanCode: "fr", PricingMode: "create-default"}, Status: "available", MaxPrice: "6.00",
	}}
	quote, err := shop.Prepare(ctx, basket, picks, &answers, nil)
	if err == nil {
		err = shop.Seal(ctx, quote)
	}
	if err != nil {
		log.Fatal(err)
	}
	placed, err := shop.Buy(ctx, quote, order.Limits{Total: "8.00"}, func(bill *cart.Bill) error {
		fmt.Println("confirmed:", bill.WithTax, bill.Currency)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ordered:", placed.Total, placed.Status)
	if _, err := shop.Pay(ctx, placed.Order, order.Means{Mean: "fidelityAccount"}, ""); err != nil {
		log.Fatal(err)
	}
	fmt.Println("paid:", server.Orders()[0].Paid)
	// Output:
	// confirmed: 7.19 EUR
	// ordered: 7.19 notPaid
	// paid: true
}
