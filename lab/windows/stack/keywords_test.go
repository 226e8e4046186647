package stack

import (
	"testing"

	"vnettune/lab/windows/registry"
)

// A value outside of the range of the driver's code works as its fallback, whatever its INF
// lists: netkvm-params, RxCapacity and *NumRssQueues by build.
var w10 = Release{Build: 19045}

func TestADriverFallsBackOutsideOfItsRange(t *testing.T) {
	for _, c := range []struct {
		driver, keyword, value string
		want                   int
	}{
		{"0.1.185", "RxCapacity", "1024", 1024},
		{"0.1.185", "RxCapacity", "4096", 256},
		{"0.1.185", "RxCapacity", "16", 256},  // in the INF's list, and below the code's minimum of 32
		{"0.1.185", "RxCapacity", "300", 300}, // in no list, and within the range
		{"0.1.185", "RxCapacity", "", 256},
		{"0.1.240", "RxCapacity", "4096", 4096},
		{"0.1.240", "RxCapacity", "16", 16},
		{"0.1.240", "RxCapacity", "8192", 256},
		{"0.1.271", "RxCapacity", "", 256}, // not the INF's default, which is 1024
		{"0.1.185", "*NumRssQueues", "16", 16},
		{"0.1.185", "*NumRssQueues", "32", 8},
		{"0.1.240", "*NumRssQueues", "32", 32},
		{"0.1.240", "*NumRssQueues", "33", 16},
		{"0.1.185", "VlanID", "4095", 4095},
		{"0.1.240", "VlanID", "4095", 0},
		{"", "OffLoad.TxLSO", "", 0},
		{"", "RxCapacity", "words", 256},
	} {
		d, ok := NetKVM(c.driver, w10)
		if !ok {
			t.Fatalf("there is no driver %q", c.driver)
		}
		nic := NICs([]Adapter{{MAC: "52:54:00:00:00:01"}}, "Ethernet")[0]
		r := registry.New()
		if err := InstallAdapter(r, nic, d, "oem3.inf"); err != nil {
			t.Fatal(err)
		}
		class, _ := ClassKeyOf(r, nic.GUID)
		key := r.Find(class)
		key.Unset(c.keyword)
		if c.value != "" {
			key.Set(c.keyword, registry.String(c.value))
		}
		if got := ReadAtBoot(r, []NIC{nic}, d).keywords[c.keyword]; got != c.want {
			t.Errorf("%s: %s=%q works as %d, want %d", c.driver, c.keyword, c.value, got, c.want)
		}
	}
}

// The frame of *JumboPacket and the packet of MTU, which older drivers have, allow the same.
func TestTheLargestMTUOfEachDriver(t *testing.T) {
	for _, name := range append(NetKVMs(), "") {
		d, _ := NetKVM(name, w10)
		if got := ReadAtBoot(registry.New(), nil, d).MaxMTU(); got != 1500 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// A driver that is played declares what its INF does, and every number that it reads has a
// range in which its default lies or its fallback stands for it.
func TestDriversAreWhole(t *testing.T) {
	count := map[string]int{"0.1.185": 23, "0.1.240": 25, "0.1.271": 26, "": 29}
	for name, n := range count {
		d, ok := NetKVM(name, w10)
		if !ok || len(d.Keywords) != n || d.Version == "" {
			t.Errorf("%q: %v, version %q, %d keywords, want %d", name, ok, d.Version, len(d.Keywords), n)
		}
		for _, k := range d.Keywords {
			if k.Type == "enum" && len(k.Enum) == 0 || k.Type == "int" && (k.Min == "" || k.Max == "") || k.Reads != nil && k.Reads.Min > k.Reads.Max {
				t.Errorf("%q: %+v", name, k)
			}
		}
	}
}
