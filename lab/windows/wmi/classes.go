package wmi

import (
	"fmt"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// property is one property of a WMI instance with its value as wmic prints it.
type property struct{ name, text string }

// instance is one object of WMI; its properties are in alphabetical order.
type instance []property

func (i instance) find(name string) (string, bool) {
	for _, p := range i {
		if strings.EqualFold(p.name, name) {
			return p.text, true
		}
	}
	return "", false
}

// wmiClass is one class of root\cimv2. Names of classes, properties and aliases:
// Microsoft's pages on the classes; what they call Vista's and later (GUID,
// InterfaceIndex, NetEnabled, OSArchitecture) is left out.
type wmiClass struct {
	name, alias string
	list        func(*machine.Machine) []instance
}

var wmiClasses = []wmiClass{
	{"Win32_OperatingSystem", "os", wmiOS},
	{"Win32_Process", "process", wmiProcesses},
	{"Win32_NetworkAdapter", "nic", wmiAdapters},
	{"Win32_NetworkAdapterConfiguration", "nicconfig", wmiConfigurations},
	{"Win32_PnPSignedDriver", "", wmiDrivers},
	{"Win32_ComputerSystemProduct", "csproduct", wmiProduct},
}

// newInstance sorts the properties of an instance.
func newInstance(list ...property) instance {
	sort.Slice(list, func(i, j int) bool { return strings.ToLower(list[i].name) < strings.ToLower(list[j].name) })
	return list
}

// dmtf is a time in the form of WMI, yyyymmddHHMMSS.ffffff+UUU (docs/facts/windows-samples.md 5.2).
func dmtf(t time.Time) string {
	_, offset := t.Zone()
	return t.Format("20060102150405.000000") + fmt.Sprintf("%+04d", offset/60)
}

// wmiOS has the forms of the Server 2003 list of docs/facts/windows-samples.md 4.
func wmiOS(m *machine.Machine) []instance {
	os := m.OS()
	env := m.Environment()
	return []instance{newInstance(
		property{"BuildNumber", os.BuildNumber},
		property{"Caption", os.Caption},
		property{"CodeSet", os.CodeSet},
		property{"CountryCode", "1"},
		property{"CSDVersion", fmt.Sprintf("Service Pack %d", os.ServicePack)},
		property{"CSName", os.CSName},
		property{"LastBootUpTime", dmtf(os.LastBootUpTime)},
		property{"LocalDateTime", dmtf(os.LocalDateTime)},
		property{"Locale", "0409"},
		property{"Manufacturer", "vnettune (stand-in)"},
		property{"OSLanguage", strconv.Itoa(os.OSLanguage)},
		property{"ProductType", strconv.Itoa(os.ProductType)},
		property{"ServicePackMajorVersion", strconv.Itoa(os.ServicePack)},
		property{"ServicePackMinorVersion", "0"},
		property{"Status", "OK"},
		property{"SystemDirectory", env["SYSTEMROOT"] + `\system32`},
		property{"SystemDrive", env["SYSTEMDRIVE"]},
		property{"Version", os.Version},
		property{"WindowsDirectory", env["WINDIR"]},
	)}
}

func wmiProcesses(m *machine.Machine) []instance {
	var list []instance
	for _, s := range m.Processes().Running() {
		created := ""
		if !s.Began.IsZero() {
			created = dmtf(s.Began)
		}
		list = append(list, newInstance(
			property{"Caption", s.Image},
			property{"CommandLine", s.Line},
			property{"CreationDate", created},
			property{"Description", s.Image},
			property{"ExecutablePath", s.Path},
			property{"Handle", strconv.Itoa(s.ID)},
			property{"Name", s.Image},
			property{"ProcessId", strconv.Itoa(s.ID)},
		))
	}
	return list
}

// adapterIndex is the number of the adapter's class key, which is what WMI calls its Index and
// DeviceID (https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-networkadapter).
func adapterIndex(m *machine.Machine, n stack.NIC) string {
	class, ok := stack.ClassKeyOf(m.View().Reg, n.GUID)
	if !ok {
		return ""
	}
	return strings.TrimLeft(class.Keys[len(class.Keys)-1], "0")
}

func wmiAdapters(m *machine.Machine) []instance {
	var list []instance
	for _, n := range m.NICs() {
		index := adapterIndex(m, n)
		status := "2" // connected; 7 is "media disconnected" (Microsoft's page on the class)
		if !n.Up {
			status = "7"
		}
		list = append(list, newInstance(
			property{"AdapterType", "Ethernet 802.3"},
			property{"Caption", fmt.Sprintf("[%08s] %s", index, n.Description)},
			property{"Description", n.Description},
			property{"DeviceID", index},
			property{"Index", index},
			property{"MACAddress", strings.ToUpper(n.MAC)},
			property{"Manufacturer", "Red Hat, Inc."},
			property{"Name", n.Description},
			property{"NetConnectionID", n.Name},
			property{"NetConnectionStatus", status},
			property{"PNPDeviceID", n.PnPID},
			property{"ProductName", n.Description},
			property{"ServiceName", "netkvm"},
			property{"Speed", ""}, // null on xp (not verified: ask a guest, wmic nic get Speed /value)
		))
	}
	return list
}

func wmiConfigurations(m *machine.Machine) []instance {
	var list []instance
	for _, n := range m.NICs() {
		index := adapterIndex(m, n)
		list = append(list, newInstance(
			property{"Caption", fmt.Sprintf("[%08s] %s", index, n.Description)},
			property{"Description", n.Description},
			property{"DHCPEnabled", "FALSE"},
			property{"Index", index},
			property{"IPAddress", wmiArray(n.Addresses)},
			property{"IPEnabled", strings.ToUpper(strconv.FormatBool(n.Up))},
			property{"MACAddress", strings.ToUpper(n.MAC)},
			property{"ServiceName", "netkvm"},
			property{"SettingID", n.GUID},
		))
	}
	return list
}

// wmiArray prints an array as wmic does; without elements it is null. xp as installed has no
// IPv6 (not verified: ask a guest, ipconfig /all).
func wmiArray(list []netip.Addr) string {
	var quoted []string
	for _, a := range list {
		if a.Is4() {
			quoted = append(quoted, `"`+a.String()+`"`)
		}
	}
	if quoted == nil {
		return ""
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

func wmiDrivers(m *machine.Machine) []instance {
	var list []instance
	for _, n := range m.NICs() {
		list = append(list, newInstance(
			property{"DeviceID", n.PnPID},
			property{"DeviceName", n.Description},
			property{"DriverProviderName", "Red Hat, Inc."},
			property{"DriverVersion", m.DriverVersion(n)},
		))
	}
	return list
}

// wmiProduct is the machine as its SMBIOS tells it
// (https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-computersystemproduct).
func wmiProduct(m *machine.Machine) []instance {
	_, uuid := m.Identity()
	return []instance{newInstance(
		property{"Caption", "Computer System Product"},
		property{"Description", "Computer System Product"},
		property{"IdentifyingNumber", ""},
		property{"Name", "stand-in"},
		property{"UUID", uuid},
		property{"Vendor", "vnettune (stand-in)"},
		property{"Version", ""},
	)}
}
