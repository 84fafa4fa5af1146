package report_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tldsweep/report"
	"tldsweep/scanner"
)

func read(text []byte) (rows []report.Row, err error) {
	for row, err := range report.Read(bytes.NewReader(text)) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Whatever is written is read again, in every format.
func TestReportsAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		results := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) scanner.Result {
			name := scanner.ParseName(rapid.StringMatching(`[a-z][a-z0-9]{0,20}|café|-[a-z]`).Draw(r, "name"))
			return scanner.Result{
				Query: scanner.Query{Name: name, Extension: rapid.SampledFrom([]string{"fr", "co.uk", "xn--p1ai"}).Draw(r, "extension")},
				Answer: scanner.Answer{
					Status: rapid.SampledFrom(scanner.Statuses[:]).Draw(r, "status"), Currency: "EUR",
					Price: rapid.SampledFrom([]string{"", "5.99", "1200.00"}).Draw(r, "price"), Renewal: rapid.SampledFrom([]string{"", "8.99"}).Draw(r, "renewal"),
				},
			}
		}), 1, 20).Draw(r, "results")
		var want []report.Row
		for _, result := range results {
			want = append(want, report.Row{Domain: result.Domain(), Extension: result.Extension, Status: result.Status, Currency: "EUR", Price: result.Price, Renewal: result.Renewal})
		}
		for _, format := range []string{"csv", "jsonl", "json"} {
			var text bytes.Buffer
			writer, err := report.New(format, &text)
			if err != nil {
				r.Fatal(err)
			}
			for _, result := range results {
				if err := writer.Write(result); err != nil {
					r.Fatal(err)
				}
			}
			if err := writer.Close(); err != nil {
				r.Fatal(err)
			}
			got, err := read(text.Bytes())
			if err != nil {
				r.Fatalf("%s: %v", format, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Errorf("%s: %s", format, diff)
			}
		}
	})
}

func TestReportsFromElsewhere(t *testing.T) {
	want := []report.Row{{Domain: "a.fr", Status: "available", Price: "5.99"}, {Domain: "b.fr", Status: "taken"}}
	for name, text := range map[string]string{
		"a spreadsheet's":   "\xef\xbb\xbfstatus;Price;DOMAIN\r\navailable;5.99;A.fr\r\n;;\r\ntaken;;b.fr\r\n",
		"tabs":              "domain\tstatus\tprice\na.fr\tavailable\t5.99\nb.fr\ttaken\t\n",
		"a row cut short":   "domain,status,price\na.fr,available,5.99\nb.fr,taken\n",
		"a list":            `[{"domain":"a.fr","status":"available","price":"5.99"},{"domain":"b.fr","status":"taken"}]`,
		"objects":           "\n" + `{"status":"available","price":"5.99","domain":"a.fr"} {"domain":"b.fr","status":"taken","new":[1]}`,
		"a document of one": `{"schema": 1, "results": [ {"domain":"a.fr","status":"available","price":"5.99"}, {"domain":"b.fr","status":"taken"} ]}`,
	} {
		got, err := read([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "names": "rocket\nmoon\n", "another table": "a,b\n1,2\n", "an object": `{"a":1}`, "numbers": `[1,2]`,
		"a cut document": `{"schema":1,"results":[{"domain":"a.fr","status":"taken"}`, "a number as a price": `{"domain":"a.fr","status":"taken","price":5}`,
		"a quote": `{"schema":1,"cart":"x"}`, "half a quotation mark": "domain,status\n\"a.fr,taken\n",
	} {
		if rows, err := read([]byte(text)); err == nil {
			t.Errorf("%s was taken for %v", name, rows)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("domain,status\na.fr,taken\n"))
	f.Add([]byte(`{"schema":1,"results":[{"domain":"a.fr","status":"taken"}]}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := read(text)
		if err == nil && len(rows) == 0 && !strings.Contains(strings.ToLower(string(text)), "domain") && !bytes.Contains(text, []byte("[")) {
			t.Errorf("%q was taken for an empty report", text)
		}
	})
}

// endless repeats a text for ever, and counts.
type endless struct {
	text string
	read int
}

func (e *endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = e.text[(e.read+i)%len(e.text)]
	}
	e.read += len(into)
	return len(into), nil
}

// Of a report that never ends, no more is held than a row may have.
func TestAnEndlessRow(t *testing.T) {
	for _, c := range []struct{ start, forever string }{
		{"domain,status\n", "a"}, {"domain,status\n", ","}, {"domain,status\n\"", "a\n"}, {"domain,status", ",x"}, {`"domain`, "\n"},
		{`{"domain":"`, "a"}, {`{"domain":"x","status":"taken","x":[`, "1,"}, {`{"domain":"x","status":`, " "}, {"[", " "}, {`[{"domain":1`, "0"}, {`{"results":[{"`, "a"}, {`{"meta":"`, "results\\n"},
		{"", " \n"},
	} {
		forever := &endless{text: c.forever}
		var failed error
		before := 0
		for _, err := range report.Read(io.MultiReader(strings.NewReader(c.start), forever)) {
			if failed = err; err == nil {
				if before++; before > 10 {
					break
				}
			}
		}
		if failed == nil || forever.read > 4<<20 {
			t.Errorf("%s%s…: %v after %d bytes", c.start, c.forever, failed, forever.read)
		}
	}
}
