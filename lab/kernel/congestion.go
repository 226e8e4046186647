package kernel

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func (k *Kernel) wanted(s Settings) string {
	if s.Congestion != "" {
		return s.Congestion
	}
	return k.congestion
}

// applyCongestion sets the congestion control of new connections. A namespace may
// take only the algorithms that its host allows to everyone; for another it returns
// the name to put into the routes, which the kernel lets a namespace's root do.
func (k *Kernel) applyCongestion(s Settings) (routed string) {
	want := k.wanted(s)
	if err := writeSysctl(sysctlCongestion, want); err != nil {
		return want
	}
	return ""
}

// setRoutes gives every route of a link the window limit in bytes and the congestion
// control; zero values take the metric away.
func setRoutes(link string, window int, congestion string) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", link, err)
	}
	routes, err := netlink.RouteList(l, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("routes of %s: %w", link, err)
	}
	for _, route := range routes {
		if route.Type != unix.RTN_UNICAST || route.Window == window && route.Congctl == congestion {
			continue
		}
		route.Window, route.Congctl = window, congestion
		route.Flags &= unix.RTNH_F_ONLINK // the other flags are findings, which a request must not have
		if err := netlink.RouteReplace(&route); err != nil {
			return fmt.Errorf("route to %v: congestion control %q, window %d: %w", routeName(route.Dst), congestion, window, err)
		}
	}
	return nil
}

func routeName(dst *net.IPNet) string {
	if dst == nil {
		return "default"
	}
	return dst.String()
}
