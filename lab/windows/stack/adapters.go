package stack

import (
	"fmt"
	"net/netip"
	"strings"

	"vnettune/lab/windows/registry"
)

// firstIfIndex is the interface index of the first adapter (1 is the loopback;
// the number itself has no meaning).
const firstIfIndex = 4

// NIC is an adapter as Windows names it.
type NIC struct {
	Adapter
	Index       int
	GUID        string
	Name        string
	Description string
	PnPID       string // PNPDeviceID
}

// NICs names a machine's adapters, in order; connection is the name of the first one's.
func NICs(adapters []Adapter, connection string) []NIC {
	var out []NIC
	for i, a := range adapters {
		n := NIC{Adapter: a, Index: firstIfIndex + i, GUID: adapterGUID(a.MAC), Name: connection, Description: "Red Hat VirtIO Ethernet Adapter"}
		// The vendor and device are virtio's; the instance: not verified: ask a guest, wmic
		// nic get PNPDeviceID.
		n.PnPID = fmt.Sprintf(`PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00\3&13C0B0C5&0&%02X`, 0x18+8*i)
		if i > 0 {
			n.Name = fmt.Sprintf("%s %d", connection, i+1)
			n.Description = fmt.Sprintf("Red Hat VirtIO Ethernet Adapter #%d", i+1)
		}
		out = append(out, n)
	}
	return out
}

// adapterGUID makes an adapter's id from its address, the same at every boot.
func adapterGUID(mac string) string {
	return "{564E4554-0000-4000-8000-" + strings.ToUpper(strings.ReplaceAll(mac, ":", "")) + "}"
}

// HardwareID is the first of the device's hardware ids: its PNPDeviceID without the instance.
func (n NIC) HardwareID() string { return n.PnPID[:strings.LastIndexByte(n.PnPID, '\\')] }

// PermanentAddress is the adapter's own address as MSFT_NetAdapter has it, without dashes
// (docs/facts/windows-answers.md).
func (n NIC) PermanentAddress() string {
	return strings.ToUpper(strings.ReplaceAll(n.MAC, ":", ""))
}

// ClassKeyOf finds the class key whose NetCfgInstanceId is guid.
func ClassKeyOf(r *registry.Tree, guid string) (registry.Path, bool) {
	base := registry.MustPath(registry.AdaptersKey)
	k := r.Find(base)
	if k == nil {
		return registry.Path{}, false
	}
	for _, sub := range k.Subkeys() {
		if v, ok := sub.Get("NetCfgInstanceId"); ok && strings.EqualFold(v.Data, guid) {
			return base.Join(sub.Name), true
		}
	}
	return registry.Path{}, false
}

// InstallAdapter writes what the installation of a driver writes for a new adapter; inf is the name
// under which the driver store has the driver's INF.
func InstallAdapter(r *registry.Tree, n NIC, driver Driver, inf string) error {
	if _, ok := ClassKeyOf(r, n.GUID); ok {
		return nil
	}
	base := registry.MustPath(registry.AdaptersKey)
	free := 1
	for r.Find(base.Join(fmt.Sprintf("%04d", free))) != nil {
		free++
	}
	p := base.Join(fmt.Sprintf("%04d", free))
	key, err := r.Create(p, false)
	if err != nil {
		return err
	}
	key.Set("DriverDesc", registry.String("Red Hat VirtIO Ethernet Adapter"))
	key.Set("ProviderName", registry.String("Red Hat, Inc."))
	setDriver(key, driver, inf)
	key.Set("MatchingDeviceId", registry.String(`PCI\VEN_1AF4&DEV_1000`))
	key.Set("NetCfgInstanceId", registry.String(n.GUID))
	if err := setKeywords(r, p, driver); err != nil {
		return err
	}
	_, err = r.Create(InterfaceKey(n), false)
	return err
}

// UpdateAdapter writes what the installation of another driver over the one that an adapter has
// writes: existing values of the class key stay, a keyword without a value gets the INF's default
// (docs/facts/windows-answers.md, D6), and what is declared is what the new INF declares.
func UpdateAdapter(r *registry.Tree, n NIC, driver Driver, inf string) error {
	class, ok := ClassKeyOf(r, n.GUID)
	if !ok {
		return InstallAdapter(r, n, driver, inf)
	}
	r.Remove(class.Join("Ndi", "params"))
	setDriver(r.Find(class), driver, inf)
	return setKeywords(r, class, driver)
}

// RemoveAdapter takes away what an adapter's installation wrote, and its settings of TCP/IP with it.
func RemoveAdapter(r *registry.Tree, n NIC) {
	if class, ok := ClassKeyOf(r, n.GUID); ok {
		r.Remove(class)
	}
	r.Remove(InterfaceKey(n))
}

// InterfaceKey is the key of an adapter's own settings of TCP/IP.
func InterfaceKey(n NIC) registry.Path {
	return registry.MustPath(registry.TcpipKey).Join("Interfaces", n.GUID)
}

func setDriver(class *registry.Key, driver Driver, inf string) {
	class.Set("DriverVersion", registry.String(driver.Version))
	class.Set("InfPath", registry.String(inf))
}

// setKeywords writes what an INF declares into a class key, and the defaults of what has no value.
func setKeywords(r *registry.Tree, class registry.Path, driver Driver) error {
	key := r.Find(class)
	for _, k := range driver.Keywords {
		// A keyword without a default has no value until somebody writes one.
		if _, has := key.Get(k.Name); k.Default != "" && !has {
			key.Set(k.Name, registry.String(k.Default))
		}
		if err := declare(r, class.Join("Ndi", "params", k.Name), k); err != nil {
			return err
		}
	}
	return nil
}

// declare writes what an INF declares of a keyword.
func declare(r *registry.Tree, at registry.Path, k Keyword) error {
	ndi, err := r.Create(at, false)
	if err != nil {
		return err
	}
	for _, a := range []struct{ name, is string }{
		{"type", k.Type}, {"default", k.Default}, {"min", k.Min}, {"max", k.Max}, {"step", k.Step}, {"optional", k.Optional},
	} {
		if a.is != "" {
			ndi.Set(a.name, registry.String(a.is))
		}
	}
	if k.Enum == nil {
		return nil
	}
	enum, err := r.Create(at.Join("enum"), false)
	if err != nil {
		return err
	}
	for _, value := range k.Enum {
		enum.Set(value, registry.String(value)) // in an INF a text for people
	}
	return nil
}

// Adapter is one virtio network adapter as the machine sees it.
type Adapter struct {
	MAC       string // 52:54:00:...
	MTU       int    // bytes
	Up        bool
	Addresses []netip.Addr
}
