package fast

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Link is the cable between the lab's namespace and the guest.
type Link struct {
	Name    string       // of the host's end, in the lab's namespace
	Address netip.Prefix // of the host's end
	MAC     string       // of the guest's end
}

// peerName is the guest's end until it has changed sides, guestName afterwards.
const (
	peerName  = "vnt-guest"
	guestName = "eth0"
)

// plug makes the cable, with the guest's end in the namespace of a process.
func plug(l Link, pid int) error {
	mac, err := net.ParseMAC(l.MAC)
	if err != nil {
		return fmt.Errorf("cable: %w", err)
	}
	veth := &netlink.Veth{
		LinkAttrs:        netlink.LinkAttrs{Name: l.Name},
		PeerName:         peerName,
		PeerHardwareAddr: mac,
	}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("cable %s: %w", l.Name, err)
	}
	peer, err := netlink.LinkByName(peerName)
	if err != nil {
		return fmt.Errorf("cable %s: %w", peerName, err)
	}
	if err := netlink.LinkSetNsPid(peer, pid); err != nil {
		return fmt.Errorf("cable %s: to the guest: %w", peerName, err)
	}
	return configure(l)
}

func configure(l Link) error {
	host, err := netlink.LinkByName(l.Name)
	if err != nil {
		return fmt.Errorf("cable %s: %w", l.Name, err)
	}
	addr := &netlink.Addr{IPNet: &net.IPNet{
		IP:   l.Address.Addr().AsSlice(),
		Mask: net.CIDRMask(l.Address.Bits(), l.Address.Addr().BitLen()),
	}}
	if err := netlink.AddrReplace(host, addr); err != nil {
		return fmt.Errorf("cable %s: address %s: %w", l.Name, l.Address, err)
	}
	if err := netlink.LinkSetUp(host); err != nil {
		return fmt.Errorf("cable %s: up: %w", l.Name, err)
	}
	return nil
}

// unplug removes both ends at once: the kernel takes a dead namespace down in its
// own time, and until then the cable would still be there.
func unplug(l Link) error {
	host, err := netlink.LinkByName(l.Name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cable %s: %w", l.Name, err)
	}
	if err := netlink.LinkDel(host); err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("cable %s: remove: %w", l.Name, err)
	}
	return nil
}
