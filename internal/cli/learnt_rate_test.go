package cli_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"tldsweep/internal/cli"
	"tldsweep/internal/emulator"
)

// What a scan learnt of the rate is known to the plan and the doctor, until the doctor forgets it.
func TestLearntRate(t *testing.T) {
	serve(t, emulator.Options{Limit: &emulator.Limit{PerSecond: 30}})
	const why = `[0-9.]+/[ms] since [0-9-]+ [0-9:]+: OVHcloud refused [0-9]+ of [0-9]+ requests as too many at [0-9.]+/[ms]`
	for _, step := range []struct {
		what, arguments string
		want            []string // regular expressions of lines
		never           string
	}{
		{"before", "doctor", []string{`ok +rate +none was learnt`}, why},
		{"plan before", "scan --plan --rate 200/s -e fr,com rocket", []string{`time +about 0s at 200/s`}, why},
		{"scan", "scan -q --rate 200/s -e fr,com,net,org,eu a b c d -o " + t.TempDir() + "/out.csv", nil, ""},
		{"doctor", "doctor", []string{`note +rate +` + why + `; --forget-rate forgets it`}, "none was learnt"},
		{"plan", "scan --plan --rate 200/s -e fr,com rocket", []string{`rate +` + why, `time +about 0s at [0-9.]+/[ms],`}, "at 200/s"},
		{"a plan that asks for less", "scan --plan --rate 60/m -e fr,com rocket", []string{`time +about 6s at 1/s`}, why},
		{"forget", "doctor --forget-rate", []string{`ok +rate +forgotten: ` + why}, "none was learnt"},
		{"after", "doctor", []string{`ok +rate +none was learnt`}, why},
		{"plan after", "scan --plan --rate 200/s -e fr,com rocket", []string{`time +about 0s at 200/s`}, why},
	} {
		var stdout, stderr bytes.Buffer
		if code := cli.Main(strings.Fields(step.arguments), strings.NewReader(""), &stdout, &stderr); code != 0 {
			t.Fatalf("%s: exit code %d\n%s%s", step.what, code, &stdout, &stderr)
		}
		for _, want := range step.want {
			if !regexp.MustCompile("(?m)^" + want).MatchString(stdout.String()) {
				t.Errorf("%s: no line %q in\n%s", step.what, want, &stdout)
			}
		}
		if step.never != "" && regexp.MustCompile(step.never).MatchString(stdout.String()) {
			t.Errorf("%s: there is %q in\n%s", step.what, step.never, &stdout)
		}
	}
}
