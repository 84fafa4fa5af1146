package main

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"tldsweep/internal/pace"
)

// busyDisk holds the rate against a disk that another program keeps busy: the file by which scans share a rate lies on it.
func busyDisk(b *bench) error {
	rounds, seconds := 3, 10
	if b.short {
		rounds, seconds = 1, 2
	}
	const rate = 50
	var achieved, flushes, held, rewritten []float64
	for range rounds {
		writer := startWriter(filepath.Join(b.folder, "busy"))
		saw, err := b.atRate(rate, rate*seconds)
		if err == nil {
			var one, other float64
			one, other, err = b.updates()
			held, rewritten = append(held, one), append(rewritten, other)
		}
		if err := firstOf(writer.stop(), err); err != nil {
			return err
		}
		achieved = append(achieved, saw.rate()/rate)
		flushes = append(flushes, float64(writer.flushes.Load())/saw.Seconds)
	}
	b.add("achieved ÷ asked at 50/s beside a writer that flushes without a pause", "", b.goal("≥ 0.99"), achieved...)
	b.add("update of the shared file, mean ÷ of one that is truncated and written again", "", b.goal("≤ 0.25"), ratios(held, rewritten)...)
	b.add("update of the shared file, mean", "µs", "", over(held, 1e-6)...)
	b.add("new files of 1 MiB that it flushed", "/s", "", flushes...)
	return nil
}

// updates are how many seconds, in the mean, it takes to tell others of something through the file that a pace shares, and
// what the plain way would take: to truncate a file and write it again.
func (b *bench) updates() (held, rewritten float64, err error) {
	const n = 1000
	p := pace.New(1)
	if err := p.Share(b.freshFile(".pace")); err != nil {
		return 0, 0, err
	}
	defer p.Close()
	plain := b.freshFile(".plain")
	text := make([]byte, 200)
	for range n { // in turn, so that both meet the same disk
		began := time.Now()
		p.Pause(0)
		held += time.Since(began).Seconds() / n
		began = time.Now()
		if err := os.WriteFile(plain, text, 0o600); err != nil {
			return 0, 0, err
		}
		rewritten += time.Since(began).Seconds() / n
	}
	return held, rewritten, nil
}

// writer makes files and flushes them, again and again, until it is stopped. Each is new, so that the file system must
// commit its own records each time, and not the data alone.
type writer struct {
	flushes atomic.Int64
	quit    chan struct{}
	ended   chan error
}

func startWriter(path string) *writer {
	w := &writer{quit: make(chan struct{}), ended: make(chan error, 1)}
	go func() {
		block := make([]byte, 1<<20)
		for {
			select {
			case <-w.quit:
				w.ended <- nil
				return
			default:
			}
			if err := writeOnce(path, block); err != nil {
				w.ended <- err
				return
			}
			w.flushes.Add(1)
		}
	}()
	return w
}

// writeOnce makes a file, flushes and removes it.
func writeOnce(path string, block []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(block)
	return firstOf(err, file.Sync(), file.Close(), os.Remove(path))
}

// stop ends it and says what went wrong.
func (w *writer) stop() error {
	close(w.quit)
	return <-w.ended
}
