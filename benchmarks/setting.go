package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// setting is where, when and of what the figures were measured.
type setting struct {
	Program string            `json:"program"`          // as it says itself
	Commit  string            `json:"commit,omitempty"` // where this is a git checkout
	Go      string            `json:"go"`
	OS      string            `json:"os"`
	Arch    string            `json:"arch"`
	CPUs    int               `json:"cpus"`
	CPU     string            `json:"cpu,omitempty"` // its model, where the system (Linux) says so
	Beside  map[string]string `json:"beside"`        // other programs, and their versions
	Began   time.Time         `json:"began"`
	Short   bool              `json:"short"`
}

// inspect fills in what can be found out.
func (s *setting) inspect(program string) error {
	version, err := exec.Command(program, "version").Output()
	if err != nil {
		return fmt.Errorf("tldsweep version: %w", err)
	}
	s.Program = strings.TrimSpace(string(version))
	if commit, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		s.Commit = strings.TrimSpace(string(commit))
	}
	s.Go, s.OS, s.Arch, s.CPUs, s.Began = runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Truncate(time.Second)
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := regexp.MustCompile(`(?m)^model name\s*:\s*(.*)$`).FindSubmatch(text); found != nil {
			s.CPU = string(found[1])
		}
	}
	s.Beside = map[string]string{}
	for name, arguments := range map[string][]string{
		"wrk": {"-v"}, "nsd": {"-v"}, "chromium": {"--version"},
		"dnsperf": {},  // says it before it asks what stands on its empty stdin
		"massdns": nil, // does not say it
	} {
		path, missing := lookPath(name)
		if missing != nil {
			continue
		}
		s.Beside[name] = "of unknown version"
		if arguments != nil {
			said, _ := exec.Command(path, arguments...).CombinedOutput() // wrk says it and fails
			s.Beside[name] = cmp.Or(string(regexp.MustCompile(`\d+(\.\d+)+\S*`).Find(said)), s.Beside[name])
		}
	}
	return nil
}

// String is the setting in two lines.
func (s setting) String() string {
	text := fmt.Sprintf("%s (%s), %d × %s, %s", s.Program, cmp.Or(s.Commit, "no commit"), s.CPUs, cmp.Or(s.CPU, "CPU"), s.Began.Format(time.DateTime+" MST"))
	if s.Short {
		text += ", -short: too little to be held to all goals"
	}
	var beside []string
	for _, name := range slices.Sorted(maps.Keys(s.Beside)) {
		beside = append(beside, name+" "+s.Beside[name])
	}
	return text + "\nbeside: go-ovh " + ovhVersion() + ", " + strings.Join(beside, ", ")
}

// ovhVersion is of the go-ovh that this program has built in.
func ovhVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/ovh/go-ovh" {
				return module.Version
			}
		}
	}
	return "of unknown version"
}
