package pace_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"tldsweep/internal/pace"
)

// A request waits for permission, and what became of it is reported. After a refusal all requests wait.
func Example() {
	rate, err := pace.ParseRate("60/m")
	if err != nil {
		log.Fatal(err)
	}
	p := pace.New(rate)
	if err := p.Wait(context.Background()); err != nil {
		log.Fatal(err)
	}
	sent := time.Now()               // here the request is sent,
	p.Throttled(sent, 2*time.Minute) // and answered with 429 and Retry-After: 120

	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println("the next one:", p.Wait(short))

	stats := p.Stats()
	fmt.Println(stats.Requests, "sent,", stats.Throttled, "refused, the limit is", stats.Limit)
	// Output:
	// the next one: context deadline exceeded
	// 1 sent, 1 refused, the limit is 1/s
}
