package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vnettune/foreign"
)

// VM is the guest's virtual machine as its host has it. What was not given on QEMU's command
// line or in libvirt's XML is nothing here: QEMU then has its default for the machine type.
type VM struct {
	NotKnown    Name       `json:"not_known"`   // why nothing is known; all else is empty then
	Source      Name       `json:"source"`      // VMByQEMU or VMByLibvirt
	Machine     Name       `json:"machine"`     // its type, such as pc-q35-7.2
	Accelerator Name       `json:"accelerator"` // kvm or tcg
	QEMU        Name       `json:"qemu"`        // QEMU's version, where its monitor could be asked
	CPU         Name       `json:"cpu"`         // the model
	VCPUs       *int       `json:"vcpus"`       // nil: not given
	Topology    Name       `json:"topology"`    // of the vCPUs
	HyperV      []string   `json:"hyperv"`      // enlightenments, by QEMU's names with a dash; sorted
	Adapter     *VMAdapter `json:"adapter"`     // the one under test; nil: not found by its MAC
	Vhost       *Vhost     `json:"vhost"`       // nil: QEMU's process is not known
	Settings    []string   `json:"settings"`    // the command line or the XML, filtered: one option or element each
	LeftOut     int        `json:"left_out"`    // how many options or elements the filter left out
}

// What the facts of a virtual machine are taken from.
const (
	VMByQEMU    = "QEMU's command line"
	VMByLibvirt = "libvirt's XML"
)

// VMAdapter is the adapter under test as QEMU makes it. Names are QEMU's.
type VMAdapter struct {
	Device  string            `json:"device"`  // virtio-net-pci
	Options map[string]string `json:"options"` // of the device
	Backend map[string]string `json:"backend"` // of the network behind it; type is always there
}

// Vhost is the kernel's threads that carry the guest's packets.
type Vhost struct {
	Threads int  `json:"threads"`
	CPUs    Name `json:"cpus"` // that they may run on; "" without a thread
}

// Path is the network path from this host to the guest.
type Path struct {
	NotKnown Name   `json:"not_known"` // what of it is not known, and why; "" for nothing
	Links    []Link `json:"links"`     // of this host, the guest's end last
	GuestMTU *int   `json:"guest_mtu"` // of the guest's adapter; nil: not given
}

// Link is one network link of this host.
type Link struct {
	Name     string          `json:"name"`
	Kind     string          `json:"kind"` // tap, bridge, veth, vlan; device: a physical adapter
	MTU      int             `json:"mtu"`
	Queues   *int            `json:"queues"`   // that are in use; nil: not known
	VNetHdr  *bool           `json:"vnet_hdr"` // a tap passes offloads to the guest; nil: no tap
	Offloads map[string]bool `json:"offloads"` // by the kernel's names, as ethtool -k --json has them; nil: not known
}

// Short is eight hex digits by which reports tell one machine from another, and what they
// were made of: what is known of MachineGuid, SMBIOS UUID and boot disk. Both are empty where
// none of them is known.
func (i Identity) Short() (hash string, of []string) {
	var text strings.Builder
	for _, p := range i.known().parts() {
		if p.sure && p.value != "" {
			fmt.Fprintf(&text, "%s=%s\n", p.name, strings.ToUpper(p.value))
			of = append(of, p.name)
		}
	}
	if of == nil {
		return "", nil
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:4]), of
}

// LastKnown is what was known last of a campaign's hosts, which are in the order of its
// sessions: a session that could not look at the machine or the path keeps what was known.
func LastKnown(hosts []Host) Host {
	var last Host
	for _, h := range hosts {
		vm, path := last.VM, last.Path
		last = h
		if !known(h.VM) {
			last.VM = vm
		}
		if h.Path == nil || len(h.Path.Links) == 0 {
			last.Path = path
		}
	}
	return last
}

// Differs says in words how the host, the guest's machine and the path between them differ
// from what they were, as far as that decides what is measured. What was not known then or is
// not now decides nothing.
func (h Host) Differs(was Host) []string {
	var words []string
	for _, d := range h.Differences(was) {
		words = append(words, d.String())
	}
	return words
}

// Differences are what Differs puts into words.
func (h Host) Differences(was Host) []Difference {
	var d differences
	d.text("", "host", was.Name, h.Name)
	d.text(FactKernel, "kernel", was.Kernel, h.Kernel)
	d.text(FactCPU, "CPU", was.CPU, h.CPU)
	d.text(FactCPU, "governor", was.Governor, h.Governor)
	d.text(FactKernel, "congestion control", was.CongestionControl, h.CongestionControl)
	d.text(FactKernel, "tcp_no_metrics_save", was.NoMetricsSave, h.NoMetricsSave)
	d.text(FactIPerf, "iperf3", was.iperf(), h.iperf())
	d.text(FactIPerf, "iperf2", was.IPerf2, h.IPerf2)
	if was.Peer != nil && h.Peer != nil {
		d.peer(*was.Peer, *h.Peer)
	}
	if known(was.VM) && known(h.VM) {
		d.machine(*was.VM, *h.VM)
	}
	if was.Path != nil && h.Path != nil {
		d.path(*was.Path, *h.Path)
	}
	if was.Lab != nil && h.Lab != nil {
		delay := func(l *Lab) string { return strconv.FormatFloat(l.DelayMS, 'g', -1, 64) + " ms" }
		d.text(FactTap, "delay of the lab", delay(was.Lab), delay(h.Lab))
		rate := func(l *Lab) string { return strconv.Itoa(l.Rate) + " Mbit/s" }
		d.text(FactTap, "rate of the lab", rate(was.Lab), rate(h.Lab))
	}
	return d
}

// iperf is the version of iperf3: its libraries, the host's name and features follow.
func (h Host) iperf() string {
	version, _, _ := strings.Cut(h.IPerf3, "(")
	return strings.TrimSpace(version)
}

func known(vm *VM) bool { return vm != nil && vm.NotKnown == "" }

// differences are what differs.
type differences []Difference

// text adds a difference of two texts that are both known.
func (d *differences) text(f Fact, what, was, is string) {
	if was != "" && is != "" && was != is {
		*d = append(*d, Difference{f, what, was, is})
	}
}

func (d *differences) number(f Fact, what string, was, is *int) {
	if was != nil && is != nil {
		d.text(f, what, strconv.Itoa(*was), strconv.Itoa(*is))
	}
}

// options adds the differences of two sets of options; one that is in neither is equal.
func (d *differences) options(what string, was, is map[string]string) {
	for _, name := range names(was, is) {
		before, there := was[name]
		now, still := is[name]
		if before != now || there != still {
			*d = append(*d, Difference{FactQEMU, what + " " + name, given(before, there), given(now, still)})
		}
	}
}

func given(value string, there bool) string {
	if !there {
		return "not given"
	}
	return value
}

// names are those that either map has, sorted.
func names[V any](was, is map[string]V) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is))))))
}

// machine compares two machines of which something is known.
func (d *differences) machine(was, is VM) {
	before := len(*d)
	d.text(FactQEMU, "machine type", string(was.Machine), string(is.Machine))
	d.text(FactQEMU, "accelerator", string(was.Accelerator), string(is.Accelerator))
	d.text(FactQEMU, "QEMU", string(was.QEMU), string(is.QEMU))
	d.text(FactQEMU, "CPU of the machine", string(was.CPU), string(is.CPU))
	d.number(FactQEMU, "number of vCPUs", was.VCPUs, is.VCPUs)
	d.text(FactQEMU, "vCPU topology", string(was.Topology), string(is.Topology))
	if was.Source != is.Source {
		return // the same machine is said in other words
	}
	if !slices.Equal(was.HyperV, is.HyperV) {
		d.text(FactQEMU, "list of Hyper-V enlightenments", listed(was.HyperV), listed(is.HyperV))
	}
	if was.Adapter != nil && is.Adapter != nil {
		d.text(FactQEMU, "adapter", was.Adapter.Device, is.Adapter.Device)
		d.options("adapter's", was.Adapter.Options, is.Adapter.Options)
		d.options("adapter's backend", was.Adapter.Backend, is.Adapter.Backend)
	}
	if was.Vhost != nil && is.Vhost != nil {
		d.number(FactQEMU, "number of vhost threads", &was.Vhost.Threads, &is.Vhost.Threads)
		d.text(FactQEMU, "CPUs of the vhost threads", string(was.Vhost.CPUs), string(is.Vhost.CPUs))
	}
	if len(*d) > before {
		return
	}
	gone, come := without(was.Settings, is.Settings), without(is.Settings, was.Settings)
	if len(gone)+len(come) > 0 {
		d.text(FactQEMU, otherSettings, foreign.Line(listed(gone)), foreign.Line(listed(come)))
	}
}

func listed(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// without are the lines of a that b lacks.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(line string) bool { return slices.Contains(b, line) })
}

// path compares the links one by one; taps have other names at every start of a machine.
func (d *differences) path(was, is Path) {
	d.number(FactTap, "MTU of the guest's adapter", was.GuestMTU, is.GuestMTU)
	if before, now := kinds(was.Links), kinds(is.Links); !slices.Equal(before, now) {
		if was.NotKnown == "" && is.NotKnown == "" {
			d.text(FactTap, "path to the guest", listed(before), listed(now))
		}
		return
	}
	for i, w := range was.Links {
		l := is.Links[i]
		d.number(FactTap, "MTU of the "+l.Kind, &w.MTU, &l.MTU)
		d.number(FactTap, "number of queues of the "+l.Kind, w.Queues, l.Queues)
		if w.VNetHdr != nil && l.VNetHdr != nil && *w.VNetHdr != *l.VNetHdr {
			d.text(FactTap, "vnet_hdr of the "+l.Kind, onOff(*w.VNetHdr), onOff(*l.VNetHdr))
		}
		if w.Offloads == nil || l.Offloads == nil || maps.Equal(w.Offloads, l.Offloads) {
			continue
		}
		for _, name := range names(w.Offloads, l.Offloads) {
			before, there := w.Offloads[name]
			now, still := l.Offloads[name]
			if there && still && before != now {
				d.text(FactTap, name+" of the "+l.Kind, onOff(before), onOff(now))
			}
		}
	}
}

func kinds(links []Link) []string {
	all := make([]string, len(links))
	for i, l := range links {
		all[i] = l.Kind
	}
	return all
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
