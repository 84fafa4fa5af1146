package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tldsweep/internal/emulator"
)

// start measures how long it takes until the program says something, beside a Go program that says one line.
func start(b *bench) error {
	times := 40
	if b.short {
		times = 10
	}
	folder := filepath.Join(b.folder, "nothing")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"nothing\\n\") }\n"), 0o644); err != nil {
		return err
	}
	nothing := filepath.Join(folder, "nothing")
	if err := build(nothing, filepath.Join(folder, "main.go")); err != nil {
		return err
	}
	server, err := startServer(emulator.Options{})
	if err != nil {
		return err
	}
	defer server.end()
	var floor, version, inside, outside []float64
	for range times {
		took, err := untilLine(1, exec.Command(nothing))
		if err != nil {
			return err
		}
		floor = append(floor, took)
		if took, err = untilLine(1, b.tldsweep("", "version")); err != nil {
			return err
		}
		version = append(version, took)
		if took, err = untilLine(2, b.scanner(server.address, "-e", "fr", "-f", "csv", "--rate", "off", "rocket")); err != nil {
			return err
		}
		outside = append(outside, took)
		if took, err = untilLine(2, b.scanner("", "--endpoint", "emulator", "-e", "fr", "-f", "csv", "rocket")); err != nil {
			return err
		}
		inside = append(inside, took)
	}
	b.add("a Go program that says one line", "ms", "", floor...)
	b.add("tldsweep version", "ms", "≤ 15", version...)
	b.add("start to first row, emulator in a process of its own", "ms", "≤ 50", outside...)
	b.add("start to first row, --endpoint emulator", "ms", "≤ 50", inside...)
	return b.sizes()
}

// untilLine is how long a command takes until its nth line of output.
func untilLine(n int, command *exec.Cmd) (ms float64, err error) {
	stdout, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(stdout)
	for i := 0; lines.Scan(); i++ {
		if i == n-1 && len(lines.Bytes()) > 0 {
			ms = float64(time.Since(began)) / float64(time.Millisecond)
		}
	}
	if err := firstOf(lines.Err(), command.Wait()); err != nil || ms == 0 {
		return 0, fmt.Errorf("%s has not said %d lines: %w", command, n, err)
	}
	return ms, nil
}

// sizes of the program, as go build makes it and as a release may strip it.
func (b *bench) sizes() error {
	stripped := filepath.Join(b.folder, "stripped")
	if err := build(stripped, "tldsweep", "-ldflags=-s -w"); err != nil {
		return err
	}
	for _, made := range []struct{ what, path string }{{"size of the program", b.program}, {"size of the program, stripped", stripped}} {
		about, err := os.Stat(made.path)
		if err != nil {
			return err
		}
		b.add(made.what, "MiB", "", float64(about.Size())/(1<<20))
	}
	return nil
}
