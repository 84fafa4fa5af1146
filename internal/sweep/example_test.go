package sweep_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"tldsweep/internal/api"
	"tldsweep/internal/emulator"
	"tldsweep/internal/history"
	"tldsweep/internal/pace"
	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

// Two names under two extensions, from the list to a table and a summary; the answers are kept.
func Example() {
	ctx := context.Background()
	server := emulator.New(emulator.Options{OnlyRegistered: true, Registered: []string{"moon.fr"}})
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	rate := pace.New(0) // of OVHcloud itself, 60 a minute are asked at most
	client, err := api.New(api.Config{Endpoint: address, Pace: rate, Key: &api.Key{
		ApplicationKey: emulator.DefaultApplicationKey, ApplicationSecret: emulator.DefaultApplicationSecret, ConsumerKey: emulator.DefaultConsumerKey,
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	folder, err := os.MkdirTemp("", "sweep")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	scan := &sweep.Scan{
		Endpoint:   sweep.Endpoint{Client: client, Pace: rate, Subsidiary: "FR", Emulated: true},
		Input:      &sweep.Input{Names: []string{"rocket", "moon"}},
		Extensions: []string{"fr,com"},
		Sources:    sweep.Sources{Workers: 4},
		Filter:     sweep.Filter{Statuses: []scanner.Status{scanner.Available, scanner.Taken}},
		Ordered:    true,
		Conclusion: sweep.Conclusion{Summary: filepath.Join(folder, "summary.json")},
	}
	defer scan.Input.Close()
	question, _, err := scan.Question()
	if err != nil {
		log.Fatal(err)
	}
	if scan.Recorder, err = sweep.NewRecorder(ctx, filepath.Join(folder, "history.db"), question, history.RunOptions{}); err != nil {
		log.Fatal(err)
	}
	if scan.Outputs, err = sweep.OpenOutputs(sweep.OutputOptions{Stdout: os.Stdout, Format: "md"}); err != nil {
		log.Fatal(err)
	}
	count, err := scan.Run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(count.Rows, "rows,", count.Status[scanner.Available], "available")
	// Output:
	// | domain | status | price | renewal | note |
	// | --- | --- | ---: | ---: | --- |
	// | rocket.fr | available | 5.99 EUR | 8.99 EUR |  |
	// | rocket.com | available | 7.33 EUR | 43.96 EUR |  |
	// | moon.fr | taken |  |  | transfer\_only |
	// | moon.com | available | 7.33 EUR | 43.96 EUR |  |
	//
	// 4 domains: 3 available, 1 taken
	// 4 rows, 3 available
}
