package config

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vnettune/foreign"
	"vnettune/results/record"
)

// Bounds of libvirt's XML.
const (
	MaxDomain   = 4 << 20
	maxDepth    = 32
	maxElements = 20_000
)

// qemuSpace is the namespace of arguments that libvirt hands on to QEMU as they are
// (libvirt.org/drvqemu.html, Pass-through of arbitrary QEMU commands).
const qemuSpace = "http://libvirt.org/schemas/domain/qemu/1.0"

// trees are the elements that are kept with all below them, by libvirt.org/formatdomain.html.
var trees = []string{
	"os/type", "vcpu", "vcpus", "cpu", "cputune", "features", "clock", "iothreads", "memory", "memoryBacking", "numatune",
	"devices/interface/driver", "devices/interface/model", "devices/interface/mtu", "devices/interface/link",
	"devices/interface/bandwidth", "devices/interface/tune", "devices/interface/coalesce", "devices/interface/teaming",
}

// pathForm is what the path of an element that is kept looks like.
var pathForm = regexp.MustCompile(`^[A-Za-z0-9_/-]{1,200}$`)

// element is one element of a domain, with what it says.
type element struct {
	path       string // below domain
	attributes []option
	text       string
}

func (e element) get(name string) string { return valueOf(e.attributes, name) }

// ParseDomain reads what virsh dumpxml prints of a machine whose adapter under test has the
// MAC address; "" where that is not known.
func ParseDomain(document []byte, mac string) (record.VM, error) {
	if len(document) > MaxDomain {
		return record.VM{}, fmt.Errorf("libvirt's XML: %d bytes; at most %d are read", len(document), MaxDomain)
	}
	d := domain{machine: newMachine(mac)}
	d.vm.Source = record.VMByLibvirt
	if err := d.walk(xml.NewDecoder(bytes.NewReader(document))); err != nil {
		return record.VM{}, err
	}
	d.machine.read(d.passed)
	slices.Sort(d.vm.HyperV)
	d.vm.Adapter = d.adapter()
	return d.vm, nil
}

// domain is a machine while libvirt's XML of it is read.
type domain struct {
	*machine
	passed []string // arguments for QEMU
	nic    *nic     // the interface that is being read
}

// nic is an interface of a domain; options have QEMU's names.
type nic struct {
	mac, model string
	options    []option
	backend    map[string]string
}

// walk visits every element with its text when it ends.
func (d *domain) walk(xmls *xml.Decoder) error {
	var open []element
	for elements := 0; ; {
		token, err := xmls.Token()
		if errors.Is(err, io.EOF) {
			if elements == 0 {
				return errors.New("libvirt's XML: there is no domain in it")
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("libvirt's XML: %s", foreign.Line(err.Error()))
		}
		switch t := token.(type) {
		case xml.StartElement:
			if elements++; elements > maxElements || len(open) == maxDepth {
				return errors.New("libvirt's XML: too many elements, or too many within one another")
			}
			if len(open) == 0 && t.Name.Local != "domain" {
				return fmt.Errorf("libvirt's XML: %s is no domain", foreign.Word(t.Name.Local))
			}
			e := element{path: below(open, t.Name)}
			for _, a := range t.Attr {
				e.attributes = append(e.attributes, option{a.Name.Local, a.Value})
			}
			d.begin(e)
			open = append(open, e)
		case xml.CharData:
			if n := len(open) - 1; n >= 0 && len(open[n].text)+len(t) < foreign.MaxLine {
				open[n].text += string(t)
			}
		case xml.EndElement:
			n := len(open) - 1
			open[n].text = strings.TrimSpace(open[n].text)
			d.end(open[n])
			open = open[:n]
		}
	}
}

// below is the path of an element in those that are open, the domain itself left out.
func below(open []element, name xml.Name) string {
	local := name.Local
	if name.Space == qemuSpace {
		local = "qemu:" + local
	}
	if len(open) <= 1 {
		return cmp.Or(map[bool]string{true: local}[len(open) == 1], "domain")
	}
	return open[len(open)-1].path + "/" + local
}

// begin opens an interface, whose children are read before it ends.
func (d *domain) begin(e element) {
	if e.path == "devices/interface" {
		d.nic = &nic{backend: map[string]string{"type": kept("", e.get("type"))}}
	}
}

// end takes what an element says.
func (d *domain) end(e element) {
	vm := &d.vm
	switch e.path {
	case "domain":
		vm.Accelerator = word(e.get("type"))
	case "os/type":
		vm.Machine = word(e.get("machine"))
	case "vcpu":
		if n, err := strconv.Atoi(cmp.Or(e.get("current"), e.text)); err == nil && n > 0 {
			vm.VCPUs = &n
		}
	case "cpu":
		vm.CPU = cmp.Or(vm.CPU, word(e.get("mode")))
	case "cpu/model":
		vm.CPU = cmp.Or(word(e.text), vm.CPU)
	case "clock/timer":
		if e.get("name") == "hypervclock" && e.get("present") == "yes" {
			vm.HyperV = append(vm.HyperV, "hv-time") // as libvirt hands it on
		}
	case "cpu/topology":
		vm.Topology = record.Name(strings.Join(assignments(e.attributes), ","))
	case "devices/interface":
		d.devices = append(d.devices, d.nic.device())
		d.nic = nil
	case "qemu:commandline/qemu:arg":
		d.passed = append(d.passed, e.get("value"))
	}
	if rest, ok := strings.CutPrefix(e.path, "features/hyperv"); ok {
		d.hyperV(strings.Trim(rest, "/"), e)
	}
	if d.nic != nil {
		d.nic.take(e)
	}
	d.keep(e)
}

// keep keeps an element for the record, or counts that it is left out.
func (d *domain) keep(e element) {
	if !pathForm.MatchString(e.path) || !slices.ContainsFunc(trees, func(tree string) bool { return e.path == tree || strings.HasPrefix(e.path, tree+"/") }) {
		d.vm.LeftOut++
		return
	}
	d.add(line(e.path, e.text, e.attributes))
}

func assignments(options []option) []string {
	var all []string
	for _, o := range options {
		all = append(all, o.key+"="+kept(o.key, o.value))
	}
	return all
}

// hyperV takes an element of features/hyperv by the name that QEMU has for it
// (libvirt.org/formatdomain.html, Hypervisor features; docs/system/i386/hyperv.rst of QEMU).
func (d *domain) hyperV(name string, e element) {
	add := func(flag string) { d.vm.HyperV = append(d.vm.HyperV, flag) }
	if name == "" {
		if e.get("mode") == "passthrough" {
			add("hv-passthrough")
		}
		return
	}
	flag := "hv-" + strings.NewReplacer("_", "-", "/", "-", "extended", "ext").Replace(name)
	if !keyForm.MatchString(flag) {
		return
	}
	switch state := e.get("state"); {
	case state == "off":
		add(flag + "=off")
	case state == "on":
		if value := cmp.Or(e.get("retries"), e.get("value")); value != "" {
			flag += "=" + kept(flag, value)
		}
		add(flag)
	}
}

// hostOptions are the host's offloads of <driver><host>, whose names QEMU has with host_ in
// front; the others have the same names (src/qemu/qemu_command.c of libvirt).
var hostOptions = []string{"tso4", "tso6", "ecn", "ufo"}

// take takes an element within an interface.
func (n *nic) take(e element) {
	add := func(key, value string) {
		if value != "" {
			n.options = append(n.options, option{key, value})
		}
	}
	switch e.path {
	case "devices/interface/mac":
		n.mac = e.get("address")
	case "devices/interface/model":
		n.model = e.get("type")
	case "devices/interface/mtu":
		add("host_mtu", e.get("size"))
	case "devices/interface/driver":
		for _, o := range e.attributes {
			switch o.key {
			case "name":
				n.backend["vhost"] = map[bool]string{true: "on", false: "off"}[o.value == "vhost"]
			case "queues":
				n.backend["queues"] = kept("", o.value)
			case "txmode":
				add("tx", o.value)
			case "iommu":
				add("iommu_platform", o.value)
			default:
				add(o.key, o.value)
			}
		}
	case "devices/interface/driver/host":
		for _, o := range e.attributes {
			if slices.Contains(hostOptions, o.key) {
				o.key = "host_" + o.key
			}
			add(o.key, o.value)
		}
	case "devices/interface/driver/guest":
		for _, o := range e.attributes {
			add("guest_"+o.key, o.value)
		}
	case "devices/interface/tune/sndbuf":
		n.backend["sndbuf"] = kept("", e.text)
	}
}

// device is the interface as QEMU would have it.
func (n *nic) device() device {
	name := n.model
	if name == "virtio" || strings.HasPrefix(name, "virtio-") {
		name = "virtio-net-pci" // virtio-transitional and virtio-non-transitional, too
	}
	return device{name: name, options: append(n.options, option{"mac", n.mac}), own: n.backend}
}
