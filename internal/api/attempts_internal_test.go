package api

import (
	"testing"
	"testing/synctest"
	"time"
)

// Requests to which nothing comes back are told after a while, with when they will be given up.
func TestDelayWithoutAnyAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 30 * time.Second
		var a attempts
		a.begin()
		time.Sleep(silence - time.Second)
		began := time.Now()
		a.begin()
		a.end(nil)
		time.Sleep(silence - time.Nanosecond)
		if delay := a.delay(timeout); delay != (Delay{}) {
			t.Errorf("while others are answered: %+v", delay)
		}
		time.Sleep(time.Nanosecond)
		want := Delay{Kind: Unanswered, Cause: "a request is under way to OVHcloud", Since: began, Until: began.Add(timeout)}
		if delay := a.delay(timeout); delay != want {
			t.Errorf("%+v, want %+v", delay, want)
		}
		a.end(&WaitError{Failure: Failure{Kind: Timeout}})
		if delay := a.delay(timeout); delay != (Delay{}) {
			t.Errorf("one failure alone: %+v", delay)
		}
	})
}
