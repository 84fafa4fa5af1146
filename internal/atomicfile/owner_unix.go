//go:build unix

package atomicfile

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner and the group of the one that it will replace. Where that is not allowed it stays ours, as every
// new file is.
func keepOwner(file *os.File, like os.FileInfo) {
	old, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if err := file.Chown(int(old.Uid), int(old.Gid)); err != nil {
		_ = file.Chown(-1, int(old.Gid)) // the group alone, where we are in it
	}
}
