package guest

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
)

// netemPackets is the length of the delay's queue: enough for 10 Gbit/s over 20 ms
// in packets of 1500 bytes, so that the delay never loses any.
const netemPackets = 20000

// ConfigureLink gives an adapter its address and brings it and the loopback up.
func ConfigureLink(name string, address netip.Prefix) error {
	for _, up := range []string{"lo", name} {
		l, err := netlink.LinkByName(up)
		if err != nil {
			return fmt.Errorf("adapter %s: %w", up, err)
		}
		if up == name {
			addr := &netlink.Addr{IPNet: &net.IPNet{
				IP:   address.Addr().AsSlice(),
				Mask: net.CIDRMask(address.Bits(), address.Addr().BitLen()),
			}}
			if err := netlink.AddrReplace(l, addr); err != nil {
				return fmt.Errorf("adapter %s: address %s: %w", name, address, err)
			}
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return fmt.Errorf("adapter %s: up: %w", up, err)
		}
	}
	return nil
}

// delayEgress delays every packet that leaves the adapter.
func delayEgress(name string, delay time.Duration) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", name, err)
	}
	qdisc := netlink.NewNetem(
		netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
		netlink.NetemQdiscAttrs{Latency: uint32(delay.Microseconds()), Limit: netemPackets})
	if err := netlink.QdiscReplace(qdisc); err != nil {
		return fmt.Errorf("adapter %s: delay %v: %w", name, delay, err)
	}
	return nil
}
