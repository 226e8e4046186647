package stack

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"vnettune/lab/windows/registry"
)

// Driver is a NetKVM driver as the stand-in has it installed.
type Driver struct {
	Name     string    `json:"name"`    // as the virtio-win package is called, such as 0.1.240
	Version  string    `json:"version"` // that Windows reports
	Keywords []Keyword `json:"keywords"`
}

// Keyword is one property of a driver: what its INF declares under Ndi\params, and what its
// code makes of a value under the adapter's class key. An attribute that is not declared is
// empty.
type Keyword struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`    // int, long, enum or edit
	Default  string   `json:"default"` // written at installation where it is declared
	Min      string   `json:"min"`
	Max      string   `json:"max"`
	Step     string   `json:"step"`
	Optional string   `json:"optional"`
	Enum     []string `json:"enum"`
	Reads    *Reads   `json:"reads"`   // nil where no number is read
	Windows  int      `json:"windows"` // the first build whose INF declares it; 0: all
}

// Reads is the range of numbers in which the driver's code takes a value. Outside of it, and
// where there is none, it works with the fallback and says nothing. It is a range, and not
// the list that the INF has.
type Reads struct {
	Fallback int `json:"fallback"`
	Min      int `json:"min"`
	Max      int `json:"max"`
}

// drivers are those that 8 and later can have, with their source.
//
//go:embed netkvm.json
var drivers []byte

// netKVMs are in order of age; the last one has no name.
var netKVMs = func() []Driver {
	var file struct {
		Drivers []Driver `json:"drivers"`
	}
	if err := json.Unmarshal(drivers, &file); err != nil {
		panic("netkvm.json: " + err.Error()) // the file is embedded
	}
	newest := len(file.Drivers) - 1 // without a name
	return slices.Insert(file.Drivers, newest, variantsOf(file.Drivers[newest-1])...)
}()

// Drivers of this stand-in's own, for campaigns that compare drivers: no NetKVM has their names or versions.
const (
	Twin = "twin" // the newest that has a name, but for its version
	Slow = "slow" // the same, and its code offers no offload, whatever is set: it is really slower
)

// variantsOf are the stand-in's own drivers, which have the keywords of another.
func variantsOf(d Driver) []Driver {
	twin, slow := d, d
	twin.Name, twin.Version = Twin, "0.0.0.2"
	slow.Name, slow.Version = Slow, "0.0.0.3"
	slow.Keywords = slices.Clone(d.Keywords)
	for i, k := range slow.Keywords {
		if strings.Contains(k.Name, "ChecksumOffload") || strings.HasPrefix(k.Name, "*LsoV2") || strings.HasPrefix(k.Name, "*Rsc") {
			slow.Keywords[i].Reads = &Reads{}
		}
	}
	return []Driver{twin, slow}
}

// NetKVMs names the drivers of NetKVM's that 10 and later can be given, oldest first.
func NetKVMs() []string {
	var names []string
	for _, d := range netKVMs {
		if d.Name != "" && d.Name != Twin && d.Name != Slow {
			names = append(names, d.Name)
		}
	}
	return names
}

// LastOf2012 is the newest driver for 8, 8.1, Server 2012 and 2012 R2, whatever package is installed
// (virtio-win-pkg-scripts, data/old-drivers).
const LastOf2012 = "0.1.240"

// NetKVMsOf2012 names the drivers that those can be given.
func NetKVMsOf2012() []string { return NetKVMs()[:slices.Index(NetKVMs(), LastOf2012)+1] }

// NetKVM is the driver of that name for a release. Without a name it is the newest that was looked
// at, by a version that no NetKVM ever had. false: there is none. The first number of a version
// is that of the system: 62 and 63 for 8 and 8.1 (DriverVer in the INF files as shipped), 100 from
// 10 on.
func NetKVM(name string, r Release) (Driver, bool) {
	i := slices.IndexFunc(netKVMs, func(d Driver) bool { return d.Name == name })
	if i < 0 {
		return Driver{}, false
	}
	d := netKVMs[i]
	d.Keywords = slices.DeleteFunc(slices.Clone(d.Keywords), func(k Keyword) bool { return r.Build < k.Windows })
	if system, old := map[int]string{server2012: "62.", server2012R2: "63."}[r.Build]; old {
		d.Version = system + strings.TrimPrefix(d.Version, "100.")
	}
	return d, true
}

// NetKVMOf is the driver of a version that a package has: that of the driver with the same version,
// else the one of the nearest older build, which is the last number of a version, else the oldest. It
// has the version of the package.
func NetKVMOf(version string, r Release) Driver {
	var nearest Driver
	for i, known := range netKVMs {
		d, _ := NetKVM(known.Name, r)
		if d.Version == version {
			return d
		}
		named := known.Name != "" && known.Name != Twin && known.Name != Slow
		if i == 0 || named && buildOf(d.Version) <= buildOf(version) {
			nearest = d
		}
	}
	nearest.Name, nearest.Version = "", version
	return nearest
}

// buildOf is the last number of a version.
func buildOf(version string) int {
	n, _ := strconv.Atoi(version[strings.LastIndexByte(version, '.')+1:]) // 0 for what is none
	return n
}

// read gives the number that the driver works with.
func (k Reads) read(v registry.Value, exists bool) int {
	if !exists || v.Kind != "String" {
		return k.Fallback
	}
	n, err := strconv.Atoi(v.Data)
	if err != nil || n < k.Min || n > k.Max {
		return k.Fallback
	}
	return n
}

// XPDriver has those of the NetKVM driver's keywords that are old enough for an NDIS 5 driver and
// whose defaults are known (docs/facts/windows-settings.md 5, "introduced: old"; MTU is the keyword
// before *JumboPacket, RxCapacity's default the one before 2024). Keywords with an asterisk are
// NDIS 6's
// (https://learn.microsoft.com/en-us/windows-hardware/drivers/network/standardized-inf-keywords-for-network-devices),
// and the legacy ones without a known default are left out. Its version is none that a NetKVM ever
// had.
var XPDriver = Driver{Version: "0.0.0.1", Keywords: []Keyword{
	integer("MTU", 1500, 500, 65500),
	choice("TxCapacity", 1024, 1024, 16, 32, 64, 128, 256, 512, 1024),
	choice("RxCapacity", 256, 256, 16, 32, 64, 128, 256, 512, 1024),
	choice("Priority", 1, 0, 0, 1),
	integer("VlanID", 0, 0, 4094),
	choice("DoLog", 1, 1, 0, 1),
	{Name: "DebugLevel", Type: "int", Default: "0", Min: "0", Max: "8", Step: "1", Reads: &Reads{Fallback: 2, Max: 8}},
	choice("OffLoad.TxChecksum", 31, 0, 0, 1, 3, 27, 31),
	choice("OffLoad.TxLSO", 2, 0, 0, 1, 2),
	choice("OffLoad.RxCS", 31, 0, 0, 1, 3, 27, 31),
}}

// integer is a keyword of type int whose fallback is its default.
func integer(name string, def, least, most int) Keyword {
	return Keyword{Name: name, Type: "int", Default: strconv.Itoa(def), Min: strconv.Itoa(least), Max: strconv.Itoa(most), Step: "1",
		Reads: &Reads{Fallback: def, Min: least, Max: most}}
}

// choice is a keyword of type enum, its values in ascending order.
func choice(name string, def, fallback int, values ...int) Keyword {
	k := Keyword{Name: name, Type: "enum", Default: strconv.Itoa(def), Reads: &Reads{Fallback: fallback, Min: values[0], Max: values[len(values)-1]}}
	for _, v := range values {
		k.Enum = append(k.Enum, strconv.Itoa(v))
	}
	return k
}
