package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// quaint is what is not written here, and what is written instead: in comments, messages and names of Go source, in documentation
// and in the scripts of the tests. Whoever reads them need not have English as a first language, and looks for the words of the
// field.
var quaint = []struct {
	phrase  *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\bthe clock\b|\bclock readings?\b`), `OVHcloud's time, or this machine's time`},
	{regexp.MustCompile(`\b(be|is|are|was|were|been) had\b`), `available; there was no answer`},
	{regexp.MustCompile(`\bit had\b`), `the present tense, or a noun instead of it`},
	{regexp.MustCompile(`\bnews\b`), `changes`},
	{regexp.MustCompile(`\bdoors?\b`), `client, connection`},
	{regexp.MustCompile(`\btalks?\b`), `messages`},
	{regexp.MustCompile(`\bdeeds?\b`), `actions`},
	{regexp.MustCompile(`\bwish(es)?\b`), `selection; what is wanted`},
	{regexp.MustCompile(`\breckon(s|ed|ing)?\b`), `count, estimate, take into account`},
	{regexp.MustCompile(`\bslips? of the finger\b`), `typing mistake`},
	{regexp.MustCompile(`\b(gone|go|goes|going) on with\b`), `continue, resume`},
	{regexp.MustCompile(`\b(come|comes|came) of\b|\b(has|have|had) come to\b`), `outcome, result; what became of it`},
	{regexp.MustCompile(`\bat \w+( \w+)?'s word\b|\bby the word of\b`), `as it says`},
	{regexp.MustCompile(`\banew\b`), `again, from the beginning`},
	{regexp.MustCompile(`\bto and fro\b`), `back and forth`},
	{regexp.MustCompile(`\b(is|are|was|were) but (a|an|few|one|two|\d+)\b|\bthere (is|are) but\b`), `only`},
	{regexp.MustCompile(`\bof now\b`), `current`},
	{regexp.MustCompile(`\b(cannot|can|could|not) be told\b(?: apart)?`), `known, unknown, distinguished`},
	{regexp.MustCompile(`%s is no (domain|file|folder|report)\b`), `is not a`},
}

// rightThere are the places in which one of them is right: the file, and what stands around it.
var rightThere = map[[2]string]bool{
	{"report/changes.go", "news"}:      true, // the column's name, which is promised
	{"report/changes_test.go", "news"}: true,

	{"docs/history.md", "the column `news`"}:                      true,
	{"docs/history.md", `"news":`}:                                true,
	{"docs/nightly.md", "| news |"}:                               true,
	{"internal/cli/testdata/script/changes.txt", "unicode,news,"}: true,
	{"internal/cli/testdata/script/changes.txt", `"news":`}:       true,
}

func TestPlainWords(t *testing.T) {
	used := map[[2]string]bool{}
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules") {
			return fs.SkipDir
		}
		texts, err := proseOf(path)
		if err != nil {
			return err
		}
		if len(texts) > 0 {
			files++
		}
		for _, text := range texts {
			for _, q := range quaint {
				for _, at := range q.phrase.FindAllStringIndex(text.lower, -1) {
					around := text.lower[max(0, at[0]-40):min(len(text.lower), at[1]+40)]
					key := [2]string{}
					for known := range rightThere {
						if known[0] == filepath.ToSlash(path) && strings.Contains(around, known[1]) {
							key = known
						}
					}
					if key[0] != "" {
						used[key] = true
						continue
					}
					t.Errorf("%s: … %s …\n\tinstead of %q: %s", text.where, strings.ToValidUTF8(around, ""), text.lower[at[0]:at[1]], q.instead)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 200 {
		t.Errorf("only %d files were read", files)
	}
	for known := range rightThere {
		if !used[known] {
			t.Errorf("%s: %q is an exception that is not needed", known[0], known[1])
		}
	}
}

// prose is a piece of text for people, in lower case and with one space between words.
type prose struct{ where, lower string }

// proseOf is what a file has of it.
func proseOf(path string) (texts []prose, err error) {
	add := func(where, text string) {
		texts = append(texts, prose{where, strings.ToLower(strings.Join(strings.Fields(text), " "))})
	}
	switch suffix := filepath.Ext(path); {
	case path == "words_test.go":
	case suffix == ".md", suffix == ".html", suffix == ".tmpl", suffix == ".txtar", suffix == ".txt" && filepath.Base(filepath.Dir(path)) == "script":
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		line := 1
		for part := range strings.SplitSeq(string(text), "\n\n") {
			add(fmt.Sprintf("%s:%d", path, line), strings.ReplaceAll(part, "\n# ", "\n"))
			line += strings.Count(part, "\n") + 2
		}
	case suffix == ".go":
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, group := range file.Comments {
			add(set.Position(group.Pos()).String(), group.Text())
		}
		names := map[string]bool{}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.BasicLit:
				if text, err := strconv.Unquote(node.Value); err == nil && node.Kind == token.STRING {
					add(set.Position(node.Pos()).String(), text)
				}
			case *ast.Ident:
				if !names[node.Name] {
					add(set.Position(node.Pos()).String(), spaced(node.Name))
				}
				names[node.Name] = true
			}
			return true
		})
	}
	return texts, nil
}

// spaced is a name of several words as these words.
func spaced(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(letters[i-1]) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// What is looked for is found, across the ends of lines and in names; and whatever the list forbids it forbids in lower case.
func TestQuaintWordsAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quaint.go")
	source := "package quaint\n\n// It is no longer to be\n// had.\nvar tellNews = \"Reading the\" + ` the\nclock`\n"
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	texts, err := proseOf(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, text := range texts {
		for _, q := range quaint {
			found = append(found, q.phrase.FindAllString(text.lower, -1)...)
		}
	}
	slices.Sort(found)
	if want := []string{"be had", "news", "the clock"}; !slices.Equal(found, want) {
		t.Errorf("%q, not %q", found, want)
	}
}
