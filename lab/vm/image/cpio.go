package image

import (
	"fmt"
	"io"
	"os"
	"path"
)

// File types and permissions as cpio writes them (inode(7)).
const (
	modeDirectory = 0o040755
	modeFile      = 0o100644
	modeProgram   = 0o100755
	modeSecret    = 0o100600
	modeCharacter = 0o020600
	modeLink      = 0o120777
)

// archive writes a cpio of the "newc" form, which the Linux kernel unpacks as its
// initramfs. Source: Documentation/driver-api/early-userspace/buffer-format.rst.
// The first error sticks and is returned by close.
type archive struct {
	w       io.Writer
	inode   int
	written int64
	made    map[string]bool
	err     error
}

func newArchive(w io.Writer) *archive { return &archive{w: w, made: map[string]bool{}} }

// header writes one entry's header and name. Everything belongs to root and has
// the time 0: the same content gives the same bytes.
func (a *archive) header(name string, mode, size, major, minor int) {
	if name != trailer {
		a.inode++
	}
	links := 1
	a.write(fmt.Appendf(nil, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		a.inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, len(name)+1, 0))
	a.write(append([]byte(name), 0))
	a.pad()
}

const trailer = "TRAILER!!!"

// directory makes a folder and those above it.
func (a *archive) directory(name string) {
	if name == "." || name == "" || a.made[name] {
		return
	}
	a.directory(path.Dir(name))
	a.made[name] = true
	a.header(name, modeDirectory, 0, 0, 0)
}

// bytes makes a file of the content given.
func (a *archive) bytes(name string, mode int, content []byte) {
	a.directory(path.Dir(name))
	a.header(name, mode, len(content), 0, 0)
	a.write(content)
	a.pad()
}

// file makes a copy of a host's file.
func (a *archive) file(name string, mode int, source string) {
	if a.err != nil {
		return
	}
	f, err := os.Open(source)
	if err != nil {
		a.err = err
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		a.err = err
		return
	}
	a.directory(path.Dir(name))
	a.header(name, mode, int(info.Size()), 0, 0)
	if a.err != nil {
		return
	}
	n, err := io.CopyN(a.w, f, info.Size())
	a.written += n
	if err != nil {
		a.err = fmt.Errorf("copy %s: %w", source, err)
	}
	a.pad()
}

// fileOnce is file for one that may have been written already.
func (a *archive) fileOnce(name string, mode int, source string) {
	if !a.made[name] {
		a.made[name] = true
		a.file(name, mode, source)
	}
}

// link makes a symbolic link.
func (a *archive) link(name, target string) { a.bytes(name, modeLink, []byte(target)) }

// device makes a character device.
func (a *archive) device(name string, major, minor int) {
	a.directory(path.Dir(name))
	a.header(name, modeCharacter, 0, major, minor)
}

// close ends the archive; another one may follow in the same stream.
func (a *archive) close() error {
	a.header(trailer, 0, 0, 0, 0)
	if a.err != nil {
		return fmt.Errorf("write initramfs: %w", a.err)
	}
	return nil
}

func (a *archive) write(b []byte) {
	if a.err != nil {
		return
	}
	n, err := a.w.Write(b)
	a.written += int64(n)
	a.err = err
}

// pad fills up to a multiple of four bytes.
func (a *archive) pad() {
	if rest := a.written % 4; rest != 0 {
		a.write(make([]byte, 4-rest))
	}
}
