package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"tldsweep/report"
	"tldsweep/scanner"
)

// The page's script goes by the class of a cell. A status that it does not know could be neither seen nor filtered.
func TestThePageKnowsEveryStatus(t *testing.T) {
	page := string(htmlOf(t, nil))
	list := func(name string) []string {
		match := regexp.MustCompile(`const ` + name + ` = \["", "(.*?)"\];`).FindStringSubmatch(page)
		if match == nil {
			t.Fatalf("no %s in the script", name)
		}
		return strings.Split(match[1], `", "`)
	}
	letters, words := list("letters"), list("words")
	if len(letters) != len(scanner.Statuses) || len(words) != len(scanner.Statuses) {
		t.Fatalf("the script has %d letters and %d words for %d statuses", len(letters), len(words), len(scanner.Statuses))
	}
	for i, status := range scanner.Statuses {
		if words[i] != string(status) {
			t.Errorf("the script calls %s %s", status, words[i])
		}
		if !regexp.MustCompile(fmt.Sprintf(`<li class="%s"><b>\S</b> %s: \w`, letters[i], status)).MatchString(page) {
			t.Errorf("%s is not in the legend", status)
		}
		cell := string(htmlOf(t, []scanner.Result{offered("rocket", "fr", status, "", "")}))
		if !strings.Contains(cell, fmt.Sprintf(`<td class="%s"`, letters[i])) {
			t.Errorf("a cell that is %s has not the class %s", status, letters[i])
		}
	}
}

// People are told what it is that restricts an offer, or that there is no price.
func TestNotesOfOffers(t *testing.T) {
	for _, c := range []struct {
		status scanner.Status
		reason scanner.Reason
		phase  string
		want   string
	}{
		{scanner.Restricted, scanner.Sunrise, "sunrise", "sunrise"},
		{scanner.Restricted, scanner.OtherPhase, "landrush-2", "phase: landrush-2"},
		{scanner.Available, scanner.NoPrice, "ga", "no_price"},
		{scanner.Premium, "", "ga", "create-premium"},
		{scanner.Premium, scanner.NoPrice, "ga", "no_price"},
	} {
		result := offered("rocket", "fr", c.status, "", "")
		result.Reason, result.Phase = c.reason, c.phase
		var table bytes.Buffer
		w := report.NewTable(&table, 120)
		if err := w.Write(result); err != nil {
			t.Fatal(err)
		}
		row := strings.TrimSpace(strings.SplitN(table.String(), "\n", 3)[1])
		if want := fmt.Sprintf("%s %s", c.status, c.want); strings.Join(strings.Fields(row)[1:], " ") != want {
			t.Errorf("%s %s: %q, want … %q", c.status, c.reason, row, want)
		}
	}
}
