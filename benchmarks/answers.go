package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tldsweep/emulator"
)

// answers counts what a request brings where four of five domains are taken, with DNS first and then with history.
func answers(b *bench) error {
	n, rate := 2000, 50
	if b.short {
		n = 200
	}
	// 80 % taken, of which one in twenty is not delegated: the same in every run.
	dice := rand.New(rand.NewPCG(4, 2))
	options := emulator.Options{OnlyRegistered: true}
	for i := range n {
		for extension := range strings.SplitSeq(ten, ",") {
			if dice.Float64() < 0.8 {
				options.Registered = append(options.Registered, fmt.Sprintf("name%d.%s", i, extension))
			}
		}
	}
	names, err := b.names(n)
	if err != nil {
		return err
	}
	history := filepath.Join(b.folder, "answers.db")
	scan := func(what string, options emulator.Options, arguments ...string) (summary, error) {
		options.Record = true
		server, err := startServer(options)
		if err != nil {
			return summary{}, err
		}
		report, told := filepath.Join(b.folder, "answers.csv"), filepath.Join(b.folder, "answers.json")
		arguments = append([]string{"-i", names, "-e", ten, "--resolver", server.dns, "--prefilter", "dns", "-o", report, "--summary", told,
			"--history", history, "--endpoint", server.address}, arguments...)
		if _, err := b.scan(server.address, arguments...); err != nil {
			return summary{}, err
		}
		if _, err := server.stop(); err != nil {
			return summary{}, err
		}
		rows, err := checkAgainst(report, options)
		if err != nil {
			return summary{}, err
		}
		b.add(what+": pairs answered ÷ pairs", "", "= 1", float64(rows.domains)/float64(n*10))
		b.add(what+": verdicts that are wrong", "", "= 0", rows.wrong+rows.errors)
		return readSummary(told)
	}
	run, err := scan("DNS first", options, "--rate", fmt.Sprint(rate, "/s"))
	if err != nil {
		return err
	}
	b.add("DNS first: answers per request", "", "≥ 4", float64(n*10)/float64(run.Requests))
	b.add(fmt.Sprintf("DNS first, %d requests/s: time ÷ (requests ÷ %d/s)", rate, rate), "", "≤ 1.05", run.Seconds/(float64(run.Requests)/float64(rate)))

	bad := options
	bad.DNSLost, bad.DNSServFail, bad.DNSTruncated = 0.05, 0.02, 0.01
	if run, err = scan("bad DNS", bad, "--rate", "off"); err != nil {
		return err
	}
	b.add("bad DNS: answers per request", "", "", float64(n*10)/float64(run.Requests))
	return b.repeated(names, history, options, n)
}

// repeated asks the same question twice, the second time with answers of the first.
func (b *bench) repeated(names, history string, options emulator.Options, n int) error {
	server, err := startServer(options)
	if err != nil {
		return err
	}
	told := filepath.Join(b.folder, "repeated.json")
	for range 2 {
		if _, err := b.scan(server.address, "-i", names, "-e", ten, "--rate", "off", "--history", history, "--max-age", "12h", "--summary", told); err != nil {
			return err
		}
	}
	if _, err := server.stop(); err != nil {
		return err
	}
	run, err := readSummary(told)
	if err != nil {
		return err
	}
	b.add("again with history: answers per request", "", "≥ 100", float64(n*10)/float64(run.Requests))
	return nil
}

// lookPath finds a program that Debian may put where users do not look.
func lookPath(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	path := filepath.Join("/usr/sbin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is missing: apt-get install %s", name, name)
	}
	return path, nil
}
