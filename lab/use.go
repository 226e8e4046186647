package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Who uses a lab, and what for it stays up. Whoever works in a lab holds a read lock on
// its file users, which the kernel takes away when the process ends, however it ends. It
// is a lock of fcntl(2), which tells who has it. A lab that a campaign brought up lives as
// long as somebody holds it, or its guest is changed and can still be restored; one that
// was brought up by itself has the file stay, and lives until it is taken down.

func (f folder) users() string   { return f.file("users") }
func (f folder) stay() string    { return f.file("stay") }
func (f folder) changed() string { return f.file("changed") }

// Use is this process's part in a lab that is up: the lab does not end until Leave, or
// the end of the process. Within one process a lab has one Use at a time.
type Use struct {
	Info Info

	manager Manager
	folder  folder
	held    *os.File
}

// Hold uses a lab that is up; ErrNotUp when it is not.
func (m Manager) Hold(ctx context.Context, name string) (*Use, error) {
	for {
		if _, err := m.Status(name); err != nil {
			return nil, err
		}
		f := m.folder(name)
		held, err := f.hold()
		switch {
		case err == nil:
			// The keeper may have ended before it was held.
			info, err := m.Status(name)
			if err != nil {
				held.Close()
				return nil, err
			}
			return &Use{Info: info, manager: m, folder: f, held: held}, nil
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("lab %q: hold it: %w", name, err)
		}
		select { // its keeper looks who is there, or is about to end
		case <-ctx.Done():
			return nil, fmt.Errorf("lab %q: hold it: %w", name, ctx.Err())
		case <-time.After(endPoll):
		}
	}
}

// Use brings a lab up for as long as it is used, and uses it; one that is up already with
// the same options is used as it is. Otherwise it is as Up.
func (m Manager) Use(ctx context.Context, o Options) (*Use, error) { return m.use(ctx, o, false) }

// hold takes the lock; unix.EAGAIN where the keeper has it.
func (f folder) hold() (*os.File, error) {
	file, err := os.OpenFile(f.users(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := setLock(file, unix.F_RDLCK); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// setLock takes a lock of that type on the whole file, or none; unix.EAGAIN where another
// process has one that stands against it.
func setLock(file *os.File, kind int16) error {
	err := unix.FcntlFlock(file.Fd(), unix.F_SETLK, &unix.Flock_t{Type: kind})
	if errors.Is(err, unix.EACCES) {
		return unix.EAGAIN
	}
	return err
}

// user is the id of another process that holds a lab by its file; 0 for none.
func user(file *os.File) (pid int, err error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); err != nil || lock.Type != unix.F_RDLCK {
		return 0, err // a write lock is the keeper's, which looks
	}
	return int(lock.Pid), nil
}

// user is the id of another process that holds the lab; 0 for none.
func (f folder) user() (pid int, err error) {
	file, err := os.Open(f.users())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("lab state: %w", err)
	}
	defer file.Close()
	return user(file)
}

// NoteChanged notes that the campaign of that store has changed the guest, or, with "",
// that it has its originals again.
func (u *Use) NoteChanged(store string) error {
	if store == "" {
		if err := os.Remove(u.folder.changed()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("lab state: %w", err)
		}
		return nil
	}
	if err := os.WriteFile(u.folder.changed(), []byte(store+"\n"), 0o600); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	return nil
}

// Changed is the store of the campaign that has changed the guest; "" for none.
func (u *Use) Changed() string {
	text, err := os.ReadFile(u.folder.changed())
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// Leave ends the use, and the lab where nobody else uses it and nothing asks it to stay.
// It says whether it is the guest that does: it is changed, and the lab stays up for its
// restore.
func (u *Use) Leave(ctx context.Context) (changed bool, err error) {
	defer u.held.Close()
	unlock, err := u.manager.lock(ctx, u.Info.Name)
	if err != nil {
		return false, err
	}
	defer unlock()
	if !u.Info.keeper().alive() {
		return false, nil // it ended by itself, and its log is of use
	}
	if pid, err := user(u.held); err != nil || pid != 0 || exists(u.folder.stay()) {
		return false, err
	}
	if exists(u.folder.changed()) {
		return true, nil
	}
	return false, u.folder.end()
}

// exists says whether a file is there; what cannot be asked is.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// desertPoll is how often a keeper looks whether it is still needed.
const desertPoll = 250 * time.Millisecond

// whileNeeded gives a context that ends when nobody uses the lab any more and nothing
// asks it to stay; its cause is errDeserted. From then on nobody can hold the lab for as
// long as users, its file, is open.
func (f folder) whileNeeded(ctx context.Context, users *os.File) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for !f.deserted(users) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(desertPoll):
			}
		}
		cancel(errDeserted)
	}()
	return ctx
}

var errDeserted = errors.New("nobody uses the lab any more")

// deserted says whether the lab is not needed, and keeps its lock then.
func (f folder) deserted(users *os.File) bool {
	asked := func() bool { return exists(f.stay()) || exists(f.changed()) }
	if asked() || setLock(users, unix.F_WRLCK) != nil {
		return false
	}
	if !asked() { // it may have been while the last user left
		return true
	}
	_ = setLock(users, unix.F_UNLCK) // an unlock cannot be refused
	return false
}
