//go:build unix

package main

import (
	"math"
	"os/signal"
	"syscall"
	"testing"
)

// fillDisk lets no file of this process grow beyond so many bytes until it is called off, which is as near to a full disk as a
// process can come by itself.
func fillDisk(t *testing.T, bytes int64) (callOff func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	full := before
	full.Cur = uint64(min(bytes, math.MaxInt64))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
}
