//go:build unix

package main

import (
	"syscall"
	"time"
)

// usedCPU is the CPU time that this process has used.
func usedCPU() (time.Duration, error) {
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), err
}
