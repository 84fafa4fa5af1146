package cli

import (
	"crypto/rand"
	"os"
	"path/filepath"
)

// pendingFile is a file that has its name when it is complete, and not before. renameio's has no Windows.
type pendingFile struct {
	*os.File
	path string
}

// newPendingFile makes a file beside path, with the permissions of the one that is there, or those of any new file.
func newPendingFile(path string) (*pendingFile, error) {
	permissions := os.FileMode(0o666) // less the umask
	if about, err := os.Stat(path); err == nil {
		permissions = about.Mode().Perm()
	}
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8])
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
	if err != nil {
		return nil, err
	}
	return &pendingFile{file, path}, nil
}

// complete gives the file its name. What it holds is on the disk then.
func (p *pendingFile) complete() error {
	err := p.Sync()
	if closing := p.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(p.Name(), p.path)
	}
	if err != nil {
		os.Remove(p.Name())
	}
	return err
}

// abandon leaves nothing behind. After complete it does nothing.
func (p *pendingFile) abandon() {
	if p.Close() == nil {
		os.Remove(p.Name())
	}
}
