package results

import (
	"errors"
	"os"
	"syscall"

	"vnettune/trouble"
)

// ErrRunning says that another process runs the store's campaign.
var ErrRunning = errors.New("another vnettune is running this campaign")

// Lock makes this the one process that runs the campaign, until Close or the end
// of the process. Reading and excluding boots needs no lock.
//
// The lock is flock(2) on the store itself. SQLite's own locks are of another
// kind, held only within a transaction; no transaction is open here when the file
// is closed again after a refusal, so none is lost.
func (s *Store) Lock() error {
	if s.lock != nil {
		return nil
	}
	f, err := os.OpenFile(s.path, os.O_RDONLY, 0)
	if err != nil {
		return s.fail("lock the store", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrRunning
		}
		return trouble.Hint(trouble.At(s.path, err), "wait until it is done, or end it")
	}
	s.lock = f
	return nil
}
