package matrix

import "testing"

func TestPackagesFitDevices(t *testing.T) {
	const device = `PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00`
	for _, c := range []struct {
		devices []string
		fits    bool
	}{
		{nil, true},
		{[]string{`PCI\VEN_1AF4&DEV_1000`}, true},
		{[]string{`PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00`}, true},
		{[]string{`PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4`}, true},
		{[]string{`PCI\VEN_1AF4&DEV_1000&REV_00`}, true},
		{[]string{`PCI\VEN_1AF4&DEV_1041`, `PCI\VEN_1AF4&DEV_1000`}, true},
		{[]string{`PCI\VEN_1AF4&DEV_1041`}, false},
		{[]string{`PCI\VEN_1AF4&DEV_1000&SUBSYS_00021AF4&REV_00`}, false},
	} {
		if got := (Package{Devices: c.devices}).Fits(device); got != c.fits {
			t.Errorf("%q: %t", c.devices, got)
		}
	}
}
