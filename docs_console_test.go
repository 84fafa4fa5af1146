package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// notRun are the blocks of the docs that the test below does not run, by file and first line, with the reason.
var notRun = map[string]string{
	"README.md: go run . scan --endpoint emulator -i examples/names.txt -o report.csv": "compiles everything; .ci/run runs it in a clean clone, which TestCIRunsTheCommandsOfTheREADME checks",
	"docs/history.md: -- the cheapest that are available":                              "SQL; internal/history runs it",
	"docs/configuration.md: [tldsweep]":                                                "a piece of a file; internal/cli reads it in its tests of limits and answers",
}

// A session that the docs show as a console block happens just so. CONTRIBUTING.md says how such a block is written.
func TestTheConsoleBlocksOfTheDocs(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("needs bash, which runs the blocks")
	}
	programs := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(programs, "tldsweep"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range docs(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			var commands []command
			for _, b := range blocks(t, path) {
				if b.kind == "console" {
					commands = append(commands, commandsOf(t, b)...)
				}
			}
			if len(commands) == 0 {
				t.Fatal("no block of it is run: show at least one command with its output, marked console")
			}
			s := openSession(t, programs)
			for _, c := range commands {
				if !s.run(t, c) {
					return // what follows builds on it
				}
			}
		})
	}
}

// Every block is run, but for a few with a reason.
func TestFewBlocksOfTheDocsAreNotRun(t *testing.T) {
	all, left := 0, 0
	missing := map[string]bool{}
	for name := range notRun {
		missing[name] = true
	}
	for _, path := range docs(t) {
		for _, b := range blocks(t, path) {
			all++
			if b.kind == "console" {
				continue
			}
			left++
			name := path + ": " + b.lines[0]
			if notRun[name] == "" {
				t.Errorf("%s:%d: nothing runs this block: mark it console and show its output, or give the reason in notRun under %q", path, b.line, name)
			}
			delete(missing, name)
		}
	}
	for name := range missing {
		t.Errorf("notRun names a block that is not there: %s", name)
	}
	if left*5 > all {
		t.Errorf("%d of %d blocks are not run; at most a fifth may be", left, all)
	}
}

// The commands that the README shows first, and no test runs, are run in a clean clone by .ci/run.
func TestCIRunsTheCommandsOfTheREADME(t *testing.T) {
	script, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, b := range blocks(t, "README.md") {
		if b.kind != "sh" {
			continue
		}
		found = true
		for _, line := range b.lines {
			if !strings.Contains(strings.ReplaceAll(string(script), `"$work/report.csv"`, "report.csv"), "\n"+line+"\n") {
				t.Errorf(".ci/run does not run %q", line)
			}
		}
	}
	if !found {
		t.Error("the README has no commands for a fresh machine")
	}
}

// command is one command of a block, with what it prints there.
type command struct {
	where string // file:line
	text  string // without its prompts, ended by a newline
	want  string // all that it prints, each line ended by a newline
}

func commandsOf(t *testing.T, b block) (commands []command) {
	for i, line := range b.lines {
		text, isCommand := strings.CutPrefix(line, "$ ")
		more, goesOn := strings.CutPrefix(line, "> ")
		last := len(commands) - 1
		switch {
		case isCommand:
			commands = append(commands, command{where: fmt.Sprintf("%s:%d", b.path, b.line+1+i), text: text + "\n"})
		case last < 0:
			t.Fatalf("%s:%d: the block does not begin with a command", b.path, b.line)
		case goesOn && commands[last].want == "":
			commands[last].text += more + "\n"
		default:
			commands[last].want += line + "\n"
		}
	}
	return commands
}

// session is the shell in which the commands of one file run, in a folder of an empty home that holds only examples/.
type session struct {
	stdin  io.Writer
	output *bufio.Reader
	read   *os.File
	folder string
	ids    map[string]string // as the docs write them → as they are
}

// ended is what the shell prints after each command, before its exit code.
const ended = '\x1e'

func openSession(t *testing.T, programs string) *session {
	home := t.TempDir()
	folder := filepath.Join(home, "domains")
	if err := os.CopyFS(filepath.Join(folder, "examples"), os.DirFS("examples")); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("bash", "--noprofile", "--norc")
	shell.Dir, shell.Stdout, shell.Stderr = folder, write, write
	// Whatever a block asks for, and whatever ovh.conf there is on this machine, nothing but loopback is reached.
	shell.Env = []string{
		"PATH=" + programs + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + t.TempDir(), "TZ=UTC", "LC_ALL=C.UTF-8",
		"OVH_ENDPOINT=http://127.0.0.1:1/1.0", "OVH_APPLICATION_KEY=key", "OVH_APPLICATION_SECRET=secret", "OVH_CONSUMER_KEY=consumer",
		"HTTPS_PROXY=http://127.0.0.1:1",
	}
	stdin, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() {
		stdin.Close() // which ends the shell, and those that it has opened
		_ = shell.Wait()
		defer read.Close()
		// What a block has left running still holds the other end of the pipe.
		if err := read.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, read); err != nil {
			t.Errorf("a command of a block still runs when all have ended: %v", err)
		}
	})
	return &session{stdin: stdin, output: bufio.NewReader(read), read: read, folder: folder, ids: map[string]string{}}
}

// run runs a command, and says whether it succeeded and printed what the docs say.
func (s *session) run(t *testing.T, c command) bool {
	text := c.text
	for _, port := range address.FindAllString(text, -1) {
		if s.ids[port] == "" {
			s.ids[port] = freeAddress(t)
		}
	}
	text = anID.ReplaceAllStringFunc(text, func(id string) string {
		if is := s.ids[id]; is != "" {
			return is
		}
		return id
	})
	// The second line is for whichever shell reads next: the command may have opened one, or ended it.
	if _, err := fmt.Fprintf(s.stdin, "%sprintf '\\x1e%%d\\n' $?\n", text); err != nil {
		t.Fatalf("%s: %v", c.where, err)
	}
	if err := s.read.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	got, err := s.output.ReadString(ended)
	if err != nil {
		t.Fatalf("%s: %v after %q", c.where, err, got)
	}
	code, err := s.output.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	got = strings.ReplaceAll(strings.TrimSuffix(got, string(ended)), s.folder, "/home/ada/domains")
	got = strings.ReplaceAll(got, filepath.Dir(s.folder), "/home/ada")
	ids, ok := matches(c.want, got)
	if !ok || !s.learn(ids) {
		t.Errorf("%s: $ %sprints\n%s\nand not, as the docs say,\n%s", c.where, c.text, got, c.want)
		return false
	}
	if code != "0\n" {
		t.Errorf("%s: $ %sexits with %s", c.where, c.text, code)
		return false
	}
	return true
}

// learn takes over what the ids of the docs are here; false: it contradicts what they were before.
func (s *session) learn(ids map[string]string) bool {
	for written, is := range ids {
		if s.ids[written] != "" && s.ids[written] != is {
			return false
		}
		s.ids[written] = is
	}
	return true
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// What differs from run to run. An id of the docs stands for one of here, the same one through the whole file.
var (
	instant  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?|\b\d\d:\d\d:\d\d\b`)
	duration = regexp.MustCompile(`\b(?:\d+(?:\.\d+)?(?:h|ms|m|µs|s))+\b`)
	anID     = regexp.MustCompile(`\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{8,10}\b|` + address.String())
	address  = regexp.MustCompile(`127\.0\.0\.1:\d+\b`)
	blanks   = regexp.MustCompile(`[ \t]+`)
)

// steady is text without what differs from run to run, except for ids.
func steady(text string) string {
	text = instant.ReplaceAllString(text, "TIME")
	text = duration.ReplaceAllString(text, "DURATION")
	lines := strings.Split(blanks.ReplaceAllString(text, " "), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// matches says whether the output is as the docs write it, and which id of theirs is which.
func matches(want, got string) (ids map[string]string, ok bool) {
	var pattern strings.Builder
	var written []string
	for _, line := range strings.SplitAfter(steady(want), "\n") {
		if line == "…\n" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		for line != "" {
			at := anID.FindStringIndex(line)
			if at == nil {
				at = []int{len(line), len(line)}
			}
			pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line[:at[0]]), "…", ".*"))
			if at[0] < at[1] {
				pattern.WriteString("(" + anID.String() + ")")
				written = append(written, line[at[0]:at[1]])
			}
			line = line[at[1]:]
		}
	}
	found := regexp.MustCompile("^" + pattern.String() + "$").FindStringSubmatch(steady(got))
	if found == nil {
		return nil, false
	}
	ids = map[string]string{}
	for i, id := range written {
		if before, known := ids[id]; known && before != found[i+1] {
			return nil, false
		}
		ids[id] = found[i+1]
	}
	return ids, true
}

// The comparison lets pass what differs from run to run, and nothing else.
func TestWhatConsoleBlocksAreComparedBy(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		same            bool
	}{
		{"the same", "a b\n", "a b\n", true},
		{"another word", "a b\n", "a c\n", false},
		{"a line more", "a\n", "a\nb\n", false},
		{"a line less", "a\nb\n", "a\n", false},
		{"nothing", "", "", true},
		{"something for nothing", "", "a\n", false},
		{"an amount", "7.99 EUR\n", "8.99 EUR\n", false},
		{"a number of requests", "11 requests\n", "12 requests\n", false},
		{"columns of another width", "a   b\n", "a b  \n", true},
		{"another time", "until 2026-11-26 21:43:20\n", "until 2027-01-02 01:02:03\n", true},
		{"a time to the second", "at 2026-11-26T21:43:20Z,\n", "at 2027-01-02T01:02:03.5+01:00,\n", true},
		{"another duration", "in 10ms: 1\n", "in 1m2.5s: 1\n", true},
		{"a rate is no duration", "60/m\n", "61/m\n", false},
		{"an order", "order 31415933 of 31415933\n", "order 99999999 of 99999999\n", true},
		{"two orders for one", "order 31415933 of 31415933\n", "order 99999999 of 99999998\n", false},
		{"any words", "a … d\n", "a b c d\n", true},
		{"any words on one line only", "a … d\n", "a b\nc d\n", false},
		{"any lines", "a\n…\nd\n", "a\nb\nc\nd\n", true},
		{"no line is any lines", "a\n…\nd\n", "a\nd\n", true},
	} {
		if _, same := matches(c.want, c.got); same != c.same {
			t.Errorf("%s: %q and %q: %t", c.name, c.want, c.got, same)
		}
	}
}

// block is one fenced block of a document.
type block struct {
	path  string
	line  int // of its fence, from 1
	kind  string
	lines []string
}

// docs are the documents for users.
func docs(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("docs/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no docs: %v", err)
	}
	return slices.Concat([]string{"README.md"}, paths)
}

func blocks(t *testing.T, path string) (found []block) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open := false
	for i, line := range strings.Split(string(bytes.TrimSpace(text)), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !open:
			found = append(found, block{path: path, line: i + 1, kind: kind})
			open = true
		case fence:
			open = false
		case open:
			b := &found[len(found)-1]
			b.lines = append(b.lines, line)
		case strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t"):
			t.Errorf("%s:%d: a block must stand between fences, so that it can say what it is", path, i+1)
		}
	}
	if open {
		t.Errorf("%s: its last block does not end", path)
	}
	return found
}

// The README is short; what there is to know beyond it has a place in docs.
func TestTheREADMEIsShort(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n > 150 {
		t.Errorf("the README has %d lines; move what a newcomer does not need first into docs", n)
	}
	for _, path := range docs(t)[1:] {
		if !bytes.Contains(text, []byte("("+path+")")) {
			t.Errorf("the README has no link to %s", path)
		}
	}
}

// A link inside the documents leads to a file that is there and, after #, to one of its headings.
func TestTheLinksOfTheDocs(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	for _, path := range docs(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			target := path
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(path), link[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if link[2] != "" && !slices.Contains(anchors(t, target), link[2]) {
				t.Errorf("%s: %s has no heading %s", path, target, link[2])
			}
		}
	}
}

// anchors are the headings of a document, as links name them.
func anchors(t *testing.T, path string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		plain := regexp.MustCompile(`[^\pL\pN -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		found = append(found, "#"+strings.ReplaceAll(plain, " ", "-"))
	}
	return found
}
