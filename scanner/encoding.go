package scanner

import (
	"encoding/binary"
	"errors"
	"time"
)

// What lies in temporary files is read by the process that wrote it, and by nobody else: its form may change at any time.

// A query is three strings and, for a name that cannot exist, the three of its error.
const (
	goodName = iota
	badName
	otherError // whatever else: its text
)

func appendQuery(b []byte, q Query) []byte {
	kind, parts := byte(goodName), []string{q.Name.ASCII, q.Name.Unicode, q.Extension}
	if invalid, ok := q.Name.Err.(*InvalidNameError); ok {
		kind, parts = badName, append(parts, invalid.Name, string(invalid.Reason), invalid.Why)
	} else if q.Name.Err != nil {
		kind, parts = otherError, append(parts, q.Name.Err.Error())
	}
	b = append(b, kind)
	for _, part := range parts {
		b = appendText(b, part)
	}
	return b
}

func cutQuery(b []byte) (q Query, rest []byte, ok bool) {
	c := cutter{rest: b}
	kind := c.byte()
	q = Query{Name: Name{ASCII: c.text(), Unicode: c.text()}, Extension: c.text()}
	switch kind {
	case badName:
		q.Name.Err = &InvalidNameError{Name: c.text(), Reason: Reason(c.text()), Why: c.text()}
	case otherError:
		q.Name.Err = errors.New(c.text())
	}
	return q, c.rest, !c.short && kind <= otherError
}

// appendResult adds a result without its number. Of its error, the text is kept.
func appendResult(b []byte, r Result) []byte {
	b = appendQuery(b, r.Query)
	for _, part := range []string{
		string(r.Status), string(r.Reason), r.Currency, r.Price, r.Renewal, r.Regular, r.Discount, r.Fee,
		r.Duration, r.PricingMode, r.Phase, r.OfferID, string(r.Source),
	} {
		b = appendText(b, part)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Durations)))
	for _, duration := range r.Durations {
		b = appendText(b, duration)
	}
	b = binary.AppendVarint(binary.AppendVarint(b, int64(r.Attempts)), int64(r.Latency))
	b = binary.AppendVarint(binary.AppendVarint(b, r.CheckedAt.Unix()), int64(r.CheckedAt.Nanosecond()))
	var flags byte
	for i, set := range []bool{r.Retryable, r.Replayed, r.Err != nil, r.Durations != nil} {
		if set {
			flags |= 1 << i
		}
	}
	if b = append(b, flags); r.Err != nil {
		b = appendText(b, r.Err.Error())
	}
	return b
}

func cutResult(b []byte) (r Result, ok bool) {
	if r.Query, b, ok = cutQuery(b); !ok {
		return r, false
	}
	c := cutter{rest: b}
	r.Status, r.Reason = Status(c.text()), Reason(c.text())
	for _, part := range []*string{&r.Currency, &r.Price, &r.Renewal, &r.Regular, &r.Discount, &r.Fee, &r.Duration, &r.PricingMode, &r.Phase, &r.OfferID} {
		*part = c.text()
	}
	r.Source = Source(c.text())
	var durations Durations
	for range c.uint() {
		if c.short {
			break
		}
		durations = append(durations, c.text())
	}
	r.Attempts, r.Latency = int(c.int()), time.Duration(c.int())
	r.CheckedAt = time.Unix(c.int(), c.int()).UTC()
	flags := c.byte()
	r.Retryable, r.Replayed = flags&1 != 0, flags&2 != 0
	if flags&4 != 0 {
		r.Err = errors.New(c.text())
	}
	if flags&8 != 0 {
		r.Durations = append(Durations{}, durations...)
	}
	return r, !c.short && len(c.rest) == 0
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// cutter takes one thing after the other from bytes. Where there are too few, it is short, and what it returns is of no use.
type cutter struct {
	rest  []byte
	short bool
}

// take takes n bytes, at least one.
func (c *cutter) take(n int) []byte {
	if n <= 0 || n > len(c.rest) {
		c.short, c.rest = true, nil
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cutter) byte() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cutter) uint() uint64 {
	value, n := binary.Uvarint(c.rest)
	c.take(n)
	return value
}

func (c *cutter) int() int64 {
	value, n := binary.Varint(c.rest)
	c.take(n)
	return value
}

func (c *cutter) text() string {
	switch length := c.uint(); {
	case length > uint64(len(c.rest)):
		c.short = true
		return ""
	case length == 0:
		return ""
	default:
		return string(c.take(int(length)))
	}
}
