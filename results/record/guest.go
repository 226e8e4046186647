package record

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"vnettune/foreign"
)

// Guest is what a guest says of itself. A number that it did not say is 0, a text "".
type Guest struct {
	Build        int           `json:"build"`
	ProductType  int           `json:"productType"` // 1 client, 2 domain controller, 3 server
	Caption      string        `json:"caption"`
	OSLanguage   int           `json:"osLanguage"` // LCID, 1033 is English
	PSVersion    string        `json:"psVersion"`
	OEMCodePage  string        `json:"oemCodePage"`
	ComputerName string        `json:"computerName"`
	MachineGUID  string        `json:"machineGuid,omitempty"` // of the installation; "" where it cannot be read
	UUID         string        `json:"uuid,omitempty"`        // of the machine's SMBIOS; "" where it cannot be read
	Disk         string        `json:"disk,omitempty"`        // of a lab's boot disk, as the lab's host knows it
	BootTime     Filetime      `json:"bootTime,omitzero"`
	Now          Filetime      `json:"now,omitzero"`
	StandIn      string        `json:"standIn"` // "" on a Windows; the stand-in's kind otherwise
	Pending      List[string]  `json:"pending"` // what asks for a reboot: cbs, wu, rename
	Adapters     List[Adapter] `json:"adapters"`
	IPerf2       string        `json:"iperf2,omitempty"`      // version of its iperf2: "iperf 2.0.5"; "" where no workload needs it
	IPerf3       string        `json:"iperf3,omitempty"`      // version of its iperf3: "iperf 3.1.3, Cygwin 2.5.1"; "" in stores before it was kept
	SetsBuffers  bool          `json:"setsBuffers,omitempty"` // that iperf3 sets the buffers of every socket
	// Applied is what vnettune apply had put on it, which the campaign takes for the state that it was found in; nil for
	// nothing.
	Applied *Applied `json:"applied,omitempty"`
	// Problems has what could not be asked, by the part of the answer, in the guest's words.
	Problems map[string]string `json:"problems,omitempty"`
}

// Unasked names the parts that could not be asked, with the guest's words for each; ""
// for none.
func (g Guest) Unasked() string {
	var parts []string
	for _, part := range slices.Sorted(maps.Keys(g.Problems)) {
		parts = append(parts, part+": "+g.Problems[part])
	}
	return strings.Join(parts, "; ")
}

// BuffersSet says what an iperf3 that sets the buffers of every socket does to a campaign;
// "" where the guest's does not.
func (g Guest) BuffersSet() string {
	if !g.SetsBuffers {
		return ""
	}
	return g.IPerf3 + " on the guest sets the buffers of every socket itself: the receive window was not tuned in any run, whatever the settings said"
}

// Adapter is one network adapter of the guest.
type Adapter struct {
	GUID          string            `json:"guid"`
	Index         int               `json:"ifIndex"`
	Name          string            `json:"name"`
	Description   string            `json:"description"`
	PNPID         string            `json:"pnpId"`
	DriverVersion string            `json:"driverVersion"`
	MAC           string            `json:"mac"`
	Up            bool              `json:"up"`
	MTU           int               `json:"mtu"`
	Addresses     List[string]      `json:"addresses"`
	ClassKey      string            `json:"classKey"`         // HKLM\...\0001, "" for none
	Keywords      map[string]string `json:"keywords"`         // the driver's advanced properties
	Driver        *Driver           `json:"driver,omitempty"` // what the driver declares; nil where it was not asked
}

// UnmarshalJSON lets in what a guest says of itself, or a store of it.
func (g *Guest) UnmarshalJSON(b []byte) error {
	type plain Guest
	return json.Unmarshal(foreign.Lines(b), (*plain)(g))
}

// virtioVendor is Red Hat's PCI vendor id, which every virtio device carries.
const virtioVendor = "VEN_1AF4"

// Virtio says whether the adapter is a virtio-net device.
func (a Adapter) Virtio() bool { return strings.Contains(strings.ToUpper(a.PNPID), virtioVendor) }

// Has says whether the adapter has the address. A zone is of the machine that writes it
// (fe80::1%virbr0 here may be fe80::1%12 there), and is not compared.
func (a Adapter) Has(addr netip.Addr) bool {
	return slices.ContainsFunc(a.Addresses, func(s string) bool {
		got, err := netip.ParseAddr(s)
		return err == nil && got.WithZone("") == addr.WithZone("")
	})
}

// Kind is the guest's kind as samples name it: windows, or the stand-in's.
func (g Guest) Kind() string {
	if g.StandIn == "" {
		return "windows"
	}
	return g.StandIn
}
