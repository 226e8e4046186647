package apply

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vnettune/matrix"
)

// Facts is what a guest says of itself.
type Facts struct {
	Build        int           `json:"build"`
	ProductType  int           `json:"productType"` // 1 client, 2 domain controller, 3 server
	Caption      string        `json:"caption"`
	OSLanguage   int           `json:"osLanguage"` // LCID, 1033 is English
	PSVersion    string        `json:"psVersion"`
	OEMCodePage  string        `json:"oemCodePage"`
	ComputerName string        `json:"computerName"`
	BootTime     filetime      `json:"bootTime"`
	Now          filetime      `json:"now"`
	StandIn      string        `json:"standIn"` // "" on a Windows; the stand-in's kind otherwise
	Pending      list[string]  `json:"pending"` // what asks for a reboot: cbs, wu, rename
	Adapters     list[Adapter] `json:"adapters"`
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
	Addresses     list[string]      `json:"addresses"`
	ClassKey      string            `json:"classKey"` // HKLM\...\0001, "" for none
	Keywords      map[string]string `json:"keywords"` // the driver's advanced properties
}

// virtioVendor is Red Hat's PCI vendor id, which every virtio device carries.
const virtioVendor = "VEN_1AF4"

// Virtio says whether the adapter is a virtio-net device.
func (a Adapter) Virtio() bool { return strings.Contains(strings.ToUpper(a.PNPID), virtioVendor) }

// has says whether the adapter has the address.
func (a Adapter) has(addr netip.Addr) bool {
	return slices.ContainsFunc(a.Addresses, func(s string) bool {
		got, err := netip.ParseAddr(s)
		return err == nil && got == addr
	})
}

// Kind is the guest's kind as samples name it: windows, or the stand-in's.
func (f Facts) Kind() string {
	if f.StandIn == "" {
		return "windows"
	}
	return f.StandIn
}

// Generation derives the generation from the build number (SAMPLES 4).
func (f Facts) Generation() (matrix.Generation, error) {
	switch b := f.Build; {
	case b == 2600 || b == 3790:
		return matrix.XP, nil
	case b >= 6000 && b <= 7601:
		return matrix.NT60, nil
	case b == 9200 || b == 9600:
		return matrix.NT62, nil
	case b >= 10240 && b <= 19045:
		return matrix.W10, nil
	case b == 20348 || b >= 22000:
		return matrix.W11, nil
	}
	return "", fmt.Errorf("the guest's Windows build %d is not known", f.Build)
}

// Facts asks the guest. The second result is the raw answer.
func (g *Guest) Facts(ctx context.Context) (Facts, []byte, error) {
	var (
		f   Facts
		raw []byte
		err error
	)
	if d := g.spoken(); d != nil {
		f, raw, err = d.facts(ctx)
	} else {
		_, f, raw, err = g.probe(ctx)
	}
	if err != nil {
		return Facts{}, raw, fmt.Errorf("guest facts: %w", err)
	}
	if f.Build == 0 || f.BootTime == 0 || f.Now == 0 {
		return Facts{}, raw, fmt.Errorf("guest facts: the answer lacks the build, the boot time or the clock: %s", excerpt(raw))
	}
	if g.runner.learn(f.OEMCodePage) {
		return g.Facts(ctx)
	}
	return f, raw, nil
}

// AdapterUnderTest is the virtio adapter that has the address under test.
func (g *Guest) AdapterUnderTest(f Facts) (Adapter, error) {
	var have []string
	for _, a := range f.Adapters {
		if a.has(g.data) {
			if !a.Virtio() {
				return Adapter{}, fmt.Errorf("address under test %s belongs to %q (%s), which is no virtio adapter; set guest.data to an address of a virtio adapter", g.data, a.Name, a.PNPID)
			}
			return a, nil
		}
		have = append(have, fmt.Sprintf("%s %v", a.Name, []string(a.Addresses)))
	}
	return Adapter{}, fmt.Errorf("address under test %s belongs to no adapter of the guest; it has: %s", g.data, strings.Join(have, "; "))
}
