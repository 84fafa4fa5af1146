package emulator

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limit is a limit of requests that the server keeps to, whatever its clients think.
type Limit struct {
	PerSecond  float64
	Burst      int    // admitted at once; 0 means 1
	RetryAfter string // what a refusal tells: "" or "none", "seconds", "date"
	All        bool   // of every request, not of the lookups alone
}

// bucket fills with tokens as time goes by.
type bucket struct {
	mu     sync.Mutex
	limit  Limit
	tokens float64
	last   time.Time
}

func newBucket(limit Limit) *bucket {
	limit.Burst = max(limit.Burst, 1)
	return &bucket{limit: limit, tokens: float64(limit.Burst)}
}

// admits says whether a request may pass at a time, and how long until the next one may.
func (b *bucket) admits(now time.Time) (wait time.Duration, admitted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if since := now.Sub(b.last); b.last.IsZero() || since > 0 {
		if !b.last.IsZero() {
			b.tokens = min(float64(b.limit.Burst), b.tokens+since.Seconds()*b.limit.PerSecond)
		}
		b.last = now
	}
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	return time.Duration((1 - b.tokens) / b.limit.PerSecond * float64(time.Second)), false
}

// throttle answers 429.
func (a *answer) throttle(retryAfter string, wait time.Duration) {
	seconds := max(1, math.Ceil(wait.Seconds()))
	switch retryAfter {
	case "seconds":
		a.header("Retry-After", strconv.Itoa(int(seconds)))
	case "date":
		a.header("Retry-After", a.s.now().Add(time.Duration(seconds)*time.Second).UTC().Format(http.TimeFormat))
	}
	a.s.counts.throttled.Add(1)
	a.fail(http.StatusTooManyRequests, tooManyClass, tooManyMessage)
}

// ParseLimit reads "40/s" or "40/s,burst=10,retry-after=seconds,scope=all". The unit is s, m or h.
func ParseLimit(text string) (Limit, error) {
	var limit Limit
	head, options, _ := strings.Cut(text, ",")
	count, unit, _ := strings.Cut(head, "/")
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	n, err := strconv.ParseFloat(count, 64)
	if err != nil || per == 0 || !(n > 0 && n < 1e9) {
		return limit, fmt.Errorf("limit %q: want a number per s, m or h, such as 40/s", text)
	}
	limit.PerSecond = n / per
	for key, value := range pairs(options) {
		switch {
		case key == "burst":
			if limit.Burst, err = strconv.Atoi(value); err != nil || limit.Burst < 1 {
				return limit, fmt.Errorf("limit %q: burst %q is not a positive number", text, value)
			}
		case key == "retry-after" && (value == "none" || value == "seconds" || value == "date"):
			limit.RetryAfter = value
		case key == "scope" && (value == "all" || value == "lookups"):
			limit.All = value == "all"
		default:
			return limit, fmt.Errorf("limit %q: %s=%s is none of burst=N, retry-after=none|seconds|date, scope=lookups|all", text, key, value)
		}
	}
	return limit, nil
}

// pairs are the key=value parts of a text, separated by commas.
func pairs(text string) func(yield func(key, value string) bool) {
	return func(yield func(string, string) bool) {
		for part := range strings.SplitSeq(text, ",") {
			if part == "" {
				continue
			}
			key, value, _ := strings.Cut(part, "=")
			if !yield(key, value) {
				return
			}
		}
	}
}
