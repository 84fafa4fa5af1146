package sweep

// Error is a failure of the input or of an output, together with what to do about it.
type Error struct {
	Err  error
	Hint string // the next thing to do, in one line; never empty
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }
