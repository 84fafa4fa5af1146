package pace

import (
	"os"

	"golang.org/x/sys/windows"
)

// locked is a byte far behind the record: Windows keeps others from reading and writing what is locked.
var locked = windows.Overlapped{OffsetHigh: 1}

// lock waits until this open file alone is locked.
func lock(file *os.File) error {
	at := locked
	return windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &at)
}

// unlock ends what lock began. That it cannot is known from nothing but a file that is closed, and so unlocked.
func unlock(file *os.File) {
	at := locked
	_ = windows.UnlockFileEx(windows.Handle(file.Fd()), 0, 1, 0, &at)
}
