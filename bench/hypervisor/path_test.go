package hypervisor

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vnettune/results/record"
)

// inNamespace runs a test in a network namespace of its own, which ends with its thread.
func inNamespace(t *testing.T, test func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		defer func() { done <- err }()
		if err == nil {
			test()
		}
	}()
	if err := <-done; err != nil {
		t.Skipf("THE PATH IS NOT TESTED: %v; run the tests as root", err)
	}
}

// cable makes a link and brings it up.
func cable(t *testing.T, link netlink.Link, addresses ...string) netlink.Link {
	if err := netlink.LinkAdd(link); err != nil {
		t.Error(link.Attrs().Name, err)
		runtime.Goexit()
	}
	made, err := netlink.LinkByName(link.Attrs().Name)
	if err == nil {
		err = netlink.LinkSetUp(made)
	}
	for _, a := range addresses {
		addr, parsed := netlink.ParseAddr(a)
		if err == nil {
			err = parsed
		}
		if err == nil {
			err = netlink.AddrAdd(made, addr)
		}
	}
	if err != nil {
		t.Error(link.Attrs().Name, err)
		runtime.Goexit()
	}
	return made
}

func named(name string, mtu int) netlink.LinkAttrs {
	a := netlink.NewLinkAttrs()
	a.Name, a.MTU = name, mtu
	return a
}

func tap(t *testing.T, name string, mtu int) netlink.Link {
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		t.Skipf("TAPS ARE NOT TESTED: %v", err)
	}
	made := cable(t, &netlink.Tuntap{LinkAttrs: named(name, mtu), Mode: netlink.TUNTAP_MODE_TAP, Flags: netlink.TUNTAP_DEFAULTS | netlink.TUNTAP_VNET_HDR})
	if err := netlink.LinkSetMTU(made, mtu); err != nil { // making a tap leaves it out
		t.Error(err)
	}
	return made
}

// kindsOf is a path in words.
func kindsOf(p record.Path) string {
	var words []string
	for _, l := range p.Links {
		words = append(words, l.Kind+" "+l.Name)
	}
	return strings.Join(words, ", ")
}

func TestPathToTheGuest(t *testing.T) {
	inNamespace(t, func() {
		bridge := cable(t, &netlink.Bridge{LinkAttrs: named("br0", 1400)}, "192.0.2.1/24", "fe80::1/64")
		port := tap(t, "vnet3", 1300)
		other := tap(t, "vnet2", 1300)
		for _, l := range []netlink.Link{port, other} {
			if err := netlink.LinkSetMaster(l, bridge); err != nil {
				t.Error(err)
				return
			}
		}
		cable(t, &netlink.Veth{LinkAttrs: named("here", 1500), PeerName: "there"}, "203.0.113.1/24")
		cable(t, &netlink.Tuntap{LinkAttrs: named("vpn", 9000), Mode: netlink.TUNTAP_MODE_TUN}, "192.0.3.1/24")
		guest := record.Adapter{MAC: "52-54-00-AA-AA-02", MTU: 1500}
		to := func(address string) Guest { return Guest{Address: netip.MustParseAddr(address), Adapter: guest} }

		p, end := lookPath(to("192.0.2.2"))
		if end != "" || kindsOf(p) != "bridge br0" || !strings.Contains(string(p.NotKnown), "has not seen 52:54:00:aa:aa:02") {
			t.Errorf("before the bridge knows the guest: %s, ends at %q, %q", kindsOf(p), end, p.NotKnown)
		}
		hardware, _ := net.ParseMAC(guest.MAC)
		if err := netlink.NeighSet(&netlink.Neigh{LinkIndex: port.Attrs().Index, Family: unix.AF_BRIDGE, State: netlink.NUD_NOARP, Flags: netlink.NTF_MASTER, HardwareAddr: hardware}); err != nil {
			t.Error(err)
			return
		}
		for _, address := range []string{"192.0.2.2", "fe80::2%br0"} {
			p, end = lookPath(to(address))
			if end != "vnet3" || kindsOf(p) != "bridge br0, tap vnet3" || p.NotKnown != "" || *p.GuestMTU != 1500 || p.Links[1].MTU != 1300 {
				t.Errorf("%s: %s, ends at %q, %+v", address, kindsOf(p), end, p)
			}
		}
		last := p.Links[1]
		if last.VNetHdr == nil || !*last.VNetHdr || last.Queues == nil || *last.Queues != 1 || p.Links[0].VNetHdr != nil {
			t.Errorf("the tap is %+v", last)
		}
		if _, ok := last.Offloads["tx-tcp-segmentation"]; !ok || len(p.Links[0].Offloads) == 0 {
			t.Errorf("offloads: %v and %v", last.Offloads, p.Links[0].Offloads)
		}
		if p, _ = lookPath(to("192.0.3.2")); kindsOf(p) != "tun vpn" || !strings.Contains(string(p.NotKnown), "behind vpn (tun)") {
			t.Errorf("by another adapter: %s, %q", kindsOf(p), p.NotKnown)
		}
		if p, _ = lookPath(to("203.0.113.2")); kindsOf(p) != "veth here" || !strings.Contains(string(p.NotKnown), "in another network namespace") {
			t.Errorf("by a cable: %s, %q", kindsOf(p), p.NotKnown)
		}
		_, far, _ := net.ParseCIDR("10.9.0.0/16")
		if err := netlink.RouteAdd(&netlink.Route{Dst: far, Gw: net.ParseIP("192.0.2.254")}); err != nil {
			t.Error(err)
		}
		if p, end = lookPath(to("10.9.0.2")); kindsOf(p) != "bridge br0" || end != "" || !strings.Contains(string(p.NotKnown), "behind the gateway 192.0.2.254") {
			t.Errorf("by a gateway: %s, ends at %q, %q", kindsOf(p), end, p.NotKnown)
		}
		lab := to("203.0.113.2")
		lab.NoVM, lab.Adapter.MTU = "it has none", 0
		if p, _ = lookPath(lab); p.NotKnown != "" || p.GuestMTU != nil {
			t.Errorf("of a guest at the cable's other end: %+v", p)
		}
		if p, _ = lookPath(to("8.8.8.8")); len(p.Links) != 0 || !strings.Contains(string(p.NotKnown), "no route to 8.8.8.8") {
			t.Errorf("without a route: %+v", p)
		}
		bound := to("192.0.2.2")
		bound.Bind, bound.Adapter.MAC = "192.0.2.1", ""
		if p, _ = lookPath(bound); !strings.Contains(string(p.NotKnown), "does not say its MAC address") {
			t.Errorf("of a guest without a MAC: %+v", p)
		}
		vlan := &netlink.Vlan{LinkAttrs: named("br0.7", 1400), VlanId: 7}
		vlan.ParentIndex = bridge.Attrs().Index
		if err := netlink.LinkAdd(vlan); errors.Is(err, unix.EOPNOTSUPP) {
			t.Logf("A VLAN IS NOT TESTED: this kernel has none")
			return
		}
		if err := netlink.LinkDel(vlan); err != nil {
			t.Error(err)
		}
		cable(t, vlan, "198.51.100.1/24")
		if p, end = lookPath(to("198.51.100.2")); end != "vnet3" || kindsOf(p) != "vlan br0.7, bridge br0, tap vnet3" {
			t.Errorf("by a VLAN: %s, ends at %q, %q", kindsOf(p), end, p.NotKnown)
		}
	})
}

// TestTheRealQEMU starts a machine that never runs, and finds it by both of the ways.
func TestTheRealQEMU(t *testing.T) {
	program, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		t.Skip("QEMU IS NOT TESTED: run: apt-get install qemu-system-x86")
	}
	inNamespace(t, func() {
		tap(t, "vnt9", 1400)
		link, err := netlink.LinkByName("vnt9")
		if err != nil {
			t.Error(err)
			return
		}
		addr, _ := netlink.ParseAddr("192.0.2.1/24")
		if err := netlink.AddrAdd(link, addr); err != nil {
			t.Error(err)
			return
		}
		socket := filepath.Join(t.TempDir(), "qmp")
		cmd := exec.Command(program, "-nodefaults", "-no-user-config", "-display", "none", "-S", "-machine", "q35", "-accel", "tcg", "-cpu", "max,hv_relaxed", "-m", "64", "-smp", "2",
			"-netdev", "tap,id=n,ifname=vnt9,script=no,downscript=no", "-device", "virtio-net-pci,netdev=n,mac="+mac+",rx_queue_size=512",
			"-qmp", "unix:"+socket+",server=on,wait=off")
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Error(err)
			return
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		if !answers(t.Context(), socket) {
			t.Errorf("QEMU does not start: %s", said.String())
			return
		}
		g := Guest{Address: netip.MustParseAddr("192.0.2.2"), Adapter: record.Adapter{MAC: mac, MTU: 1500}}
		for name, monitor := range map[string]string{"by its tap": "", "by its monitor": socket} {
			g.Monitor = monitor
			vm, path := Look(t.Context(), g)
			if vm.NotKnown != "" || vm.Machine != "q35" || vm.Accelerator != "tcg" || *vm.VCPUs != 2 || !slices.Equal(vm.HyperV, []string{"hv-relaxed"}) ||
				vm.Adapter == nil || vm.Adapter.Options["rx_queue_size"] != "512" {
				t.Errorf("%s: %+v", name, vm)
			}
			if (vm.QEMU != "") != (monitor != "") {
				t.Errorf("%s: version %q", name, vm.QEMU)
			}
			if kindsOf(*path) != "tap vnt9" || path.NotKnown != "" || *path.Links[0].Queues != 1 {
				t.Errorf("%s: %+v", name, path)
			}
		}
	})
}

// answers waits for a monitor's greeting.
func answers(ctx context.Context, socket string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			continue
		}
		line, err := bufio.NewReader(conn).ReadBytes('\n')
		conn.Close()
		if err == nil && json.Valid(line) {
			return true
		}
	}
	return false
}
