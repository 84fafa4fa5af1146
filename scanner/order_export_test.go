package scanner

// NewOrderOf is NewOrder with a window of n queries.
func NewOrderOf(n int) *Order {
	o := NewOrder()
	o.queue = o.queue[:n]
	return o
}
