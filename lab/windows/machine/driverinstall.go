package machine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/lab/windows/stack"
)

// DriverError is Windows' number of an error.
type DriverError uint32

// Numbers of errors: of the system
// (https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--0-499-), and of the
// installation of devices (setupapi.h of the Windows SDK). Which of them comes when is not verified:
// ask a guest, pnputil -d of a package in use & echo %errorlevel%.
const (
	ErrNoFile      DriverError = 2          // ERROR_FILE_NOT_FOUND
	ErrNoINF       DriverError = 0xE0000100 // ERROR_WRONG_INF_STYLE
	ErrNoDevice    DriverError = 0xE000020B // ERROR_NO_SUCH_DEVINST
	ErrInUse       DriverError = 0xE000023D // ERROR_INF_IN_USE_BY_DEVICES
	ErrNotInPublic DriverError = 0xE0000247 // ERROR_DRIVER_STORE_ADD_FAILED: nobody can say that the publisher is trusted
)

// Error is the number as Windows writes it.
func (e DriverError) Error() string { return fmt.Sprintf("0x%08X", uint32(e)) }

// Exit is the number as the exit code of a program.
func (e DriverError) Exit() int { return int(int32(e)) }

// StageDriver takes the package of an INF of DriverFolder into the driver store, where it is not there
// yet, and gives the name by which it is published.
func (m *Machine) StageDriver(inf string) (published string, err error) {
	if code := m.cfg.Faults.StageRefused; code != 0 {
		return "", DriverError(code)
	}
	err = m.Update(func(s *State) error {
		d := &s.Drivers
		f, ok := d.File(inf)
		switch {
		case !ok:
			return ErrNoFile
		case f.Version == "":
			return ErrNoINF
		case !slices.ContainsFunc(d.Folder, func(f DriverFile) bool { return f.Signer != "" && d.Trusts(f.Signer) }):
			return ErrNotInPublic
		}
		if published, ok = d.Published(f.SHA256); ok {
			return nil
		}
		published = d.free()
		p := DriverPackage{Published: published, SHA256: f.SHA256, Version: f.Version}
		for _, f := range d.Folder {
			p.Files = append(p.Files, f.Name)
		}
		d.setPackage(p)
		return nil
	})
	return published, err
}

// DeleteDriver takes a package out of the driver store. One that a device uses stays, unless it is
// forced: then the device gets another one at the next start of the system.
func (m *Machine) DeleteDriver(published string, force bool) error {
	return m.Update(func(s *State) error {
		if _, ok := s.Drivers.Package(published); !ok {
			return ErrNoFile
		}
		for guid, device := range s.Drivers.Devices {
			if !strings.EqualFold(device.INF, published) {
				continue
			}
			if !force {
				return ErrInUse
			}
			device.INF = ""
			s.Drivers.Devices[guid] = device
		}
		s.Drivers.removePackage(published)
		return nil
	})
}

// DriverInstall is an installation of a driver: of which one, on which devices, and what the adapter
// has to have afterwards.
type DriverInstall struct {
	INF      string `json:"inf"`
	Hardware string `json:"hardware"`
	MAC      string `json:"mac"` // as the scripts tell it, with dashes or without
	IPv4     *IPv4  `json:"ipv4"`
}

// InstallDriver installs a driver over whatever the devices have, waits until the adapter is up, at
// most limit, and sets addresses again that are gone.
func (m *Machine) InstallDriver(i DriverInstall, limit time.Duration) error {
	err := m.installDriver(i.INF, i.Hardware)
	if number := DriverError(0); errors.As(err, &number) {
		err = fmt.Errorf("UpdateDriverForPlugAndPlayDevices: %w", err)
	}
	m.awaitAdapter(i.MAC, limit)
	if i.IPv4 != nil && !i.IPv4.DHCP {
		err = errors.Join(err, m.setAddresses(i.MAC, *i.IPv4))
	}
	return err
}

func (m *Machine) installDriver(inf, hardware string) error {
	if code := m.cfg.Faults.InstallRefused; code != 0 {
		return DriverError(code)
	}
	p, ok := m.View().Drivers.Package(inf)
	if !ok {
		return ErrNoFile
	}
	nics := slices.DeleteFunc(m.NICs(), func(n stack.NIC) bool { return !strings.EqualFold(n.HardwareID(), hardware) })
	if len(nics) == 0 {
		return ErrNoDevice
	}
	m.restart.Lock() // as if the adapters were restarted
	defer m.restart.Unlock()
	for _, n := range nics {
		if err := m.host.SetAdapter(n.MAC, false); err != nil {
			return err
		}
	}
	m.host.Wait(adapterDown)
	err := m.changeDriver(nics, p)
	if m.cfg.Faults.InstallNoNetwork {
		return err
	}
	for _, n := range nics {
		err = errors.Join(err, m.raise(n))
	}
	return err
}

// changeDriver has adapters installed with a package, in place, and everything act that their new
// driver reads.
func (m *Machine) changeDriver(nics []stack.NIC, p DriverPackage) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.state.clone()
	for _, n := range nics {
		if err := stack.UpdateAdapter(next.Reg, n, m.driverOf(p.Version), p.Published); err != nil {
			return err
		}
		next.Drivers.Devices[n.GUID] = m.loaded(next.Drivers.Devices[n.GUID], p)
	}
	all := m.configured(next)
	f := m.force
	f.told, f.real = f.told.WithDriver(all), f.real.WithDriver(all)
	return m.replace(next, m.then(f, next, stack.AdapterRestart))
}

// raise brings an adapter up again, if its driver lets anything through.
func (m *Machine) raise(n stack.NIC) error {
	if m.View().Drivers.Devices[n.GUID].dead() {
		return nil
	}
	return m.host.SetAdapter(n.MAC, true)
}

// awaitAdapter waits until the adapter with that hardware address is up.
func (m *Machine) awaitAdapter(mac string, limit time.Duration) {
	const pause = time.Second
	for ; limit > 0 && !m.GoingDown(); limit -= pause {
		if n, ok := m.adapterOf(mac); ok && n.Up {
			return
		}
		m.host.Wait(pause)
	}
}

// adapterOf is the adapter with a hardware address.
func (m *Machine) adapterOf(mac string) (stack.NIC, bool) {
	plain := strings.NewReplacer("-", "", ":", "").Replace(mac)
	nics := m.NICs()
	i := slices.IndexFunc(nics, func(n stack.NIC) bool { return strings.EqualFold(n.PermanentAddress(), plain) })
	if i < 0 {
		return stack.NIC{}, false
	}
	return nics[i], true
}
