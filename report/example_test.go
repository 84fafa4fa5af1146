package report_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"tldsweep/report"
	"tldsweep/scanner"
)

// One result is written as Markdown; a report in CSV is read again.
func Example() {
	w, err := report.New("md", os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	err = w.Write(scanner.Result{
		Query:  scanner.Query{Name: scanner.ParseName("rocket"), Extension: "fr"},
		Answer: scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: "5.99", Renewal: "8.99", Source: scanner.API},
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		log.Fatal(err)
	}

	for row, err := range report.Read(strings.NewReader("domain,extension,status,price\nmoon.fr,fr,taken,\n")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Domain, row.Status)
	}
	// Output:
	// | domain | status | price | renewal | note |
	// | --- | --- | ---: | ---: | --- |
	// | rocket.fr | available | 5.99 EUR | 8.99 EUR |  |
	//
	// 1 domain: 1 available
	// moon.fr taken
}
