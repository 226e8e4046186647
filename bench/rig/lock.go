package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
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
	path := filepath.Join(folder, strings.NewReplacer("/", "_", ":", "_").Replace(guest)+".lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		owner := firstLine(path)
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &BusyError{Process: owner, Guest: guest}
		}
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	// The content is only for the message above.
	_ = f.Truncate(0)
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return func() { f.Close() }, nil
}

// name tells guests apart: labs by their name, since all have one address.
func (r *Rig) name() string {
	if lab := r.means.Lab; lab != nil {
		return "lab-" + lab.Name
	}
	control := r.campaign.Guest.Remote.Control
	return control.Host + ":" + strconv.Itoa(control.Port)
}
