package emulator

import "time"

// now is the time as the server has it, which need not be this machine's.
func (s *Server) now() time.Time { return time.Now().Add(s.options.ClockOffset) }

// wireTime writes a time as the API does: with an offset, which is not always the same one, and with microseconds where
// there are any.
func wireTime(at time.Time) string {
	at = at.UTC()
	if at.Nanosecond()/1000 == 0 {
		return at.Format("2006-01-02T15:04:05-07:00")
	}
	if at.Nanosecond()/1000%2 == 1 {
		at = at.In(time.FixedZone("", 60*60))
	}
	return at.Format("2006-01-02T15:04:05.000000-07:00")
}

// parseTime reads a time as clients send them: with or without a fraction, with an offset of +01:00, +0100 or Z.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
