package machine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// OwnINF is the name under which the driver store of a fresh guest has the INF of the driver that it
// came with. The number is this stand-in's own: other drivers of an installation have those before it.
const OwnINF = "oem3.inf"

// firstINF is the number of the first INF that somebody stages.
const firstINF = 4

// DriverFolder is where the files of a package are put.
const DriverFolder = DeadManFolder + `\driver`

// DriverStore is what the disk holds of drivers.
type DriverStore struct {
	Given    string            `json:"given"` // version of the driver that the machine was started with the last time
	Packages []DriverPackage   `json:"packages"`
	Devices  map[string]Device `json:"devices"`           // by the adapter's GUID
	Trusted  []string          `json:"trusted,omitempty"` // thumbprints of the certificates in TrustedPublisher
	Folder   []DriverFile      `json:"folder,omitempty"`  // DriverFolder
}

// DriverPackage is a package in the driver store.
type DriverPackage struct {
	Published string   `json:"published"` // oemN.inf
	SHA256    string   `json:"sha256"`    // of the INF, in lower-case hex
	Version   string   `json:"version"`   // DriverVer
	Files     []string `json:"files,omitempty"`
}

// Device is how an adapter is installed.
type Device struct {
	INF     string `json:"inf"`     // that of the package; "" from when that was taken away until the next start
	Running string `json:"running"` // version of the driver that is loaded; "" for none
}

// deadDriver ends the version of a driver that is installed like any other, and over which nothing
// answers until another one is.
const deadDriver = ".666"

// dead says whether there is no network over the adapter.
func (d Device) dead() bool { return d.Running == "" || strings.HasSuffix(d.Running, deadDriver) }

func (d DriverStore) clone() DriverStore {
	d.Packages, d.Devices, d.Trusted, d.Folder = slices.Clone(d.Packages), maps.Clone(d.Devices), slices.Clone(d.Trusted), slices.Clone(d.Folder)
	return d
}

// Package is the package that is published by that name.
func (d DriverStore) Package(published string) (DriverPackage, bool) {
	i := slices.IndexFunc(d.Packages, func(p DriverPackage) bool { return strings.EqualFold(p.Published, published) })
	if i < 0 {
		return DriverPackage{}, false
	}
	return d.Packages[i], true
}

// Published is the name of the package whose INF has that SHA-256.
func (d DriverStore) Published(hash string) (string, bool) {
	i := slices.IndexFunc(d.Packages, func(p DriverPackage) bool { return strings.EqualFold(p.SHA256, hash) })
	if i < 0 {
		return "", false
	}
	return d.Packages[i].Published, true
}

// Trusts says whether a certificate is in TrustedPublisher.
func (d DriverStore) Trusts(thumbprint string) bool { return contains(d.Trusted, thumbprint) }

// Distrust takes a certificate out of TrustedPublisher.
func (d *DriverStore) Distrust(thumbprint string) {
	d.Trusted = slices.DeleteFunc(d.Trusted, func(t string) bool { return strings.EqualFold(t, thumbprint) })
}

// File is the file of that name in DriverFolder.
func (d DriverStore) File(name string) (DriverFile, bool) {
	i := slices.IndexFunc(d.Folder, func(f DriverFile) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return DriverFile{}, false
	}
	return d.Folder[i], true
}

// SetFile puts a file into DriverFolder, in the place of one of its name.
func (d *DriverStore) SetFile(f DriverFile) {
	d.RemoveFile(f.Name)
	d.Folder = append(d.Folder, f)
}

// RemoveFile removes a file from DriverFolder.
func (d *DriverStore) RemoveFile(name string) {
	d.Folder = slices.DeleteFunc(d.Folder, func(f DriverFile) bool { return strings.EqualFold(f.Name, name) })
}

// setPackage puts a package in the place of the one of its name, or beside the others.
func (d *DriverStore) setPackage(p DriverPackage) {
	d.removePackage(p.Published)
	d.Packages = append(d.Packages, p)
}

func (d *DriverStore) removePackage(published string) {
	d.Packages = slices.DeleteFunc(d.Packages, func(p DriverPackage) bool { return strings.EqualFold(p.Published, published) })
}

// free is a name that no package has.
func (d DriverStore) free() string {
	for n := firstINF; ; n++ {
		name := "oem" + strconv.Itoa(n) + ".inf"
		if _, taken := d.Package(name); !taken {
			return name
		}
	}
}

// best is the package of the highest version. Windows looks at the signature and at the date before
// (docs/facts/windows-answers.md, Q12), which no package differs by here.
func (d DriverStore) best() (DriverPackage, bool) {
	if len(d.Packages) == 0 {
		return DriverPackage{}, false
	}
	return slices.MaxFunc(d.Packages, func(a, b DriverPackage) int { return compareVersions(a.Version, b.Version) }), true
}

// compareVersions compares number by number.
func compareVersions(a, b string) int {
	numbers := func(version string) []int {
		var all []int
		for part := range strings.SplitSeq(version, ".") {
			n, _ := strconv.Atoi(part) // 0 for what is none
			all = append(all, n)
		}
		return all
	}
	return cmp.Or(slices.Compare(numbers(a), numbers(b)), strings.Compare(a, b))
}

// ownPackage is the package that a guest came with. Nobody has its files.
func ownPackage(version string) DriverPackage {
	hash := sha256.Sum256([]byte("stand-in: NetKVM " + version))
	return DriverPackage{Published: OwnINF, SHA256: hex.EncodeToString(hash[:]), Version: version}
}

// driverOf is the driver of a version.
func (m *Machine) driverOf(version string) stack.Driver {
	if m.ed.Release == nil {
		return m.ed.Driver
	}
	return stack.NetKVMOf(version, *m.ed.Release)
}

// DriverVersion is that of the driver that an adapter runs by.
func (m *Machine) DriverVersion(n stack.NIC) string { return m.View().Drivers.Devices[n.GUID].Running }

// startDrivers gives each adapter a driver, as a start of the system does. A machine that is started
// with another driver than before has that one in place of what it came with.
func (m *Machine) startDrivers(s *State) error {
	d := &s.Drivers
	given := m.ed.Driver.Version
	other := d.Given != given
	if other {
		d.setPackage(ownPackage(given))
		d.Given = given
	}
	if d.Devices == nil {
		d.Devices = map[string]Device{}
	}
	for _, n := range m.nics() {
		device, known := d.Devices[n.GUID]
		p, has := d.Package(device.INF)
		if other {
			p, _ = d.Package(OwnINF)
		}
		if !other && !has {
			p, has = d.best()
			if known {
				stack.RemoveAdapter(s.Reg, n)
				if err := s.Reg.Set(stack.InterfaceKey(n), enableDHCP, registry.DWord(1)); err != nil {
					return err
				}
			}
			if !has {
				device.Running = ""
				d.Devices[n.GUID] = device
				continue
			}
		}
		if p.Published != device.INF || other {
			if err := stack.UpdateAdapter(s.Reg, n, m.driverOf(p.Version), p.Published); err != nil {
				return fmt.Errorf("driver of adapter %s: %w", n.Name, err)
			}
		}
		d.Devices[n.GUID] = m.loaded(device, p)
		if !addressLost(s, n) {
			if err := setStatic(s, n, ownAddresses(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// loaded is the device with the driver of a package; a fault may leave the one running that did before.
func (m *Machine) loaded(d Device, p DriverPackage) Device {
	d.INF = p.Published
	if d.Running == "" || !m.cfg.Faults.DriverStays {
		d.Running = p.Version
	}
	return d
}

// silence takes the adapters down whose drivers let nothing through.
func (m *Machine) silence(s *State) error {
	for _, n := range m.nics() {
		if s.Drivers.Devices[n.GUID].dead() {
			if err := m.host.SetAdapter(n.MAC, false); err != nil {
				return err
			}
		}
	}
	return nil
}
