package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"tldsweep/report"
	"tldsweep/scanner"
)

// pageOf opens a page of 500 names under 200 extensions in a real browser, and filters it.
func pageOf(b *bench) error {
	path, missing := lookPath("chromium")
	if missing != nil {
		return missing
	}
	text, err := largePage(500, 200)
	if err != nil {
		return err
	}
	file := filepath.Join(b.folder, "page.html")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	b.add("size of the page", "MB", "", float64(len(text))/1e6)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1300, 900),
		chromedp.Env("TMPDIR="+b.folder)) // where it would leave something
	allocated, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	inTime, stop := context.WithTimeout(allocated, 5*time.Minute)
	defer stop()
	ctx, end := chromedp.NewContext(inTime)
	defer end()
	// What a filter costs until the browser has drawn it.
	const filter = `new Promise(done => {
		const box = document.querySelector('input[type=search]');
		const began = performance.now();
		box.value = %q;
		box.dispatchEvent(new Event('input'));
		requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
	})`
	var paints, filters []float64
	times := 5
	if b.short {
		times = 2
	}
	for range times {
		if err := chromedp.Do(ctx, chromedp.Navigate("file://"+file)); err != nil {
			return err
		}
		const first = `new Promise(done => new PerformanceObserver(list => {
			const [paint] = list.getEntriesByName('first-contentful-paint');
			if (paint) done(paint.startTime);
		}).observe({type: 'paint', buffered: true}))`
		paint, err := chromedp.Run(ctx, chromedp.Evaluate[float64](first, chromedp.EvalAwaitPromise))
		if err != nil {
			return err
		}
		paints = append(paints, paint)
		for _, part := range []string{"name1", "99", "no such name", ""} {
			took, err := chromedp.Run(ctx, chromedp.Evaluate[float64](fmt.Sprintf(filter, part), chromedp.EvalAwaitPromise))
			if err != nil {
				return err
			}
			filters = append(filters, took)
		}
	}
	b.add("until the page's first paint", "ms", "", paints...)
	b.add("until a filter is drawn", "ms", "≤ 100", filters...)
	return nil
}

func largePage(names, extensions int) ([]byte, error) {
	var text bytes.Buffer
	w, err := report.New("html", &text)
	if err != nil {
		return nil, err
	}
	for n := range names {
		for x := range extensions {
			result := scanner.Result{
				Query:  scanner.Query{Name: scanner.ParseName(fmt.Sprintf("name%d", n)), Extension: fmt.Sprintf("ext%d", x)},
				Answer: scanner.Answer{Status: scanner.Taken, Reason: scanner.NoOffer},
			}
			if (n*7+x)%5 == 0 {
				result.Answer = scanner.Answer{Status: scanner.Available, Currency: "EUR", Price: fmt.Sprintf("%d.99", 5+x%60), Renewal: "18.99"}
			}
			if err := w.Write(result); err != nil {
				return nil, err
			}
		}
	}
	err = w.Close()
	return text.Bytes(), err
}
