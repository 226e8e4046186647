package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// mountAll mounts what every Linux program expects.
func mountAll() error {
	for _, m := range []struct{ kind, on string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"tmpfs", "/run"},
	} {
		if err := os.MkdirAll(m.on, 0o755); err != nil {
			return fmt.Errorf("mount: %w", err)
		}
		if err := unix.Mount(m.kind, m.on, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s on %s: %w", m.kind, m.on, err)
		}
	}
	return nil
}

// loadModules loads every file of a folder in the order of the names. A module that fails does not
// end the boot: what it serves is reported as missing later, by name.
func loadModules(folder string) []error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return []error{fmt.Errorf("kernel modules: %w", err)}
	}
	var failed []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".ko") {
			continue
		}
		if err := loadModule(filepath.Join(folder, e.Name())); err != nil {
			failed = append(failed, fmt.Errorf("kernel module %s: %w", e.Name(), err))
		}
	}
	return failed
}

func loadModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && err != unix.EEXIST {
		return err
	}
	return nil
}

// waitForAdapter gives the name of the first adapter beside the loopback.
func waitForAdapter() (string, error) {
	var name string
	err := waitFor("network adapter", func() bool {
		links, err := netlink.LinkList()
		if err != nil {
			return false
		}
		for _, l := range links {
			if l.Attrs().Name != "lo" && l.Type() == "device" {
				name = l.Attrs().Name
				return true
			}
		}
		return false
	})
	return name, err
}

func waitForFile(path string) error {
	return waitFor(path, func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

// waitFor polls: devices appear some time after their driver is loaded.
func waitFor(what string, there func() bool) error {
	for end := time.Now().Add(deviceWait); ; time.Sleep(10 * time.Millisecond) {
		if there() {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("no %s within %v", what, deviceWait)
		}
	}
}
