package machine

import (
	"fmt"
	"net"
	"net/netip"
)

// Route is the way to another machine.
type Route struct {
	Index  int    // of the adapter
	Source string // the own address that is taken
}

// RouteTo asks the kernel below for the way to host: the address that a socket gets,
// and the adapter that has it. No packet is sent.
func (m *Machine) RouteTo(host string) (Route, error) {
	to, err := netip.ParseAddr(host)
	if err != nil {
		return Route{}, err
	}
	conn, err := net.Dial("udp", netip.AddrPortFrom(to, 9).String())
	if err != nil {
		return Route{}, err
	}
	defer conn.Close()
	from := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	for _, n := range m.NICs() {
		for _, own := range n.Addresses {
			if own == from {
				return Route{n.Index, from.String()}, nil
			}
		}
	}
	return Route{}, fmt.Errorf("no adapter has the address %s", from)
}
