package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
	"tldsweep/internal/emulator"
	"tldsweep/internal/order"
)

// Machines that buy one domain at the same moment, each with its quote and its journal, buy it once at most, in whatever order their
// requests arrive. All of them may give way; whoever is alone gets it.
func TestManyMachinesAtOnce(t *testing.T) {
	bought, tried := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		machines := rapid.IntRange(1, 3).Draw(r, "machines")
		seed := rapid.Uint64().Draw(r, "seed")
		offsets := rapid.SliceOfN(rapid.IntRange(0, 300), machines, machines).Draw(r, "offsets")
		folder := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			thisYear()
			network := newNetwork()
			served := emulator.New(emulator.Options{OnlyRegistered: true, CheckTimeouts: -1, Seed: seed, Jitter: 100 * time.Millisecond})
			server := &http.Server{Handler: served}
			var serving sync.WaitGroup
			serving.Go(func() { _ = server.Serve(network) })
			defer func() { server.Close(); serving.Wait() }()
			m := &mall{}
			var buying sync.WaitGroup
			var ready sync.WaitGroup
			ready.Add(machines)
			for i := range machines {
				buying.Go(func() {
					client, err := api.New(api.Config{
						Endpoint: "http://" + network.Addr().String() + "/1.0", Dial: network.dial,
						Key: &api.Key{ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey},
					})
					if err != nil {
						t.Error(err)
						return
					}
					defer client.Close()
					journal, err := order.OpenJournal(filepath.Join(folder, fmt.Sprintf("%d.jsonl", i)), true)
					if err != nil {
						t.Error(err)
						return
					}
					defer journal.Close()
					shop := &order.Shop{Client: client, Journal: journal, Account: "ab12345-ovh", Subsidiary: "FR", AnswerWithin: 5 * time.Minute}
					quote, err := m.quote(context.Background(), shop, []string{"one.fr"})
					ready.Done()
					if err != nil {
						t.Error(err)
						return
					}
					ready.Wait()
					time.Sleep(time.Duration(offsets[i]) * time.Millisecond)
					_, err = shop.Buy(context.Background(), quote, order.Limits{}, func(*cart.Bill) error { return nil })
					if err != nil && machines == 1 {
						t.Error(err)
					}
				})
			}
			buying.Wait()
			if orders := served.Orders(); len(orders) > 1 {
				t.Errorf("it is bought %d times", len(orders))
			} else {
				bought += len(orders)
			}
			tried++
		})
	})
	t.Logf("bought in %d of %d", bought, tried)
}
