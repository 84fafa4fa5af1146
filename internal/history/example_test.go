package history_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// A run that was stopped is continued: what it has answered is replayed, and costs no request. What changed since the run
// before is told at the end.
func Example() {
	folder, err := os.MkdirTemp("", "history")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	h, err := history.Open(ctx, filepath.Join(folder, "history.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	question := history.Question{Endpoint: "https://eu.api.ovh.com/1.0", Subsidiary: "FR", Names: "digest of the list", Extensions: []string{"fr"}}
	rocket := scanner.Query{Name: scanner.ParseName("rocket"), Extension: "fr"}
	scan := func(answer scanner.Answer, stopped bool) {
		run, err := h.Begin(ctx, question, history.RunOptions{})
		if err != nil {
			log.Fatal(err)
		}
		defer run.Close()
		known, err := run.Replay().Answer(ctx, rocket)
		switch err {
		case nil:
			fmt.Println("run", run.ID(), "is continued:", rocket.Domain(), "was", known.Status)
		case scanner.ErrPass:
			answer.Source, answer.CheckedAt = scanner.API, time.Now()
			if err := run.Keep(scanner.Result{Query: rocket, Answer: answer}); err != nil {
				log.Fatal(err)
			}
		default:
			log.Fatal(err)
		}
		if stopped {
			return
		}
		if err := run.Finish(); err != nil {
			log.Fatal(err)
		}
	}
	free := scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: "5.99", Renewal: "8.99"}
	scan(free, true)
	scan(free, false)
	scan(scanner.Answer{Status: scanner.Taken, Reason: scanner.NoOffer}, false)

	last, err := h.FindRun(ctx, 0)
	if err != nil {
		log.Fatal(err)
	}
	before, err := h.RunBefore(ctx, last)
	if err != nil {
		log.Fatal(err)
	}
	for change, err := range h.Changes(ctx, before, last) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("between run", before, "and run", last.ID, change.Domain(), change.Kinds())
	}
	// Output:
	// run 1 is continued: rocket.fr was available
	// between run 1 and run 2 rocket.fr [was_taken]
}
