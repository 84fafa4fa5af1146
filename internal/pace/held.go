package pace

import "time"

// Held is a pause that is on: nobody may send.
type Held struct {
	Refused bool      // for too many requests; else the caller asked for it, see Pace.Pause
	Since   time.Time // when it began; further pauses of the same cause, without an answer between them, belong to it. Zero: there is no pause
	Until   time.Time // when the next request may go. After that, while no answer has come, some requests try whether the server is back
}

// Held returns the pause that is on, also one that another process which shares began. It is over with the first answer
// after it, or, where no answer is to be expected, when its time has come. It is safe for concurrent use.
func (p *Pace) Held() Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	refused := p.state.Pauses > 0
	if !time.Now().Before(p.notBefore) && (!refused || p.tries >= trialRequests) {
		return Held{}
	}
	return Held{Refused: refused, Since: p.held, Until: p.notBefore}
}
