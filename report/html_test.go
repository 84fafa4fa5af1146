package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/net/html"

	"tldsweep/report"
	"tldsweep/scanner"
)

func htmlOf(t testing.TB, results []scanner.Result) []byte {
	t.Helper()
	var text bytes.Buffer
	w, err := report.New("html", &text)
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
	return text.Bytes()
}

func offered(name, extension string, status scanner.Status, price, renewal string) scanner.Result {
	mode := "create-default"
	if status == scanner.Premium {
		mode = "create-premium"
	}
	return scanner.Result{
		Query:  scanner.Query{Name: scanner.ParseName(name), Extension: extension},
		Answer: scanner.Answer{Status: status, Currency: "EUR", Price: price, Renewal: renewal, PricingMode: mode, CheckedAt: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)},
	}
}

func some() []scanner.Result {
	return []scanner.Result{
		offered("rocket", "fr", scanner.Available, "5.99", "8.99"), offered("rocket", "com", scanner.Available, "7.33", "43.96"),
		offered("moon", "fr", scanner.Taken, "", ""), offered("moon", "com", scanner.Premium, "1200.00", "1200.00"),
		offered("café", "fr", scanner.Available, "3.50", "8.99"), offered("café", "com", scanner.Unsupported, "", ""),
		failed(`<script>alert("x")</script>`, `</td><script>alert("y")</script>`),
	}
}

// text is what a part of a document shows.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// Without a script the page is a table of names and extensions, in which hostile text is text.
func TestThePlainPage(t *testing.T) {
	page := htmlOf(t, some())
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	scripts := 0
	for n := range root.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "tr":
			var cells []string
			for c := range n.ChildNodes() {
				if c.Type == html.ElementNode {
					cells = append(cells, text(c))
				}
			}
			rows = append(rows, strings.Join(cells, " | "))
		case n.Type == html.ElementNode && n.Data == "script":
			scripts++
		}
	}
	want := []string{
		"name | .com | .fr",
		`<script>alert("x")</script> |  | ?`,
		"moon | ◆ 1200.00 1200.00 | –",
		"rocket | ✓ ▲ 7.33 43.96 | ✓ 5.99 8.99",
		"café | ∅ | ✓ 3.50 8.99",
	}
	if got := strings.Join(rows, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the table is\n%s", got)
	}
	if scripts != 1 {
		t.Errorf("%d scripts", scripts)
	}
	if !bytes.Contains(page, []byte("default-src &#39;none&#39;; style-src &#39;sha256-")) {
		t.Error("no policy")
	}
	if !bytes.Contains(page, []byte("7 domains: 3 available, 1 premium, 1 taken, 1 unsupported, 1 error")) {
		t.Error("no totals")
	}
	if regexp.MustCompile(`(?:src|href)=`).Match(page) {
		t.Error("the page asks for something else")
	}
}

func TestAPageWithoutRows(t *testing.T) {
	if page := htmlOf(t, nil); !bytes.Contains(page, []byte("0 domains")) {
		t.Errorf("%s", page)
	}
}

// browser opens a page from disk in a real browser. What the browser complains about fails the test.
func browser(t testing.TB, page []byte, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("needs a browser: apt-get install chromium")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o644); err != nil {
		t.Fatal(err)
	}
	options = append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1300, 900)), options...)
	allocated, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	inTime, stop := context.WithTimeout(allocated, 2*time.Minute)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(inTime)
	t.Cleanup(end)
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page throws %s", e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			t.Errorf("the browser says %s", e.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate("file://"+file))
	return ctx
}

func do(t testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// evaluate is the value of an expression in the page.
func evaluate[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// script runs in the page.
func script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](text)
}

// grid is what is drawn, line by line, without what is filtered out.
const grid = `[...document.querySelectorAll('#grid [role=row]')].map(r => [...r.children].filter(c => !c.classList.contains('off')).map(c => c.textContent).join(' | ')).join('\n')`

func set(selector, value string) chromedp.Action[chromedp.Void] {
	return script(fmt.Sprintf(`{const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event('input', {bubbles: true}))}`, selector, value))
}

func TestThePageInABrowser(t *testing.T) {
	ctx := browser(t, htmlOf(t, some()))
	expect := func(what, want string) {
		t.Helper()
		if got := evaluate[string](t, ctx, grid); got != want {
			t.Errorf("%s: the grid is\n%s\nwant\n%s", what, got, want)
		}
	}
	const (
		head    = "name | .com | .fr"
		hostile = `<script>alert("x")</script> | ?`
		cafe    = "café | ∅ | ✓ 3.50 8.99"
		moon    = "moon | ◆ 1200.00 1200.00 | –"
		rocket  = "rocket | ✓ ▲ 7.33 43.96 | ✓ 5.99 8.99"
	)
	lines := func(lines ...string) string { return strings.Join(lines, "\n") }
	expect("at first", lines(head, hostile, cafe, moon, rocket))
	do(t, ctx, set("input[type=search]", "OCK"))
	expect("a part of a name", lines(head, rocket))
	do(t, ctx, set("input[type=search]", ""), set("input[type=text]", ".fr"))
	expect("an extension", lines("name | .fr", hostile, "café | ✓ 3.50 8.99", "moon | –", "rocket | ✓ 5.99 8.99"))
	do(t, ctx, set("input[type=text]", ""), set("input[type=number]", "6"))
	expect("a price", lines(head, "café | ✓ 3.50 8.99", "rocket | ✓ 5.99 8.99"))
	do(t, ctx, set("input[type=number]", ""), chromedp.Click(`input[name=taken]`), chromedp.Click(`input[name=error]`))
	expect("statuses", lines(head, cafe, "moon | ◆ 1200.00 1200.00", rocket))
	do(t, ctx, chromedp.Click(`[role=columnheader][data-x="1"]`))
	expect("by the price of a column", lines("name | .com | .fr ▴", cafe, rocket, "moon | ◆ 1200.00 1200.00"))
	do(t, ctx, chromedp.Click(`[role=columnheader][data-x="1"]`))
	expect("and down", lines("name | .com | .fr ▾", "moon | ◆ 1200.00 1200.00", rocket, cafe))
	do(t, ctx, set("form select", "years"))
	if got := evaluate[string](t, ctx, grid); !strings.Contains(got, "rocket | ✓ 95.25 | ✓ 23.97") {
		t.Errorf("three years: %s", got)
	}
	do(t, ctx, set("form select", "price"))

	// By keyboard alone: to a cell, and select it.
	do(t, ctx, script(`document.querySelector('#grid [tabindex="0"]').focus()`), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(" "))
	if got := evaluate[string](t, ctx, `document.activeElement.getAttribute('aria-label') + document.querySelectorAll('.picked').length`); got == "" || !strings.HasSuffix(got, "1") {
		t.Errorf("selected: %q", got)
	}
	// What is selected is what is copied.
	do(t, ctx, script(`window.copied = ''; Object.defineProperty(navigator, 'clipboard', {value: {writeText: async v => { window.copied = v }}})`),
		chromedp.Click(`//button[text()="Copy as CSV"]`), chromedp.Sleep(50*time.Millisecond))
	if got := evaluate[string](t, ctx, `window.copied`); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "domain,status,price,renewal,three_years\n") {
		t.Errorf("copied %q", got)
	}
	do(t, ctx, chromedp.Click(`//button[text()="Select nothing"]`), chromedp.Click(`//button[text()="Copied"]`), chromedp.Sleep(50*time.Millisecond))
	want := lines("domain,status,price,renewal,three_years", "moon.com,premium,1200.00,1200.00,3600.00", "rocket.com,available,7.33,43.96,95.25", "rocket.fr,available,5.99,8.99,23.97",
		"xn--caf-dma.com,unsupported,,,", "xn--caf-dma.fr,available,3.50,8.99,21.48", "")
	if got := evaluate[string](t, ctx, `window.copied`); got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
}

// The CSV that the page copies is written as ours: the same cases hold, and a hostile name is the same cell in both.
func TestThePagesCSV(t *testing.T) {
	results := []scanner.Result{failed("=cmd|' /C calc'!A0", "x"), failed("+1", "x"), failed(`say "hi"`, "x"), failed("a,b", "x"), failed("rocket", "x")}
	ctx := browser(t, htmlOf(t, results))
	for _, c := range csvCases(t) {
		text, err := json.Marshal(c.Text)
		if err != nil {
			t.Fatal(err)
		}
		if got := evaluate[string](t, ctx, "csvCell("+string(text)+")"); got != c.Cell {
			t.Errorf("%q became %q, want %q", c.Text, got, c.Cell)
		}
	}
	do(t, ctx, script(`window.copied = ''; Object.defineProperty(navigator, 'clipboard', {value: {writeText: async v => { window.copied = v }}})`),
		chromedp.Click(`//button[text()="Copy as CSV"]`), chromedp.Sleep(50*time.Millisecond))
	copied, err := csv.NewReader(strings.NewReader(evaluate[string](t, ctx, `window.copied`))).ReadAll()
	if err != nil || len(copied) != len(results)+1 {
		t.Fatalf("copied %q (%v)", copied, err)
	}
	ours, err := readCSV(write(t, "csv", results...))
	if err != nil {
		t.Fatal(err)
	}
	var theirs, want []string
	for i := range results {
		theirs, want = append(theirs, copied[i+1][0]), append(want, ours[i][0])
	}
	slices.Sort(theirs)
	slices.Sort(want)
	if !slices.Equal(theirs, want) {
		t.Errorf("the page copies %q, the CSV has %q", theirs, want)
	}
}

// large is a report of 100,000 cells: 500 names under 200 extensions.
func large() []scanner.Result {
	var results []scanner.Result
	for n := range 500 {
		for x := range 200 {
			result := offered(fmt.Sprintf("name%d", n), fmt.Sprintf("ext%d", x), scanner.Available, fmt.Sprintf("%d.99", 5+(n+x)%50), "18.99")
			if (n*x)%5 > 0 {
				result = offered(fmt.Sprintf("name%d", n), fmt.Sprintf("ext%d", x), scanner.Taken, "", "")
			}
			results = append(results, result)
		}
	}
	return results
}

// Of however many cells, only those that can be seen are drawn.
func TestALargePageDrawsWhatIsSeen(t *testing.T) {
	ctx := browser(t, htmlOf(t, large()))
	if n := evaluate[int](t, ctx, `document.querySelectorAll('#grid .cell').length`); n < 50 || n > 1500 {
		t.Errorf("%d cells are drawn", n)
	}
	if got := evaluate[string](t, ctx, `document.getElementById('count').textContent`); got != "500 of 500 names, 100000 domains" {
		t.Errorf("%s", got)
	}
	do(t, ctx, script(`document.getElementById('grid').scrollTo(1e6, 1e6)`), chromedp.Sleep(200*time.Millisecond))
	if got := evaluate[string](t, ctx, grid); !strings.Contains(got, ".ext99") || !strings.Contains(got, "name99") {
		t.Errorf("after scrolling: %s", got)
	}
}

// A script that is not the page's own does not run, even where it got into it.
func TestThePolicyHolds(t *testing.T) {
	page := bytes.Replace(htmlOf(t, some()), []byte("<h1>"), []byte(`<script>document.title = "taken over"</script><img src=x onerror="document.title='taken over'"><h1>`), 1)
	complaints := &complaining{TB: t}
	ctx := browser(complaints, page)
	if title := evaluate[string](t, ctx, `document.title`); title != "Which domains are available, and for how much" {
		t.Errorf("the title is %q", title)
	}
}

// complaining expects the browser to complain.
type complaining struct{ testing.TB }

func (c *complaining) Errorf(string, ...any) {}
