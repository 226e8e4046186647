package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"

	"vnettune/results/record"
)

// Bounds of a command line. Linux takes at most 2 MiB for arguments and environment with an
// ordinary stack (execve(2)).
const (
	MaxCommandLine = 2 << 20
	maxOptions     = 256 // keys of one option
	maxSettings    = 1000
)

// ErrNotQEMU says that a command line is that of another program.
var ErrNotQEMU = errors.New("the program is not QEMU")

// machine is what a command line comes to while it is read.
type machine struct {
	vm       record.VM
	mac      string
	devices  []device
	backends map[string]map[string]string // by the netdev's id
}

// device is an adapter of the machine.
type device struct {
	name    string
	options []option
	backend string // id of its netdev, or "" where own has it
	own     map[string]string
}

// reader says how an option of QEMU that takes a value is read, and gives the line that is
// kept; "" for none.
type reader func(m *machine, name, value string) string

// readers are the options that are kept, by QEMU's manual (System emulation, Invocation).
var readers = map[string]reader{
	"machine": (*machine).readMachine, "M": (*machine).readMachine,
	"accel":      (*machine).readAccel,
	"cpu":        (*machine).readCPU,
	"smp":        (*machine).readSMP,
	"device":     (*machine).readDevice,
	"netdev":     (*machine).readNetdev,
	"nic":        (*machine).readNIC,
	"net":        plain,
	"m":          plain,
	"numa":       plain,
	"overcommit": plain, "rtc": plain, "icount": plain,
	"object": (*machine).readObject,
	"global": (*machine).readGlobal,
}

// switches are the options without a value that are kept.
var switches = []string{"enable-kvm", "mem-prealloc", "no-hpet", "no-acpi"}

// IsQEMU says whether a program's name is one of those that QEMU goes by.
func IsQEMU(program string) bool {
	name := path.Base(program)
	return strings.HasPrefix(name, "qemu-system-") || name == "qemu-kvm" || name == "kvm" || name == "qemu"
}

// ParseCommandLine reads the command line of a machine whose adapter under test has the MAC
// address; "" where that is not known. A program that is not QEMU is ErrNotQEMU.
func ParseCommandLine(args []string, mac string) (record.VM, error) {
	if len(args) == 0 || !IsQEMU(args[0]) {
		return record.VM{}, ErrNotQEMU
	}
	m := newMachine(mac)
	m.read(args[1:])
	m.vm.Source = record.VMByQEMU
	m.vm.Adapter = m.adapter()
	return m.vm, nil
}

func newMachine(mac string) *machine {
	return &machine{mac: mac, backends: map[string]map[string]string{}, vm: record.VM{HyperV: []string{}, Settings: []string{}}}
}

// HasMAC says whether QEMU's command line has an adapter with the address.
func HasMAC(args []string, mac string) bool {
	vm, err := ParseCommandLine(args, mac)
	return err == nil && vm.Adapter != nil
}

func (m *machine) read(args []string) {
	for i := 0; i < len(args); i++ {
		name, isOption := strings.CutPrefix(args[i], "-")
		name = strings.TrimPrefix(name, "-")
		if !isOption || name == "" {
			continue // the value of an option that is not kept
		}
		if slices.Contains(switches, name) {
			m.add("-" + name)
			if name == "enable-kvm" {
				m.vm.Accelerator = "kvm"
			}
			continue
		}
		read, ok := readers[name]
		if !ok || i+1 == len(args) {
			m.vm.LeftOut++
			continue
		}
		i++
		if line := read(m, "-"+name, args[i]); line != "" {
			m.add(line)
		}
	}
}

// add keeps a line, or counts that it is left out where there are too many.
func (m *machine) add(line string) {
	if len(m.vm.Settings) == maxSettings {
		m.vm.LeftOut++
		return
	}
	m.vm.Settings = append(m.vm.Settings, line)
}

// split parts "first,key=value,..." where a doubled comma is one of the value's (QEMU's
// manual, Invocation). A part without = is a key that is switched on.
func split(value string) (first string, options []option) {
	const comma = "\x00"
	for i, part := range strings.SplitN(strings.ReplaceAll(value, ",,", comma), ",", maxOptions+2) {
		if i > maxOptions {
			break
		}
		part = strings.ReplaceAll(part, comma, ",")
		key, v, has := strings.Cut(part, "=")
		switch {
		case i == 0 && !has:
			first = part
		case part == "":
		default:
			options = append(options, option{key, v})
		}
	}
	return first, options
}

// parts is split, or the same of an option in JSON, which libvirt writes from 7.2 on; implied
// is the key that first stands for.
func parts(value, implied string) (first string, options []option) {
	if !strings.HasPrefix(value, "{") {
		first, options = split(value)
		if first == "" {
			first = valueOf(options, implied)
			options = slices.DeleteFunc(options, func(o option) bool { return o.key == implied })
		}
		return first, options
	}
	var object map[string]any
	if json.Unmarshal([]byte(value), &object) != nil {
		return "", nil
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if len(options) == maxOptions {
			break
		}
		text := leftOut // an object or a list
		switch v := object[key].(type) {
		case bool:
			text = "off"
			if v {
				text = "on"
			}
		case float64:
			text = strconv.FormatFloat(v, 'f', -1, 64)
		case string:
			text = v
		}
		if key == implied {
			first = text
			continue
		}
		options = append(options, option{key, text})
	}
	return first, options
}

// valueOf is the last value of a key; "" for none.
func valueOf(options []option, key string) string {
	for _, o := range slices.Backward(options) {
		if o.key == key {
			return o.value
		}
	}
	return ""
}

func plain(_ *machine, name, value string) string {
	first, options := split(value)
	return line(name, first, options)
}

// word is a value for the facts; "" where it is none that is kept.
func word(value string) record.Name {
	if kept("", value) == leftOut {
		return ""
	}
	return record.Name(value)
}

func (m *machine) readMachine(name, value string) string {
	first, options := parts(value, "type")
	if first != "" {
		m.vm.Machine = word(first)
	}
	if a := valueOf(options, "accel"); a != "" {
		m.vm.Accelerator = word(a)
	}
	return line(name, first, options)
}

func (m *machine) readAccel(name, value string) string {
	first, options := parts(value, "accel")
	if m.vm.Accelerator == "" { // of several the first one that works is taken
		m.vm.Accelerator = word(first)
	}
	return line(name, first, options)
}

func (m *machine) readCPU(name, value string) string {
	first, options := split(value)
	m.vm.CPU = word(first)
	for _, o := range options {
		if flag := enlightenment(o); flag != "" {
			m.vm.HyperV = append(m.vm.HyperV, flag)
		}
	}
	slices.Sort(m.vm.HyperV)
	return line(name, first, options)
}

// enlightenment is a flag of the Hyper-V interface in one form: hv-relaxed, hv-spinlocks=8191,
// hv-evmcs=off; "" for another property. QEMU takes names with a dash or an underscore, and
// properties as name, name=on and +name (docs/system/i386/hyperv.rst).
func enlightenment(o option) string {
	name := strings.ReplaceAll(strings.TrimPrefix(o.key, "+"), "_", "-")
	if !strings.HasPrefix(name, "hv-") || !keyForm.MatchString(name) {
		return ""
	}
	value := kept(name, o.value)
	if n, err := strconv.ParseUint(value, 0, 64); err == nil {
		value = strconv.FormatUint(n, 10)
	}
	if value == "" || value == "on" || value == "yes" || value == "true" {
		return name
	}
	return name + "=" + value
}

// readSMP takes the number of vCPUs where it is given, or can be multiplied from the whole
// topology.
func (m *machine) readSMP(name, value string) string {
	first, options := parts(value, "cpus")
	if n, err := strconv.Atoi(first); err == nil && n > 0 {
		m.vm.VCPUs = &n
	}
	var topology []string
	product := 1
	for _, o := range options {
		n, err := strconv.Atoi(o.value)
		if o.key == "maxcpus" || err != nil || n < 1 || n > 1<<16 || product > 1<<32 {
			continue
		}
		topology = append(topology, o.key+"="+o.value)
		product *= n
	}
	if first == "" && valueOf(options, "maxcpus") == "" && len(topology) > 0 {
		m.vm.VCPUs = &product
	}
	m.vm.Topology = record.Name(strings.Join(topology, ","))
	return line(name, first, options)
}

// isAdapter says whether a device of QEMU is a network adapter.
func isAdapter(driver string) bool {
	for _, prefix := range []string{"virtio-net", "e1000", "rtl8139", "vmxnet3", "igb", "pcnet", "ne2k", "i8255", "tulip", "usb-net"} {
		if strings.HasPrefix(driver, prefix) {
			return true
		}
	}
	return false
}

// readDevice keeps adapters whole and of other devices only what they are.
func (m *machine) readDevice(name, value string) string {
	driver, options := parts(value, "driver")
	if !isAdapter(driver) {
		return line(name, driver, nil)
	}
	m.devices = append(m.devices, device{name: driver, options: options, backend: valueOf(options, "netdev")})
	return line(name, driver, options)
}

func (m *machine) readNetdev(name, value string) string {
	kind, options := parts(value, "type")
	m.backends[valueOf(options, "id")] = backend(kind, options)
	return line(name, kind, options)
}

// readNIC reads the short form of a device with its netdev.
func (m *machine) readNIC(name, value string) string {
	kind, options := parts(value, "type")
	d := device{name: valueOf(options, "model"), own: backend(kind, options)}
	for _, o := range options {
		if o.key == "mac" {
			d.options = append(d.options, o)
		}
	}
	m.devices = append(m.devices, d)
	return line(name, kind, options)
}

// backend is what is kept of a netdev. Descriptors that were handed over stand for what they
// are: one for each queue, and vhost where there is one of it.
func backend(kind string, options []option) map[string]string {
	b := map[string]string{"type": kept("", kind)}
	for _, o := range options {
		switch {
		case o.key == "fds":
			b["queues"] = strconv.Itoa(strings.Count(o.value, ":") + 1)
		case o.key == "vhostfd" || o.key == "vhostfds":
			b["vhost"] = "on"
		case volatile[o.key] || o.key == "model" || o.key == "mac" || !keyForm.MatchString(o.key):
		default:
			b[o.key] = switched(o)
		}
	}
	return b
}

// switched is what is kept of an option's value; a key alone is switched on.
func switched(o option) string {
	return cmp.Or(kept(o.key, o.value), "on")
}

// readObject keeps what holds the guest's memory and its threads; of others, secrets among
// them, only what they are.
func (m *machine) readObject(name, value string) string {
	kind, options := parts(value, "qom-type")
	if kind != "iothread" && kind != "thread-context" && !strings.HasPrefix(kind, "memory-backend-") {
		options = nil
	}
	return line(name, kind, options)
}

// readGlobal keeps what is said of all adapters; "driver.property=value".
func (m *machine) readGlobal(name, value string) string {
	first, options := split(value)
	if first != "" || len(options) != 1 || !isAdapter(options[0].key) {
		m.vm.LeftOut++
		return ""
	}
	return line(name, "", options)
}

// adapter is the one with the MAC address under test; nil for none or several.
func (m *machine) adapter() *record.VMAdapter {
	var found *record.VMAdapter
	for _, d := range m.devices {
		if !SameMAC(valueOf(d.options, "mac"), m.mac) {
			continue
		}
		if found != nil {
			return nil
		}
		found = &record.VMAdapter{Device: kept("", d.name), Options: map[string]string{}, Backend: d.own}
		if d.own == nil {
			found.Backend = m.backends[d.backend]
		}
		for _, o := range d.options {
			if !volatile[o.key] && o.key != "mac" && keyForm.MatchString(o.key) {
				found.Options[o.key] = switched(o)
			}
		}
	}
	return found
}

// SameMAC compares two addresses, in whatever form they are written; what is none is equal
// to nothing.
func SameMAC(a, b string) bool {
	x, err := net.ParseMAC(a)
	if err != nil {
		return false
	}
	y, err := net.ParseMAC(b)
	return err == nil && x.String() == y.String()
}

// Split parts a process's command line as /proc/PID/cmdline has it (proc(5)).
func Split(text []byte) ([]string, error) {
	if len(text) > MaxCommandLine {
		return nil, fmt.Errorf("a command line of %d bytes; at most %d are read", len(text), MaxCommandLine)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), nil
}
