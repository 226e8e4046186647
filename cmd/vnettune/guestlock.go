package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vnettune/matrix/campaign"
)

// lockGuest makes this the one process of this host that works on the campaign's
// guest, until the returned function is called. Two of them would reboot the
// guest under each other's measurements.
func lockGuest(c campaign.Campaign) (unlock func(), err error) {
	state, err := xdgFolder("XDG_STATE_HOME", ".local/state")
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(state, "guests")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	guest := guestName(c)
	path := filepath.Join(folder, strings.NewReplacer("/", "_", ":", "_").Replace(guest)+".lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		owner := firstLine(path)
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another vnettune (process %s) works on the guest %s; wait for it, or end it", owner, guest)
		}
		return nil, fmt.Errorf("lock the guest: %w", err)
	}
	// The content is only for the message above.
	_ = f.Truncate(0)
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return func() { f.Close() }, nil
}

// guestName tells guests apart: labs by their name, since all have one address.
func guestName(c campaign.Campaign) string {
	if c.Guest.Lab != nil {
		return "lab-" + labName(c)
	}
	return c.Guest.Remote.Control.Host + ":" + strconv.Itoa(c.Guest.Remote.Control.Port)
}
