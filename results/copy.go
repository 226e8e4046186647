package results

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"vnettune/trouble"
)

// CopyTo writes the store, byte by byte, to a file that must not exist yet. The file is there whole and
// on the disk, or not at all. A store whose campaign is running now is refused with ErrRunning, and one
// that SQLite does not find sound is not copied.
func (s *Store) CopyTo(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return failed(path, "copy a store to it", fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return failed(path, "copy a store to it", err)
	}
	return s.copyTo(path, os.Link) // unlike a rename it takes nobody's place
}

// CopyOver is CopyTo a file that may exist: the copy takes its place, whole, or leaves it as it is.
func (s *Store) CopyOver(path string) error { return s.copyTo(path, os.Rename) }

func (s *Store) copyTo(path string, name func(from, to string) error) error {
	from, err := os.Open(s.path)
	if err != nil {
		return s.fail("copy the store", err)
	}
	// The file is closed after the transaction: closing it gives back what SQLite locks of it.
	defer from.Close()
	if err := syscall.Flock(int(from.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return trouble.Hint(trouble.At(s.path, ErrRunning), "wait until it is done, or end it")
	} else if err != nil {
		return s.fail("copy the store", err)
	}
	reading, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return s.fail("copy the store", err)
	}
	defer func() { _ = reading.Rollback() }() // it only keeps others from writing meanwhile
	var tables int
	if err := reading.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return s.fail("copy the store", err)
	}
	return copyWhole(from, path, name)
}

// copyWhole writes what is read to a file beside path, looks at it, and gives it its name.
func copyWhole(from *os.File, path string, name func(from, to string) error) error {
	dir := filepath.Dir(path)
	to, err := os.CreateTemp(dir, ".copy-*.part")
	if err != nil {
		return trouble.Hint(failed(path, "copy a store to it", err), "look at the rights of the folder")
	}
	defer os.Remove(to.Name()) // which is gone by then, unless something went wrong
	_, err = io.Copy(to, from)
	if info, statErr := from.Stat(); statErr != nil {
		err = errors.Join(err, statErr)
	} else {
		err = errors.Join(err, to.Chmod(info.Mode().Perm()))
	}
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return failed(path, "copy a store to it", err)
	}
	if err := soundFile(to.Name()); err != nil {
		return err
	}
	if err := name(to.Name(), path); err != nil {
		return failed(path, "copy a store to it", err)
	}
	return syncFolder(dir)
}

// soundFile refuses a file that is no store, or not a sound one.
func soundFile(path string) error {
	s, err := OpenReadOnly(path)
	if err != nil {
		return fmt.Errorf("the copy: %w", err)
	}
	return errors.Join(s.Check(), s.Close())
}

// syncFolder makes a new name in a folder outlast a crash.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return failed(dir, "write the folder to the disk", err)
	}
	return failed(dir, "write the folder to the disk", errors.Join(d.Sync(), d.Close()))
}
