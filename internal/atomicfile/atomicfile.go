// Package atomicfile writes files that have their name when they are complete, and not before: whoever reads one reads all of it.
//
//	file, err := atomicfile.Create(path)
//	defer file.Discard() // does nothing after Commit
//	... write to file ...
//	return file.Commit()
package atomicfile

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
)

// File is a file that has no name yet: see Commit. renameio's has no Windows.
type File struct {
	*os.File
	path string
}

// CheckFolder is an error where nothing can be made at path, since what should be its folder is none.
func CheckFolder(path string) error {
	about, err := os.Stat(filepath.Dir(path))
	if err == nil && !about.IsDir() {
		err = fmt.Errorf("%s is not a folder", filepath.Dir(path))
	}
	return err
}

// Create makes a file beside path, with the permissions of the one that is there, or those of any new file.
func Create(path string) (*File, error) {
	permissions := os.FileMode(0o666) // less the umask
	if about, err := os.Stat(path); err == nil {
		permissions = about.Mode().Perm()
	}
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8])
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
	if err != nil {
		return nil, err
	}
	return &File{file, path}, nil
}

// Commit gives the file its name. What it holds is on the disk then.
func (p *File) Commit() error {
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

// Discard leaves nothing behind. After Commit it does nothing.
func (p *File) Discard() {
	if p.Close() == nil {
		os.Remove(p.Name())
	}
}
