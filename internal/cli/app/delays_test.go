package app_test

import (
	"strings"
	"testing"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/pace"
)

// A delay is told when it begins, every half a minute while it lasts, and when it is over; what is over at once is not.
func TestDelays(t *testing.T) {
	began := time.Date(2026, 11, 2, 9, 42, 0, 0, time.Local)
	at := func(d time.Duration) time.Time { return began.Add(d) }
	paused := func(from, to time.Duration) api.Delay {
		return api.Delay{Kind: api.Paused, Cause: "OVHcloud refused as too many", Since: at(from), Until: at(to)}
	}
	failing := api.Delay{Kind: api.Failing, Cause: "500 Oops", Since: began}
	slowed := func(rate float64) api.Delay {
		return api.Delay{Kind: api.Slowed, Cause: "OVHcloud refused 5 of 20 requests as too many at 60/m", Since: began, Rate: pace.Rate(rate), Asked: 1}
	}
	type step struct {
		at    time.Duration
		delay api.Delay
		line  string
	}
	const (
		pausedLine  = "paused since 2026-11-02 09:42, trying again now: OVHcloud refused as too many"
		failingLine = "no answers since 2026-11-02 09:42: 500 Oops; trying again now"
		longer      = "a pause that lasts longer than was told" // which nobody was told before
		slowLine    = "slowed to 12/m since 2026-11-02 09:42: OVHcloud refused 5 of 20 requests as too many at 60/m"
	)
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"a long pause", []step{
			{0, paused(0, time.Minute), pausedLine}, {29 * time.Second, paused(0, time.Minute), ""}, {30 * time.Second, paused(0, time.Minute), "still " + pausedLine},
			{59 * time.Second, paused(0, time.Minute), ""}, {60 * time.Second, paused(0, time.Minute), "still " + pausedLine}, {61 * time.Second, api.Delay{}, "OVHcloud answers again, after 1m1s"}, {62 * time.Second, api.Delay{}, ""},
		}},
		{"a short one", []step{{0, paused(0, time.Second), ""}, {time.Second / 2, paused(0, time.Second), ""}, {time.Second, api.Delay{}, ""}}},
		{"short ones in a row", []step{{0, paused(0, time.Second/2), ""}, {time.Second * 3 / 4, paused(0, time.Second), pausedLine}}},
		{longer, []step{
			{0, paused(0, 5*time.Second), pausedLine}, {5 * time.Second, paused(0, 15*time.Second), ""}, {5*time.Second + 1, paused(0, 15*time.Second), "still " + pausedLine},
			{6 * time.Second, paused(0, 20*time.Second), ""}, {21 * time.Second, paused(0, 20*time.Second), ""},
		}},
		{"failures", []step{{time.Second / 4, failing, ""}, {time.Second * 3 / 4, failing, failingLine}, {3 * time.Second, api.Delay{}, "OVHcloud answers again, after 3s"}}},
		{"a failure that passes", []step{{time.Second / 4, failing, ""}, {time.Second, api.Delay{}, ""}}},
		{"slowed", []step{
			{0, slowed(0.95), ""}, {time.Second, slowed(0.2), slowLine}, {2 * time.Second, slowed(0.93), ""}, {3 * time.Second, slowed(0.98), "no more slowed, after 3s"},
		}},
		{"slowed after a pause", []step{
			{0, paused(0, time.Minute), pausedLine}, {time.Minute, slowed(0.2), "OVHcloud answers again, after 1m0s; " + slowLine}, {2 * time.Minute, paused(2*time.Minute, 2*time.Minute+time.Second), ""},
			{2*time.Minute + time.Second, slowed(0.2), "still " + slowLine},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var delays app.Delays
			for _, step := range c.steps {
				if line, lasts := delays.Next(at(step.at), step.delay); line != step.line || lasts != (strings.HasPrefix(line, "still ") && c.name != longer) {
					t.Errorf("after %s: %q, want %q", step.at, line, step.line)
				}
			}
		})
	}
}
