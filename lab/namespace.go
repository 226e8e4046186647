package lab

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"

	"vnettune/trouble"
)

// setUpNamespace prepares the keeper's network namespace: loopback, no memory of
// earlier connections and, for a virtual machine, the tap that its adapter is
// plugged into.
func setUpNamespace(tap bool) error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("lab's namespace: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("lab's namespace: loopback: %w", err)
	}
	// Were it saved, what one boot measured would set the start of the next boot's connections.
	if err := writeIPv4("tcp_no_metrics_save", "1"); err != nil {
		return err
	}
	if !tap {
		return nil
	}
	if err := makeTap(); err != nil {
		return fmt.Errorf("lab's namespace: tap %s: %w", hostLink, err)
	}
	return askOften()
}

// askOften shortens the wait between two questions for the guest's hardware address:
// one that comes before the guest is up is otherwise asked again only a second later.
func askOften() error { return writeIPv4("neigh/"+hostLink+"/retrans_time_ms", "20") }

func writeIPv4(file, value string) error {
	if err := os.WriteFile("/proc/sys/net/ipv4/"+file, []byte(value), 0o644); err != nil {
		return fmt.Errorf("lab's namespace: %w", err)
	}
	return nil
}

// makeTap makes a tap that stays while QEMU is away, with room for the virtio-net
// header, without which no offload could work.
func makeTap() error {
	tap := &netlink.Tuntap{
		LinkAttrs: netlink.LinkAttrs{Name: hostLink},
		Mode:      netlink.TUNTAP_MODE_TAP,
		Flags:     netlink.TUNTAP_NO_PI | netlink.TUNTAP_VNET_HDR | netlink.TUNTAP_ONE_QUEUE,
	}
	if err := netlink.LinkAdd(tap); err != nil {
		if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) {
			return trouble.Hint(fmt.Errorf("%w: /dev/net/tun must be there and open to you", err), "run as root, or use the fast lab (--kind fast)")
		}
		return err
	}
	link, err := netlink.LinkByName(hostLink)
	if err != nil {
		return err
	}
	addr := &netlink.Addr{IPNet: &net.IPNet{
		IP:   hostAddress.Addr().AsSlice(),
		Mask: net.CIDRMask(hostAddress.Bits(), hostAddress.Addr().BitLen()),
	}}
	if err := netlink.AddrReplace(link, addr); err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}
