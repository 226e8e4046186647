package kernel

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// tag puts an adapter into a VLAN: what it sends is tagged (IEEE 802.1Q), and what
// comes without the tag finds nobody. It holds until untag.
//
// A kernel without 802.1Q gets an adapter that is deaf to its neighbours: on the
// untagged network of a lab nothing comes through either way.
func tag(link string, id int) (missing, err error) {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return nil, fmt.Errorf("adapter %s: %w", link, err)
	}
	name := fmt.Sprintf("%s.%d", link, id)
	if _, err := netlink.LinkByName(name); err == nil || l.Attrs().RawFlags&unix.IFF_NOARP != 0 {
		return nil, nil
	}
	vlan := &netlink.Vlan{LinkAttrs: netlink.LinkAttrs{Name: name, ParentIndex: l.Attrs().Index}, VlanId: id}
	if err := netlink.LinkAdd(vlan); errors.Is(err, unix.EOPNOTSUPP) {
		if err := netlink.LinkSetARPOff(l); err != nil {
			return nil, fmt.Errorf("adapter %s: cut off: %w", link, err)
		}
		return errors.New("this kernel has no 802.1Q; the adapter is cut off from its neighbours in place of it"), nil
	} else if err != nil {
		return nil, fmt.Errorf("adapter %s: VLAN %d: %w", link, id, err)
	}
	// Linux answers for an address on whatever adapter the question comes in by.
	if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+link+"/arp_ignore", []byte("1"), 0o644); err != nil {
		return nil, fmt.Errorf("adapter %s: VLAN %d: %w", link, id, err)
	}
	return nil, moveAddresses(l, vlan)
}

// moveAddresses brings up the adapter of a VLAN with the addresses of the one below it.
func moveAddresses(from, to netlink.Link) error {
	addresses, err := netlink.AddrList(from, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("adapter %s: addresses: %w", from.Attrs().Name, err)
	}
	for _, a := range addresses {
		if err := netlink.AddrDel(from, &a); err != nil {
			return fmt.Errorf("adapter %s: address %s: %w", from.Attrs().Name, a.IPNet, err)
		}
		if err := netlink.AddrAdd(to, &netlink.Addr{IPNet: a.IPNet}); err != nil {
			return fmt.Errorf("adapter %s: address %s: %w", to.Attrs().Name, a.IPNet, err)
		}
	}
	if err := netlink.LinkSetUp(to); err != nil {
		return fmt.Errorf("adapter %s: up: %w", to.Attrs().Name, err)
	}
	return nil
}

// untag takes an adapter out of every VLAN but the one that is kept; 0 keeps none.
func untag(link string, keep int) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", link, err)
	}
	if l.Attrs().RawFlags&unix.IFF_NOARP != 0 && keep == 0 {
		if err := netlink.LinkSetARPOn(l); err != nil {
			return fmt.Errorf("adapter %s: back to its neighbours: %w", link, err)
		}
	}
	all, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("adapter %s: its VLANs: %w", link, err)
	}
	for _, one := range all {
		vlan, ok := one.(*netlink.Vlan)
		if !ok || vlan.ParentIndex != l.Attrs().Index || vlan.VlanId == keep {
			continue
		}
		if err := moveAddresses(vlan, l); err != nil {
			return err
		}
		if err := netlink.LinkDel(vlan); err != nil {
			return fmt.Errorf("adapter %s: VLAN %d: remove: %w", link, vlan.VlanId, err)
		}
		if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+link+"/arp_ignore", []byte("0"), 0o644); err != nil {
			return fmt.Errorf("adapter %s: VLAN %d: remove: %w", link, vlan.VlanId, err)
		}
	}
	return nil
}
