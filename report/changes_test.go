package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tldsweep/report"
	"tldsweep/scanner"
)

func changed() []scanner.Change {
	of := func(name string, before, now scanner.Answer) scanner.Change {
		return scanner.Change{Query: scanner.Query{Name: scanner.ParseName(name), Extension: "fr"}, Before: before, Now: now, Run: 7, Seen: time.Unix(1790000000, 0)}
	}
	free := scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: "5.99", Renewal: "8.99", Discount: "2.00"}
	dear := scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: "7.99", Renewal: "7.99", Discount: "0.00"}
	return []scanner.Change{of("rocket", scanner.Answer{Status: scanner.Taken}, free), of("café", free, dear), of("moon", free, scanner.Answer{Status: scanner.Taken})}
}

func tell(t *testing.T, format string, changes []scanner.Change) string {
	t.Helper()
	var text bytes.Buffer
	w, err := report.NewChanges(format, &text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestChangesInEveryFormat(t *testing.T) {
	want := map[string]string{
		"text": "rocket.fr: became available (taken → available 5.99 EUR, then 8.99)\n" +
			"café.fr: price +2.00, renewal -1.00, promotion ended (available 5.99 EUR, then 8.99 → available 7.99 EUR, then 7.99)\n" +
			"moon.fr: was taken (available 5.99 EUR, then 8.99 → taken)\n",
		"md": "| domain | news | before | now |\n| --- | --- | --- | --- |\n" +
			"| rocket.fr | became available | taken | available 5.99 EUR, then 8.99 |\n" +
			"| café.fr | price \\+2.00, renewal -1.00, promotion ended | available 5.99 EUR, then 8.99 | available 7.99 EUR, then 7.99 |\n" +
			"| moon.fr | was taken | available 5.99 EUR, then 8.99 | taken |\n",
		"csv": "domain,unicode,news,old_status,status,currency,old_price,price,price_moved,old_renewal,renewal,renewal_moved,old_discount,discount,run,seen_at\n" +
			"rocket.fr,rocket.fr,became_available,taken,available,EUR,,5.99,,,8.99,,,2.00,7,2026-09-21T14:13:20Z\n" +
			"xn--caf-dma.fr,café.fr,price;renewal;promotion_ended,available,available,EUR,5.99,7.99,2.00,8.99,7.99,-1.00,2.00,0.00,7,2026-09-21T14:13:20Z\n" +
			"moon.fr,moon.fr,was_taken,available,taken,EUR,5.99,,,8.99,,,2.00,,7,2026-09-21T14:13:20Z\n",
	}
	for format, want := range want {
		if got := tell(t, format, changed()); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, got, want)
		}
	}
	if rows, err := csv.NewReader(strings.NewReader(tell(t, "csv", nil))).ReadAll(); err != nil || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
	var document struct {
		Schema  int
		Changes []struct {
			Domain string
			Kinds  []string `json:"news"`
			Run    int
		}
	}
	if err := json.Unmarshal([]byte(tell(t, "json", changed())), &document); err != nil || document.Schema != report.Schema || len(document.Changes) != 3 || len(document.Changes[1].Kinds) != 3 {
		t.Errorf("%+v, %v", document, err)
	}
	if err := json.Unmarshal([]byte(tell(t, "json", nil)), &document); err != nil || len(document.Changes) != 0 {
		t.Errorf("%+v, %v", document, err)
	}
	for line := range strings.Lines(tell(t, "jsonl", changed())) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil || one["run"] != 7. || one["domain"] == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	if tell(t, "jsonl", nil) != "" || tell(t, "text", nil) != "" {
		t.Error("no changes are no text")
	}
	if _, err := report.NewChanges("html", nil); err == nil || !strings.Contains(err.Error(), "want csv, jsonl, json, md or text") {
		t.Errorf("%v", err)
	}
	for path, want := range map[string]string{"a.csv": "csv", "b.TXT": "text", "c.md": "md"} {
		if got, err := report.ChangeFormatOf(path); got != want || err != nil {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	if _, err := report.ChangeFormatOf("a.html"); err == nil {
		t.Error("changes have no page")
	}
}
