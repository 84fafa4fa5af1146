package pace

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"time"
)

// The figures of the rules, found by running them against simulated servers: TestFigures holds the results.
const (
	// Among so many outcomes, the last ones, one refusal is chance, and no reason to be slower. Not so where there are only
	// few since the limit was lowered last.
	windowSize  = 20
	tolerated   = 1
	fewOutcomes = 6

	// More refusals lower the limit by the share that was admitted and a little more, but to no less than half of it at
	// once: a bad moment is not yet a rate.
	margin    = 0.97
	minFactor = 0.5

	// Where so few answers came before each of two refusals in a row, what was admitted in the time between them is believed
	// as well, pause and all, if it was enough of them: a server that admits bursts refuses seldom, and far too much. It is
	// no chance where it is less than this share of the limit.
	soonAnswers   = 64
	minMeasured   = 8
	measuredShare = 0.85

	// The limit never falls below this share of the asked rate; where none is asked for, of one request per second.
	minShare = 1.0 / 64

	// The ceiling is the limit that was refused; a share of it, where the limit had been lowered before or far too much was
	// sent; and just above the new limit, where enough outcomes say what is admitted and most of them were answers.
	ceilingShare  = 0.85
	minForCeiling = 6
	answeredShare = 0.5
	aboveLimit    = 1.04

	// The way back doubles with every so many answers, until the limit is this near to the ceiling.
	doublingAnswers = 5
	nearCeiling     = 0.97

	// There, a refusal takes the limit back a little, the less, the more answers came before it.
	stepBack    = 0.99
	maxStepBack = 0.97

	// And there, after so many answers, a probe begins. It is put off where the last pause was long, until that costs only
	// 1/holdPauses of the time, or is holdTime ago. One that is refused costs probeCost of the answers so far, of which
	// maxSaved are counted at most: so the waste is bounded, and where there is little of it, what a server admits again
	// is found out soon.
	holdAnswers = 24
	holdPauses  = 40
	holdTime    = 2 * time.Minute
	probeCost   = 64
	maxSaved    = 4 * probeCost

	// The first step of a probe. A step is believed after so many answers, times the step, and so long a time. The next
	// one is larger. The first refusal ends the probe.
	firstStep    = 1.07
	probeAnswers = 8
	probeTime    = time.Second
	stepGrowth   = 3
	maxStep      = 2

	// Where a refusal does not say how long to wait, the pause doubles from the time of two requests, or shortestPause, up
	// to lastPause.
	shortestPause = 200 * time.Millisecond
	lastPause     = 16 * time.Second

	// After a pause for a refusal, so many requests, and so many a second, try whether the server is back, until an answer
	// says that it is.
	trialRequests = 5

	// What was learnt loses half of its weight in each halfLife without an outcome, and is void after a day. While
	// requests go, an outcome is never far: less than idleAfter does not count.
	halfLife    = 5 * time.Minute
	forgetAfter = 24 * time.Hour
	idleAfter   = time.Minute
)

// state is what is known of whose turn it is and of what the server admits: to this process, or to all that share a file,
// which holds the fields as they are, so all are of a fixed size. Times are nanoseconds since 1970 UTC, 0 is never.
type state struct {
	Written   int64 // when it was written last
	Last      int64 // the turn that was given away last
	NotBefore int64 // the gate: no turn is before it
	ClosedAt  int64 // when the gate was closed last
	Refused   int64 // when the request was sent that was refused, of these the latest
	Heard     int64 // when an outcome was heard last

	Limit   float64 // learnt, requests per second; 0: nothing was learnt
	Ceiling float64 // at which answers came and then refusals; 0 with Limit
	Top     float64 // in force before Limit was learnt

	Since      int64   // when the limit was lowered first
	LoweredAt  float64 // requests per second in force when it was lowered last
	LoweredFor int64   // refusals that lowered it
	LoweredOf  int64   // among so many outcomes
	Pauses     int64   // for refusals, since the last answer
	Answered   int64   // answers to requests sent after Refused
	Window     int64   // the last outcomes, a bit each, the newest lowest; set: refused
	Outcomes   int64   // how many they are, at most remembered
	Falling    float64 // the limit before the last refusals, while more of those may come that were under way; else 0
	Measured   float64 // answers per second before them, where that says anything; else 0
	Soon       int64   // refusals in a row that came after few answers
	Fallen     int64   // 1: the outcomes in Window have lowered the limit, and will not again
	Probing    int64   // 1: a probe is under way
	Base       float64 // the limit before the step under way
	Step       float64 // that step
	Counts     int64   // answers in that step, or since the last probe or fall
	Origin     float64 // the limit before the probe, until what the probe won is proven; else 0
	Saved      int64   // answers that a refused probe is paid with
}

// rate is the limit in force for a process that asks for so many requests per second; 0 is none, for both.
func (s *state) rate(asked float64) float64 {
	rate := s.learntRate(asked)
	if s.Pauses > 0 && (rate == 0 || rate > trialRequests) {
		rate = trialRequests
	}
	return rate
}

// learntRate is the same without the caution between a pause and the next answer.
func (s *state) learntRate(asked float64) float64 {
	if s.Limit > 0 && (asked == 0 || s.Limit < asked) {
		return s.Limit
	}
	return asked
}

// note remembers outcomes.
func (s *state) note(n int64, refused bool) {
	n = min(n, windowSize)
	s.Window <<= n
	if refused {
		s.Window |= 1<<n - 1
	}
	s.Window &= 1<<windowSize - 1
	s.Outcomes = min(s.Outcomes+n, windowSize)
}

// endEvent ends what the last refusal began: outcomes that have lowered the limit do not do so again.
func (s *state) endEvent() {
	if s.Fallen == 1 {
		s.Window, s.Outcomes, s.Fallen = 0, 0, 0
	}
	s.Falling, s.Measured = 0, 0
}

// answer takes in an answer to a request that was sent after the gate had been closed last.
func (s *state) answer(asked float64) {
	s.endEvent()
	s.Pauses = 0
	s.note(1, false)
	s.Saved = min(s.Saved+1, maxSaved)
	switch {
	case s.Limit == 0:
		return
	case s.Probing == 1:
		s.probe(asked)
	case asked > 0 && s.Limit >= asked:
		return // it says nothing of a limit that is beyond what is asked for
	case s.Limit < nearCeiling*s.Ceiling:
		s.Limit = min(s.Limit*math.Exp2(1.0/doublingAnswers), s.Ceiling)
	default:
		s.Counts++
		if s.Counts >= windowSize {
			s.Origin = 0
		}
		if s.Saved >= probeCost && float64(s.Counts) >= s.untilProbe() {
			s.Probing, s.Counts, s.Origin, s.Base, s.Step = 1, 0, s.Limit, s.Limit, firstStep
			s.Limit *= s.Step
		}
	}
	if asked > 0 && s.Limit >= asked {
		s.Limit = asked
		if s.Probing == 0 && asked >= s.Top {
			s.forget()
		}
	}
}

// untilProbe is how many answers at the ceiling earn a probe.
func (s *state) untilProbe() float64 {
	paused := time.Duration(s.NotBefore - s.ClosedAt).Seconds()
	return max(holdAnswers, min(holdPauses*paused, holdTime.Seconds())*s.Limit)
}

// probe takes in an answer in a probe.
func (s *state) probe(asked float64) {
	s.Counts++
	if float64(s.Counts) < max(probeAnswers*s.Step, probeTime.Seconds()*s.Limit) {
		return
	}
	s.Ceiling, s.Counts = s.Limit, 0
	if asked > 0 && s.Limit >= asked {
		s.Probing = 0
		return
	}
	s.Base, s.Step = s.Limit, min(1+(s.Step-1)*stepGrowth, maxStep)
	s.Limit *= s.Step
}

// refuse takes in a refusal at a time. from is the limit in force, requests per second. late says that the request was sent
// before the gate was closed last: then it belongs to the event that closed it.
func (s *state) refuse(now int64, late bool, from, asked float64) {
	answered := s.Answered
	s.Answered = 0
	switch {
	case late && s.Falling == 0:
		return // what closed the gate was no refusal, or ended a probe
	case !late:
		s.endEvent()
		if s.Probing == 1 || s.Origin > 0 {
			s.endProbe()
			return
		}
		s.Falling = from
		s.measure(now, answered)
	}
	s.note(1, true)
	refused := int64(bits.OnesCount64(uint64(s.Window)))
	switch {
	case answered == 0:
		// Nothing was admitted since the last refusal: this one tells nothing of how much is.
	case refused > tolerated, s.Limit > 0 && s.Outcomes < fewOutcomes, s.Measured > 0:
		s.lower(now, refused, asked)
	case !late && s.Limit > 0 && from == s.Limit && s.Limit >= nearCeiling*s.Ceiling:
		// A little too much is refused seldom, and looks like chance.
		s.Limit *= min(max(maxStepBack, 1-1/float64(answered)), stepBack)
		s.Ceiling = s.Limit
	}
}

// measure finds out how many requests per second were admitted since the gate was closed last, so many in all.
func (s *state) measure(now, answered int64) {
	switch {
	case answered >= soonAnswers:
		s.Soon = 0
	case answered > 0:
		s.Soon++
	}
	span := time.Duration(now - s.ClosedAt)
	if s.Soon < 2 || answered < minMeasured || s.ClosedAt == 0 || span <= 0 {
		return
	}
	if measured := float64(answered) / span.Seconds(); measured < measuredShare*s.Falling {
		s.Measured = measured
	}
}

// lower lowers the limit, from what it was before the event; more refusals of the same event may lower it further.
func (s *state) lower(now, refused int64, asked float64) {
	if s.Limit == 0 {
		s.Top, s.Since = s.Falling, now
	}
	least := minShare
	if asked > 0 {
		least *= asked
	}
	share := 1 - float64(refused)/float64(s.Outcomes)
	limit := margin * share * s.Falling
	if s.Measured > 0 {
		limit = min(limit, margin*s.Measured)
	}
	s.Limit = max(limit, minFactor*s.Falling, least)
	s.Ceiling = s.Falling
	if s.Falling < s.Top || s.Measured > 0 {
		s.Ceiling *= ceilingShare
	}
	if s.Outcomes >= minForCeiling && share > answeredShare && s.Measured == 0 {
		s.Ceiling = min(s.Ceiling, aboveLimit*s.Limit)
	}
	s.Ceiling = max(s.Ceiling, s.Limit)
	s.LoweredAt, s.LoweredFor, s.LoweredOf = s.Falling, refused, s.Outcomes
	s.Counts, s.Fallen = 0, 1
}

// endProbe ends a probe that was refused, a little below where its step began. A refusal soon after that takes back all
// that the probe had won: then the server had admitted a burst, and not a rate.
func (s *state) endProbe() {
	to := s.Origin
	if s.Probing == 1 {
		to = s.Base
	}
	if s.Probing == 0 || to <= s.Origin {
		s.Origin = 0
	}
	s.Limit = to * stepBack
	s.Ceiling = s.Limit
	s.Probing, s.Counts, s.Window, s.Outcomes = 0, 0, 0, 0
	s.Saved = max(s.Saved-probeCost, 0)
}

// pause is how long to wait where a refusal does not say.
func (s *state) pause(asked float64, random *rand.Rand) time.Duration {
	longest := shortestPause
	if asked > 0 {
		longest = max(longest, time.Duration(2/asked*float64(time.Second)))
	}
	for range s.Pauses {
		if longest >= lastPause {
			break
		}
		longest *= 2
	}
	longest = min(longest, lastPause)
	return longest/2 + time.Duration(random.Int64N(int64(longest/2)))
}

// refresh makes a state that was written some time ago a current one.
func (s *state) refresh(now int64) {
	if ahead := s.Written - now; ahead > 0 {
		// The time of this machine was set back since it was written, by as much or a little more: so all of it is.
		for _, at := range []*int64{&s.Written, &s.Last, &s.NotBefore, &s.ClosedAt, &s.Refused, &s.Heard, &s.Since} {
			*at = max(*at-ahead, 0)
		}
	}
	if s.NotBefore-now > int64(longestPause) {
		s.NotBefore = 0
	}
	s.age(now)
}

// add takes in the answers since the last time.
func (s *state) add(now int64, n answers, asked float64) {
	if n == (answers{}) {
		return
	}
	s.Heard = now
	s.Answered += n.answered
	s.note(n.late, false)
	for range n.fresh {
		s.answer(asked)
	}
}

// close closes the gate, or keeps it closed for longer.
func (s *state) close(now int64, d time.Duration) {
	if until := now + int64(min(d, longestPause)); until > s.NotBefore {
		s.ClosedAt, s.NotBefore = now, until
	}
}

// age takes from what was learnt the weight that it has lost until now.
func (s *state) age(now int64) {
	gap := time.Duration(now - s.Heard)
	if s.Limit == 0 || gap < idleAfter || gap.Seconds() < 2/s.Limit {
		return
	}
	weight := math.Exp2(-float64(gap) / float64(halfLife))
	aged := func(rate float64) float64 { return s.Top * math.Pow(rate/s.Top, weight) }
	limit, ceiling := aged(s.Limit), aged(s.Ceiling)
	if gap >= forgetAfter || limit >= nearCeiling*s.Top {
		s.forget()
		return
	}
	s.Limit, s.Ceiling, s.Heard = limit, ceiling, now
	s.Window, s.Outcomes, s.Falling, s.Measured, s.Fallen, s.Soon = 0, 0, 0, 0, 0, 0
	s.Probing, s.Origin = 0, 0
}

// forget drops what was learnt of the server's limit.
func (s *state) forget() {
	*s = state{Written: s.Written, Last: s.Last, NotBefore: s.NotBefore, ClosedAt: s.ClosedAt, Refused: s.Refused,
		Heard: s.Heard, Pauses: s.Pauses, Answered: s.Answered, Saved: s.Saved}
}
