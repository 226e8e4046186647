package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is how often a taken lock is looked at again.
const lockPoll = 50 * time.Millisecond

// lock keeps two commands from bringing one lab up or down at a time. The lock ends with
// the process, and its file with the lock.
func (m Manager) lock(ctx context.Context, name string) (unlock func(), err error) {
	if err := os.MkdirAll(m.State, 0o700); err != nil {
		return nil, fmt.Errorf("labs: %w", err)
	}
	path := filepath.Join(m.State, "."+name+".lock")
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lab %q: lock: %w", name, err)
		}
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil && sameFile(f, path) {
			return func() { os.Remove(path); f.Close() }, nil
		}
		f.Close()
		if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lab %q: lock: %w", name, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lab %q: another command brings it up or down: %w", name, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// sameFile says whether an open file still has the path: whoever held the lock before
// has removed it.
func sameFile(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
