package history_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tldsweep/internal/history"
	"tldsweep/scanner"
)

// table is what a query yields, a line for each row.
func table(t testing.TB, path, query string) (lines []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintln(values...)))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// known is all that people and programs see of a history.
func known(t testing.TB, path string) map[string][]string {
	return map[string][]string{
		"latest":  table(t, path, "SELECT * FROM latest ORDER BY domain, endpoint, subsidiary"),
		"changes": table(t, path, "SELECT * FROM changes ORDER BY domain, endpoint, subsidiary, run, seen_at, status, price"),
		"runs":    table(t, path, "SELECT r.id, p.endpoint, p.subsidiary, question, extensions, state, started, active, finished FROM runs r JOIN places p ON p.id = r.place ORDER BY r.id"),
		"results": table(t, path, "SELECT r.run, a.domain, a.status, a.price, r.source, r.attempts, r.latency, r.checked FROM results r JOIN answers a ON a.id = r.answer ORDER BY r.run, a.domain, a.id"),
		"answers": table(t, path, "SELECT a.domain, p.subsidiary, status, reason, price, error, first_run, last_run, first_seen, checked, checksum FROM answers a JOIN places p ON p.id = a.place ORDER BY a.domain, p.subsidiary, a.id"),
	}
}

func export(t testing.TB, h *history.History) []byte {
	t.Helper()
	var text bytes.Buffer
	written, err := h.Export(t.Context(), &text)
	if err != nil || written.Damaged > 0 {
		t.Fatalf("%+v, %v", written, err)
	}
	return text.Bytes()
}

// ask draws a run of one of some questions, which may be interrupted, and returns its number.
func ask(t testing.TB, r *rapid.T, h *history.History, at time.Time) (id int64) {
	q := question
	q.Subsidiary = rapid.SampledFrom([]string{"FR", "GB"}).Draw(r, "subsidiary")
	q.Names = rapid.SampledFrom([]string{"one", "two"}).Draw(r, "names")
	run := begin(t, h, q, rapid.Bool().Draw(r, "fresh"))
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "xn--caf-dma"}), 0, 4).Draw(r, "asked") {
		answer := rapid.SampledFrom([]scanner.Answer{
			full("1.00"), full("2.00"), {Status: scanner.Taken, Reason: scanner.NoOffer}, {Status: scanner.Taken, Reason: scanner.Delegated, Source: scanner.DNS},
			{Status: scanner.Unsupported, Reason: scanner.CheckFailed, Err: errors.New("Check \"failed\" <&>")}, {Status: scanner.Premium, Currency: "EUR", Price: "1e-17"},
		}).Draw(r, "answer")
		answer.CheckedAt = at.Add(time.Duration(rapid.IntRange(0, 2).Draw(r, "later")) * time.Minute)
		if answer.Source == "" {
			answer.Source = scanner.API
		}
		keep(t, run, name, answer)
	}
	if rapid.Bool().Draw(r, "finishes") {
		if err := run.Finish(); err != nil {
			r.Fatal(err)
		}
	}
	id = run.ID()
	if err := run.Close(); err != nil {
		r.Fatal(err)
	}
	return id
}

// For any runs, what is exported and imported into an empty history is the same history; to import it once more changes nothing, there
// and where it comes from; and an older export before it is no difference.
func TestImportGivesWhatWasExported(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		folder := t.TempDir()
		from, to := filepath.Join(folder, "from.db"), filepath.Join(folder, "to.db")
		h := open(t, from)
		defer h.Close()
		runs := rapid.IntRange(0, 6).Draw(r, "runs")
		older := export(t, h)
		for i := range runs {
			id := ask(t, r, h, noon.Add(time.Duration(i)*time.Hour))
			// A run that is continued was active later than before, whatever second it is now.
			execute(t, from, "UPDATE runs SET active = started + ?, finished = iif(finished IS NULL, NULL, started + ?) WHERE id = ?", 60*i, 60*i, id)
			if rapid.Bool().Draw(r, "exported") {
				older = export(t, h)
			}
		}
		text, want := export(t, h), known(t, from)
		copied := open(t, to)
		defer copied.Close()
		for _, part := range [][]byte{older, text, text} {
			if _, err := copied.Import(t.Context(), bytes.NewReader(part)); err != nil {
				r.Fatal(err)
			}
			if bytes.Equal(part, text) {
				if diff := cmp.Diff(want, known(t, to)); diff != "" {
					r.Fatalf("(-exported +imported)\n%s", diff)
				}
			}
		}
		if _, err := copied.Import(t.Context(), bytes.NewReader(older)); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(want, known(t, to)); diff != "" {
			r.Fatalf("the older one has changed it: (-exported +imported)\n%s", diff)
		}
		if again := export(t, copied); !bytes.Equal(again, text) {
			r.Errorf("exported again, it is\n%s\nand not\n%s", again, text)
		}
		if added, err := h.Import(t.Context(), bytes.NewReader(text)); err != nil || added.Runs+added.Answers+added.Superseded != 0 {
			r.Errorf("where it comes from: %+v, %v", added, err)
		}
		if diff := cmp.Diff(want, known(t, from)); diff != "" {
			r.Fatalf("where it comes from (-before +after)\n%s", diff)
		}
	})
}

// An import that is not whole, or has a line that is none, adds nothing, and says which line it is.
func TestImportRefuses(t *testing.T) {
	folder := t.TempDir()
	h := open(t, filepath.Join(folder, "from.db"))
	defer h.Close()
	scan(t, h, noon, map[string]string{"a": "1.00"})
	good := string(export(t, h)) // header, run, answer, end
	to := filepath.Join(folder, "to.db")
	copied := open(t, to)
	defer copied.Close()
	before := known(t, to)
	lines := strings.SplitAfter(good, "\n")
	for _, c := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"nothing", "", 1, "the last line is missing"},
		{"something else", "rocket\n", 1, "it is no JSON object"},
		{"another file", "{\"domain\":\"a.fr\"}\n", 1, "want a file that tldsweep history export has written"},
		{"a later format", strings.Replace(good, `"format":1`, `"format":2`, 1), 1, "format 2 is another than 1"},
		{"cut", strings.Join(lines[:3], ""), 4, "the last line is missing"},
		{"cut in a line", good[:len(good)-60], 0, ""},
		{"a line less", lines[0] + lines[1] + lines[3], 3, "1 runs and 0 answers came before the end, not 1 and 1"},
		{"no run", lines[0] + lines[2] + lines[3], 2, "run 1 is not one of those before"},
		{"a run twice", lines[0] + lines[1] + lines[1] + lines[2] + lines[3], 3, "run 1 is there twice"},
		{"a second header", lines[0] + lines[0], 2, "want a file"},
		{"more after the end", good + lines[2], 5, "there is more after the end"},
		{"an error", strings.Replace(good, `"available"`, `"error"`, 1), 3, `status "error" is no answer`},
		{"an invalid name", strings.Replace(good, `"available"`, `"invalid"`, 1), 3, `status "invalid" is no answer`},
		{"no status", strings.Replace(good, `"available"`, `"av?ilable"`, 1), 3, `is no answer`},
		{"another reason", strings.Replace(good, `"reason":""`, `"reason":"no_offer"`, 1), 3, `reason "no_offer" is none of the status "available"`},
		{"no amount", strings.Replace(good, `"price":"1.00"`, `"price":"1,00"`, 1), 3, `price "1,00" is no amount`},
		{"a negative amount", strings.Replace(good, `"price":"1.00"`, `"price":"-1.00"`, 1), 3, `is no amount`},
		{"no domain", strings.Replace(good, `"a.fr"`, `"a"`, 1), 3, `domain "a" is not one`},
		{"an upper-case domain", strings.Replace(good, `"a.fr"`, `"A.fr"`, 1), 3, `domain "A.fr" is not one`},
		{"no currency", strings.Replace(good, `"EUR"`, `"Euro"`, 1), 3, `currency "Euro" is none`},
		{"no time", strings.Replace(good, `"checked_at":"2026`, `"checked_at":"yesterday 2026`, 1), 3, `is no time`},
		{"a source", strings.Replace(good, `"api"`, `"local"`, 1), 3, `source "local" gives no answers`},
		{"another field", strings.Replace(good, `"fee"`, `"tip"`, 1), 3, `unknown field "tip"`},
		{"a kind", strings.Replace(good, `"kind":"run"`, `"kind":"walk"`, 1), 2, `kind "walk" is unknown`},
		{"a state", strings.Replace(good, `"finished","started"`, `"over","started"`, 1), 2, `state "over" is none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.text == good {
				t.Fatal("nothing is changed")
			}
			added, err := copied.Import(t.Context(), strings.NewReader(c.text))
			wrong, ok := errors.AsType[*history.LineError](err)
			if !ok || c.line != 0 && wrong.Line != c.line || !strings.Contains(err.Error(), c.want) || added != (history.Imported{}) {
				t.Errorf("%+v, %v", added, err)
			}
			if diff := cmp.Diff(before, known(t, to)); diff != "" {
				t.Errorf("something is added:\n%s", diff)
			}
		})
	}
	if added, err := copied.Import(t.Context(), strings.NewReader(good)); err != nil || added != (history.Imported{Runs: 1, Answers: 1}) {
		t.Errorf("the good one: %+v, %v", added, err)
	}
}

// What another machine has kept earlier cannot be put before what is here; the other way round it can.
func TestImportOfOlderRuns(t *testing.T) {
	folder := t.TempDir()
	old, young := open(t, filepath.Join(folder, "old.db")), open(t, filepath.Join(folder, "young.db"))
	defer old.Close()
	defer young.Close()
	scan(t, old, noon, map[string]string{"a": "1.00", "b": "1.00"})
	execute(t, filepath.Join(folder, "old.db"), "UPDATE runs SET started = started - 86400")
	scan(t, young, noon.Add(24*time.Hour), map[string]string{"a": "2.00"})
	text := export(t, young)
	if _, err := young.Import(t.Context(), bytes.NewReader(export(t, old))); !errors.Is(err, history.ErrOlder) {
		t.Errorf("%v, want ErrOlder", err)
	}
	if added, err := old.Import(t.Context(), bytes.NewReader(text)); err != nil || added != (history.Imported{Runs: 1, Answers: 1}) {
		t.Fatalf("%+v, %v", added, err)
	}
	got := table(t, filepath.Join(folder, "old.db"), "SELECT domain, run, old_price, price FROM changes")
	if want := []string{"a.fr 2 1.00 2.00"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What was forgotten comes back, and what was superseded and deleted does not come after what is known now.
func TestImportAfterForgetting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	scan(t, h, noon, map[string]string{"a": "1.00", "b": "1.00"})
	scan(t, h, noon.Add(time.Hour), map[string]string{"a": "2.00", "b": "1.00"})
	text, before := export(t, h), known(t, path)["latest"]
	if _, err := h.Forget(t.Context(), noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ForgetDomains(t.Context(), listed(nil, "b.fr")); err != nil {
		t.Fatal(err)
	}
	added, err := h.Import(t.Context(), bytes.NewReader(text))
	if want := (history.Imported{Answers: 1, Known: 1, Superseded: 1}); err != nil || added != want {
		t.Errorf("%+v, %v, want %+v", added, err, want)
	}
	if diff := cmp.Diff(before, known(t, path)["latest"]); diff != "" {
		t.Error(diff)
	}
}

// An answer that has changed on the disk is left out of an export, and counted.
func TestExportLeavesOutWhatIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h := open(t, path)
	defer h.Close()
	scan(t, h, noon, map[string]string{"a": "1.00", "b": "1.00"})
	execute(t, path, "UPDATE answers SET price = '9.00' WHERE domain = 'a.fr'")
	var text bytes.Buffer
	if written, err := h.Export(t.Context(), &text); err != nil || written != (history.Exported{Runs: 1, Answers: 1, Damaged: 1}) || strings.Contains(text.String(), "a.fr") {
		t.Errorf("%+v, %v:\n%s", written, err, text.String())
	}
}

// Every reason that the scanner knows is one of an answer, of an invalid name or of an error: a new one is exported, too.
func TestEveryReasonIsExported(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../scanner/result.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || spec.Comment == nil {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Reason" {
			return true
		}
		found++
		reason, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		statuses, _, _ := strings.Cut(spec.Comment.Text(), ":")
		for status := range strings.SplitSeq(statuses, ", ") {
			if status == string(scanner.Invalid) || status == string(scanner.Failed) {
				continue
			}
			path := filepath.Join(t.TempDir(), "history.db")
			h := open(t, path)
			run := begin(t, h, question, false)
			keep(t, run, "a", scanner.Answer{Status: scanner.Status(status), Reason: scanner.Reason(reason), Source: scanner.API, CheckedAt: noon})
			run.Close()
			if text := export(t, h); !bytes.Contains(text, []byte(strconv.Quote(reason))) {
				t.Errorf("%s, %s: %s", status, reason, text)
			}
			h.Close()
		}
		return true
	})
	if found < 15 {
		t.Errorf("only %d reasons are found", found)
	}
}

// Whatever a byte of an export becomes, it is refused with the number of its line, or what is imported can be exported again: nothing
// gets into a history that could not have been in one.
func TestImportOfADamagedExport(t *testing.T) {
	folder := t.TempDir()
	h := open(t, filepath.Join(folder, "from.db"))
	defer h.Close()
	scan(t, h, noon, map[string]string{"a": "1.00", "b": ""})
	scan(t, h, noon.Add(time.Hour), map[string]string{"a": "2.00", "b": ""})
	good := export(t, h)
	lines := bytes.Count(good, []byte("\n"))
	rapid.Check(t, func(r *rapid.T) {
		text := slices.Clone(good)
		at := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		text[at] = rapid.OneOf(rapid.SampledFrom([]byte("\x00\n\"{}0-9.,:Aa\x7f\xff")), rapid.Byte()).Draw(r, "byte")
		to := open(t, filepath.Join(t.TempDir(), "to.db"))
		defer to.Close()
		_, err := to.Import(t.Context(), bytes.NewReader(text))
		if wrong, ok := errors.AsType[*history.LineError](err); ok {
			if line := 1 + bytes.Count(good[:at], []byte("\n")); wrong.Line < line || wrong.Line > lines+1 {
				r.Errorf("line %d is said to be wrong, not %d: %v", wrong.Line, line, err)
			}
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		again := export(t, to)
		if n := bytes.Count(again, []byte("\n")); n != lines {
			r.Errorf("%d of %d lines are exported again", n, lines)
		}
	})
}
