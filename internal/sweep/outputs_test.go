package sweep_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tldsweep/internal/sweep"
	"tldsweep/scanner"
)

func row(domain string) scanner.Result {
	entry := scanner.Split(domain, nil)
	return scanner.Result{Query: scanner.Query(entry), Answer: scanner.Answer{Status: scanner.Taken, Source: scanner.API}}
}

// filesIn are the names and the contents of a folder.
func filesIn(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = string(text)
	}
	return found
}

// A file has its name when it is complete: until then, and where the scan fails, what was there before stays.
func TestOutputsWholeOrNotAtAll(t *testing.T) {
	for _, complete := range []bool{true, false} {
		folder := t.TempDir()
		path := filepath.Join(folder, "report.csv")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout bytes.Buffer
		out, err := sweep.OpenOutputs(sweep.OutputOptions{Files: []string{path}, Stdout: &stdout, Format: "json"})
		if err != nil {
			t.Fatal(err)
		}
		if !out.ToStdout() {
			t.Error("no rows go to stdout")
		}
		if err := out.Write(row("rocket.fr")); err != nil {
			t.Fatal(err)
		}
		if text := filesIn(t, folder)["report.csv"]; text != "before" {
			t.Errorf("while rows come, the file holds %q", text)
		}
		if complete {
			err = out.Complete()
		} else {
			out.Abandon()
		}
		if err != nil {
			t.Fatal(err)
		}
		files := filesIn(t, folder)
		if got := files["report.csv"]; len(files) != 1 || complete != strings.Contains(got, "\nrocket.fr,") || !complete && got != "before" {
			t.Errorf("complete %v: the folder holds %q", complete, files)
		}
		if !json.Valid(stdout.Bytes()) || !strings.Contains(stdout.String(), "rocket.fr") {
			t.Errorf("complete %v: stdout is no whole document: %s", complete, &stdout)
		}
	}
}

// A file behind a link is written, and the link stays.
func TestOutputsThroughALink(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "file.csv"), filepath.Join(folder, "link.csv")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(file, link)); err != nil {
		t.Skip(err)
	}
	out, err := sweep.OpenOutputs(sweep.OutputOptions{Files: []string{link}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(out.Write(row("rocket.fr")), out.Complete()); err != nil {
		t.Fatal(err)
	}
	if about, err := os.Lstat(link); err != nil || about.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", about, err)
	}
	if text := filesIn(t, folder)["file.csv"]; !strings.Contains(text, "rocket.fr") {
		t.Errorf("the file holds %q", text)
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// Who reads stdout may have seen enough: that ends a scan only where nobody else wants the rows.
func TestOutputsWithoutReader(t *testing.T) {
	for _, files := range [][]string{nil, {filepath.Join(t.TempDir(), "report.csv")}} {
		out, err := sweep.OpenOutputs(sweep.OutputOptions{Files: files, Stdout: closedPipe{}, Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		err = out.Write(row("rocket.fr"))
		if len(files) == 0 {
			if !errors.Is(err, syscall.EPIPE) || !strings.HasPrefix(err.Error(), "stdout: ") {
				t.Errorf("without files the error is %v", err)
			}
			out.Abandon()
			continue
		}
		if err := errors.Join(err, out.Write(row("moon.fr")), out.Complete()); err != nil {
			t.Errorf("with a file: %v", err)
		}
		if text, err := os.ReadFile(files[0]); err != nil || strings.Count(string(text), "\n") != 3 {
			t.Errorf("the file holds %q, %v", text, err)
		}
	}
}

// What cannot be written is refused before anything is asked, and nothing is left behind.
func TestOutputsRefused(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good.csv")
	subfolder := filepath.Join(t.TempDir(), "sub.csv")
	if err := os.Mkdir(subfolder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		options sweep.OutputOptions
		want    string
		hint    string
	}{
		{"no folder", sweep.OutputOptions{Files: []string{good, filepath.Join(folder, "none", "report.csv")}}, "output " + filepath.Join(folder, "none", "report.csv") + ": ", ""},
		{"a folder itself", sweep.OutputOptions{Files: []string{good, subfolder}}, "is a folder", filepath.Join(subfolder, "report.csv")},
		{"an unknown suffix", sweep.OutputOptions{Files: []string{good, filepath.Join(folder, "report.pdf")}}, "report.pdf", ""},
		{"an unknown format", sweep.OutputOptions{Files: []string{good}, Stdout: &bytes.Buffer{}, Format: "xml"}, "xml", ""},
	} {
		_, err := sweep.OpenOutputs(c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v", c.name, err)
		}
		if hinted, ok := errors.AsType[*sweep.Error](err); ok != (c.hint != "") || ok && !strings.Contains(hinted.Hint, c.hint) {
			t.Errorf("%s: the hint is %v", c.name, hinted)
		}
		if left := filesIn(t, folder); len(left) != 0 {
			t.Errorf("%s: %q is left", c.name, left)
		}
	}
}
