package hypervisor

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/safchain/ethtool"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vnettune/foreign"
	"vnettune/results/record"
)

// maxLinks is how many links are followed.
const maxLinks = 8

// offloads are the features of a link that decide how large the segments are that pass it,
// and who sums them up, by the kernel's names (net/ethtool/common.c, netdev_features_strings).
var offloads = []string{
	"rx-checksum", "rx-gro", "rx-gro-hw", "rx-gro-list", "rx-lro", "rx-udp-gro-forwarding",
	"tx-checksum-ip-generic", "tx-checksum-ipv4", "tx-checksum-ipv6", "tx-generic-segmentation", "tx-scatter-gather",
	"tx-tcp-ecn-segmentation", "tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-udp-segmentation",
}

// lookPath follows the packets to the guest from link to link. tap is the one that it ends
// at; "" where it ends elsewhere.
func lookPath(g Guest) (p record.Path, tap string) {
	p.Links = []record.Link{}
	if g.Adapter.MTU > 0 {
		p.GuestMTU = &g.Adapter.MTU
	}
	link, gateway, err := firstLink(g)
	for err == nil && link != nil {
		p.Links = append(p.Links, describe(link))
		if gateway != nil {
			err = fmt.Errorf("what is behind the gateway %s", gateway)
			break
		}
		if kind(link) == "tap" {
			return p, link.Attrs().Name
		}
		if len(p.Links) == maxLinks {
			err = fmt.Errorf("there are more than %d links", maxLinks)
			break
		}
		link, err = next(link, g)
	}
	if err != nil {
		p.NotKnown = record.Name(foreign.Line(err.Error()))
	}
	return p, ""
}

// firstLink is the one by which this host sends to the guest, and the gateway that it sends
// to where the guest is in another network.
func firstLink(g Guest) (link netlink.Link, gateway net.IP, err error) {
	if !g.Address.IsValid() {
		return nil, nil, errors.New("the address under test is not known")
	}
	from, _ := netip.ParseAddr(g.Bind)
	if zone := cmp.Or(g.Address.Zone(), from.Zone()); zone != "" {
		link, err = netlink.LinkByName(zone)
		return link, nil, err
	}
	var options *netlink.RouteGetOptions
	if from.IsValid() {
		options = &netlink.RouteGetOptions{SrcAddr: from.AsSlice()}
	}
	routes, err := netlink.RouteGetWithOptions(g.Address.AsSlice(), options)
	if err != nil || len(routes) == 0 {
		return nil, nil, fmt.Errorf("this host has no route to %s: %w", g.Address, err)
	}
	link, err = netlink.LinkByIndex(routes[0].LinkIndex)
	return link, routes[0].Gw, err
}

// next is the link behind another one; nil where the guest is. It is an error where
// this host cannot know it.
func next(link netlink.Link, g Guest) (netlink.Link, error) {
	name := link.Attrs().Name
	switch l := link.(type) {
	case *netlink.Vlan:
		return netlink.LinkByIndex(l.ParentIndex)
	case *netlink.Bridge:
		return port(l, g.Adapter.MAC)
	case *netlink.Veth:
		if g.NoVM != "" {
			return nil, nil // the guest has the other end
		}
		return nil, fmt.Errorf("what is behind %s, in another network namespace", name)
	}
	return nil, fmt.Errorf("what is behind %s (%s), where this host's own links end", name, kind(link))
}

// port is the one of a bridge behind which it has seen a MAC address.
func port(bridge *netlink.Bridge, address string) (netlink.Link, error) {
	mac, err := net.ParseMAC(address)
	if err != nil {
		return nil, fmt.Errorf("what is behind %s: the guest does not say its MAC address", bridge.Name)
	}
	seen, err := netlink.NeighList(0, unix.AF_BRIDGE)
	if err != nil {
		return nil, fmt.Errorf("where %s forwards to: %w", bridge.Name, err)
	}
	for _, entry := range seen {
		if entry.MasterIndex == bridge.Index && entry.LinkIndex != bridge.Index && bytes.Equal(entry.HardwareAddr, mac) {
			return netlink.LinkByIndex(entry.LinkIndex)
		}
	}
	return nil, fmt.Errorf("what is behind %s: it has not seen %s at a port", bridge.Name, mac)
}

// kind is a link's kind in the words of ip link; a physical adapter is a device.
func kind(link netlink.Link) string {
	if tun, ok := link.(*netlink.Tuntap); ok {
		if tun.Mode == netlink.TUNTAP_MODE_TUN {
			return "tun"
		}
		return "tap"
	}
	return foreign.Word(link.Type())
}

// describe takes a link's facts; what the kernel does not say of it is nil.
func describe(link netlink.Link) record.Link {
	l := record.Link{Name: link.Attrs().Name, Kind: kind(link), MTU: link.Attrs().MTU}
	tools, err := ethtool.NewEthtool()
	if err == nil {
		defer tools.Close()
		if features, err := tools.Features(l.Name); err == nil {
			l.Offloads = map[string]bool{}
			for _, name := range offloads {
				if on, ok := features[name]; ok {
					l.Offloads[name] = on
				}
			}
		}
	}
	if tun, ok := link.(*netlink.Tuntap); ok {
		passes := tun.Flags&netlink.TUNTAP_VNET_HDR != 0
		queues := 1 // the kernel counts only those of a tap that may have several
		if tun.Flags&netlink.TUNTAP_MULTI_QUEUE != 0 {
			queues = tun.Queues
		}
		l.Queues, l.VNetHdr = &queues, &passes
	} else if err == nil {
		if channels, err := tools.GetChannels(l.Name); err == nil {
			queues := int(channels.CombinedCount + max(channels.RxCount, channels.TxCount))
			l.Queues = &queues
		}
	}
	return l
}
