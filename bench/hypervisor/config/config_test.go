package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
)

func number(n int) *int { return &n }

// As libvirt starts a guest: JSON, descriptors that were handed over.
var byLibvirt = []string{
	"/usr/bin/qemu-system-x86_64", "-name", "guest=owners-name,debug-threads=on", "-S",
	"-object", `{"qom-type":"secret","id":"masterKey0","format":"raw","file":"/var/lib/libvirt/qemu/domain-7/SECRET-key.aes"}`,
	"-machine", "pc-q35-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram", "-accel", "kvm",
	"-cpu", "host,migratable=on,hv-time=on,hv-relaxed=on,hv-spinlocks=0x1fff,hv-evmcs=off,-vmx,+x2apic",
	"-m", "size=8388608k", "-object", `{"qom-type":"memory-backend-ram","id":"pc.ram","size":8589934592}`,
	"-overcommit", "mem-lock=off", "-smp", "4,maxcpus=8,sockets=1,dies=1,cores=4,threads=2",
	"-uuid", "c7a5fdbd-edaf-4455-926a-d65c16db1809", "-vnc", "127.0.0.1:0,password=on",
	"-netdev", `{"type":"tap","fds":"30:31:32:33","vhost":true,"vhostfds":"34:35:36:37","id":"hostnet0"}`,
	"-device", `{"driver":"virtio-net-pci","mq":true,"vectors":10,"rx_queue_size":1024,"host_mtu":9000,"csum":false,"guest_tso4":false,"netdev":"hostnet0","id":"net0","mac":"52:54:00:aa:aa:02","bus":"pci.1","addr":"0x0"}`,
	"-netdev", `{"type":"tap","fd":"38","id":"hostnet1"}`,
	"-device", `{"driver":"e1000e","netdev":"hostnet1","id":"net1","mac":"52:54:00:aa:aa:01"}`,
	"-sandbox", "on,obsolete=deny",
}

// As an administrator writes one.
var byHand = []string{
	"kvm", "--enable-kvm", "-M", "type=q35,kernel_irqchip=on", "-cpu", "host,hv_relaxed,hv_spinlocks=8191,+hv-vapic", "-smp", "sockets=2,cores=2",
	"-drive", "file=rbd:pool/image:id=admin:key=SECRET", "-netdev", "tap,id=n,ifname=tap7,script=/etc/qemu-ifup,vhost=on,queues=2",
	"-device", "virtio-net-pci,netdev=n,mac=52-54-00-AA-AA-02,mq,vectors=6,bus=pcie.0",
}

func TestCommandLines(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		mac  string
		want record.VM
	}{
		"by libvirt": {byLibvirt, "52-54-00-AA-AA-02", record.VM{
			Source: record.VMByQEMU, Machine: "pc-q35-7.2", Accelerator: "kvm", CPU: "host", VCPUs: number(4), Topology: "sockets=1,dies=1,cores=4,threads=2",
			HyperV: []string{"hv-evmcs=off", "hv-relaxed", "hv-spinlocks=8191", "hv-time"},
			Adapter: &record.VMAdapter{Device: "virtio-net-pci",
				Options: map[string]string{"mq": "on", "vectors": "10", "rx_queue_size": "1024", "host_mtu": "9000", "csum": "off", "guest_tso4": "off"},
				Backend: map[string]string{"type": "tap", "vhost": "on", "queues": "4"}},
			Settings: []string{
				"-object secret", "-machine pc-q35-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram", "-accel kvm",
				"-cpu host,migratable=on,hv-time=on,hv-relaxed=on,hv-spinlocks=0x1fff,hv-evmcs=off,-vmx,+x2apic",
				"-m size=8388608k", "-object memory-backend-ram,size=8589934592", "-overcommit mem-lock=off",
				"-smp 4,maxcpus=8,sockets=1,dies=1,cores=4,threads=2", "-netdev tap,vhost=on",
				"-device virtio-net-pci,csum=off,guest_tso4=off,host_mtu=9000,mac=52:54:00:aa:aa:02,mq=on,rx_queue_size=1024,vectors=10",
				"-netdev tap", "-device e1000e,mac=52:54:00:aa:aa:01"},
			LeftOut: 5}},
		"by hand": {byHand, "52:54:00:aa:aa:02", record.VM{
			Source: record.VMByQEMU, Machine: "q35", Accelerator: "kvm", CPU: "host", VCPUs: number(4), Topology: "sockets=2,cores=2",
			HyperV: []string{"hv-relaxed", "hv-spinlocks=8191", "hv-vapic"},
			Adapter: &record.VMAdapter{Device: "virtio-net-pci", Options: map[string]string{"mq": "on", "vectors": "6"},
				Backend: map[string]string{"type": "tap", "vhost": "on", "queues": "2"}},
			Settings: []string{"-enable-kvm", "-M q35,kernel_irqchip=on", "-cpu host,hv_relaxed,hv_spinlocks=8191,+hv-vapic", "-smp sockets=2,cores=2",
				"-netdev tap,vhost=on,queues=2", "-device virtio-net-pci,mac=52-54-00-AA-AA-02,mq,vectors=6"},
			LeftOut: 1}},
		"short": {[]string{"qemu-kvm", "-nic", "tap,model=virtio-net-pci,mac=52:54:00:aa:aa:02,ifname=tap0"}, "52:54:00:aa:aa:02", record.VM{
			Source: record.VMByQEMU, HyperV: []string{},
			Adapter:  &record.VMAdapter{Device: "virtio-net-pci", Options: map[string]string{}, Backend: map[string]string{"type": "tap"}},
			Settings: []string{"-nic tap,model=virtio-net-pci,mac=52:54:00:aa:aa:02"}}},
		"what was not given is not known": {[]string{"qemu-system-x86_64", "-smp", "maxcpus=8"}, "", record.VM{
			Source: record.VMByQEMU, HyperV: []string{}, Settings: []string{"-smp maxcpus=8"}}},
		"another adapter": {byHand, "52:54:00:00:00:01", record.VM{}},
	} {
		got, err := ParseCommandLine(c.args, c.mac)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "another adapter" {
			if got.Adapter != nil {
				t.Errorf("an adapter with another address is taken for the one under test: %+v", got.Adapter)
			}
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for _, args := range [][]string{nil, {""}, {"/usr/bin/sleep", "-cpu", "host"}} {
		if _, err := ParseCommandLine(args, ""); err != ErrNotQEMU {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestTheLabsOwnCommandLine reads what lab/vm starts; its test keeps the record true.
func TestTheLabsOwnCommandLine(t *testing.T) {
	text, err := os.ReadFile("testdata/lab-vm.txt")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseCommandLine(strings.Split(strings.TrimSpace(string(text)), "\n"), "52:54:00:76:6e:74")
	if err != nil {
		t.Fatal(err)
	}
	want := record.VM{Source: record.VMByQEMU, Machine: "q35", Accelerator: "tcg", CPU: "max", VCPUs: number(1), HyperV: []string{},
		Adapter: &record.VMAdapter{Device: "virtio-net-pci", Options: map[string]string{}, Backend: map[string]string{"type": "tap"}},
		Settings: []string{"-machine q35", "-accel tcg", "-cpu max,erms=off,fsrm=off", "-m 512", "-smp 1", "-device virtio-serial-pci", "-device virtserialport",
			"-device virtio-blk-pci", "-netdev tap", "-device virtio-net-pci,mac=52:54:00:76:6e:74", "-device virtio-rng-pci"}}
	want.LeftOut = got.LeftOut
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDomain(t *testing.T) {
	text, err := os.ReadFile("testdata/domain.xml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseDomain(text, "52:54:00:AA:AA:02")
	if err != nil {
		t.Fatal(err)
	}
	want := record.VM{Source: record.VMByLibvirt, Machine: "pc-q35-7.2", Accelerator: "kvm", CPU: "host-passthrough", VCPUs: number(4),
		Topology: "sockets=1,dies=1,cores=4,threads=2",
		HyperV:   []string{"hv-emsr-bitmap", "hv-evmcs=off", "hv-relaxed", "hv-spinlocks=8191", "hv-stimer", "hv-stimer-direct", "hv-time", "hv-tlbflush", "hv-tlbflush-ext"},
		Adapter: &record.VMAdapter{Device: "virtio-net-pci",
			Options: map[string]string{"rx_queue_size": "1024", "event_idx": "off", "csum": "on", "gso": "off", "host_tso4": "off", "mrg_rxbuf": "on", "guest_csum": "on", "guest_tso4": "off", "host_mtu": "9000"},
			Backend: map[string]string{"type": "bridge", "vhost": "on", "queues": "4"}}}
	if d := cmp.Diff(want, record.VM{Source: got.Source, Machine: got.Machine, Accelerator: got.Accelerator, CPU: got.CPU, VCPUs: got.VCPUs,
		Topology: got.Topology, HyperV: got.HyperV, Adapter: got.Adapter}); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	kept := strings.Join(got.Settings, "\n")
	for _, line := range []string{"os/type hvm,arch=x86_64,machine=pc-q35-7.2", "cputune/vcpupin vcpu=0,cpuset=2", "features/acpi", "-global virtio-net-pci.tx=bh",
		"devices/interface/driver name=vhost,queues=4,rx_queue_size=1024,event_idx=off", "devices/interface/mtu size=9000"} {
		if !strings.Contains(kept+"\n", line+"\n") {
			t.Errorf("%q is not kept:\n%s", line, kept)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "no XML": "<domain", "no domain": "<network/>", "deep": "<domain>" + strings.Repeat("<a>", maxDepth), "many": "<domain>" + strings.Repeat("<a/>", maxElements+1),
		"long": strings.Repeat(" ", MaxDomain+1),
	} {
		if _, err := ParseDomain([]byte(text), ""); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// TestNoSecretComesThrough: whatever holds a secret, a path or the owner's names, the facts
// do not have it.
func TestNoSecretComesThrough(t *testing.T) {
	domain, err := os.ReadFile("testdata/domain.xml")
	if err != nil {
		t.Fatal(err)
	}
	silent := func(name string, vm record.VM, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := json.Marshal(vm)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"SECRET", "owner", "/var", "/dev", "/etc", "c7a5fdbd", "vnet3", "tap7"} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s: %q comes through: %s", name, word, text)
			}
		}
	}
	vm, err := ParseDomain(domain, "52:54:00:aa:aa:02")
	silent("domain.xml", vm, err)
	for _, args := range [][]string{
		byLibvirt[1:], byHand[1:],
		{"-object", "secret,id=s,data=SECRET"},
		{"-object", `{"qom-type":"secret","data":"SECRET"}`},
		{"-object", "tls-creds-x509,dir=/etc/pki,passwordid=SECRET"},
		{"-object", "memory-backend-file,mem-path=/dev/hugepages/SECRET,size=1G"},
		{"-object", "SECRET/x"},
		{"-vnc", ":0,password-secret=SECRET"},
		{"-spice", "port=5900,password=SECRET"},
		{"-fw_cfg", "name=opt/x,string=SECRET"},
		{"-append", "root=/dev/vda password=SECRET"},
		{"-append", "-SECRET"},
		{"-smbios", "type=1,serial=SECRET"},
		{"-drive", "file=rbd:pool/image:id=admin:key=SECRET"},
		{"-blockdev", `{"driver":"https","password-secret":"SECRET","url":"https://u:SECRET@h"}`},
		{"-iscsi", "user=u,password=SECRET"},
		{"-chardev", "socket,id=c,path=/var/SECRET"},
		{"-device", "isa-applesmc,osk=SECRET(c)"},
		{"-device", "virtio-blk-pci,serial=SECRET"},
		{"-device", "virtio-net-pci,mac=52:54:00:aa:aa:02,password=SECRET"},
		{"-device", "virtio-net-pci,mac=52:54:00:aa:aa:02,romfile=/var/SECRET"},
		{"-device", `{"driver":"virtio-net-pci","x":{"y":"SECRET"},"z":["SECRET"],"mac":"52:54:00:aa:aa:02"}`},
		{"-device", `{"driver":"virtio-net-pci","key-secret":"SECRET"`},
		{"-device", `SECRET/driver`},
		{"-netdev", "user,id=n,smb=/var/SECRET,guestfwd=tcp:10.0.2.100:80-cmd:netcat SECRET"},
		{"-netdev", "l2tpv3,id=n,txcookie=SECRET"},
		{"-netdev", "socket,connect=user:SECRET@host"},
		{"-netdev", "tap,,SECRET id,script=/etc/SECRET"},
		{"-nic", "user,mac=52:54:00:aa:aa:02,tftp=/var/SECRET"},
		{"-global", "isa-applesmc.osk=SECRET"},
		{"-global", "driver=cfi.pflash01,property=SECRET,value=on"},
		{"-machine", "q35,firmware=/var/SECRET,x-secret-key=SECRET"},
		{"-cpu", "host,hv-vendor-id=SECRET words"},
		{"-pidfile", "/var/SECRET", "-qmp", "unix:/var/SECRET", "-uuid", "c7a5fdbd", "SECRET", "--SECRET"},
	} {
		vm, err := ParseCommandLine(append([]string{"qemu-system-x86_64"}, args...), "52:54:00:aa:aa:02")
		silent(strings.Join(args, " "), vm, err)
	}
}

func FuzzCommandLine(f *testing.F) {
	for _, args := range [][]string{byLibvirt, byHand, {"qemu", "-device", `{"driver":[[[[`}, {"qemu", "-smp", "sockets=65536,cores=65536,threads=65536,dies=9"}} {
		f.Add(strings.Join(args, "\x00"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		args, err := Split([]byte("qemu\x00" + text))
		if err != nil {
			return
		}
		vm, err := ParseCommandLine(args, "52:54:00:aa:aa:02")
		if err != nil {
			t.Fatal(err)
		}
		bounded(t, vm, len(text))
	})
}

func FuzzDomain(f *testing.F) {
	text, err := os.ReadFile("testdata/domain.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("<domain><devices><interface/></devices><vcpu>x</vcpu></domain>"))
	f.Add([]byte("<interface/>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		vm, err := ParseDomain(text, "52:54:00:aa:aa:02")
		if err == nil {
			bounded(t, vm, len(text))
		}
	})
}

// bounded checks that what is kept grows no faster than what was read, and that it is plain:
// no character that a terminal would obey, no path.
func bounded(t *testing.T, vm record.VM, length int) {
	t.Helper()
	size := 0
	for _, line := range vm.Settings {
		size += len(line)
		if strings.ContainsAny(strings.Trim(line, "-"), "\n\x00\x1b\"\\@") {
			t.Errorf("%q is kept", line)
		}
	}
	if most := 64*length + 1024; size > most {
		t.Errorf("%d bytes are kept of %d", size, length)
	}
}
