package scripts

import (
	"fmt"
	"net"
	"net/netip"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

type healthInput struct {
	Host string `json:"host"`
}

type healthAnswer struct {
	Problems      map[string]string `json:"problems"`
	Administrator bool              `json:"administrator"`
	Registry      bool              `json:"registry"`
	Task          bool              `json:"task"`
	WinRM         machine.WinRM     `json:"winrm"`
	Start         healthStart       `json:"start"`
	Power         string            `json:"power"`
	Route         *healthRoute      `json:"route"`
	Networks      []healthNetwork   `json:"networks"`
	Own           map[string]string `json:"own"`
}

// healthStart is when the service starts: 2 is by itself.
type healthStart struct {
	Type    int  `json:"type"`
	Delayed bool `json:"delayed"`
}

type healthRoute struct {
	IfIndex int    `json:"ifIndex"`
	Source  string `json:"source"`
}

type healthNetwork struct {
	IfIndex  int `json:"ifIndex"`
	Category int `json:"category"`
}

// privateNetwork is a network's category 1. On a public one a client Windows does not let
// WinRM be set up (docs/facts/windows-samples.md 5.7), and here it is.
const privateNetwork = 1

// playHealth plays the contract "health".
func playHealth(m *machine.Machine, in healthInput) (any, error) {
	reg := m.View().Reg
	a := healthAnswer{
		Problems:      map[string]string{},
		Administrator: true,
		Registry:      true,
		Task:          true,
		WinRM:         m.WinRM(),
		Start:         healthStart{Type: 2}, // it listens as soon as the machine is up
		Networks:      []healthNetwork{},
		Own:           map[string]string{},
	}
	if v, ok := reg.Get(registry.MustPath(registry.PowerKey), "ActivePowerScheme"); ok {
		a.Power = v.Data
	}
	nics := m.NICs()
	for _, n := range nics {
		if n.Up {
			a.Networks = append(a.Networks, healthNetwork{n.Index, privateNetwork})
		}
	}
	route, err := routeTo(in.Host, nics)
	if err != nil {
		a.Problems["route"] = err.Error()
	} else {
		a.Route = &route
	}
	if k := reg.Find(registry.MustPath(registry.ProductKey)); k != nil {
		for _, name := range k.ValueNames() {
			v, _ := k.Get(name)
			a.Own[name] = v.Data
		}
	}
	return a, nil
}

// routeTo asks the kernel below for the way to host: the address that a socket gets,
// and the adapter that has it. No packet is sent.
func routeTo(host string, nics []stack.NIC) (healthRoute, error) {
	to, err := netip.ParseAddr(host)
	if err != nil {
		return healthRoute{}, err
	}
	conn, err := net.Dial("udp", netip.AddrPortFrom(to, 9).String())
	if err != nil {
		return healthRoute{}, err
	}
	defer conn.Close()
	from := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	for _, n := range nics {
		for _, own := range n.Addresses {
			if own == from {
				return healthRoute{n.Index, from.String()}, nil
			}
		}
	}
	return healthRoute{}, fmt.Errorf("no adapter has the address %s", from)
}
