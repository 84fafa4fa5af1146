package scanner

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// queueChunk is how many queries are written and read at once. A queue holds twice as many in memory, 200 bytes each or so.
const queueChunk = 1024

// A Queue holds the queries that wait for a stage, first in, first out, so that the stages before it do not: each goes as fast
// as it can. It takes any number: those that do not fit into memory, from 2,048 on, lie in a temporary file that has no name
// any more, at some 30 bytes each. Where there can be no such file, or its disk is full, the queue takes no more than it holds
// in memory, and the stages before it wait.
//
// What waits when a scan ends early is dropped: nothing was asked, and nothing is a result. What cannot be read back ends the
// scan with an error.
//
// A Queue is for one Scan, as Stage.Queue. Waiting and Filled are safe for concurrent use.
type Queue struct {
	// Warn is called, once at most and by a goroutine of the scan, when the queue can no longer grow, with why; may be nil.
	Warn func(error)

	waiting atomic.Int64
	filled  atomic.Bool

	head, tail []numbered // in memory: the first ones, from at on, and the last ones
	at         int
	chunks     []extent // in the file, between the two, in their order
	end        int64    // of the file
	file       tempFile
	full       bool   // the file takes nothing any more
	bytes      []byte // scratch: a chunk
}

// extent is where a chunk lies.
type extent struct {
	from int64
	size int
}

// Waiting is how many queries wait for the stage now; those that it is at are not among them.
func (q *Queue) Waiting() int64 { return q.waiting.Load() }

// Filled says whether the stages before have passed on all that they ever will, so that Waiting only falls.
func (q *Queue) Filled() bool { return q.filled.Load() }

// run takes what comes and hands it on, until nothing comes any more and all is handed on.
func (q *Queue) run(ctx context.Context, abandoned <-chan struct{}, in <-chan numbered, out chan<- numbered) (err error) {
	defer func() { err = errors.Join(err, q.file.Close()) }()
	for in != nil || q.waiting.Load() > 0 {
		from, to := in, out
		var first numbered
		if q.waiting.Load() == 0 {
			to = nil
		} else if first, err = q.first(); err != nil {
			return fmt.Errorf("the queries that wait cannot be read back from %s: %w", os.TempDir(), err)
		}
		if q.full && len(q.tail) >= queueChunk {
			from = nil
		}
		select {
		case query, more := <-from:
			if !more {
				in = nil
				q.filled.Store(true)
				break
			}
			q.add(query)
		case to <- first:
			q.head[q.at] = numbered{}
			q.at++
			q.waiting.Add(-1)
		case <-ctx.Done():
			return nil
		case <-abandoned:
			return errAbandoned
		}
	}
	return nil
}

// add puts a query behind all others.
func (q *Queue) add(query numbered) {
	q.tail = append(q.tail, query)
	q.waiting.Add(1)
	if len(q.tail) < queueChunk || q.full {
		return
	}
	if err := q.spill(); err != nil {
		q.full = true
		if q.Warn != nil {
			q.Warn(fmt.Errorf("what waits to be asked does not fit into memory, and cannot be written to %s: %w", os.TempDir(), err))
		}
	}
}

// spill moves the tail to the file.
func (q *Queue) spill() error {
	if len(q.chunks) == 0 {
		q.end = 0
	}
	q.bytes = q.bytes[:0]
	for _, query := range q.tail {
		q.bytes = appendQuery(binary.AppendUvarint(q.bytes, uint64(query.number)), query.Query)
	}
	if _, err := q.file.WriteAt(q.bytes, q.end); err != nil {
		return err
	}
	q.chunks = append(q.chunks, extent{q.end, len(q.bytes)})
	q.end += int64(len(q.bytes))
	q.tail = q.tail[:0]
	return nil
}

// first is the query that has waited longest; there is one.
func (q *Queue) first() (numbered, error) {
	if q.at < len(q.head) {
		return q.head[q.at], nil
	}
	if q.at = 0; len(q.chunks) == 0 {
		q.head, q.tail = q.tail, q.head[:0]
		return q.head[0], nil
	}
	chunk := q.chunks[0]
	if q.chunks = q.chunks[1:]; cap(q.bytes) < chunk.size {
		q.bytes = make([]byte, chunk.size)
	}
	text := q.bytes[:chunk.size]
	if _, err := q.file.ReadAt(text, chunk.from); err != nil {
		return numbered{}, err
	}
	q.head = q.head[:0]
	for len(text) > 0 {
		number, n := binary.Uvarint(text)
		query, rest, ok := cutQuery(text[max(n, 0):])
		if !ok || n <= 0 {
			return numbered{}, errors.New("it is not what was written")
		}
		q.head, text = append(q.head, numbered{query, int64(number)}), rest
	}
	return q.head[0], nil
}
