package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tldsweep/internal/cli"
	"tldsweep/internal/order"
)

// The examples name flags that there are.
func TestExamplesNameFlagsThatThereAre(t *testing.T) {
	var help, stderr bytes.Buffer
	if code := cli.Main([]string{"scan", "--help"}, nil, &help, &stderr); code != 0 {
		t.Fatalf("%d: %s", code, &stderr)
	}
	flag := regexp.MustCompile(`(?:^|[\s\[])(--?[a-z][a-z-]*)`)
	for _, path := range []string{"examples/crontab", "examples/systemd/tldsweep.service", "examples/cronjob.yaml", "examples/github-actions.yml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, after, found := strings.Cut(string(text), "scan")
		for found && !strings.HasPrefix(strings.TrimLeft(after, ", "), "-") {
			_, after, found = strings.Cut(after, "scan")
		}
		if !found {
			t.Errorf("%s has no scan", path)
			continue
		}
		command, _, _ := strings.Cut(after, "\n\n")
		command = regexp.MustCompile(`(?s)'[^']*'|\n[A-Z].*|\n {14}env.*|\|\|.*`).ReplaceAllString(command, "")
		flags := flag.FindAllStringSubmatch(strings.ReplaceAll(command, ",", " "), -1)
		if len(flags) < 4 {
			t.Errorf("%s: only %v", path, flags)
		}
		for _, f := range flags {
			if !regexp.MustCompile(regexp.QuoteMeta(f[1]) + `[, =\n]`).MatchString(help.String()) {
				t.Errorf("%s: scan has no %s", path, f[1])
			}
		}
	}
}

func TestTheExampleOfAnswersCanBeRead(t *testing.T) {
	file, err := os.Open("examples/order.toml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := order.ReadAnswers(file); err != nil {
		t.Error(err)
	}
}

// systemd's own tool finds nothing to say about the units.
func TestTheUnitsOfSystemd(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("needs systemd-analyze: apt-get install systemd")
	}
	folder := t.TempDir()
	self, err := os.Executable() // stands for the program, which must be there
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"verify"}
	for _, name := range []string{"tldsweep.service", "tldsweep.timer"} {
		text, err := os.ReadFile(filepath.Join("examples/systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte("/usr/local/bin/tldsweep"), []byte(self)), 0o644); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, path)
	}
	if out, err := exec.Command(verify, arguments...).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
