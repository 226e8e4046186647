package vm

import (
	"cmp"
	"fmt"
	"runtime"
	"strings"

	"vnettune/lab/guest"
	"vnettune/trouble"
)

const qemuProgram = "qemu-system-x86_64"

// Architecture is the one, by Go's name, of the hosts that can run the virtual machine: its init is this very program, and its
// kernel is Debian's for it.
const Architecture = "amd64"

// ErrArchitecture is the error of asking another host for it.
var ErrArchitecture = trouble.Hint(fmt.Errorf("the virtual machine lab is for hosts of %s, and this one is %s", Architecture, runtime.GOARCH), "use the fast lab (--kind fast; guest.lab.kind in a campaign)")

// controlFD is the descriptor under which QEMU finds the keeper's end of its own
// monitor: the first one behind standard error.
const controlFD = "3"

// Accelerators.
const (
	KVM = "kvm"
	TCG = "tcg"
)

// Spec is one machine. It is the same for every boot of a lab.
type Spec struct {
	Kernel      string // path of the kernel's image
	Initramfs   string // path
	Console     string // path of the log that the serial console is appended to
	Accelerator string // KVM or TCG

	// The following may be empty: the machine is then without it.
	Disk   string // path of a raw disk
	Tap    string // name of a tap adapter in this namespace
	MAC    string // of the guest's adapter
	Socket string // path of a monitor socket for others; at most 107 bytes
	Agent  string // path of the guest agent's socket; at most 107 bytes

	Machine  string `json:",omitempty"` // QEMU's type of it; "" means DefaultMachine
	Offloads string `json:",omitempty"` // NoOffloads: the adapter offers none to its guest
}

// The machine of a lab, unless another is asked for.
const DefaultMachine = "q35"

// NoOffloads is the word for an adapter without offloads.
const NoOffloads = "off"

// noOffloads are the properties of virtio-net-pci by which the guest cannot leave checksums and segments to the host.
const noOffloads = ",csum=off,guest_csum=off,host_tso4=off,host_tso6=off,host_ufo=off,guest_tso4=off,guest_tso6=off,guest_ufo=off"

// tcgParameters make a guest boot faster and measure time reliably where every
// instruction is translated. Nothing runs in the guest that mitigations would protect.
const tcgParameters = "tsc=reliable no_timer_check nokaslr mitigations=off cryptomgr.notests random.trust_cpu=on"

// tcgCPU is all that QEMU can play but the fast string instructions. The kernel copies
// with "rep movsb" where they are offered, and translated code does that byte by byte:
// without them 2 Gbit/s over the adapter were measured instead of 0.7.
const tcgCPU = "max,erms=off,fsrm=off"

// arguments is QEMU's command line. A kernel that hangs panics, and a panic resets
// at once, so that a hung guest is a boot that failed and not the campaign's end.
// A reset of the guest ends QEMU (-no-reboot): a
// new QEMU boots in half the time that a reset within the old one takes.
func arguments(s Spec) []string {
	cpu, parameters := "host", "random.trust_cpu=on"
	if s.Accelerator == TCG {
		cpu, parameters = tcgCPU, tcgParameters
	}
	args := []string{
		"-name", "vnettune-lab,debug-threads=on",
		"-nodefaults", "-no-user-config", "-sandbox", "on", "-no-reboot",
		"-machine", cmp.Or(s.Machine, DefaultMachine), "-accel", s.Accelerator, "-cpu", cpu, "-m", "512", "-smp", "1",
		"-display", "none", "-vga", "none",
		"-kernel", s.Kernel, "-initrd", s.Initramfs,
		"-append", "console=ttyS0 quiet loglevel=4 panic=-1 softlockup_panic=1 " + parameters,
		"-chardev", "file,id=console,append=on,path=" + escape(s.Console), "-serial", "chardev:console",
		"-chardev", "socket,id=control,fd=" + controlFD, "-mon", "chardev=control,mode=control",
	}
	if s.Socket != "" {
		args = append(args,
			"-chardev", "socket,id=monitor,server=on,wait=off,path="+escape(s.Socket), "-mon", "chardev=monitor,mode=control")
	}
	if s.Agent != "" {
		args = append(args,
			"-device", "virtio-serial-pci",
			"-chardev", "socket,id=agent,server=on,wait=off,path="+escape(s.Agent),
			"-device", "virtserialport,chardev=agent,name="+guest.AgentPort)
	}
	if s.Disk != "" {
		args = append(args,
			"-drive", "if=none,id=registry,format=raw,cache=writeback,file="+escape(s.Disk),
			"-device", "virtio-blk-pci,drive=registry")
	}
	if s.Tap != "" {
		offloads := ""
		if s.Offloads == NoOffloads {
			offloads = noOffloads
		}
		args = append(args,
			"-netdev", "tap,id=net,script=no,downscript=no,ifname="+s.Tap,
			"-device", "virtio-net-pci,id=nic,netdev=net,mac="+s.MAC+offloads,
			"-device", "virtio-rng-pci")
	}
	return args
}

// escape protects a comma, which ends a value in QEMU's option lists.
func escape(path string) string { return strings.ReplaceAll(path, ",", ",,") }
