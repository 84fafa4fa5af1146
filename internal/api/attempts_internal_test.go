package api

import (
	"testing"
	"testing/synctest"
	"time"
)

// A request to which nothing comes back is told after a while, with when it will be given up, unless others are answered; after
// that, the failure is.
func TestDelayWithoutAnyAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 30 * time.Second
		var a attempts
		none := func(when string) {
			t.Helper()
			if delay := a.delay(timeout); delay != (Delay{}) {
				t.Errorf("%s: %+v", when, delay)
			}
		}
		began := time.Now()
		first := a.begin()
		time.Sleep(silence - time.Nanosecond)
		none("before it is worth telling")
		other := a.begin()
		time.Sleep(time.Nanosecond)
		a.end(other, nil)
		time.Sleep(pause - time.Nanosecond)
		none("while others are answered")
		time.Sleep(time.Nanosecond)
		want := Delay{Kind: Unanswered, Cause: "a request is under way to OVHcloud", Since: began, Until: began.Add(timeout)}
		if delay := a.delay(timeout); delay != want {
			t.Errorf("%+v, want %+v", delay, want)
		}
		a.end(first, &WaitError{Failure: Failure{Kind: Timeout, Message: "no answer in time"}})
		want = Delay{Kind: Failing, Cause: "no answer in time", Since: began}
		if delay := a.delay(timeout); delay != want {
			t.Errorf("%+v, want %+v", delay, want)
		}
		a.end(a.begin(), nil)
		none("after an answer")
		a.end(a.begin(), &WaitError{Failure: Failure{Kind: Network}})
		none("one failure that came at once")
	})
}

// A server that is slow is no outage: once it has answered late, it is given twice as long.
func TestDelayOfASlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a attempts
		told := 0
		for range 5 {
			number := a.begin()
			for range 70 {
				time.Sleep(100 * time.Millisecond)
				if a.delay(time.Minute).Kind == Unanswered {
					told++
					break
				}
			}
			time.Sleep(time.Second)
			a.end(number, nil)
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}
