package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tldsweep/report"
	"tldsweep/scanner"
)

const header = "domain,unicode,name,extension,status,reason,currency,price,renewal,regular,discount,fee,duration," +
	"pricing_mode,phase,offer_id,source,attempts,latency_ms,checked_at,error"

// good is a row with every column filled.
func good() scanner.Result {
	return scanner.Result{
		Query: scanner.Query{Name: scanner.Name{ASCII: "xn--caf-dma", Unicode: "café"}, Extension: "xn--p1ai"},
		Answer: scanner.Answer{
			Status: scanner.Available, Currency: "EUR", Price: "5.99", Renewal: "7.79", Regular: "7.99", Discount: "2.00", Fee: "0.10",
			Duration: "P1Y", PricingMode: "create-default", Phase: "ga", OfferID: "fr-create", Attempts: 2, Latency: 41500 * time.Microsecond,
			CheckedAt: time.Date(2026, 3, 1, 13, 4, 5, 999, time.FixedZone("", 3600)), Source: scanner.API,
		},
	}
}

// failed is a row whose name and error are text.
func failed(name, words string) scanner.Result {
	return scanner.Result{
		Query:  scanner.Query{Name: scanner.Name{ASCII: name, Unicode: name}, Extension: "fr"},
		Answer: scanner.Answer{Status: scanner.Failed, Reason: scanner.Network, Err: errors.New(words), Source: scanner.API},
	}
}

var hostileText = []string{
	"", "plain", `a,b`, `say "hi"`, "two\nlines", "two\r\nlines", "tab\there", "nul\x00here", "esc\x1b[31mred\x1b[0m", "bell\a",
	"c1\u009b31m", "bad\xffutf8\xc3", "sep\u2028\u2029", "bidi\u202egnp.exe\u2066", "zero\u200bwidth\ufeff", "join\u200d\u200cers",
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", `"=1`, "＝1", "＠x", `\.`, `\`, " lead", "trail ", "</script>&<b>", "日本語", "é",
	"👩‍👩‍👧", "🇫🇷", strings.Repeat("long", 100), "\u0301mark", ";=1", "\u00a0nbsp", "\u0085nel", "\v", "\ufffd", "\U0001f600", "\U000e0041",
}

func hostile() []scanner.Result {
	results := []scanner.Result{{}, good()}
	for _, text := range hostileText {
		results = append(results, failed(text, text))
	}
	return results
}

// want is the row that the contract promises, in the order of the columns.
func want(r scanner.Result) []string {
	name := r.Name.Unicode
	if name == "" {
		name = r.Name.ASCII
	}
	extension, checked, words := r.Extension, "", ""
	if extension == "xn--p1ai" {
		extension = "рф"
	}
	if !r.CheckedAt.IsZero() {
		checked = r.CheckedAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	if r.Err != nil {
		words = r.Err.Error()
	}
	cells := []string{
		r.Name.ASCII + "." + r.Extension, name + "." + extension, r.Name.ASCII, r.Extension, string(r.Status), string(r.Reason), r.Currency, r.Price,
		r.Renewal, r.Regular, r.Discount, r.Fee, r.Duration, r.PricingMode, r.Phase, r.OfferID, string(r.Source), strconv.Itoa(r.Attempts),
		fmt.Sprint(int64(r.Latency.Round(time.Millisecond) / time.Millisecond)), checked, words,
	}
	for i, cell := range cells {
		cells[i] = string([]rune(cell)) // U+FFFD for each byte that is not UTF-8
	}
	return cells
}

// wantCSV is want after what a spreadsheet must not see is gone; formulas are looked for with other means than ours.
func wantCSV(r scanner.Result) []string {
	cells := want(r)
	for i, cell := range cells {
		if i == 17 || i == 18 {
			continue
		}
		bare := strings.TrimLeftFunc(cell, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '"' || r == '\''
		})
		formula := cell != "" && strings.ContainsAny(cell[:1], "\t\r\n") ||
			bare != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(bare)[0])
		cell = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ", "\v", " ", "\f", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ").Replace(cell)
		cell = strings.Map(func(r rune) rune {
			if r < ' ' || r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
				return utf8.RuneError
			}
			return r
		}, cell)
		if formula {
			cell = "'" + cell
		}
		cells[i] = cell
	}
	return cells
}

func readCSV(document []byte) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(document)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != header {
		return nil, fmt.Errorf("header is missing: %q", rows)
	}
	return rows[1:], nil
}

// readObject reads one object with its keys in their order; a number among strings keeps its JSON form.
func readObject(d *json.Decoder) ([]string, error) {
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%v: %w", t, err)
	}
	var cells []string
	for i, column := range strings.Split(header, ",") {
		key, err := d.Token()
		if err != nil || key != column {
			return nil, fmt.Errorf("key %v, want %s (%w)", key, column, err)
		}
		value, err := d.Token()
		if err != nil {
			return nil, err
		}
		_, number := value.(json.Number)
		if number != (i == 17 || i == 18) {
			return nil, fmt.Errorf("%s is %T", column, value)
		}
		cells = append(cells, fmt.Sprint(value))
	}
	_, err := d.Token()
	return cells, err
}

func readJSONL(document []byte) ([][]string, error) {
	var rows [][]string
	for line := range bytes.Lines(document) {
		if !bytes.HasSuffix(line, []byte("}\n")) {
			return nil, fmt.Errorf("torn line %q", line)
		}
		row, err := readObject(json.NewDecoder(bytes.NewReader(line)))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func readJSON(document []byte) ([][]string, error) {
	var whole struct {
		Schema  int               `json:"schema"`
		Results []json.RawMessage `json:"results"`
	}
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	if err := d.Decode(&whole); err != nil {
		return nil, err
	}
	if whole.Schema != report.Schema || whole.Results == nil || d.More() {
		return nil, fmt.Errorf("not our document: %q", document)
	}
	var rows [][]string
	for _, raw := range whole.Results {
		row, err := readObject(json.NewDecoder(bytes.NewReader(raw)))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// formats is every format that can be read back.
var formats = []struct {
	name string
	read func([]byte) ([][]string, error)
	want func(scanner.Result) []string
}{
	{"csv", readCSV, wantCSV},
	{"jsonl", readJSONL, want},
	{"json", readJSON, want},
}

func write(t interface {
	Helper()
	Fatal(...any)
}, format string, results ...scanner.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := report.New(format, &b)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if err := w.Write(result); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileTextReadsBack(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			rows, err := f.read(write(t, f.name, hostile()...))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(hostile()) {
				t.Fatalf("%d rows, want %d", len(rows), len(hostile()))
			}
			for i, result := range hostile() {
				if !reflect.DeepEqual(rows[i], f.want(result)) {
					t.Errorf("row %d\n got %q\nwant %q", i, rows[i], f.want(result))
				}
			}
		})
	}
}

func TestAnyTextReadsBack(t *testing.T) {
	text := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom(hostileText),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }),
		rapid.StringOfN(rapid.SampledFrom([]rune("=+-@＝＋－＠ \t\r\n\"'\\.,;\x00\u00a0\u200b\u202ea")), 0, 6, -1),
	)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) string { return text.Draw(t, label) }
		r := scanner.Result{
			Query: scanner.Query{
				Name:      scanner.Name{ASCII: draw("ascii"), Unicode: draw("unicode")},
				Extension: strings.ReplaceAll(draw("extension"), "xn--", ""),
			},
			Answer: scanner.Answer{
				Status: scanner.Status(draw("status")), Reason: scanner.Reason(draw("reason")), Currency: draw("currency"), Price: draw("price"),
				Renewal: draw("renewal"), Regular: draw("regular"), Discount: draw("discount"), Fee: draw("fee"), Duration: draw("duration"),
				PricingMode: draw("mode"), Phase: draw("phase"), OfferID: draw("offer"), Attempts: rapid.Int().Draw(t, "attempts"),
				Latency:   time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "latency")),
				CheckedAt: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 5), Err: errors.New(draw("error")), Source: scanner.Source(draw("source")),
			},
		}
		for _, f := range formats {
			rows, err := f.read(write(t, f.name, r, r))
			if err != nil {
				t.Fatal(f.name, err)
			}
			for _, row := range rows {
				if !reflect.DeepEqual(row, f.want(r)) {
					t.Fatalf("%s\n got %q\nwant %q", f.name, row, f.want(r))
				}
			}
		}
		// What encoding/csv writes for the same cells is the same bytes, quotes and all.
		var theirs bytes.Buffer
		w := csv.NewWriter(&theirs)
		_ = w.Write(strings.Split(header, ","))
		_ = w.Write(wantCSV(r))
		w.Flush()
		if ours := write(t, "csv", r); !bytes.Equal(ours, theirs.Bytes()) {
			t.Fatalf("csv\n got %q\nwant %q", ours, theirs.Bytes())
		}
		for _, width := range []int{1, 10, 20, 36, 40, 60, 72, 80, 120} {
			checkTable(t, width, r)
		}
	})
}

// pieces keeps what every single Write was given.
type pieces [][]byte

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, bytes.Clone(b))
	return len(b), nil
}

func TestEveryRowIsOneWrite(t *testing.T) {
	for _, f := range formats {
		var p pieces
		w, err := report.New(f.name, &p)
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range hostile() {
			before := len(p)
			if err := w.Write(result); err != nil {
				t.Fatal(err)
			}
			header := 0
			if f.name == "csv" && i == 0 {
				header = 1
			}
			if len(p)-before-header != 1 {
				t.Errorf("%s: row %d left in %d pieces", f.name, i, len(p)-before)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if f.name == "json" {
			continue // a document needs its end
		}
		for cut := range len(p) + 1 {
			if f.name == "csv" && cut == 0 {
				continue // nothing at all is not a CSV
			}
			rows, err := f.read(bytes.Join(p[:cut], nil))
			got := len(rows)
			if f.name == "csv" {
				got++
			}
			if err != nil || got != cut {
				t.Errorf("%s cut after %d pieces: %d rows, %v", f.name, cut, got, err)
			}
		}
	}
}

func TestNoRows(t *testing.T) {
	for format, want := range map[string]string{
		"csv":   header + "\n",
		"jsonl": "",
		"json":  "{\"schema\":1,\"results\":[\n]}\n",
		"table": "0 domains\n",
	} {
		if got := string(write(t, format)); got != want {
			t.Errorf("%s of nothing is %q, want %q", format, got, want)
		}
	}
}

func TestGolden(t *testing.T) {
	for format, want := range map[string]string{
		"csv": header + "\nxn--caf-dma.xn--p1ai,café.рф,xn--caf-dma,xn--p1ai,available,,EUR,5.99,7.79,7.99,2.00,0.10,P1Y,create-default,ga,fr-create,api,2,42,2026-03-01T12:04:05Z,\n",
		"json": `{"schema":1,"results":[` + "\n" +
			`{"domain":"xn--caf-dma.xn--p1ai","unicode":"café.рф","name":"xn--caf-dma","extension":"xn--p1ai","status":"available","reason":"",` +
			`"currency":"EUR","price":"5.99","renewal":"7.79","regular":"7.99","discount":"2.00","fee":"0.10","duration":"P1Y",` +
			`"pricing_mode":"create-default","phase":"ga","offer_id":"fr-create","source":"api","attempts":2,"latency_ms":42,` +
			`"checked_at":"2026-03-01T12:04:05Z","error":""}` + "\n]}\n",
	} {
		if got := string(write(t, format, good())); got != want {
			t.Errorf("%s\n got %s\nwant %s", format, got, want)
		}
	}
	if got := strings.Join(report.Columns(), ","); got != header {
		t.Errorf("columns are %s", got)
	}
}

func TestExtensionThatDoesNotDecode(t *testing.T) {
	for extension, want := range map[string]string{
		"xn--p1ai": "a.рф", "co.uk": "a.co.uk", "xn--55qx5d.cn": "a.公司.cn", "xn--zzzzzzzzz\x00": "a.xn--zzzzzzzzz\x00", "": "a.", "xn--": "a.xn--",
	} {
		rows, err := readJSONL(write(t, "jsonl", scanner.Result{Query: scanner.Query{Name: scanner.Name{ASCII: "a"}, Extension: extension}}))
		if err != nil || rows[0][1] != want {
			t.Errorf("%q is shown as %q, want %q (%v)", extension, rows[0][1], want, err)
		}
	}
}

// broken fails once it has been given a number of bytes, in the middle of a piece.
type broken struct {
	left   int
	writes int
}

var errDisk = errors.New("disk is full")

func (b *broken) Write(p []byte) (int, error) {
	b.writes++
	if len(p) > b.left {
		return b.left, errDisk
	}
	b.left -= len(p)
	return len(p), nil
}

type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestErrorsOfTheWriterStay(t *testing.T) {
	for _, format := range []string{"csv", "jsonl", "json", "table"} {
		disk := &broken{left: 700}
		w, err := report.New(format, disk)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if err = w.Write(good()); err != nil {
				break
			}
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("%s: Write says %v", format, err)
		}
		writes := disk.writes
		if again, end := w.Write(good()), w.Close(); !errors.Is(again, errDisk) || !errors.Is(end, errDisk) {
			t.Errorf("%s: after an error Write says %v, Close %v", format, again, end)
		}
		if disk.writes != writes {
			t.Errorf("%s goes on after half a row", format)
		}

		w, _ = report.New(format, short{})
		if err := w.Write(good()); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: a short write is %v", format, err)
		}
		if w, _ = report.New(format, &broken{}); format != "jsonl" {
			if err := w.Close(); !errors.Is(err, errDisk) {
				t.Errorf("%s: Close says %v", format, err)
			}
		}
	}
}

func TestClose(t *testing.T) {
	for _, format := range []string{"csv", "jsonl", "json", "html", "md", "table"} {
		var b bytes.Buffer
		w, _ := report.New(format, &b)
		if err := errors.Join(w.Write(good()), w.Close()); err != nil {
			t.Fatal(err)
		}
		whole := b.String()
		if err := w.Close(); err != nil || b.String() != whole {
			t.Errorf("%s: a second Close says %v and adds %q", format, err, b.String()[len(whole):])
		}
		if err := w.Write(good()); err == nil || b.String() != whole {
			t.Errorf("%s takes a row after its end", format)
		}
	}
}

func TestNames(t *testing.T) {
	if _, err := report.New("xml", io.Discard); err == nil || !strings.HasSuffix(err.Error(), `"xml": want csv, jsonl, json, html, md or table`) {
		t.Errorf("unknown format: %v", err)
	}
	for path, want := range map[string]string{"a.csv": "csv", "a/b.JSONL": "jsonl", "a.ndjson": "jsonl", "a.b.json": "json", "A.CSV": "csv", "a.md": "md", "a.HTML": "html"} {
		if got, err := report.FormatOf(path); got != want || err != nil {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"", "csv", "a.txt", "a.csv.gz", "a.csv/b", "a."} {
		if got, err := report.FormatOf(path); err == nil || !strings.HasSuffix(err.Error(), "ends in .csv, .jsonl, .ndjson, .json, .html, .htm, .md or .markdown") {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
}

func TestAllocations(t *testing.T) {
	long := good()
	long.Name.ASCII = "xn--" + strings.Repeat("a", 60) // longer than what the compiler joins on the stack
	for format, limit := range map[string]float64{"csv": 1, "jsonl": 1, "json": 1, "table": 12} {
		for about, r := range map[string]scanner.Result{"usual": good(), "long": long, "failed": failed("a", "words")} {
			w, _ := report.New(format, io.Discard)
			if n := testing.AllocsPerRun(200, func() { _ = w.Write(r) }); n > limit {
				t.Errorf("%s, %s: %v allocations a row, want at most %v", format, about, n, limit)
			} else {
				t.Logf("%s, %s: %v allocations a row", format, about, n)
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, format := range []string{"csv", "jsonl", "json", "table"} {
		b.Run(format, func(b *testing.B) {
			w, err := report.New(format, io.Discard)
			if err != nil {
				b.Fatal(err)
			}
			r := good()
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
