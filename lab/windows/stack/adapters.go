package windows

import (
	"fmt"
	"net/netip"
	"strings"
)

// classKey is where Windows keeps network adapters (catalogue section 5).
const classKey = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}`

// firstIfIndex is the interface index of the first adapter (1 is the loopback;
// the number itself has no meaning).
const firstIfIndex = 4

// nic is an adapter as Windows names it.
type nic struct {
	Adapter
	index       int
	guid        string
	name        string
	description string
	pnpID       string // PNPDeviceID
}

// nicsOf names a machine's adapters, in order; connection is the name of the first one's.
func nicsOf(adapters []Adapter, connection string) []nic {
	var out []nic
	for i, a := range adapters {
		n := nic{Adapter: a, index: firstIfIndex + i, guid: adapterGUID(a.MAC), name: connection, description: "Red Hat VirtIO Ethernet Adapter"}
		// The vendor and device are virtio's; the instance is general knowledge.
		n.pnpID = fmt.Sprintf(`PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00\3&13C0B0C5&0&%02X`, 0x18+8*i)
		if i > 0 {
			n.name = fmt.Sprintf("%s %d", connection, i+1)
			n.description = fmt.Sprintf("Red Hat VirtIO Ethernet Adapter #%d", i+1)
		}
		out = append(out, n)
	}
	return out
}

// adapterGUID makes an adapter's id from its address, the same at every boot.
func adapterGUID(mac string) string {
	return "{564E4554-0000-4000-8000-" + strings.ToUpper(strings.ReplaceAll(mac, ":", "")) + "}"
}

// classKeyOf finds the class key whose NetCfgInstanceId is guid.
func classKeyOf(r *registry, guid string) (regPath, bool) {
	base := mustPath(classKey)
	k := r.find(base)
	if k == nil {
		return regPath{}, false
	}
	for _, sub := range k.subkeys() {
		if v, ok := sub.get("NetCfgInstanceId"); ok && strings.EqualFold(v.Data, guid) {
			return base.join(sub.name), true
		}
	}
	return regPath{}, false
}

// installAdapter writes what the driver's installation writes for a new adapter.
func installAdapter(r *registry, n nic, keywords []keyword) error {
	if _, ok := classKeyOf(r, n.guid); ok {
		return nil
	}
	base := mustPath(classKey)
	free := 1
	for r.find(base.join(fmt.Sprintf("%04d", free))) != nil {
		free++
	}
	p := base.join(fmt.Sprintf("%04d", free))
	key, err := r.create(p, false)
	if err != nil {
		return err
	}
	key.set("DriverDesc", stringValue("Red Hat VirtIO Ethernet Adapter"))
	key.set("ProviderName", stringValue("Red Hat, Inc."))
	key.set("DriverVersion", stringValue(driverVersion))
	key.set("MatchingDeviceId", stringValue(`PCI\VEN_1AF4&DEV_1000`))
	key.set("NetCfgInstanceId", stringValue(n.guid))
	for _, k := range keywords {
		key.set(k.name, stringValue(k.inf))
		ndi, err := r.create(p.join("Ndi", "params", k.name), false)
		if err != nil {
			return err
		}
		ndi.set("type", stringValue(k.kind))
		ndi.set("default", stringValue(k.inf))
		if k.kind == "int" {
			ndi.set("min", stringValue(fmt.Sprint(k.min)))
			ndi.set("max", stringValue(fmt.Sprint(k.max)))
			ndi.set("step", stringValue("1"))
			continue
		}
		enum, err := r.create(p.join("Ndi", "params", k.name, "enum"), false)
		if err != nil {
			return err
		}
		for _, l := range k.legal {
			enum.set(fmt.Sprint(l), stringValue(fmt.Sprint(l)))
		}
	}
	_, err = r.create(mustPath(tcpipKey).join("Interfaces", n.guid), false)
	return err
}

// driverVersion is no version that a NetKVM ever had: there is no such driver in
// a stand-in, and a report must not look as if there were.
const driverVersion = "0.0.0.1"

// Adapter is one virtio network adapter as the machine sees it.
type Adapter struct {
	MAC       string // 52:54:00:...
	MTU       int    // bytes
	Up        bool
	Addresses []netip.Addr
}
