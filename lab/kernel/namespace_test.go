package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// insideVariable tells the test binary that it runs in a namespace of its own, where
// it may change everything.
const insideVariable = "VNETTUNE_TEST_NAMESPACE"

func TestInANamespace(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestInside$", "-test.v")
	cmd.Env = append(cmd.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("THE EFFECTS ON A KERNEL ARE NOT TESTED: no network namespace: %v; run the tests as root", err)
	}
	if err := cmd.Wait(); err != nil || !bytes.Contains(out.Bytes(), []byte("--- PASS: TestInside")) {
		t.Errorf("%v\n%s", err, &out)
	}
}

func TestInside(t *testing.T) {
	if os.Getenv(insideVariable) == "" {
		t.Skip("part of TestInANamespace")
	}
	const link = "guest0"
	makeLink(t, link)
	k, err := Open([]string{link}, "cubic")
	if err != nil {
		t.Fatal(err)
	}
	untouched := stateOf(t, link)

	r := apply(t, k, Settings{})
	if r.Congestion != "cubic" {
		t.Errorf("congestion control without settings: %+v", r)
	}

	r = apply(t, k, Settings{
		ReceiveWindow: 65535, SendBuffer: 65536, Congestion: "reno", ECN: ptr(true), Timestamps: ptr(false), WindowScaling: ptr(false),
		SynRetries: 3, MTU: 1400, TSO: ptr(false), GRO: ptr(true),
	})
	if len(r.Unavailable) != 0 || r.Congestion != "reno" {
		t.Errorf("report %+v", r)
	}
	s := stateOf(t, link)
	want := map[string]string{
		sysctlECN: "1", sysctlTimestamps: "0", sysctlWindowScaling: "0", sysctlSynRetries: "3",
		sysctlReceive: "4096 262140 262140", sysctlSend: "4096 65536 65536",
	}
	for name, v := range want {
		if s.Sysctls[name] != v {
			t.Errorf("%s is %q, want %q", name, s.Sysctls[name], v)
		}
	}
	if s.MTU != 1400 || s.Window != 65535 || s.Features["tx-tcp-segmentation"] || !s.Features["rx-gro"] {
		t.Errorf("adapter %+v", s)
	}

	// What is not asked any more returns to the kernel's own.
	apply(t, k, Settings{})
	after := stateOf(t, link)
	after.Sysctls[sysctlCongestion], after.Congestion = untouched.Sysctls[sysctlCongestion], untouched.Congestion
	if d := cmp.Diff(untouched, after); d != "" {
		t.Errorf("not restored: %s", d)
	}

	for field, s := range map[string]Settings{
		"Congestion": {Congestion: "nonesuch"},
		"InitialRTO": {InitialRTO: 300},
		"RxChecksum": {RxChecksum: ptr(false), TxChecksum: ptr(true)},
	} {
		r := apply(t, k, s)
		if field == "RxChecksum" && len(r.Unavailable) == 0 {
			continue // newer kernels can switch it off
		}
		if len(r.Unavailable) != 1 || r.Unavailable[0].Field != field {
			t.Errorf("%s: report %+v", field, r)
		}
	}
	// A congestion control that is missing must not take the window with it.
	apply(t, k, Settings{ReceiveWindow: 65535, Congestion: "nonesuch"})
	if s := stateOf(t, link); s.Window != 65535 {
		t.Errorf("window %d beside a congestion control that is missing", s.Window)
	}
	// A VLAN is left again, and another one entered; a kernel without 802.1Q is deaf in its place.
	for _, id := range []int{7, 8, 0} {
		apply(t, k, Settings{VLAN: id})
		if got, deaf := vlanOf(t, link); got != id && !(deaf && id != 0) || deaf && id == 0 {
			t.Errorf("in VLAN %d, deaf %t, want %d", got, deaf, id)
		}
	}
	if s := stateOf(t, link); s.Window != 0 || s.MTU != untouched.MTU {
		t.Errorf("out of the VLANs: %+v", s)
	}
	apply(t, k, Settings{InitialRTO: initialRTO})
	if r := apply(t, k, Settings{InitialRTO: initialRTO}); len(r.Unavailable) != 0 {
		t.Errorf("the kernel's own timeout is not available: %+v", r)
	}
}

func apply(t *testing.T, k *Kernel, s Settings) Report {
	t.Helper()
	r, err := k.Apply(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// vlanOf is the VLAN that an adapter is in, 0 for none, and whether it is deaf to its neighbours.
func vlanOf(t *testing.T, name string) (id int, deaf bool) {
	t.Helper()
	l, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	all, err := netlink.LinkList()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if vlan, ok := one.(*netlink.Vlan); ok && vlan.ParentIndex == l.Attrs().Index {
			id = vlan.VlanId
		}
	}
	return id, l.Attrs().RawFlags&unix.IFF_NOARP != 0
}

func makeLink(t *testing.T, name string) {
	t.Helper()
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: "peer0"}
	if err := netlink.LinkAdd(veth); err != nil {
		t.Fatal(err)
	}
	address, err := netlink.ParseAddr("192.0.2.2/24")
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.AddrAdd(veth, address); err != nil {
		t.Fatal(err)
	}
	if err := netlink.LinkSetUp(veth); err != nil {
		t.Fatal(err)
	}
}

// state is all that settings can change, read by other means than Apply's own.
type state struct {
	Sysctls    map[string]string
	MTU        int
	Features   map[string]bool
	Window     int
	Congestion string
}

func stateOf(t *testing.T, name string) state {
	t.Helper()
	s := state{Sysctls: map[string]string{}, Features: map[string]bool{}}
	for _, n := range sysctlNames {
		v, err := readSysctl(n)
		if err != nil {
			t.Fatal(err)
		}
		s.Sysctls[n] = v
	}
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	s.MTU = link.Attrs().MTU
	features, err := readFeatures(name)
	if err != nil {
		t.Fatal(err)
	}
	for n, f := range features {
		s.Features[n] = f.active
	}
	routes, err := netlink.RouteList(link, netlink.FAMILY_V4)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		if r.Type == unix.RTN_UNICAST {
			s.Window, s.Congestion = r.Window, r.Congctl
		}
	}
	return s
}
