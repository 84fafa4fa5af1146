package emulator

// Life is what becomes of an order once it is paid. The zero value is delivered after three looks at its status.
type Life struct {
	// Speed is how many times faster than a real order it goes: 60 delivers in some 5 s. At 0 no clock moves it but the
	// looks at its status, a step each.
	Speed     float64
	Documents bool // the fraud check asks for documents before it accepts
	Cancelled bool // the fraud check refuses, and the order ends cancelled
}
