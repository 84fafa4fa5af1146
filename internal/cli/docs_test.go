package cli

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tldsweep/internal/cli/app"
	"tldsweep/internal/emulator"
	"tldsweep/report"
	"tldsweep/scanner"
)

// The exit codes of the docs are those of the program, word by word, and every code that it has is in its table.
func TestTheExitCodesOfTheDocs(t *testing.T) {
	documented := map[string]string{}
	for _, row := range tablesOf(t, "../../docs/columns.md")["exit code"] {
		documented[row[0]] = strings.ReplaceAll(row[1], "`", "")
	}
	listed := map[string]bool{}
	for _, e := range exitCodes {
		code := fmt.Sprint(e.code)
		listed[code] = true
		if documented[code] != e.meaning {
			t.Errorf("docs/columns.md says of exit code %s %q, and the program %q", code, documented[code], e.meaning)
		}
	}
	for code := range documented {
		if !listed[code] {
			t.Errorf("docs/columns.md has an exit code %s, which is not in exitCodes", code)
		}
	}
	text, err := os.ReadFile("../../docs/columns.md")
	if err != nil {
		t.Fatal(err)
	}
	first := fmt.Sprintf("the first of these counts: %s.", strings.ReplaceAll(strings.Trim(fmt.Sprint(precedence), "[]"), " ", ", "))
	if !strings.Contains(string(text), first) {
		t.Errorf("docs/columns.md does not say %q", first)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "exit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "exit") {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.INT {
			constants++
			if !listed[value.Value] {
				t.Errorf("%s is not in exitCodes", spec.Names[0].Name)
			}
		}
		return true
	})
	if constants != len(exitCodes) {
		t.Errorf("exit.go has %d exit codes, and exitCodes %d", constants, len(exitCodes))
	}
}

// Columns, statuses, reasons, sources and kinds of changes are those of the code, no more and no fewer, and in its order where that
// means something.
func TestTheWordsOfReportsInTheDocs(t *testing.T) {
	columns := tablesOf(t, "../../docs/columns.md")
	named := func(rows [][]string, cell int) (all []string) {
		for _, row := range rows {
			for _, word := range regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(row[cell], -1) {
				all = append(all, word[1])
			}
		}
		return all
	}
	var statuses, kinds []string
	for _, status := range scanner.Statuses {
		statuses = append(statuses, string(status))
	}
	for _, kind := range scanner.ChangeKinds {
		kinds = append(kinds, string(kind))
	}
	for _, c := range []struct {
		where     string
		got, want []string
		ordered   bool
	}{
		{"the columns of docs/columns.md", named(columns["column"], 0), report.Columns(), true},
		{"the statuses of docs/columns.md", named(columns["status"], 0), statuses, true},
		{"the statuses of README.md", named(tablesOf(t, "../../README.md")["status"], 0), statuses, true},
		{"the reasons of docs/columns.md", named(columns["status"], 2), constants(t, "../../scanner/result.go", "Reason"), false},
		{"the sources of docs/columns.md", named(columns["source"], 0), constants(t, "../../scanner/result.go", "Source"), false},
		{"the forms of docs/emulator.md", named(tablesOf(t, "../../docs/emulator.md")["`--like`"], 0), emulator.Likes(), false},
		{"the kinds of docs/history.md", named(tablesOf(t, "../../docs/history.md")["kind"], 0), kinds, false},
	} {
		if !c.ordered {
			slices.Sort(c.got)
			slices.Sort(c.want)
			c.got = slices.Compact(c.got)
		}
		if diff := cmp.Diff(c.want, c.got); diff != "" || len(c.got) == 0 {
			t.Errorf("%s are not those of the code (-code +docs):\n%s", c.where, diff)
		}
	}
}

// The rights that the docs ask for are those that doctor looks for, with two that it cannot miss: by one it tells the others, the
// other is for owners to create. The README and ovh.conf-dist name what a scan needs.
func TestTheRightsOfTheDocs(t *testing.T) {
	want := []string{"GET /auth/details", "POST /me/contact"}
	scan := want[:1:1]
	for _, p := range purposes {
		for _, r := range p.rights {
			want = append(want, r.ask)
			if p.name == "scan" || p.name == "list" {
				scan = append(scan, r.ask)
			}
		}
	}
	var got []string
	for _, row := range tablesOf(t, "../../docs/configuration.md")["method"] {
		for _, method := range strings.Split(row[0], ", ") {
			for _, path := range strings.Split(row[1], ", ") {
				got = append(got, method+" "+strings.Trim(path, "`"))
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(slices.Compact(want), slices.Compact(got)); diff != "" {
		t.Errorf("the rights of docs/configuration.md are not those of the code (-code +docs):\n%s", diff)
	}
	for _, path := range []string{"../../README.md", "../../ovh.conf-dist"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "`", "")), " ")
		for _, right := range scan {
			if !strings.Contains(plain, right) {
				t.Errorf("%s does not name the right %s", path, right)
			}
		}
	}
}

// constants are the values of the constants of a type of strings in a file.
func constants(t *testing.T, path, of string) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == of && len(spec.Values) == 1 {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}

// Every flag of every command is in a table of the docs whose heading is "flag of `COMMAND`", as it is written: with its short
// form, and with a value where it takes one. No table has another.
func TestTheFlagsOfTheDocs(t *testing.T) {
	documented := map[string][]string{}
	for _, path := range docs(t) {
		for heading, rows := range tablesOf(t, path) {
			command, ok := strings.CutPrefix(heading, "flag of ")
			if !ok {
				continue
			}
			command = strings.ReplaceAll(command, "`", "")
			if documented[command] != nil {
				t.Errorf("%s: another table has the flags of %s", path, command)
			}
			for _, row := range rows {
				for _, flag := range strings.Split(row[0], "`, `") {
					documented[command] = append(documented[command], strings.Trim(flag, "`"))
				}
			}
		}
	}
	check := func(command string, flags *pflag.FlagSet) {
		left := documented[command]
		delete(documented, command)
		flags.VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			spelt := "--" + f.Name
			if f.Shorthand != "" {
				spelt = "-" + f.Shorthand + ", " + spelt
			}
			at := slices.IndexFunc(left, func(text string) bool {
				value, ok := strings.CutPrefix(text, spelt)
				if f.Value.Type() == "bool" {
					return ok && (value == "" || value == "=false" && f.DefValue == "true")
				}
				return ok && strings.HasPrefix(value, " ")
			})
			if at < 0 {
				t.Errorf("docs have no table of the flags of %s with a row `%s`, with a value if it takes one: add it, or correct it", command, spelt)
				return
			}
			left = slices.Delete(left, at, at+1)
		})
		for _, text := range left {
			t.Errorf("docs name a flag of %s that is not there, or not so: %s", command, text)
		}
	}
	root := (&program{&app.App{}}).root()
	check("every command", root.PersistentFlags())
	for cmd := range commands(root) {
		if cmd == root {
			continue
		}
		if cmd.PersistentFlags().HasFlags() {
			check(cmd.CommandPath()+" and its commands", cmd.PersistentFlags())
		}
		check(cmd.CommandPath(), cmd.LocalNonPersistentFlags())
	}
	for command := range documented {
		t.Errorf("docs have the flags of %s, which is no command", command)
	}
}

// What the docs name as a flag is one, and what they show as a command in a sentence can be parsed.
func TestTheCommandsThatTheDocsName(t *testing.T) {
	flags := map[string]bool{"--preserve-status": true} // of timeout
	root := (&program{&app.App{}}).root()
	for cmd := range commands(root) {
		for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) { flags["--"+f.Name] = true })
		}
		if !cmd.HasParent() || cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		named := false
		for _, path := range docs(t) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			named = named || strings.Contains(string(text), cmd.CommandPath())
		}
		if !named {
			t.Errorf("docs do not name %s", cmd.CommandPath())
		}
	}
	flags["--help"] = true
	parsed := 0
	for _, path := range docs(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range regexp.MustCompile(`(?:^|[\s(\x60])(--[a-z][a-z-]*)`).FindAllStringSubmatch(string(text), -1) {
			if !flags[flag[1]] {
				t.Errorf("%s: no command has %s", path, flag[1])
			}
		}
		for _, span := range regexp.MustCompile("`tldsweep ([^`]*)`").FindAllStringSubmatch(string(text), -1) {
			parsed++
			words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(span[1], -1)
			cmd, args, err := (&program{&app.App{}}).root().Find(words)
			if err != nil || !cmd.HasParent() && words[0] != "COMMAND" && words[0] != "completion" && words[0] != "help" {
				t.Errorf("%s: `tldsweep %s` is no command: %v", path, span[1], err)
				continue
			}
			if err := cmd.ParseFlags(args); err != nil && cmd.HasParent() && err != pflag.ErrHelp {
				t.Errorf("%s: `tldsweep %s`: %v", path, span[1], err)
			}
		}
	}
	if parsed < 20 {
		t.Errorf("only %d commands are found", parsed)
	}
}

// commands yields a command and all below it, without those that cobra adds.
func commands(cmd *cobra.Command) func(yield func(*cobra.Command) bool) {
	return func(yield func(*cobra.Command) bool) {
		if !yield(cmd) {
			return
		}
		for _, child := range cmd.Commands() {
			for c := range commands(child) {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// docs are the documents for users.
func docs(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no docs: %v", err)
	}
	return append(paths, "../../README.md")
}

// tablesOf are the tables of a document by their first heading, as rows of cells.
func tablesOf(t *testing.T, path string) map[string][][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][][]string{}
	heading := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			heading = ""
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case heading == "":
			heading = cells[0]
		case !strings.HasPrefix(cells[0], "---"):
			tables[heading] = append(tables[heading], cells)
		}
	}
	return tables
}
