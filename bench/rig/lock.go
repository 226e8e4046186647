package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vnettune/trouble"
)

// A BusyError says that another process of this host works on the guest.
type BusyError struct {
	Process string // its id
	Guest   string
}

// Error names the process and the guest.
func (e *BusyError) Error() string {
	return fmt.Sprintf("another vnettune (process %s) works on the guest %s", e.Process, e.Guest)
}

// Advice is how to get at the guest.
func (e *BusyError) Advice() string {
	return fmt.Sprintf("wait until it is done, or end it with: kill %s (a campaign restores its guest first)", e.Process)
}

// Lock makes this the one process of this host that works on the campaign's guest,
// until the returned function is called. Two of them would reboot the guest under
// each other's measurements.
func (r *Rig) Lock() (unlock func(), err error) {
	folder := r.means.Locks
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	guest := r.name()
	unlock, owner, err := lockFile(filepath.Join(folder, strings.NewReplacer("/", "_", ":", "_").Replace(guest)+".lock"))
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, &BusyError{Process: owner, Guest: guest}
	case err != nil:
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	return unlock, nil
}

// lockHost makes a session that sets this host the one that does, until the returned function is called: of two each
// would put back what the other has set.
func (r *Rig) lockHost() (unlock func(), err error) {
	if len(r.campaign.Host.Set) == 0 {
		return func() {}, nil
	}
	unlock, owner, err := lockFile(filepath.Join(r.means.Locks, "host.set"))
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, trouble.Hint(fmt.Errorf("another vnettune (process %s) has set this host for its campaign (host.set)", owner), "wait until it is done, or end it with: kill %s", owner)
	case err != nil:
		return nil, fmt.Errorf("lock this host: %w", err)
	}
	return unlock, nil
}

// lockFile holds a file until unlock is called. owner is the process that holds it already, with EWOULDBLOCK.
func lockFile(path string) (unlock func(), owner string, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, "", err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		owner := firstLine(path)
		f.Close()
		return nil, owner, err
	}
	// The content is only for who is refused.
	_ = f.Truncate(0)
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return func() { f.Close() }, "", nil
}

// name tells guests apart: labs by their name, since all have one address.
func (r *Rig) name() string {
	if lab := r.means.Lab; lab != nil {
		return "lab-" + lab.Name
	}
	control := r.campaign.Guest.Remote.Control
	return control.Host + ":" + strconv.Itoa(control.Port)
}
