package hypervisor

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vnettune/apply/rescue"
	"vnettune/results/record"
)

const mac = "52:54:00:aa:aa:02"

// qemuArgs is the command line of a guest with the MAC address.
func qemuArgs(mac string) []string {
	return []string{"/usr/bin/qemu-system-x86_64", "-machine", "q35", "-netdev", "tap,id=n,fd=30,vhost=on", "-device", "virtio-net-pci,netdev=n,mac=" + mac}
}

// fakeProc is a /proc of a kernel whose threads can be seen.
type fakeProc struct {
	t    *testing.T
	root string
}

func newProc(t *testing.T) fakeProc {
	p := fakeProc{t, t.TempDir()}
	p.write("2/comm", "kthreadd\n")
	p.write("self/comm", "me\n")
	return p
}

func (p fakeProc) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// process adds one; tap is the one that it has open, "" for none.
func (p fakeProc) process(pid int, args []string, tap string) {
	p.t.Helper()
	one := strconv.Itoa(pid)
	p.write(one+"/cmdline", strings.Join(args, "\x00")+"\x00")
	p.write(one+"/fd/0", "")
	if tap == "" {
		return
	}
	if err := os.Symlink("/dev/net/tun", filepath.Join(p.root, one, "fd", "30")); err != nil {
		p.t.Fatal(err)
	}
	p.write(one+"/fdinfo/30", "pos:\t0\nflags:\t0104002\nmnt_id:\t25\niff:\t"+tap+"\n")
}

func (p fakeProc) thread(name, comm, cpus string) {
	p.write(name+"/comm", comm+"\n")
	p.write(name+"/status", "Name:\t"+comm+"\nCpus_allowed:\tf\nCpus_allowed_list:\t"+cpus+"\n")
}

func TestQEMUBehindATap(t *testing.T) {
	p := newProc(t)
	p.process(100, []string{"/usr/bin/sleep", "mac=" + mac}, "vnet3")
	p.process(101, qemuArgs("52:54:00:aa:aa:01"), "vnet2")
	p.process(102, qemuArgs(mac), "vnet3")
	p.process(103, qemuArgs(mac), "vnet3x") // a lab's, in a network namespace of its own
	of := processes{p.root}
	pid, args, err := of.behind(t.Context(), "vnet3", "52-54-00-AA-AA-02")
	if err != nil || pid != 102 || len(args) != 7 {
		t.Fatalf("process %d, %q, %v", pid, args, err)
	}
	p.process(104, qemuArgs(mac), "vnet3")
	for _, c := range []struct{ tap, mac, want string }{
		{"", mac, "leads to no tap of this host"},
		{"vnet3", "", "does not say its MAC address"},
		{"vnet3", "52:54:00:00:00:09", "no QEMU can be seen"},
		{"vnet9", mac, "no QEMU can be seen"},
		{"vnet3", mac, "2 processes of QEMU may have"},
	} {
		if pid, _, err := of.behind(t.Context(), c.tap, c.mac); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("tap %q, MAC %q: process %d, %v; want %q", c.tap, c.mac, pid, err, c.want)
		}
	}
}

func TestVhostThreads(t *testing.T) {
	p := newProc(t)
	p.process(102, qemuArgs(mac), "vnet3")
	of := processes{p.root}
	if v := of.vhost(t.Context(), 102); v == nil || v.Threads != 0 || v.CPUs != "" {
		t.Errorf("without threads: %+v", v)
	}
	p.thread("102/task/102", "qemu-system-x86", "0-7")
	p.thread("102/task/110", "vhost-102", "2")
	p.thread("102/task/111", "vhost-102", "3")
	p.thread("120", "vhost-102", "2")
	p.thread("121", "vhost-1020", "5")
	if v := of.vhost(t.Context(), 102); v == nil || v.Threads != 3 || v.CPUs != "2; 3" {
		t.Errorf("of three threads: %+v", v)
	}
	if v := (processes{t.TempDir()}).vhost(t.Context(), 102); v != nil {
		t.Errorf("where no thread of the kernel can be seen: %+v", v)
	}
}

// domain is the least that libvirt may say.
const domain = `<domain type='kvm'><vcpu>2</vcpu><os><type machine='pc-q35-7.2'>hvm</type></os><devices><interface type='bridge'><mac address='` + mac + `'/><model type='virtio'/></interface></devices></domain>`

func TestMachineOfLibvirt(t *testing.T) {
	p := newProc(t)
	p.process(102, qemuArgs(mac), "vnet3")
	p.thread("120", "vhost-102", "2")
	virsh := func(script string) *rescue.Libvirt {
		program := filepath.Join(t.TempDir(), "virsh")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
		return &rescue.Libvirt{Domain: "win", URI: "qemu:///system", Virsh: program}
	}
	g := Guest{Adapter: record.Adapter{MAC: "52-54-00-AA-AA-02"}, Libvirt: virsh("[ \"$4 $5 $6\" = 'dumpxml --domain win' ] && echo \"" + domain + "\"")}
	vm, err := lookVM(t.Context(), processes{p.root}, g, "vnet3")
	if err != nil || vm.Machine != "pc-q35-7.2" || *vm.VCPUs != 2 || vm.Adapter == nil || vm.Vhost == nil || vm.Vhost.Threads != 1 {
		t.Errorf("%+v, %v", vm, err)
	}
	g.Elsewhere = true
	if vm, err := lookVM(t.Context(), processes{p.root}, g, "vnet3"); err != nil || vm.Vhost != nil {
		t.Errorf("of a libvirt on another host: %+v, %v", vm, err)
	}
	g.Libvirt = virsh("echo 'error: failed to get domain' >&2; exit 1")
	if _, err := lookVM(t.Context(), processes{p.root}, g, "vnet3"); err == nil || !strings.Contains(err.Error(), "failed to get domain") {
		t.Errorf("of a domain that is not there: %v", err)
	}
	g.Libvirt = virsh("echo '<network/>'")
	if _, err := lookVM(t.Context(), processes{p.root}, g, "vnet3"); err == nil || !strings.Contains(err.Error(), "is no domain") {
		t.Errorf("of another document: %v", err)
	}
}

// Whatever is looked at, there is an answer.
func TestWhatCannotBeKnownIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		guest    Guest
		vm, path string
	}{
		"a namespace": {Guest{NoVM: "there is no machine"}, "there is no machine", "address under test is not known"},
		"no address":  {Guest{}, "leads to no tap of this host", "address under test is not known"},
		"no monitor":  {Guest{Monitor: filepath.Join(t.TempDir(), "none")}, "QEMU's monitor", "not known"},
		"no libvirt":  {Guest{Libvirt: &rescue.Libvirt{Domain: "win", Virsh: "/nowhere/virsh"}}, "/nowhere/virsh", "not known"},
	} {
		vm, path := Look(t.Context(), c.guest)
		if !strings.Contains(string(vm.NotKnown), c.vm) || !strings.Contains(string(path.NotKnown), c.path) {
			t.Errorf("%s: %q and %q", name, vm.NotKnown, path.NotKnown)
		}
	}
}
