// Package atomicfile writes files that have their name when they are complete, and not before: whoever reads one reads all of it.
//
//	file, err := pending.Create(path)
//	defer file.Discard() // does nothing after Commit
//	... write to file ...
//	return file.Commit()
//
// Where the process ends early, Pending.Close leaves no temporary file behind.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Pending are the files of a process that are not complete yet, so that it can end at any time and leave none of them behind. The
// zero value is ready; a nil *Pending makes files, too, but cannot discard them. It is safe for concurrent use.
type Pending struct {
	mu        sync.Mutex
	files     map[*File]struct{}
	temporary []string
	ended     bool
}

// File is a file that has no name yet: see Commit. It is for one goroutine, and for whoever closes its Pending.
type File struct {
	file    *os.File
	path    string // as it was named
	target  string // the file that it names, through links
	pending *Pending

	direct bool // it is a device or a pipe, which is written as the bytes come
	closed bool
	done   bool // it has its name, or is discarded
}

// errEnded is of files that are made or completed while the process ends.
var errEnded = errors.New("the program is ending")

// CheckFolder is an error where nothing can be made at path, since what should be its folder is none.
func CheckFolder(path string) error {
	about, err := os.Stat(filepath.Dir(path))
	if err == nil && !about.IsDir() {
		err = fmt.Errorf("%s is not a folder", filepath.Dir(path))
	}
	return err
}

// Check is an error where a file could not be made at path now: its folder is not there or takes no files, or it is a folder itself.
// It leaves nothing behind.
func Check(path string) error {
	if err := CheckFolder(path); err != nil {
		return err
	}
	if target, direct, err := behind(path); err != nil || direct {
		return err // a pipe is not opened before there is something to write
	} else if about, err := os.Stat(target); err == nil && about.IsDir() {
		return &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	}
	file, err := (*Pending)(nil).Create(path)
	if err == nil {
		file.Discard()
	}
	return err
}

// Create makes the file that will be at path. It lies beside the file that path names, through links, which stay as they are, and
// has the permissions of the one that is there, and where possible its owner, or those of any new file. What is no regular file, a
// device or a pipe, is not replaced but written as the bytes come.
func (p *Pending) Create(path string) (*File, error) {
	target, direct, err := behind(path)
	if err != nil {
		return nil, err
	}
	if direct {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return nil, err
		}
		return &File{file: file, path: path, direct: true}, nil
	}
	about, err := os.Stat(target)
	there := err == nil
	if there && about.IsDir() {
		return nil, &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	}
	permissions := os.FileMode(0o666) // less the umask
	if there {
		permissions = about.Mode().Perm()
	}
	f := &File{path: path, target: target, pending: p}
	if p != nil {
		p.mu.Lock() // also while it is made: it is listed as soon as it is there
		defer p.mu.Unlock()
		if p.ended {
			return nil, errEnded
		}
	}
	beside := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+"."+rand.Text()[:8])
	if f.file, err = os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions); err != nil {
		return nil, f.named(err)
	}
	if there {
		keepOwner(f.file, about)
		if err := f.file.Chmod(permissions); err != nil { // what the umask took
			f.discard()
			return nil, f.named(err)
		}
	}
	if p != nil {
		if p.files == nil {
			p.files = map[*File]struct{}{}
		}
		p.files[f] = struct{}{}
	}
	return f, nil
}

// WriteFile puts content into the file at path, whole or not at all; see Create.
func (p *Pending) WriteFile(path string, content []byte) error {
	file, err := p.Create(path)
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Commit()
}

// Remove notes a temporary file that is not made here, so that Close removes it. Whoever made it may remove it before.
func (p *Pending) Remove(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.temporary = append(p.temporary, path)
}

// Close discards all files that are not complete, and removes the temporary ones. From then on none can be made or completed.
func (p *Pending) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for f := range p.files {
		f.discard()
	}
	p.files = nil
	for _, path := range p.temporary {
		os.Remove(path) // if it is still there
	}
}

// Write writes to the file. Its errors name the path that was given.
func (f *File) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	return n, f.named(err)
}

// Complete puts on the disk what was written, so that Commit cannot fail for want of room. Nothing can be written after it.
func (f *File) Complete() error {
	if f.closed {
		return nil
	}
	f.closed = true
	var err error
	if !f.direct { // a pipe has nothing to sync
		err = f.file.Sync()
	}
	if closing := f.file.Close(); err == nil {
		err = closing
	}
	return f.named(err)
}

// Commit gives the file its name. What it holds is on the disk then. After an error nothing of it is left.
func (f *File) Commit() error {
	err := f.Complete()
	if err != nil {
		f.Discard()
		return err
	}
	if f.direct {
		return nil
	}
	if f.pending != nil {
		f.pending.mu.Lock()
		defer f.pending.mu.Unlock()
		if f.pending.ended {
			return errEnded
		}
	}
	if err := os.Rename(f.file.Name(), f.target); err != nil {
		f.discard()
		return f.named(err)
	}
	f.done = true
	f.forget()
	return nil
}

// Discard leaves nothing behind. After Commit it does nothing.
func (f *File) Discard() {
	if f.pending != nil {
		f.pending.mu.Lock()
		defer f.pending.mu.Unlock()
	}
	f.discard()
}

// discard is Discard where Pending's lock is held, if there is one.
func (f *File) discard() {
	if f.done {
		return
	}
	f.done = true
	f.file.Close() // it may be closed
	if !f.direct {
		os.Remove(f.file.Name())
	}
	f.forget()
}

func (f *File) forget() {
	if f.pending != nil {
		delete(f.pending.files, f)
	}
}

// named is err with the path that was given instead of the name that the file has for now.
func (f *File) named(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: of.Op, Path: f.path, Err: of.Err}
	}
	if of, ok := errors.AsType[*os.LinkError](err); ok {
		return &fs.PathError{Op: of.Op, Path: f.path, Err: of.Err}
	}
	return err
}

// mostLinks is how many links in a row are followed, as Linux does.
const mostLinks = 40

// behind is the file that path names, through links, also where there is none yet. direct is whether it is a device, a pipe or an
// open file of this process, which cannot be replaced.
func behind(path string) (target string, direct bool, err error) {
	if about, err := os.Stat(path); err == nil && !about.Mode().IsRegular() && !about.IsDir() {
		return path, true, nil
	}
	target = path
	for range mostLinks {
		to, err := os.Readlink(target)
		if err != nil {
			return target, false, nil // it is no link, or not there
		}
		folder, err := filepath.EvalSymlinks(filepath.Dir(target))
		if err != nil {
			return "", false, err
		}
		if strings.HasPrefix(folder, "/proc/") || strings.HasPrefix(folder, "/dev/fd") {
			return path, true, nil
		}
		if target = to; !filepath.IsAbs(to) {
			target = filepath.Join(folder, to)
		}
	}
	return "", false, &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}

// Same says whether two paths name one file that Create would replace, through links, and also where it is not there yet. Devices and
// pipes are not replaced, and so never the same.
func Same(a, b string) bool {
	one, oneDirect, err := behind(a)
	if err != nil || oneDirect {
		return false
	}
	other, otherDirect, err := behind(b)
	if err != nil || otherDirect {
		return false
	}
	aboutOne, missingOne := os.Stat(one)
	aboutOther, missingOther := os.Stat(other)
	if missingOne == nil && missingOther == nil {
		return aboutOne.Mode().IsRegular() && os.SameFile(aboutOne, aboutOther)
	}
	return missingOne != nil && missingOther != nil && place(one) == place(other)
}

// place is where a file would be made.
func place(path string) string {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err == nil {
		folder, err = filepath.Abs(folder)
	}
	if err != nil {
		return path // nothing can be made there, which is told when it is tried
	}
	return filepath.Join(folder, filepath.Base(path))
}
