package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tldsweep/internal/atomicfile"
)

// left are the names in a folder.
func left(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is behind a link is replaced, the links stay, and permissions are those of the file that was there, whatever the umask.
func TestThroughLinks(t *testing.T) {
	folder := t.TempDir()
	data, links := filepath.Join(folder, "data"), filepath.Join(folder, "links")
	if err := errors.Join(os.Mkdir(data, 0o700), os.Mkdir(links, 0o700),
		os.WriteFile(filepath.Join(data, "old"), []byte("old"), 0o600), os.Chmod(filepath.Join(data, "old"), 0o666)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ link, to, file string }{
		{"absolute", filepath.Join(data, "old"), "old"},
		{"relative", "../data/old", "old"},
		{"twice", "relative", "old"},
		{"dangling", "../data/new", "new"},
	} {
		link := filepath.Join(links, c.link)
		if err := os.Symlink(c.to, link); err != nil {
			t.Skip(err)
		}
		var p atomicfile.Pending
		if err := p.WriteFile(link, []byte(c.link)); err != nil {
			t.Fatal(err)
		}
		if to, err := os.Readlink(link); err != nil || to != c.to {
			t.Errorf("%s: the link is %q, %v", c.link, to, err)
		}
		if got := content(t, filepath.Join(data, c.file)); got != c.link {
			t.Errorf("%s: the file holds %q", c.link, got)
		}
	}
	if about, err := os.Stat(filepath.Join(data, "old")); err != nil || about.Mode().Perm() != 0o666 {
		t.Errorf("%v, %v", about.Mode(), err)
	}
	if names := left(t, data); len(names) != 2 {
		t.Errorf("there are %q", names)
	}
	circle := filepath.Join(links, "circle")
	if err := os.Symlink(circle, circle); err != nil {
		t.Fatal(err)
	}
	if err := (*atomicfile.Pending)(nil).WriteFile(circle, nil); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a link to itself: %v", err)
	}
}

// A link in a folder that is behind a link itself is read from where it really is.
func TestLinkInALinkedFolder(t *testing.T) {
	folder := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(folder, "a", "b"), 0o700), os.Symlink(filepath.Join("a", "b"), filepath.Join(folder, "short")),
		os.Symlink(filepath.Join("..", "file"), filepath.Join(folder, "a", "b", "link"))); err != nil {
		t.Skip(err)
	}
	if err := (*atomicfile.Pending)(nil).WriteFile(filepath.Join(folder, "short", "link"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if content(t, filepath.Join(folder, "a", "file")) != "x" {
		t.Error("the file is elsewhere")
	}
}

// A process that ends leaves no file that is not complete, and none can be made or completed any more.
func TestClose(t *testing.T) {
	folder := t.TempDir()
	var p atomicfile.Pending
	create := func(name string) *atomicfile.File {
		file, err := p.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	whole, half, ready := create("whole"), create("half"), create("ready")
	if err := errors.Join(whole.Commit(), ready.Complete()); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if names := left(t, folder); len(names) != 1 || names[0] != "whole" {
		t.Errorf("there are %q", names)
	}
	if _, err := half.Write([]byte("more")); err == nil {
		t.Error("what is discarded is written")
	}
	if half.Commit() == nil || ready.Commit() == nil {
		t.Error("what is discarded is completed")
	}
	if _, err := p.Create(filepath.Join(folder, "late")); err == nil {
		t.Error("a file is made at the end")
	}
	half.Discard()
	whole.Discard()
	if names := left(t, folder); len(names) != 1 {
		t.Errorf("there are %q", names)
	}
}

// What cannot be written is told of beforehand, by its own name, and nothing is left behind.
func TestCheck(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(atomicfile.Check(file), atomicfile.Check(filepath.Join(folder, "new"))); err != nil {
		t.Error(err)
	}
	if err := atomicfile.Check(folder); !errors.Is(err, syscall.EISDIR) || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder: %v", err)
	}
	if err := atomicfile.Check(filepath.Join(file, "x")); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("below a file: %v", err)
	}
	if err := atomicfile.Check(filepath.Join(folder, "none", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
	if names := left(t, folder); len(names) != 1 || content(t, file) != "x" {
		t.Errorf("there are %q", names)
	}
	closed := filepath.Join(folder, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	err := atomicfile.Check(filepath.Join(closed, "x"))
	if !errors.Is(err, fs.ErrPermission) || !strings.HasSuffix(err.Error(), "x: permission denied") {
		t.Errorf("in a folder that takes no files: %v", err)
	}
}

// A device is written, and neither replaced nor removed; its errors are told.
func TestDevices(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/full", link); err != nil {
		t.Fatal(err)
	}
	var p atomicfile.Pending
	err := p.WriteFile(link, []byte("x"))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), link) {
		t.Errorf("a full device: %v", err)
	}
	if err := errors.Join(atomicfile.Check("/dev/null"), p.WriteFile("/dev/null", []byte("x"))); err != nil {
		t.Error(err)
	}
	for _, device := range []string{"/dev/full", "/dev/null"} {
		if about, err := os.Stat(device); err != nil || about.Mode()&os.ModeCharDevice == 0 {
			t.Fatalf("%s is %v, %v", device, about, err)
		}
	}
}

// An open file of the process, named as /dev/fd does it, is not replaced by another that the process does not write to.
func TestOpenFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	name := filepath.Join("/dev/fd", string(rune('0'+file.Fd())))
	if _, err := os.Stat(name); err != nil || file.Fd() > 9 {
		t.Skip("no /dev/fd here")
	}
	if err := (*atomicfile.Pending)(nil).WriteFile(name, []byte("x")); err != nil {
		t.Fatal(err)
	}
	ours, err := file.Stat()
	there, missing := os.Stat(path)
	if err != nil || missing != nil || !os.SameFile(ours, there) || content(t, path) != "x" {
		t.Errorf("the file was replaced: %v, %v", err, missing)
	}
}
