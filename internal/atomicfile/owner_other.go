//go:build !unix

package atomicfile

import "os"

// keepOwner does nothing: here files have no owner that they could lose.
func keepOwner(*os.File, os.FileInfo) {}
