package sweep_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tldsweep/internal/sweep"
)

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "names.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func linesOf(t *testing.T, in *sweep.Input) []string {
	t.Helper()
	var lines []string
	for line, err := range in.All {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// Arguments come first, then the files in their order; stdin is one of them.
func TestInputInOrder(t *testing.T) {
	in := &sweep.Input{
		Names: []string{"rocket"},
		Files: []string{writeFile(t, "# a list\nmoon\n\nstar.fr\n"), "-"},
		Stdin: strings.NewReader("comet\n"),
	}
	defer in.Close()
	if got, want := linesOf(t, in), []string{"rocket", "moon", "star.fr", "comet"}; !slices.Equal(got, want) {
		t.Errorf("the lines are %q, want %q", got, want)
	}
	if in.Lines() != 4 {
		t.Errorf("%d lines", in.Lines())
	}
}

// The digest is of the set of lines; what it read of stdin can be read again, as often as is wanted, until Close.
func TestInputDigest(t *testing.T) {
	first := &sweep.Input{Names: []string{"rocket"}, Files: []string{"-"}, Stdin: strings.NewReader("Moon\nstar\n")}
	defer first.Close()
	sum, lines, err := first.Digest()
	if err != nil || lines != 3 {
		t.Fatalf("%d lines, %v", lines, err)
	}
	again, _, err := first.Digest()
	if err != nil || again != sum {
		t.Errorf("the second digest is %s, not %s; %v", again, sum, err)
	}
	if got, want := linesOf(t, first), []string{"rocket", "Moon", "star"}; !slices.Equal(got, want) {
		t.Errorf("the lines after it are %q, want %q", got, want)
	}
	for _, c := range []struct {
		names []string
		same  bool
	}{
		{[]string{"star", "moon", "rocket"}, true},
		{[]string{"star", "moon"}, false},
		{[]string{"star", "moon", "rocket", "rocket"}, false},
	} {
		other, _, err := (&sweep.Input{Names: c.names}).Digest()
		if err != nil || (other == sum) != c.same {
			t.Errorf("%q: the digest is %s beside %s, %v", c.names, other, sum, err)
		}
	}
}

// The copy of stdin has no name where files can be read without one, so that it vanishes with the process; elsewhere it is gone after
// Close.
func TestInputLeavesNothingBehind(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	in := &sweep.Input{Files: []string{"-"}, Stdin: strings.NewReader("moon\n")}
	if _, _, err := in.Digest(); err != nil {
		t.Fatal(err)
	}
	copies, err := os.ReadDir(folder)
	if err != nil || runtime.GOOS != "windows" && len(copies) != 0 {
		t.Errorf("%d copies, %v", len(copies), err)
	}
	for line, err := range in.All {
		if line != "moon" || err != nil {
			t.Errorf("the copy holds %q, %v", line, err)
		}
	}
	in.Close()
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func TestInputPairs(t *testing.T) {
	list := writeFile(t, "moon\nstar.fr\nmoon\n")
	for _, c := range []struct {
		name string
		in   sweep.Input
		want int64
	}{
		{"names count for every extension, domains once", sweep.Input{Names: []string{"rocket"}, Files: []string{list}}, 3*10 + 1},
		{"stdin is not read away", sweep.Input{Names: []string{"rocket"}, Files: []string{"-"}, Stdin: strings.NewReader("moon\n")}, 0},
		{"a list that cannot be read", sweep.Input{Files: []string{list + ".none"}}, 0},
	} {
		if got := c.in.Pairs(10); got != c.want {
			t.Errorf("%s: %d pairs, want %d", c.name, got, c.want)
		}
	}
}

// What is wrong with the input is an error, never an empty scan.
func TestInputErrors(t *testing.T) {
	broken := errors.New("the pipe broke")
	for _, c := range []struct {
		name string
		in   sweep.Input
		want string // of the error of Check or of reading
		hint bool
	}{
		{"a folder", sweep.Input{Files: []string{t.TempDir()}}, "is a folder", true},
		{"no such file", sweep.Input{Files: []string{filepath.Join(t.TempDir(), "none")}}, "input: ", true},
		{"no line", sweep.Input{Files: []string{writeFile(t, "# nothing\n")}}, "the input holds no names", true},
		{"a reader that fails", sweep.Input{Files: []string{"-"}, Stdin: io.MultiReader(strings.NewReader("moon\n"), failing{broken})}, "the pipe broke", false},
	} {
		err := c.in.Check()
		for _, wrong := range c.in.All {
			err = errors.Join(err, wrong)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v", c.name, err)
		}
		if hinted, ok := errors.AsType[*sweep.Error](err); ok != c.hint || ok && hinted.Hint == "" {
			t.Errorf("%s: the hint is %v", c.name, hinted)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
