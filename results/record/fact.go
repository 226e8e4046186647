package record

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Fact names one of the facts about a guest and its host that decide what is measured beside the
// settings: what two campaigns must have in common for a difference of them to be that of one change.
type Fact string

// The facts. Times and ids, such as a host's name, are none of them.
const (
	FactDriver Fact = "driver" // of the guest's adapter
	FactOS     Fact = "os"     // the guest's Windows and its build
	FactKernel Fact = "kernel" // of the host, with the settings of its TCP
	FactCPU    Fact = "cpu"    // of the host, with the governor of its frequency
	FactQEMU   Fact = "qemu"   // QEMU and the machine that it makes
	FactTap    Fact = "tap"    // the path from the host to the guest, the tap at its end
	FactIPerf  Fact = "iperf"  // on the host
)

// Facts are all of them, those of the guest first.
func Facts() []Fact {
	return []Fact{FactDriver, FactOS, FactKernel, FactCPU, FactQEMU, FactTap, FactIPerf}
}

// Difference is what differs of a fact, from what was to what is. Of a host's name the fact is empty.
type Difference struct {
	Fact          Fact
	What, Was, Is string
}

// otherSettings is the What of those of a machine that have no name of their own.
const otherSettings = "the machine's other settings"

// String says it in words.
func (d Difference) String() string {
	if d.What == otherSettings {
		return fmt.Sprintf("%s: %s in place of %s", d.What, d.Is, d.Was)
	}
	return fmt.Sprintf("%s was %s and is %s", d.What, d.Was, d.Is)
}

// Value says a fact of a host and its guest in a few words; "" where it is not known, or not all of it.
func Value(f Fact, h Host, g Guest) string {
	switch f {
	case FactDriver:
		return driverOf(h, g)
	case FactOS:
		if g.Build == 0 {
			return ""
		}
		return commas(strings.TrimPrefix(g.Caption, "Microsoft "), fmt.Sprintf("build %d", g.Build))
	case FactKernel:
		return h.Kernel
	case FactCPU:
		return h.CPU
	case FactQEMU:
		if !known(h.VM) || h.VM.QEMU == "" {
			return ""
		}
		return commas("QEMU "+string(h.VM.QEMU), string(h.VM.Machine), string(h.VM.Accelerator))
	case FactTap:
		if h.Path == nil || h.Path.NotKnown != "" {
			return ""
		}
		return strings.Join(kinds(h.Path.Links), ", ")
	case FactIPerf:
		return commas(h.iperf(), strings.TrimSpace(strings.SplitN(h.IPerf2, "(", 2)[0]))
	}
	return ""
}

// driverOf is the version of the driver of the adapter under test, as far as it can be told which one that is.
func driverOf(h Host, g Guest) string {
	all := g.Adapters
	if addr, err := netip.ParseAddr(h.DataAddress); err == nil {
		if i := slices.IndexFunc(all, func(a Adapter) bool { return a.Has(addr) }); i >= 0 {
			return all[i].DriverVersion
		}
	}
	version := ""
	for _, a := range all {
		switch {
		case !a.Virtio() || a.DriverVersion == version:
		case version != "":
			return "" // two adapters with different drivers, and nothing says which one is under test
		default:
			version = a.DriverVersion
		}
	}
	return version
}

func commas(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}
