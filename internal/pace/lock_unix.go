//go:build unix

package pace

import (
	"os"
	"syscall"
)

// lock waits until this open file alone is locked.
func lock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			return err
		}
	}
}

// unlock ends what lock began. That it cannot is known from nothing but a file that is closed, and so unlocked.
func unlock(file *os.File) { _ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
