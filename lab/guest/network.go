package guest

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

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
